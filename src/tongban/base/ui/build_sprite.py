"""Build the icon sprite from the bootstrap-icons package (MIT): `build_sprite.py ICONS_DIR OUT`.

Run by the build, never at run time. The names come from `vendor.json`; a name the package lacks is an error.
"""

import json
import re
import sys
from pathlib import Path

_SVG = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


def build(icons: Path, out: Path, names: list[str]) -> int:
    """Write one `<symbol>` an icon, in the order of `names`; returns the size in bytes.

    Raises:
        FileNotFoundError: the package has no icon of that name.
        ValueError: an icon file is not an SVG.
    """
    symbols = []
    for name in sorted(set(names)):
        found = _SVG.search((icons / f"{name}.svg").read_text(encoding="utf-8"))
        if found is None:
            raise ValueError(f"{name}.svg is not an SVG")
        body = re.sub(r">\s+<", "><", found.group(1)).strip()
        symbols.append(f'<symbol id="{name}" viewBox="0 0 16 16">{body}</symbol>')
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n", encoding="utf-8"
    )
    return out.stat().st_size


if __name__ == "__main__":
    wanted = json.loads((Path(__file__).parent / "vendor.json").read_text(encoding="utf-8"))["icons"]
    size = build(Path(sys.argv[1]), Path(sys.argv[2]), wanted)
    sys.stdout.write(f"{sys.argv[2]}: {len(wanted)} icons, {size} bytes\n")
