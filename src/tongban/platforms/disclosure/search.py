"""Finding in the public catalogue: by words with a rank, by number alone, by classes; and how many there are of each class.

Two hundred thousand records have to answer in milliseconds, so nothing here touches all matches. Words, year and month of
publication and classes are tokens of one array with one GIN index; of common words only the newest matches become
candidates (all with the words in the title before those with them in the text), and only these are scored on their text.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Q, Sum
from django.db.models.functions import Left

from tongban.base.codes.doc_number import import_doc_number
from tongban.base.text import asked_words, whole_number
from tongban.platforms.disclosure.commonness import RANGE, commonness
from tongban.platforms.disclosure.models import GENRE_CODES, THEMES, Annex, Record, Tally
from tongban.platforms.disclosure.public import public_sql
from tongban.registry.queries import today
from tongban.registry.search import highlight, snippet

Pieces = list[tuple[str, bool]]
Rows = list[tuple[int, date]]
"""Records by their key, with the day of publication."""
SIZE = 20
PROBE = 160
"""Matches of one look; more means that words are common and the newest will do."""
SCORED = 60
"""Candidates scored on their text."""
SCANNED = 4000
"""Characters of a text that are scored, and looked through for the line that is shown."""
GUESSES = 4
"""Windows of months looked at on the guess that words are common."""
WINDOWFUL = 100
"""Matches that a window of months should hold: enough to score, few enough for one look."""
ANNEX_READ = 20_000
"""Characters of an annex that are looked through for the line that is shown."""
LONGEST_QUESTION, LAST_PAGE = 100, 500
FACETS = ("theme", "genre", "org", "year", "validity")


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a visitor narrowed the catalogue by; empty: not at all."""

    theme: str = ""
    genre: str = ""
    org: int = 0
    year: int = 0
    validity: str = ""

    @classmethod
    def of(cls, said: Any) -> Chosen:
        """From the values of an address; what is no class is left out."""
        org, year = whole_number(said.get("org", "")), whole_number(said.get("year", ""))
        return cls(
            said.get("theme", "") if said.get("theme") in THEMES else "",
            said.get("genre", "") if said.get("genre") in GENRE_CODES else "",
            org if org and org < 2**31 else 0,
            year if year and 1949 <= year <= 2100 else 0,
            said.get("validity", "") if said.get("validity") in Record.Validity.values else "",
        )

    def filters(self) -> dict[str, Any]:
        """As conditions of records."""
        found: dict[str, Any] = {
            "theme": self.theme,
            "genre": self.genre,
            "publisher_id": self.org,
            "validity": self.validity,
        }
        found = {name: value for name, value in found.items() if value}
        if self.year:
            found["published_on__range"] = (date(self.year, 1, 1), date(self.year, 12, 31))
        return found

    def named(self) -> list[tuple[str, str]]:
        """The classes chosen, as the tally names them."""
        return [(name, str(value)) for name in FACETS if (value := getattr(self, name))]

    def tokens(self) -> list[str]:
        """The classes that records have as tokens among their words."""
        classes = (("c", self.theme), ("g", self.genre), ("o", self.org))
        return [f"{letter}:{value}" for letter, value in classes if value]

    def without(self, name: str) -> Chosen:
        """The same, this class not narrowed."""
        nothing: dict[str, Any] = {name: 0 if name in {"org", "year"} else ""}
        return replace(self, **nothing)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a visitor asks the catalogue for, as the address of a page carries it."""

    question: str = ""
    chosen: Chosen = Chosen()
    page: int = 0

    @classmethod
    def of(cls, said: Any) -> Asked:
        """From the values of an address; no question is longer than people write, no page further than people turn."""
        question = " ".join(said.get("q", "").split())[:LONGEST_QUESTION]
        return cls(question, Chosen.of(said), min(whole_number(said.get("page", "")) or 0, LAST_PAGE))

    def said(self) -> dict[str, str]:
        """The values of the address, whatever the page."""
        return {name: value for name, value in (("q", self.question), *self.chosen.named()) if value}

    def found(self) -> Found:
        """What the catalogue has."""
        return find(self.question, self.chosen, self.page)


@dataclass(frozen=True, slots=True)
class Hit:
    """One record of a list, with what was asked for marked."""

    pk: int
    index_number: str
    title: Pieces
    number: str
    publisher_id: int
    published_on: date
    validity: str
    theme: str
    genre: str
    text: Pieces = ()  # type: ignore[assignment]
    annex: str = ""
    """The annex in which `text` stands; "" for the record's own text."""


