"""The running text of a document: head, title, addressees 主送机关, signature 落款, annexes 附件. Pure.

The order is that of GB/T 9704-2012: 发文机关标志, 发文字号, 标题, 主送机关, 正文, 附件说明, 署名, 成文日期, 附件, 版记. A document that is forwarded or
enclosed follows after the signature and has a title, a number, a date of its own, which are not this document's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tongban.platforms.disclosure.reader import numbers
from tongban.platforms.disclosure.reader.dates import find_dates
from tongban.platforms.disclosure.reader.lines import Line, fold, squeezed, tidy
from tongban.platforms.disclosure.reader.organs import is_full, joined, organ_before, same_organ, split_organs
from tongban.platforms.disclosure.reader.readings import Evidence
from tongban.platforms.disclosure.reader.titles import (
    Title,
    is_noise,
    issuers_of,
    title_at,
    title_run_together,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tongban.platforms.disclosure.reader.labels import Labelled

_AUDIENCE = re.compile(
    r"各|人民政府|部门|单位|机构|委员会|[局厅办委部院所公司校站社场]$|你[市县区局厅委办单]|管委会|企业|集团|大学|中央|有关"
)
_PERSON = re.compile(
    r"^(?:省|市|县|区|州|局|厅|部|主|会|署)?(?:长|主任|主席|书记|总理|专员|检察长|院长|行长)\s*[:：]?\s*[\u4e00-\u9fff·]{2,8}(?:\s[\u4e00-\u9fff])?$"
)
_SKIPPED = re.compile(
    r"^[(（]?(?:盖章|印章|公章|此页无正文|此件(?:公开|主动公开|依申请公开|删减后?公开)发布?|信息公开形式.*)[)）]?$"
)
_PRINTED = re.compile(r"印发\s*$|印发[)。]?$|^印发|共印|抄送")
_AFTER_DATE = re.compile(
    r"\s*(?:起|至|到|前|以前|之前|以后|后|底|止|印发|通过|施行|实施|公布|发布|召开|第|的|在|,|、|-|—|~|修订|修正|签订|零时|[0-9]{1,2}[:时]|上午|下午|星期|\()"
)
_BODY_BEGINS = re.compile(
    r"现将|现就|现印发|经|为了?|根据|按照|你[市县区局厅委办单]|近日|近年|近期|《|[一1]、|依据|遵照|现对|兹"
)


@dataclass(slots=True)
class Running:
    """What the running text says, by field, and the parts of the document."""

    found: dict[str, list[Evidence]] = field(default_factory=dict)
    title: Title | None = None
    addressees: list[str] = field(default_factory=list)
    annexes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def say(self, name: str, value: str, sure: float, place: str, quote: str) -> None:
        """Add one reading."""
        self.found.setdefault(name, []).append(Evidence(value, sure, place, tidy(quote)[:120]))


@dataclass(frozen=True, slots=True)
class _Signature:
    organs: tuple[str, ...]
    day: str
    at: int
    quote: str
    lone: bool


def read_running(lines: Sequence[Line], labelled: Labelled) -> Running:
    """Read the text outside the header tables."""
    text = [line for line in lines if line.no not in labelled.lines and not is_noise(line)]
    running = Running()
    title, body_at, offset = _head(text, running)
    running.title = title
    if title:
        running.say("title", title.text, 0.9 if title.official else 0.62, "标题", title.text)
        if title.issuers:
            running.say("issuer", joined(list(title.issuers)), 0.9, "标题中的发文机关", title.text)
    _numbers(text, title, body_at, offset, running)
    body_at, offset = _addressees(text, body_at, offset, running)
    known = list(title.issuers) if title else issuers_of(_labelled_title(labelled))
    signature = _signature(text, body_at, offset, known, running)
    if title is None and signature is not None:
        _enclosed(text, signature, running)
    _annexes(text, running)
    return running


def _labelled_title(labelled: Labelled) -> str:
    titles = labelled.found.get("title")
    return titles[0].value if titles else ""


def _head(text: list[Line], running: Running) -> tuple[Title | None, int, int]:
    """The title, and where (line, offset) the text after it begins."""
    best: Title | None = None
    place = 0
    at = 0
    heads: list[str] = []
    while at < min(len(text), 60):
        line = text[at]
        if _head_line(line, heads, running):
            at += 1
            continue
        title = title_at(text, at)
        if title is None and (len(line.folded) > 40 or at < 4):
            run = title_run_together(line)
            title = run and Title(run.text, at, at, run.end, official=True, issuers=run.issuers)
        if title and (best is None or (title.official and not best.official)):
            best, place = title, title.last + 1 if title.end is None else title.last
            at = title.last + 1
            if title.official:
                break
            continue
        if _is_addressee(line.folded) or _is_sentence(line):
            break
        at += 1
    if best is None:
        return None, 0, 0
    return best, place, best.end or 0


def _head_line(line: Line, heads: list[str], running: Running) -> bool:
    """The red head 发文机关标志 (安澜市人民政府文件), the line of an order (安澜市人民政府令 第12号), marks of secrecy and urgency."""
    folded = line.folded.strip()
    mark = re.fullmatch(r"(.{3,60}?)\s*文\s*件\s*(?:[(].{0,8}[)])?", folded)
    if mark and (organs := split_organs(("".join(heads) and " ".join([*heads, mark[1]])) or mark[1])):
        running.say("issuer", joined(organs), 0.85, "发文机关标志", line.text)
        heads.clear()
        return True
    order = re.fullmatch(r"(.{3,40}?)\s*令\s*(?:[(]?第?\s*[0-9一二三四五六七八九十百]+\s*号[)]?)?", folded)
    if order and (organs := split_organs(order[1])):
        running.say("issuer", joined(organs), 0.88, "发文机关标志", line.text)
        return True
    if split_organs(folded) and len(folded) <= 40:
        heads.append(folded)
        return False
    return bool(re.fullmatch(r"[0-9]{6}|(?:秘密|机密|绝密)[★·\s0-9年月]*|特急|加急|急件|平急|特提", folded))


def _is_sentence(line: Line) -> bool:
    return bool(re.search(r"。|;", line.folded)) or len(line.folded) > 110


def _is_addressee(folded: str) -> bool:
    found = re.match(r"([^。;!?]{2,300}?):", folded.strip())
    if not found:
        return False
    parts = [part for part in re.split(r"[,、()\s]", found[1]) if part]
    return (
        bool(parts)
        and sum(1 for part in parts if _AUDIENCE.search(part)) * 2 >= len(parts)
        and not re.search(r"如下|附件|标题|来源|时间|日期|联系", found[1])
    )


def _numbers(text: list[Line], title: Title | None, body_at: int, offset: int, running: Running) -> None:  # noqa: C901 -- one place after the other
    """The document's own number: alone in a line of the head or under the title, after the title run together, as the name of the file to download."""
    last = title.last if title else -1
    for at, line in enumerate(text[: max(last + 4, 12)]):
        if at > last and (_is_addressee(line.folded) or _is_sentence(line)):
            break
        if title and title.first <= at <= last:
            continue
        whole = numbers.whole_number(line.folded)
        if whole:
            place = "标题上方的发文字号" if at < last else "标题下方的发文字号"
            running.say(
                "number" if whole.has_year else "number_without_year",
                whole.value,
                0.93 if whole.certain else 0.7,
                place,
                line.text,
            )
            break
        order = numbers.order_number(line.folded)
        if order:
            _order(order, text, at, line, running)
            break
    if title and title.end is not None:
        after = numbers.number_after(text[last].folded[offset:])
        if after:
            name = "number" if after.has_year else "number_without_year"
            running.say(
                name,
                after.value,
                0.85 if after.has_year else 0.6,
                "紧接标题的发文字号",
                text[last].text[offset : offset + after.end],
            )
    if title:
        inside = re.search(r"[(]([^()]*[〔\[(][0-9]{4}[〕\])][0-9]+号)[)]$", text[title.last].folded.strip())
        whole = numbers.whole_number(inside[1]) if inside else None
        if whole:
            running.say("number", whole.value, 0.85, "标题后括注的发文字号", text[title.last].text)
    for line in text[-15:] + text[:3]:
        for found in numbers.find_numbers(line.folded):
            rest = line.folded[found.end :]
            if re.match(
                r"[^。]{0,60}\.(?:docx?|pdf|ofd|wps|zip|rar|tif)\b", rest, re.IGNORECASE
            ) and not re.search("附件[0-9:]", line.folded[max(0, found.start - 12) : found.start]):
                running.say(
                    "number",
                    found.value,
                    0.8 if found.certain else 0.6,
                    "原文下载的文件名",
                    line.text[max(0, found.start - 10) : found.end + 6],
                )


