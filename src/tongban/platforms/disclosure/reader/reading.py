"""From a file to a reading: format, header tables, running text, page tags, theme, and the weighing of them all. Pure."""

from __future__ import annotations

import logging
import re

from tongban.platforms.disclosure.reader.dates import read_date
from tongban.platforms.disclosure.reader.formats import DocumentRefused, open_source
from tongban.platforms.disclosure.reader.labels import read_labels, split_run_together
from tongban.platforms.disclosure.reader.lines import Line, Source, fold, tidy
from tongban.platforms.disclosure.reader.organs import joined, split_organs
from tongban.platforms.disclosure.reader.readings import Evidence, Proposal, Reading
from tongban.platforms.disclosure.reader.running import read_running
from tongban.platforms.disclosure.reader.theme import code_of, score_themes
from tongban.platforms.disclosure.reader.titles import genre_of, is_noise, issuers_of
from tongban.platforms.disclosure.reader.weighing import weigh

log = logging.getLogger(__name__)

LEAST_THEME = 4
"""Below this score nothing is said of the theme."""


def read_bytes(data: bytes, filename: str = "") -> Reading:
    """Read one file. Raises DocumentRefused with words for a person when it is refused.

    What no rule foresaw is a refusal too, and goes into the log: one file never stops those after it.
    """
    try:
        return read_source(open_source(data, filename))
    except DocumentRefused:
        raise
    except Exception as error:
        log.exception("a file could not be read")
        raise DocumentRefused(
            "document.unforeseen", "读取时出了意外，没有收下；请另存为 PDF 或者 DOCX 后再导入。"
        ) from error


def read_text(text: str) -> Reading:
    """Read text that was pasted."""
    return read_source(Source.of_text(text))


def read_source(source: Source) -> Reading:
    """Read the lines of a document, whatever format they came from."""
    lines = _apart(source.lines)
    labelled = read_labels(lines)
    running = read_running(lines, labelled)
    found = {name: list(evidence) for name, evidence in labelled.found.items()}
    for name, evidence in running.found.items():
        found.setdefault(name, []).extend(evidence)
    for name, evidence in _meta(source).items():
        found.setdefault(name, []).extend(evidence)
    for said in found.get("title", []):
        issuers = issuers_of(said.value)
        if issuers and said.place != "标题":
            found.setdefault("issuer", []).append(
                Evidence(joined(issuers), 0.85, "标题中的发文机关", said.value)
            )
    fields, doubts = weigh(found)
    body = [line for line in lines if line.no not in labelled.lines and not is_noise(line)]
    text = "\n".join(line.bare for line in body)
    title = fields["title"].best.value if "title" in fields else ""
    scores = score_themes(title, text)
    if "theme" not in fields:
        guess = _theme_of(scores)
        if guess:
            fields["theme"] = Proposal(guess)
    return Reading(
        fields,
        genre=genre_of(title) or next((e.value for e in found.get("genre", [])), ""),
        addressees=tuple(running.addressees),
        annexes=tuple(running.annexes),
        body=text,
        warnings=(*source.warnings, *running.warnings, *doubts),
        left_out=tuple(source.warnings),
        theme_scores=tuple((f"{s.code} {s.name}：{'、'.join(s.terms)}", s.score) for s in scores[:5]),
    )


def _apart(lines: list[Line]) -> list[Line]:
    """Tables that ran together with the text after them, cut off."""
    parts = [(part, line.link) for line in lines for part in split_run_together(line) if part.strip()]
    if len(parts) == len(lines):
        return lines
    return [Line(no, text, fold(text), link) for no, (text, link) in enumerate(parts, 1)]


def _theme_of(scores: list) -> Evidence | None:  # type: ignore[type-arg]
    if not scores or scores[0].score < LEAST_THEME:
        return None
    best, second = scores[0], scores[1].score if len(scores) > 1 else 0.0
    share = best.score / (best.score + second)
    sure = min(0.8, 0.3 + (share - 0.5) * 0.8 + min(best.score, 20) / 100)
    return Evidence(best.name, sure, "按词分类（分数见说明）", "、".join(best.terms[:12]))


def _meta(source: Source) -> dict[str, list[Evidence]]:
    """The tags a government page carries for machines (政府网站网页标签规范)."""
    tags = {name.lower(): value for name, value in source.meta.items()}
    found: dict[str, list[Evidence]] = {}
    title = tidy(tags.get("articletitle", ""))
    if title:
        found["title"] = [Evidence(title, 0.9, "网页标签 ArticleTitle", title)]
    day = read_date(fold(tags.get("pubdate", "")))
    if day and day.value:
        found["published"] = [Evidence(day.value.isoformat(), 0.9, "网页标签 PubDate", tags["pubdate"])]
    organs = split_organs(tags.get("contentsource", ""))
    if organs:
        found["source"] = [Evidence(joined(organs), 0.5, "网页标签 ContentSource", tags["contentsource"])]
    if not title and (page := tidy(re.split(r"[_|]| - |－", tags.get("title", ""))[0])) and genre_of(page):
        found["title"] = [Evidence(page, 0.6, "网页标题", tags["title"])]
    return found


def known_theme(name: str) -> str:
    """The code of a theme by its printed name, "" where it is none of the 22 classes."""
    return code_of(name)