@dataclass(frozen=True, slots=True)
class Found:
    """One page of a list. `total` may be a lower bound (`at_least`)."""

    hits: tuple[Hit, ...]
    total: int
    at_least: bool = False
    more: bool = False


_COLUMNS = "id, index_number, title, number, publisher_id, published_on, validity, theme, genre"
_PUBLIC = public_sql()


def find(question: str, chosen: Chosen, page: int = 0) -> Found:
    """The records for a question (empty: the newest), narrowed by `chosen`."""
    question = " ".join(question.split())[:LONGEST_QUESTION]
    if not question:
        return _newest(chosen, page)
    known = _by_identifier(question)
    if known:
        return Found(tuple(_hit(row, question) for row in known), len(known))
    asked = [word for word in asked_words(question) if len(word) <= 40][:8]
    if not asked:
        return Found((), 0)
    return _ranked(question, asked, chosen, page)


def counts(chosen: Chosen) -> dict[str, list[tuple[str, int]]]:
    """How many there are of each class within what is chosen.

    With one class chosen it is itself counted as if it were not, so that a visitor can go over to its neighbour.
    """
    named = chosen.named()
    told: dict[str, list[tuple[str, int]]] = {name: [] for name in FACETS}
    if len(named) < 2:
        inside, value = named[0] if named else ("", "")
        rows = Tally.objects.filter(
            Q(inside=inside, inside_value=value) | Q(inside="", facet=inside), n__gt=0
        )
        for facet, name, n in rows.values_list("facet", "value", "n"):
            told[facet].append((name, n))
    else:
        for facet, name, n in _counted(chosen):
            told[facet].append((name, n))
    for name, rows_of in told.items():
        rows_of.sort(key=lambda row: (-row[1], row[0]) if name != "year" else (-int(row[0]), row[0]))
    return told


def total(chosen: Chosen) -> int:
    """How many there are within what is chosen."""
    named = chosen.named()
    if len(named) < 2:
        facet, value = named[0] if named else ("validity", "")
        rows = Tally.objects.filter(facet=facet, inside="", **({"value": value} if value else {}))
        return rows.aggregate(k=Sum("n"))["k"] or 0
    return Record.objects.public().filter(**chosen.filters()).count()


def _counted(chosen: Chosen) -> list[tuple[str, str, int]]:
    conditions, values = _narrowed(chosen)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH r AS (SELECT theme, genre, publisher_id::text AS org, extract(year FROM published_on)::text AS year, validity "  # noqa: S608 -- our own words
            f"FROM disclosure_record WHERE {_PUBLIC}{conditions}) "
            + " UNION ALL ".join(f"SELECT '{name}', {name}, count(*) FROM r GROUP BY 2" for name in FACETS),  # noqa: S608 -- our own words
            values,
        )
        return list(cursor.fetchall())


def _newest(chosen: Chosen, page: int) -> Found:
    rows = Record.objects.public().filter(**chosen.filters()).order_by("-published_on", "-pk")
    names = [name.strip() for name in _COLUMNS.split(",")]
    shown = list(rows.values_list(*names)[page * SIZE : (page + 1) * SIZE + 1])
    return Found(tuple(_hit(row, "") for row in shown[:SIZE]), total(chosen), more=len(shown) > SIZE)


def _by_identifier(question: str) -> list[tuple[Any, ...]]:
    """Records by index number, its tail, or document number alone, in the ways people write them."""
    plain = "".join(question.split()).upper()
    conditions: dict[str, Any] | None = None
    if re.fullmatch(r"[0-9A-Z]{6,20}[/-][0-9]{4,6}-[0-9]{3,8}", plain):
        conditions = {"index_number": plain}
    elif re.fullmatch(r"[0-9]{4}-[0-9]{5}", plain):
        conditions = {"words__contains": [f"i:{plain}"]}
    elif (read := import_doc_number(question)).value:
        conditions = {"number": read.value.text}
    elif found := re.fullmatch(
        r"([\u4e00-\u9fff]{2,10})[^\w]?((?:19|20)[0-9]{2})[^\w]?([0-9]{1,5})号?", plain
    ):
        conditions = {"number": f"{found[1]}〔{found[2]}〕{int(found[3])}号"}
    if conditions is None:
        return []
    names = [name.strip() for name in _COLUMNS.split(",")]
    return list(Record.objects.public().filter(**conditions).values_list(*names)[:SIZE])