def _order(order: tuple[str, str], text: list[Line], at: int, line: Line, running: Running) -> None:
    head, number = order
    above = text[at - 1].bare if at else ""
    if head:
        running.say("number", head + number, 0.85, "发文机关标志下的编号", line.text)
    elif re.search(r"(?:令|公告|通告)$", fold(above)) and len(above) <= 40:
        running.say(
            "number",
            tidy("".join(above.split()) + number),
            0.85,
            "发文机关标志下的编号",
            f"{above} {line.bare}",
        )
    else:
        running.say("number", number, 0.6, "标题附近的编号", line.text)


def _addressees(text: list[Line], at: int, offset: int, running: Running) -> tuple[int, int]:
    """Whom it is sent to; gives where the text begins after them."""
    for step in range(at, min(at + 8, len(text))):
        folded = text[step].folded[offset if step == at else 0 :]
        shift = offset if step == at else 0
        lead = len(folded) - len(folded.lstrip())
        if _is_addressee(folded):
            colon = folded.index(":")
            running.addressees += _names(text[step].text[shift + lead : shift + colon])
            return step, shift + colon + 1
        if shift and (found := _BODY_BEGINS.search(folded, 0, 400)):
            number = numbers.number_after(folded)
            begin = number.end if number else 0
            names = _names(re.sub(r"[.。]", ",", text[step].text[shift + begin : shift + found.start()]))
            if names and all(_AUDIENCE.search(name) for name in names):
                running.addressees += names
                return step, shift + found.start()
        if _is_sentence(text[step]):
            return step, shift
    return at, offset


