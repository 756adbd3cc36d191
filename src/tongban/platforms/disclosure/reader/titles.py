"""Titles 公文标题: 发文机关 + 事由 + 文种 (GB/T 9704-2012, 7.3.1), in a line, over several, or run together with what follows. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tongban.platforms.disclosure.reader.lines import Line, fold, tidy
from tongban.platforms.disclosure.reader.organs import split_organs

if TYPE_CHECKING:
    from collections.abc import Sequence

GENRES = (
    "令",
    "决定",
    "公告",
    "通告",
    "通知",
    "通报",
    "议案",
    "报告",
    "请示",
    "批复",
    "意见",
    "函",
    "纪要",
    "决议",
    "公报",
    "命令",
)
"""文种 of the regulation on official documents (公文处理工作条例 art. 8); 令 and 命令 are one."""

_OFFICIAL = "通知|意见|决定|通告|公告|批复|复函|函|通报|报告|请示|命令|决议|议案|公报|纪要"
_PLAIN = (
    "办法|规定|细则|条例|方案|规划|计划|要点|纲要|总结|制度|章程|预案|目录|清单|指南|公示|名单|说明|解读|标准|规程|守则|公约|简报|预算|决算|统计公报|白皮书|要求|措施|"
    "若干政策|政策|规范|工作安排|安排|准则|规则|意向|倡议书|通知书|决定书|答复|回复|提案|年报|情况|行动|图解|问答|一览表|表|启事"
)
_TAIL = r"(?:[(](?:[^()]|[(][^()]*[)]){1,40}[)])?"
_ENDS_OFFICIAL = re.compile(rf"(?:{_OFFICIAL}){_TAIL}$")
_ENDS_PLAIN = re.compile(rf"(?:{_PLAIN}){_TAIL}$")
_ABOUT = re.compile(r"关于|转发|批转|印发|公布|颁发|发布|表彰|任免|废止|调整|同意|答复|任命")
_STOP = re.compile(
    rf"的?(?:{_OFFICIAL})(?:[(](?:试行|暂行|修订|修正|征求意见稿|[0-9]{{4}}年?[^()]{{0,12}})[)])?"
)
_RUN = re.compile(r"[\u4e00-\u9fff()、 ·]{0,60}?(?:关于|转发|批转|印发)")
_BEFORE_TITLE = re.compile(
    r"文\s?件|[0-9]号(?=[^.])\s*|[0-9]日\s*|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:\s?[0-9]{2}:[0-9]{2})?\s*|(?:标题|名称)[:.]?|公告\s|有效\s?|[>»]\s*[\u4e00-\u9fff]{2,8}\s"
)
_NOISE = re.compile(
    r"当前位置|您的位置|您所在|首页|>>|»| > |欢迎访问|欢迎您|网站地图|设为首页|加入收藏|扫一扫|打印本|【打印|\[打印|关闭窗口|上一篇|下一篇|版权所有|主办单位|承办单位|ICP备|公网安备|没有评论|分享到|无障碍|繁体|"
    r"浏览次数|字体[:：]|政策是否有效|请慎用|点击下载|相关链接|相关阅读|相关文件|政府网站标识码|技术支持|登录|注册"
)


_FOREIGN = re.compile(
    r"[0-9A-Z]{8,}[/-][0-9]{4,6}-[0-9]{3}|(?:19|20)[0-9]{2}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|^(?:标题|名称|索引号|信息名称)|[|｜]|已经.*(?:通过|同意)|现予公布|印发给?你们"
)
_DATED = re.compile(r"[(][^()]*(?:[0-9]日|[0-9]号|通过)[^()]*[)]$")


@dataclass(frozen=True, slots=True)
class Title:
    """A title read from running text: where it stands and, when it ran together with what follows, where it ends in its line."""

    text: str
    first: int
    last: int
    end: int | None
    """The offset in the last line at which the title ends; None when the line ends with it."""
    official: bool
    issuers: tuple[str, ...] = ()
    after_signature: bool = False


def is_noise(line: Line) -> bool:
    """What a page wraps around a document: breadcrumbs, print and share buttons, footers."""
    if line.link or len(line.bare) < 2:
        return True
    found = _NOISE.search(line.folded) if len(line.folded) < 160 else None
    return bool(found) and (len(line.folded) < 60 or "关于" not in line.folded)


def genre_of(title: str) -> str:
    """The 文种 with which a title ends, "" when it ends with none."""
    folded = re.sub(r"[(][^()]*[)]$", "", fold(title).strip())
    if folded.endswith("复函"):
        return "函"
    return next((genre for genre in GENRES if folded.endswith(genre)), "")


def issuers_of(title: str) -> list[str]:
    """The organs a title begins with, [] where it names none."""
    found = re.match(
        r"(.{2,100}?)(?:关于|转发|批转|印发|公布|颁发|令$|令[(（第]|公告|通告|发布|表彰)", fold(title)
    )
    return split_organs(title[: found.end(1)]) if found else []


def tidy_title(text: str) -> str:
    """A title without blanks, but for those between joint issuers (GB/T 9704-2012, 7.3.1)."""
    parts = re.split(r"[\s\u3000\xa0]+", text.strip())
    if len(parts) == 1 or all(len(part) == 1 for part in parts):
        return tidy(text)
    kept = parts[0]
    for part in parts[1:]:
        issuers = split_organs(kept) and (split_organs(part) or issuers_of(part))
        kept += f" {part}" if issuers or (kept[-1].isascii() and part[0].isascii()) else part
    return kept


def title_at(lines: Sequence[Line], at: int) -> Title | None:
    """The title that begins in this line, over at most four lines."""
    parts: list[str] = []
    best: Title | None = None
    for step in range(4):
        if at + step >= len(lines):
            break
        line = lines[at + step]
        if not _may_be_title(line, first=step == 0):
            break
        parts.append(line.bare)
        title = _judge(tidy_title(" ".join(parts)), line, at, at + step)
        if title and (best is None or _extends(best, title)):
            best = title
        elif best:
            break
    return best


def title_run_together(line: Line, limit: int = 400) -> Title | None:
    """The title in a line in which everything has run together: at its beginning, or after a red head, a number or a date."""
    folded = line.folded[:limit]
    starts = [len(folded) - len(folded.lstrip(" ."))]
    starts += [found.end() for found in _BEFORE_TITLE.finditer(folded, 0, 160)]
    for start in starts:
        end = _run_end(folded, start)
        if end is not None:
            text = tidy_title(line.text[start:end])
            if 8 <= len(text) <= 130:
                return Title(
                    text,
                    line.no,
                    line.no,
                    end if folded[end:].strip() else None,
                    official=True,
                    issuers=tuple(issuers_of(text)),
                )
    return None


def leading_title(value: str) -> str:
    """The title with which a value begins, where something has run together with it; else the value."""
    folded = fold(value)
    end = _run_end(folded, 0)
    return value[:end] if end is not None and folded[end:].strip() else value


def _run_end(folded: str, start: int) -> int | None:
    """Where the official title that begins here ends, None where none begins."""
    lead = _RUN.match(folded, start)
    if not lead or re.search(
        r"各[\u4e00-\u9fff]{0,8}(?:政府|单位|部门|局)|根据|按照|现将", folded[start : lead.end() - 2]
    ):
        return None
    at = lead.end()
    while stop := _STOP.search(folded, at):
        at = stop.end()
        before = folded[start : stop.start()]
        if re.search("[。;!?]|:.|[0-9]日.{20}", before):
            return None
        if before.count("《") > before.count("》"):
            continue
        if re.match(rf"的?(?:{_OFFICIAL})(?![见])", folded[at:]) or re.match(r"[和与及]|》", folded[at:]):
            continue
        if not stop[0].startswith("的") and not _boundary(folded[at:]):
            continue
        return at
    return None


def _boundary(rest: str) -> bool:
    return not rest.strip() or bool(
        re.match(r"[\s.。:(]|各|现|号|文号|发布|来源|[\u4e00-\u9fff]{1,8}[〔\[(【]", rest)
    )


def _may_be_title(line: Line, *, first: bool) -> bool:
    text = line.folded.strip()
    if is_noise(line) or len(text) > 110 or len(text) < 2:
        return False
    if re.search(r"[。;!?:]|[^0-9]\.$|,$|\t", text) and not re.search(r"《[^》]*[。;!?:][^》]*》", text):
        return False
    if _FOREIGN.search(text) or (
        first and re.match(r"[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日|《[^》]*》已", text)
    ):
        return False
    if re.match(
        r"(?:[一二三四五六七八九十]{1,3}、|[(][一二三四五六七八九十0-9]{1,3}[)]|[0-9]{1,2}[.、]|第[一二三四五六七八九十百]+[章条节]|附件?[:0-9\s]|附\s|签发人|抄送|主送|(?:19|20)[0-9]{2}[-./])",
        text,
    ):
        return False
    return not (first and re.fullmatch(r".*文件|[^关]{0,30}[〔\[(][0-9]{4}[〕\])][0-9 ]+号", text))


def _judge(text: str, line: Line, first: int, last: int) -> Title | None:
    text = text[: found.start()] if (found := _DATED.search(fold(text))) else text
    folded = fold(text)
    if not 5 <= len(folded) <= 140:
        return None
    about = _ABOUT.search(folded)
    issuers = tuple(issuers_of(text))
    if _ENDS_OFFICIAL.search(folded):
        if about or issuers:
            return Title(text, first, last, None, official=True, issuers=issuers)
        return Title(text, first, last, None, official=False) if len(folded) >= 9 else None
    if _ENDS_PLAIN.search(folded) and len(folded) >= 7:
        return Title(text, first, last, None, official=bool(about and issuers), issuers=issuers)
    return None


def _extends(best: Title, title: Title) -> bool:
    """Whether the longer join is one title: only where the shorter one was no complete official title."""
    return not best.official