def _ranked(question: str, asked: list[str], chosen: Chosen, page: int) -> Found:
    in_titles, in_texts = _Looking([f"t:{word}" for word in asked], chosen), _Looking(asked, chosen)
    if in_titles.likely < SCORED:
        _begin_together(in_titles, in_texts)
    titled, some = in_titles.found()
    in_text: Rows = []
    more = some
    if len(titled) < SCORED:
        in_text, more = in_texts.found()
    known = dict(titled)
    ids = list(known)[:SCORED]
    ids += [pk for pk, _ in in_text if pk not in known][: SCORED - len(ids)]
    rows = _scored(ids, asked, question)
    everything = len(known.keys() | {pk for pk, _ in in_text})
    shown = rows[page * SIZE : (page + 1) * SIZE]
    elsewhere = _in_annexes([row for row in shown if not _says(row[2] + row[-1], asked)], asked)
    hits = tuple(_hit(row, question, *elsewhere.get(row[0], (row[-1], ""))) for row in shown)
    return Found(hits, everything, at_least=more or some, more=len(rows) > (page + 1) * SIZE)


class _Looking:
    """The newest records with all tokens, at most `PROBE` and a few, looked for in as few looks as are likely to do.

    Rare ones are looked for at once. Of common ones only as many months are looked at as are likely to hold enough; where
    that guess was wrong, everywhere after all.
    """

    def __init__(self, tokens: list[str], chosen: Chosen) -> None:
        self.tokens, self.chosen = [*tokens, *chosen.tokens()], chosen
        self.months = _months(chosen)
        self.later = [] if chosen.year else _since_counted()
        """Months before those, in which something may have been published since it was last counted."""
        self.likely = commonness().likely(self.tokens)
        self.common = bool(self.months) and self.likely > 2 * PROBE
        self.window = math.ceil(WINDOWFUL * len(self.months) / self.likely) if self.common else 0
        self.begun: Rows | None = None
        """What the first look saw, where it was taken already."""

    def first(self) -> Look:
        """Where the first look goes: the newest months for common words, everywhere for others."""
        return Look(self.tokens, self.chosen, self._window(0, self.window) if self.common else None)

    def found(self) -> tuple[Rows, bool]:
        """The records, and whether there are more."""
        if self.common:
            found = self._newest(self.window, GUESSES)
            if len(found) >= SCORED:
                return found, True
            self.begun = None
        rows = self._look(None)
        if len(rows) <= PROBE:
            return _newest_first(rows), False
        if not self.chosen.year:
            self.months, self.later = _between(*_range()), []
        return self._newest(12), True

    def _newest(self, window: int, most: int = 0) -> Rows:
        """Some months at a time from the newest on, until there are enough to score; `most` windows, all when it is 0.

        Where a window held little, the next is larger.
        """
        found: Rows = []
        start = looks = 0
        while start < len(self.months) and not (most and looks == most):
            found += self._of(self._window(start, window))
            if len(found) >= SCORED:
                break
            start, looks = start + window, looks + 1
            missing = (SCORED - len(found)) / max(len(found), 1)
            window = max(window, min(60, math.ceil(1.5 * missing * start)))
        return found

    def _window(self, start: int, window: int) -> list[str]:
        """Some of the months; the first of all with the later ones."""
        months = self.months[start : start + window]
        return months if start else [*self.later, *months]

    def _of(self, months: list[str]) -> Rows:
        """The newest of some months; where they hold more than one look gives, of fewer months."""
        rows = self._look(months)
        if len(rows) <= PROBE or len(months) == 1:
            return _newest_first(rows)
        half = len(months) // 2
        newer = self._of(months[:half])
        return newer if len(newer) >= SCORED else newer + self._of(months[half:])

    def _look(self, months: list[str] | None) -> Rows:
        begun, self.begun = self.begun, None
        return begun if begun is not None else look([Look(self.tokens, self.chosen, months)])[0]


def _begin_together(*those: _Looking) -> None:
    """Take the first look of each in one round trip."""
    for one, rows in zip(those, look([one.first() for one in those]), strict=True):
        one.begun = rows


def _months(chosen: Chosen) -> list[str]:
    """The tokens of the months from the newest publication that was counted back to the oldest."""
    if chosen.year:
        return [f"m:{chosen.year}{month:02}" for month in range(12, 0, -1)]
    known = commonness()
    if known.newest is None or known.oldest is None:
        return []
    return _between(known.newest, known.oldest)


def _since_counted() -> list[str]:
    """The tokens of the months that began after the newest publication that was counted."""
    newest = commonness().newest
    return [] if newest is None else _between(today(), newest)[:-1]


def _range() -> tuple[date, date]:
    """The days of the newest and of the oldest publication, as they are now."""
    with connection.cursor() as cursor:
        cursor.execute(RANGE)
        newest, oldest = cursor.fetchone()
    return newest or today(), oldest or today()


