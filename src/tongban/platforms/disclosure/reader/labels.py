"""Header tables of government pages 信息头: 索引号, 主题分类, 发文机关, 成文日期 … and their values, in whatever way the table was copied. Pure.

A label counts where it is followed by a colon, stands at the beginning of a line or cell, or stands in a line where several labels have run together. A value is
kept for dates, numbers and index numbers only when it has their shape.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tongban.base.codes.index_number import import_index_number
from tongban.platforms.disclosure.reader.dates import read_date
from tongban.platforms.disclosure.reader.lines import Line, fold, tidy
from tongban.platforms.disclosure.reader.numbers import find_numbers, order_number, whole_number
from tongban.platforms.disclosure.reader.organs import split_organs
from tongban.platforms.disclosure.reader.readings import Evidence
from tongban.platforms.disclosure.reader.titles import leading_title, tidy_title

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# field: (labels, confidence). Labels of one row mean the same; "+" before a label: too ordinary a word to count without a colon or a cell of its own.
_LABELS: tuple[tuple[str, str, float], ...] = (
    ("title", "信息名称 公文标题 文件标题 信息标题 文件名称 公文名称 +标题 +名称 +题名", 0.95),
    (
        "number",
        "发文字号 发文文号 文件编号 文件字号 公文文号 文件文号 公文字号 发布文号 发文编号 公文编号 +文号 +发文号 +字号",
        0.97,
    ),
    ("index_number", "信息索引号 公开索引号 索引号码 索引号 索引码 信息索引 +索引", 0.98),
    (
        "issuer",
        "发文机关 发文单位 发文机构 发文部门 制发机关 制发单位 制文机关 制定机关 成文机关 成文单位 颁布机关 颁布单位 颁发机关 公文制发机关 印发机关 印发单位",
        0.93,
    ),
    (
        "publisher",
        "信息发布机构 信息公开单位 公开责任部门 公开责任单位 信息公开机构 信息发布单位 发布机构 发布单位 发布机关 发布部门 公开机构 公开主体 公开单位 公开部门 公布机构 公开机关 信息提供单位 责任部门 责任单位",
        0.95,
    ),
    ("source", "信息来源 文章来源 稿件来源 内容来源 新闻来源 信息提供 供稿单位 +来源 +稿源 +供稿", 0.45),
    (
        "issued",
        "成文日期 成文时间 发文日期 发文时间 印发日期 印发时间 签发日期 签发时间 制文日期 制发日期 颁布日期 颁布时间 文件日期",
        0.95,
    ),
    ("created", "生成日期 生成时间 形成日期 形成时间 产生日期 产生时间 信息生成日期", 0.8),
    (
        "published",
        "信息发布日期 信息公开日期 发布日期 发布时间 公开日期 公开时间 信息公开时间 公布日期 公布时间 上网日期 上网时间 发表时间 发表日期 发布于 公示时间",
        0.96,
    ),
    ("dated", "更新时间 更新日期 录入时间 录入日期 +日期 +时间", 0.5),
    ("theme", "主题分类 主题类别 主题分类名称 +主题", 0.95),
    ("kind_of_information", "信息分类 信息类别 信息类型 +分类 +类别", 0.6),
    ("genre", "体裁分类 公文种类 公文体裁 信息体裁 +文种 +体裁", 0.9),
    ("keywords", "主题词 关键词 关键字", 0.9),
    (
        "other",
        (
            "组配分类 服务对象分类 服务对象 内容概述 内容摘要 信息概述 内容简介 废止日期 废止时间 失效日期 失效时间 有效性 效力状态 有效状态 是否有效 有效期限 有效期 时效性 实施日期 施行日期 生效日期 "
            "生效时间 公开方式 公开范围 公开形式 公开类别 公开属性 公开程序 公开时限 公开期限 公开类型 信息格式 信息类目 载体类型 记录形式 统一登记号 登记号 规范性文件编号 统一编号 信息编号 效力级别 责任编辑 "
            "浏览次数 点击次数 点击数 阅读次数 访问次数 浏览量 阅读量 文字大小 字体大小 打印本页 关闭窗口 所属栏目 文件状态 信息状态 政策分类 效力等级 解读链接 信息有效性 保存期限 文件类型 公文类型 "
            "+概述 +摘要 +语种 +作者 +编辑 +审核 +字体 +阅读 +点击 +浏览 +打印 +状态 +时效 +审核人 +录入 +分享 +分享到 +备注"
        ),
        0.0,
    ),
)
_KNOWN: dict[str, tuple[str, float, bool]] = {
    label.lstrip("+"): (name, sure, label.startswith("+"))
    for name, labels, sure in _LABELS
    for label in labels.split()
}
_LABEL = re.compile("|".join(r"\s{0,3}".join(label) for label in sorted(_KNOWN, key=len, reverse=True)))
_COLON = re.compile(r"\s*[】\])]?\s*:")
_LOST_COLON = re.compile(r"\.(?=\S)")  # every mark copied as a full stop
_EDGE = " \t【[(|｜;,・·>*"
_HEAD_LINES = 90
_TAIL_LINES = 12
_LONG = 400  # a line of more characters is text, or a table and text run together
_WORTH_CUTTING = 90
_WORTH_KEEPING = 12
_GAP = 150  # characters between two labels of a table that ran together
_NEAR = 6  # lines between two labels of one table


@dataclass(frozen=True, slots=True)
class _Hit:
    label: str
    field: str
    sure: float
    weak: bool
    start: int
    end: int
    colon: bool
    clean: bool


@dataclass(frozen=True, slots=True)
class Labelled:
    """What the header tables say: evidence by field, and the lines that belong to a table."""

    found: dict[str, list[Evidence]]
    lines: frozenset[int]
    last_line: int
    """The last line of the table at the head, 0 where there is none."""


def read_labels(lines: Sequence[Line]) -> Labelled:
    """Read the tables at the head of a page, and the source lines at its foot."""
    shown = [line for line in lines if not line.link]
    zone = shown[:_HEAD_LINES] + (shown[-_TAIL_LINES:] if len(shown) > _HEAD_LINES else [])
    hits = {line.no: _hits(line) for line in zone}
    table = _table_lines([line.no for line in zone], hits)
    found: dict[str, list[Evidence]] = {}
    taken: set[int] = set()
    for place, line in enumerate(zone):
        mine = [hit for hit in hits[line.no] if _stands(hit, line.no, table)]
        if not mine:
            continue
        taken.add(line.no)
        below = zone[place + 1] if place + 1 < len(zone) else None
        row = _row_below(line, mine, below, hits) if below else None
        if row and below:
            taken.add(below.no)
            for hit, value in zip(mine, row, strict=True):
                _keep(found, hit, value, f"{value.strip()}")
            continue
        for at, hit in enumerate(mine):
            until = mine[at + 1].start if at + 1 < len(mine) else len(line.text)
            value = line.text[hit.end : until].strip(" \t\u3000\xa0:：】]|｜*")
            quote = line.text[hit.start : until]
            alone = not value and at == len(mine) - 1 and len(mine) == 1 and "\t" not in line.text.strip()
            if alone and below and not hits[below.no] and hit.field not in {"other", "keywords", "genre"}:
                value, quote = below.text.strip(), f"{quote.strip()} {below.text.strip()}"
                if _keep(found, hit, value, quote):
                    taken.add(below.no)
                continue
            _keep(found, hit, value, quote)
    head = [no for no in taken if no <= (zone[_HEAD_LINES - 1].no if len(zone) > _HEAD_LINES else len(lines))]
    return Labelled(found, frozenset(taken), _end_of_head(sorted(head)))


def split_run_together(line: Line) -> list[str]:
    """A long line in which table and text have run together, cut where the table ends; [the text] where there is no table in front."""
    if len(line.text) < _WORTH_CUTTING:
        return [line.text]
    hits = [hit for hit in _hits(line, labelled_prose=True) if not hit.weak or hit.colon]
    cluster: list[_Hit] = []
    for hit in hits:
        if cluster and hit.start - cluster[-1].end > _GAP:
            break
        cluster.append(hit)
    if len({hit.label for hit in cluster}) < 2 or all(hit.weak for hit in cluster):
        return [line.text]
    front = cluster[0].start if cluster[0].start > _WORTH_KEEPING else 0
    if front and not all(hit.colon for hit in cluster):
        return [line.text]
    last = cluster[-1]
    rest = line.folded[last.end :]
    lead = len(rest) - len(rest.lstrip())
    day = read_date(rest) if last.field in {"issued", "created", "published", "dated"} else None
    if day:
        clock = re.match(r"\s*[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?", rest[day.end :])
        cut = day.end + (clock.end() if clock else 0)
    elif last.field == "title":
        cut = lead + len(leading_title(rest[lead:]))
    else:
        blank = re.search(r"[号\s]", rest[lead:])
        cut = lead + (blank.end() if blank and blank.end() < _GAP else 0)
    if len(rest) - cut < _WORTH_KEEPING:
        cut = len(rest)
    return [line.text[:front], line.text[front : last.end + cut], line.text[last.end + cut :]]


def _hits(line: Line, *, labelled_prose: bool = False) -> list[_Hit]:
    hits = []
    folded = line.folded
    for match in _LABEL.finditer(folded):
        label = "".join(match[0].split())
        name, sure, weak = _KNOWN[label]
        colon = _COLON.match(folded, match.end())
        before = folded[match.start() - 1] if match.start() else ""
        clean = not before or before in _EDGE
        if not colon and (clean or before == "."):
            colon = _LOST_COLON.match(folded, match.end())
            clean = clean or bool(colon)
        after = folded[match.end() : match.end() + 1]
        if not colon and after in {"的", "为", "是", "》", "及", "和", "、", "起", ".", "。", ",", "之"}:
            continue
        if not colon and weak and not (clean and (not after or after in " \t】]")):
            if not _complete_before(folded[: match.start()]) or after in {" ", ""}:
                continue
            clean = True
        if colon and weak and not clean and not _complete_before(folded[: match.start()]):
            continue
        end = colon.end() if colon else match.end()
        hits.append(_Hit(label, name, sure, weak, match.start(), end, bool(colon), clean))
    if len(folded) >= _LONG and not labelled_prose:
        return []
    strong = len({hit.label for hit in hits if not hit.weak})
    if strong >= 3 and (labelled_prose or not _is_prose(folded)):
        return hits
    return [hit for hit in hits if hit.colon or hit.clean]


def _complete_before(before: str) -> bool:
    """Whether what stands before a label that ran together ends a value: a date, a number, an index number."""
    return bool(
        re.search(
            r"(?:[0-9]日|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[0-9]号|[-/][0-9]{4,7}|[0-9]{2}:[0-9]{2}|关于.*(?:通知|意见|决定|公告|通告|批复|函|通报|办法|方案))\s*$",
            before[-90:],
        )
    )


def _is_prose(folded: str) -> bool:
    return len(re.findall("[。;]", folded)) >= 3


def _table_lines(order: list[int], hits: dict[int, list[_Hit]]) -> set[int]:
    """Lines near which at least two different labels that are no ordinary words stand."""
    labelled = [(at, no) for at, no in enumerate(order) if hits[no]]
    lines = set()
    for at, no in labelled:
        near = {
            hit.label
            for other, number in labelled
            if abs(other - at) <= _NEAR
            for hit in hits[number]
            if not hit.weak
        }
        if len(near) >= 2:
            lines.add(no)
    return lines


def _stands(hit: _Hit, no: int, table: set[int]) -> bool:
    if no in table:
        return True
    return hit.colon and hit.clean and (not hit.weak or hit.field == "source" or no <= 12)


def _row_below(
    line: Line, mine: list[_Hit], below: Line | None, hits: dict[int, list[_Hit]]
) -> list[str] | None:
    """The values under a row that holds nothing but labels."""
    if not below or len(mine) < 2 or hits[below.no]:
        return None
    rest = line.folded
    for hit in reversed(mine):
        rest = rest[: hit.start] + rest[hit.end :]
    if rest.strip(" \t:|｜【】[]"):
        return None
    cells = (
        below.text.strip("\n").split("\t")
        if "\t" in below.text
        else re.split(r"\s{2,}|[|｜]", below.text.strip())
    )
    cells = [cell.strip() for cell in cells]
    return cells if len(cells) == len(mine) else None


def _keep(found: dict[str, list[Evidence]], hit: _Hit, value: str, quote: str) -> bool:
    """Keep a value that has the shape of its field. Whether it was kept."""
    place = f"信息表“{hit.label}”"
    sure = hit.sure - (0.1 if hit.weak and hit.field not in {"source", "dated"} else 0)
    for name, kept, trust in _values(hit.field, value, sure):
        shown = tidy(quote)
        found.setdefault(name, []).append(Evidence(kept, trust, place, shown[:120]))
        return True
    return False


def _values(name: str, value: str, sure: float) -> Iterable[tuple[str, str, float]]:  # noqa: C901 -- one shape after the other
    value = value.strip().strip("|｜【】")
    folded = fold(value)
    if not value or re.fullmatch(r"[-—/\\无暂]+|暂无|空|null|none", folded.strip(), re.IGNORECASE):
        return
    if name in {"issued", "created", "published", "dated"}:
        read = read_date(folded)
        if read and read.value:
            yield name, read.value.isoformat(), sure
    elif name == "index_number":
        yield from _index_number(value, sure)
    elif name == "number":
        yield from _number(value, folded, sure)
    elif name in {"issuer", "publisher", "source"}:
        names = split_organs(re.sub(r"[<>《》]", "", value.split("\t")[0]))
        if names:
            yield name, joined_as_printed(value, names), sure
        elif 2 <= len(value) <= 40 and not re.search(r"[。;；:：]|[0-9]{4}", value):
            yield name, tidy(value.split("\t")[0]), sure * 0.85
    elif name == "title":
        title = tidy_title(leading_title(re.split(r"\t", value)[0]))
        if 4 <= len(title) <= 160 and not re.search("。.", title):
            yield name, title, sure
    elif name in {"theme", "genre", "kind_of_information"}:
        kept = tidy(re.split(r"\t", value)[0])
        if len(kept) <= 40 and not re.search("[。；]", kept):
            yield name, kept.replace("\\", "/"), sure


def joined_as_printed(value: str, names: list[str]) -> str:
    """One organ as printed; several with one blank between."""
    return tidy(value.split("\t", maxsplit=1)[0]) if len(names) == 1 else " ".join(names)


def _index_number(value: str, sure: float) -> Iterable[tuple[str, str, float]]:
    found = re.match(
        r"[0-9A-Za-z]{6,22}\s?[/／—–-]\s?[0-9A-Za-z]{4,8}\s?[-—–]\s?[0-9]{3,8}|[0-9A-Za-z]{6,18}[/-][0-9A-Za-z/-]{5,}",
        fold(value),
    )
    if found:
        read = import_index_number(re.sub(r"[—–]", "-", found[0]))
        yield "index_number", read.text, sure if read.value and not read.doubts else sure - 0.08


def _number(value: str, folded: str, sure: float) -> Iterable[tuple[str, str, float]]:
    whole = whole_number(folded)
    if whole:
        yield (
            "number" if whole.has_year else "number_without_year",
            whole.value,
            sure if whole.has_year else 0.6,
        )
        return
    first = next(find_numbers(folded), None)
    if first and first.start <= 1:
        yield "number", first.value, sure - 0.05
        return
    order = order_number(folded)
    if order:
        yield "number", tidy(value), sure - 0.1
    elif re.fullmatch(
        r"[\u4e00-\u9fff]{1,12}\s?[0-9]{4}[-—][0-9]{1,4}号?|[A-Z]{2,}[0-9A-Z-]{4,}", folded.strip()
    ):
        yield "number", tidy(value), 0.5


def _end_of_head(numbers: list[int]) -> int:
    """The last line of the first table: labels further than a few lines apart belong to the text."""
    last = 0
    for no in numbers:
        if last and no - last > _NEAR + 4:
            break
        last = no
    return last