def _names(text: str) -> list[str]:
    parts = re.split(r"[,，;；.](?![^(（]*[)）])", tidy(text).strip(" :：.,，、"))
    return [part.strip() for part in parts if part.strip()][:40]


def _signature(
    text: list[Line], body_at: int, offset: int, issuers: list[str], running: Running
) -> _Signature | None:
    """The first signature that can be this document's, said as issuer and date."""
    found = list(_signatures(text, body_at, offset, issuers))
    if not found:
        return None
    own = next((s for s in found if s.organs and issuers and _matches(s.organs, issuers)), None)
    if own is None and issuers:
        own = next((s for s in found if s.lone), None)
        foreign = next((s for s in found if not s.lone), None)
        if foreign and (own is None or foreign.at < own.at):
            running.warnings.append(
                f"落款“{joined(list(foreign.organs))}”与标题中的发文机关不一致，可能是所附文件的落款。"
            )
            running.say("issued", foreign.day, 0.3, "落款（机关与标题不一致）", foreign.quote)
            return foreign
    own = own or found[0]
    if own.organs:
        sure = 0.95 if issuers else 0.87
        running.say(
            "issuer",
            joined(list(own.organs)),
            sure if is_full(own.organs[0]) else sure - 0.25,
            "落款",
            own.quote,
        )
        running.say("issued", own.day, 0.94 if issuers else 0.9, "落款", own.quote)
    else:
        running.say("issued", own.day, 0.85, "独占一行的成文日期", own.quote)
    return own


def _matches(organs: Sequence[str], issuers: list[str]) -> bool:
    return any(same_organ(organ, issuer) for organ in organs for issuer in issuers)