def _between(newest: date, oldest: date) -> list[str]:
    last, first = newest.year * 12 + newest.month - 1, oldest.year * 12 + oldest.month - 1
    return [f"m:{n // 12}{n % 12 + 1:02}" for n in range(last, first - 1, -1)]


def _newest_first(rows: Rows) -> Rows:
    return sorted(rows, key=lambda row: (row[1], row[0]), reverse=True)


@dataclass(frozen=True, slots=True)
class Look:
    """One look into the index: records with all tokens, within what is chosen, of some months (of all: None)."""

    tokens: list[str]
    chosen: Chosen
    months: list[str] | None


def look(those: list[Look]) -> list[Rows]:
    """Some records of each look, in no order, in one round trip; `PROBE` + 1 of them say that there are more."""
    parts, values = [], list[Any]()
    for n, one in enumerate(those):
        conditions, narrowed = _narrowed(one.chosen)
        if one.months is not None:
            conditions, narrowed = f" AND words && %s{conditions}", [one.months, *narrowed]
        parts.append(
            f"(SELECT {n} AS n, id, published_on FROM disclosure_record WHERE words @> %s AND {_PUBLIC}{conditions}"  # noqa: S608 -- our own words
            f" LIMIT {PROBE + 1})"
        )
        values += [one.tokens, *narrowed]
    found: list[Rows] = [[] for _ in those]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), values)
        for n, pk, day in cursor.fetchall():
            found[n].append((pk, day))
    return found


def _narrowed(chosen: Chosen) -> tuple[str, list[Any]]:
    parts, values = "", list[Any]()
    for name, value in (
        ("theme", chosen.theme),
        ("genre", chosen.genre),
        ("publisher_id", chosen.org),
        ("validity", chosen.validity),
    ):
        if value:
            parts += f" AND {name} = %s"
            values.append(value)
    if chosen.year:
        parts += " AND published_on BETWEEN %s AND %s"
        values += [date(chosen.year, 1, 1), date(chosen.year, 12, 31)]
    return parts, values


_LOG = tuple(math.log1p(count) for count in range(100))


def _scored(ids: list[int], asked: list[str], question: str) -> list[tuple[Any, ...]]:
    """The candidates with their text, best first: words in the title, the phrase as it was asked, how often in the text, how new."""
    if not ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_COLUMNS}, left(body, {SCANNED}) FROM disclosure_record WHERE id = ANY(%s)",  # noqa: S608 -- our own words
            [ids],
        )
        rows = cursor.fetchall()
    newest = max(row[5] for row in rows)
    phrase, log_of = re.sub(r"\s", "", question).lower(), _LOG

    def score(row: tuple[Any, ...]) -> float:
        title, text = row[2].lower(), row[-1]
        in_title, often = 0, 0.0
        for word in asked:
            in_title += word in title
            often += log_of[min(text.count(word), 99)]
        fresh = 1 / (1 + (newest - row[5]).days / 1000)
        whole = 2.0 * (in_title == len(asked)) + 2.0 * (phrase in title)
        return float(2.0 * in_title + whole + 0.5 * often + fresh + 0.3 * (row[6] == "valid"))

    return sorted(rows, key=lambda row: (-score(row), -row[5].toordinal(), -row[0]))


def _says(text: str, asked: list[str]) -> bool:
    """Whether a text has all the words."""
    folded = text.lower()
    return all(word in folded for word in asked)


def _in_annexes(rows: list[tuple[Any, ...]], asked: list[str]) -> dict[int, tuple[str, str]]:
    """Of records that do not have all the words themselves: the text and the name of the annex that has most of the rest."""
    if not rows:
        return {}
    found: dict[int, tuple[str, str]] = {}
    best: dict[int, int] = {}
    annexes = Annex.objects.filter(record_id__in=[row[0] for row in rows]).exclude(text="")
    for pk, name, text in annexes.order_by("record_id", "no").values_list(
        "record_id", "name", Left("text", ANNEX_READ)
    ):
        folded = text.lower()
        having = sum(word in folded for word in asked)
        if having > best.get(pk, 0):
            best[pk], found[pk] = having, (text, name)
    return found


def _hit(row: tuple[Any, ...], question: str, text: str = "", annex: str = "") -> Hit:
    pk, index, title, number, publisher, published, validity, theme, genre, *_ = row
    marked = highlight(title, question) if question else [(title, False)]
    return Hit(
        pk,
        index,
        marked,
        number,
        publisher,
        published,
        validity,
        theme,
        genre,
        snippet(text, question, length=90) if text else [],
        annex,
    )
