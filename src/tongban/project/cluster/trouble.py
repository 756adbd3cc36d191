"""What PostgreSQL or the disk said, in words for a person."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tongban.base.console import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tongban.project.installation import Installation


def diagnose(told: str, place: Installation, code: str, what: str) -> CommandError:
    """Turn what PostgreSQL said into a message for a person; `code` and `what` where the cause is none of the known."""
    if "No space left on device" in told or "Disk quota exceeded" in told:
        return CommandError(
            "disk_full",
            f"{what}：磁盘已满（{place.data}）。",
            "请清理磁盘后再启动；已经确认办理的数据都在，启动时会自动恢复。",
        )
    if "Permission denied" in told or "has wrong ownership" in told or "has invalid permissions" in told:
        return CommandError(
            "data_denied",
            f"{what}：数据目录 {place.data} 的权限不对。",
            "请用第一次启动时的用户运行，并检查该目录及其上级目录的属主和权限。",
        )
    if "could not resize shared memory" in told or "could not map anonymous shared memory" in told:
        return CommandError(
            "postgres_start",
            f"{what}：系统的共享内存不足。",
            "请关闭其他程序，或增大 /dev/shm（容器：--shm-size）。",
        )
    lines = [
        line
        for line in told.splitlines()
        if re.search(r"FATAL|PANIC|ERROR|error:|invalid|unrecog|could not", line)
    ]
    cause = (lines or told.strip().splitlines() or ["没有说明原因"])[0].strip()
    cause = re.sub(r"^[-\d]+ [\d:.]+ \w+ \[\d+\] ", "", cause)
    return CommandError(code, f"{what}：{cause}", f"日志在 {place.data / 'log' / 'postgresql.log'}。")


def said_since(log: Path, offset: int) -> str:
    """What was written to a log after a place in it."""
    try:
        with log.open("rb") as file:
            file.seek(offset)
            return file.read().decode(errors="replace")
    except OSError:
        return ""


def quoted(text: str) -> str:
    """A text as the server's configuration spells it."""
    return "'" + text.replace("'", "''") + "'"


@contextmanager
def explained(place: Installation) -> Iterator[None]:
    """Tell a failing file operation in words."""
    try:
        yield
    except OSError as error:
        raise diagnose(error.strerror or str(error), place, "data_denied", "无法写入数据目录") from error