def _signatures(  # noqa: C901 -- one shape after the other
    text: list[Line], body_at: int, offset: int, issuers: list[str]
) -> Iterator[_Signature]:
    for at in range(body_at, len(text)):
        line = text[at]
        shift = offset if at == body_at else 0
        folded = line.folded[shift:]
        if len(folded) < 8 or ("年" not in folded and not re.search(r"(?:19|20)[0-9]{2}[-./]", folded)):
            continue
        for day in find_dates(folded):
            if day.value is None:
                continue
            before, after = folded[: day.start].strip(), folded[day.end :].strip()
            quote = line.text[shift + max(0, day.start - 40) : shift + day.end]
            if not after.strip("。.)") and not before.strip("("):
                if (before or after.startswith(")")) and at <= body_at + 1:
                    continue  # 题注 under a title
                organs, above = _organs_above(text, at, body_at)
                if organs:
                    yield _Signature(
                        tuple(organs), day.value.isoformat(), at, f"{' '.join(above)} {quote}", lone=False
                    )
                elif _ends_body(text, at, body_at):
                    yield _Signature((), day.value.isoformat(), at, quote, lone=True)
                continue
            if _AFTER_DATE.match(folded[day.end :]) or _PRINTED.search(after[:12]):
                continue
            organs = split_organs(before) if len(before) <= 80 and not after else []
            if not organs:
                organs = _organs_before(before, issuers)
            if organs:
                yield _Signature(tuple(organs), day.value.isoformat(), at, quote, lone=False)


def _organs_before(before: str, issuers: list[str]) -> list[str]:
    """The organs with which text run together ends: those of the title, else one that stands apart."""
    tail = squeezed(before)
    if issuers and tail.endswith(squeezed("".join(issuers))):
        return issuers
    for issuer in issuers:
        if tail.endswith(squeezed(issuer)):
            return [issuer]
    ending = organ_before(before)
    return [ending] if ending else []


def _organs_above(text: list[Line], at: int, first: int) -> tuple[list[str], list[str]]:
    organs: list[str] = []
    quotes: list[str] = []
    for line in reversed(text[max(first, at - 8) : at]):
        bare = line.folded.strip()
        if _SKIPPED.match(bare) or _PERSON.match(bare):
            continue
        names = split_organs(re.sub(r"\s*[(](?:盖章|章|印章|公章)[)]", "", bare)) if len(bare) <= 90 else []
        if not names:
            break
        organs = names + organs
        quotes.insert(0, line.bare)
    return organs, quotes


def _ends_body(text: list[Line], at: int, first: int) -> bool:
    """Whether a date alone in its line stands where a text has ended."""
    if at <= first:
        return at == first and at > 0
    above = text[at - 1].folded.strip()
    return bool(
        re.search(r"[。.!)]$|附件?[:].*|^[0-9]+[.、]", above)
        or _SKIPPED.match(above)
        or _PERSON.match(above)
        or len(above) > 12
    )


def _enclosed(text: list[Line], signature: _Signature, running: Running) -> None:
    """Where the document's own title was lost, the title of what it encloses."""
    body = "".join(line.folded for line in text[: signature.at + 1])
    named = [squeezed(name) for name in re.findall(r"《([^》]{4,80})》", body)]
    for at in range(signature.at + 1, min(signature.at + 8, len(text))):
        title = title_at(text, at)
        if title:
            running.title = Title(
                title.text, title.first, title.last, None, title.official, title.issuers, after_signature=True
            )
            agrees = squeezed(title.text) in named
            running.warnings.append("没有读到文件自身的标题，以所附文件的标题代替，请核对。")
            running.say("title", title.text, 0.6 if agrees else 0.45, "落款之后所附文件的标题", title.text)
            return


def _annexes(text: list[Line], running: Running) -> None:
    """附件说明: 附件:1.… 2.…"""
    for at, line in enumerate(text):
        found = re.search(
            r"(?:^|\s|[。.])附\s?件?\s?[:：]?\s?(?=[1１一][.、．,]|《)|^附件[:：]\s*", line.folded
        )
        if not found:
            continue
        rest = [line.text[found.end() :]]
        for other in text[at + 1 : at + 30]:
            if not re.match(r"\s*[0-9]{1,2}\s*[.、．]", other.folded) or len(other.folded) > 90:
                break
            rest.append(other.text)
        if len(rest[0]) <= 400 or len(rest) > 1:
            parts = re.split(r"(?<![0-9(])[0-9]{1,2}\s?[.、．](?![0-9])", "\n".join(rest)[:1500])
            names = [tidy(part).strip("；;。. ") for part in parts]
            running.annexes += [name for name in names if 2 <= len(name) <= 90][:40]
        return
