"""What a workbook does not speak of stays as it was (沿用): parts of a matter that have no sheet or no column there."""

from collections.abc import Iterator, Mapping
from typing import Any

from tongban.registry.workbook.columns import SHEETS, Fault, Row

#: Words for the parts that a person would miss; the rest is named together.
WORDS: Mapping[str, str] = {
    "form": "申请表单",
    "themes": "主题",
    "params": "办理参数",
    "special_procedures": "特别程序",
    "discretion": "裁量基准",
    "case_documents": "文书",
    "summary": "一句话说明",
    "co_departments": "联办机构",
    "handle_area": "通办范围",
    "quantity_limit": "数量限制",
    "limits": "其他时限",
}
#: What tells two rows of a list apart, as a person would.
_NAMED_BY = {"conditions": ("text",), "legal_bases": ("law", "article"), "faq": ("question",)}


def keep_unspoken(row: Row, old: Mapping[str, Any]) -> tuple[str, ...]:
    """Fill what the row's sheets are silent about from the version there is; answers what was kept, in words."""
    if row.spoken is None:
        return ()
    kept: dict[str, None] = {}
    for name, value in old.items():
        if name in _LISTS and name in row.spoken:
            _keep_in_rows(row, name, value, kept)
        elif isinstance(value, Mapping) and any(path.startswith(name + ".") for path in row.spoken):
            _keep_in(row.package.setdefault(name, {}), name, value, row.spoken, kept)
        elif name not in row.spoken and row.package.get(name) != value:
            row.package[name] = value
            if value:
                kept[WORDS.get(name, next((s for s, (n, _, _) in SHEETS.items() if n == name), name))] = None
    return tuple(kept)


def kept_warning(row: Row, kept: tuple[str, ...]) -> Fault:
    """Says that parts were kept."""
    why = f"表格没有写“{'、'.join(kept)}”，沿用系统里最新版本的内容"
    return Fault(row.place, "workbook.kept", why, "要改这些内容，请在编制页面修改，或用 JSON 导入", "warning")


_LISTS = {name for name, _, _ in SHEETS.values()}


def _keep_in(
    new: dict[str, Any], name: str, old: Mapping[str, Any], spoken: frozenset[str], kept: dict[str, None]
) -> None:
    for key, value in old.items():
        path = f"{name}.{key}"
        if isinstance(value, Mapping) and any(p.startswith(path + ".") for p in spoken):
            if key in new:  # else the sheet leaves it empty, and means it
                _keep_in(new[key], path, value, spoken, kept)
        elif path not in spoken and new.get(key) != value:
            new[key] = value
            if value and name == "limits":
                kept[WORDS["limits"]] = None


def _keep_in_rows(row: Row, name: str, old: Any, kept: dict[str, None]) -> None:
    """A row of the same name is the same row: it keeps its key and what has no column."""
    before: dict[Any, Mapping[str, Any]] = {}
    for part in old:
        before.setdefault(_named(name, part), part)
    held = row.package.get(name, [])
    same = [before.pop(_named(name, part), None) for part in held]
    taken = {part["key"] for part in same if part and part.get("key")}
    free = _free_keys(name, taken | {part.get("key") for part in before.values()})
    spoken = row.spoken or frozenset()
    for part, was in zip(held, same, strict=True):
        if was is None:
            if part.get("key") in taken:
                part["key"] = next(free)
            continue
        for key, value in was.items():
            path = f"{name}.{key}"
            if path not in spoken and not any(p.startswith(path + ".") for p in spoken):
                if key not in ("key", "copies") and value and part.get(key) != value:
                    kept[_sheet(name) + "的其他内容"] = None
                part[key] = value


def _named(name: str, part: Mapping[str, Any]) -> Any:
    return tuple(part.get(column) for column in _NAMED_BY.get(name, ("name",)))


def _sheet(name: str) -> str:
    return next(sheet for sheet, (held, _, _) in SHEETS.items() if held == name)


def _free_keys(name: str, used: set[Any]) -> Iterator[str]:
    prefix = next(prefix for held, prefix, _ in SHEETS.values() if held == name)
    n = 0
    while True:
        n += 1
        if f"{prefix}{n}" not in used:
            yield f"{prefix}{n}"
