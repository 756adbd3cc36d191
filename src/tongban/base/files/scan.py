"""The virus scanner, as a command that answers by its exit code (clamdscan and its kin: 0 clean, 1 infected).

Settings: TONGBAN_SCANNER (command line, the path is appended; "" = none), TONGBAN_SCANNER_REQUIRED (default: yes when
a scanner is named), TONGBAN_SCANNER_SECONDS (default 60).
"""

import logging
import shlex
import subprocess
from pathlib import Path

from django.conf import settings

from tongban.base.files.errors import FileRefused, ScannerUnavailable
from tongban.base.models import StoredFile

logger = logging.getLogger(__name__)


def scan(path: Path) -> StoredFile.Scan:
    """What the scanner says. Raises FileRefused file.infected, or ScannerUnavailable when it is required."""
    command = shlex.split(getattr(settings, "TONGBAN_SCANNER", "") or "")
    said = getattr(settings, "TONGBAN_SCANNER_REQUIRED", None)
    required = bool(command) if said is None else bool(said)
    if not command:
        if required:
            raise ScannerUnavailable("TONGBAN_SCANNER_REQUIRED is set, but TONGBAN_SCANNER names no command")
        return StoredFile.Scan.UNSCANNED
    try:
        answer = subprocess.run(
            [*command, str(path)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=getattr(settings, "TONGBAN_SCANNER_SECONDS", 60),
            check=False,
        ).returncode
    except (OSError, subprocess.TimeoutExpired) as error:
        answer, reason = -1, str(error)
    else:
        reason = f"exit code {answer}"
    if answer == 0:
        return StoredFile.Scan.CLEAN
    if answer == 1:
        raise FileRefused(
            "file.infected", "这个文件带有病毒或恶意代码，没有保存；请先查杀本机再重新制作文件。"
        )
    if required:
        raise ScannerUnavailable(f"the virus scanner did not answer: {reason}")
    logger.warning("virus scanner did not answer, file kept unscanned: %s", reason)
    return StoredFile.Scan.FAILED
