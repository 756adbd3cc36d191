"""Bring the few front-end files that pages use from node_modules to where they are served from.

What to copy and which icons stand in the sprite is said in `src/tongban/base/ui/vendor.json`.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
MODULES = TOP / "node_modules"
TARGET = TOP / "src/tongban/base/static/vendor"
# The maps are not served, and a reference to a missing file stops the hashing of names.
SOURCE_MAP = re.compile(rb"\n?(/\*# sourceMappingURL=.*?\*/|//# sourceMappingURL=\S+)\s*$")


def main() -> None:
    """Copy every listed file and build the icon sprite."""
    wanted = json.loads((TOP / "src/tongban/base/ui/vendor.json").read_text(encoding="utf-8"))
    for source, target in wanted["copy"].items():
        path = TARGET / target
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(SOURCE_MAP.sub(b"\n", (MODULES / source).read_bytes()))
    sprite = [str(TOP / "src/tongban/base/ui/build_sprite.py"), str(MODULES / "bootstrap-icons/icons")]
    subprocess.run([sys.executable, *sprite, str(TARGET / "icons.svg")], check=True)


if __name__ == "__main__":
    main()
