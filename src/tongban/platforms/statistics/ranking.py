"""榜单: units in the order of a score that says where every point of it comes from. Pure.

The points are those of the performance scheme that cities use (绩效: a yellow card 5, a red card 10, three warnings 3,
shortening by 30 % three and one more for each further 10 %), taken per hundred finished cases, so that a big unit does
not lose for being big. `docs/reference/bulletin.md` has the table.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

#: What a score is made of, in the order of `MEASURES`.
SCORED = ("ended", "on_time", "days", "shortened", "warnings", "yellow", "red", "satisfied", "bad")
FEWEST = 10  # finished cases from which a unit is ranked at all
FEWEST_RATINGS = 5
FULL = 100.0
MOST_OFF = 30.0  # no single part takes more
PER_HUNDRED = {"warnings": 1.0, "yellow": 5.0, "red": 10.0}
SATISFACTION = 10.0


class Quotient(Protocol):
    """A figure and the two sums it comes from."""

    @property
    def value(self) -> float | None: ...
    @property
    def over(self) -> float: ...
    @property
    def under(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Point:
    """One part of a score: the fact in words, and what it added or took."""

    words: str
    points: float

    def told(self) -> str:
        """The fact with its points."""
        if not self.points:
            return self.words
        return f"{self.words}，{'加' if self.points > 0 else '扣'} {abs(self.points):.1f} 分"


@dataclass(frozen=True, slots=True)
class Standing:
    """A unit's place: its score, and every part of it."""

    key: int
    name: str
    ended: int
    score: float
    points: tuple[Point, ...]

    def reasons(self, *, good: bool) -> tuple[str, ...]:
        """What made the score, whole: FULL and the points told come to it.

        For the best what stands well first, what needs no points too; for the worst what cost most first.
        """
        ordered = sorted(self.points, key=lambda p: -p.points if good else p.points)
        told = [p.told() for p in ordered if good or p.points]
        if FULL + sum(p.points for p in self.points) < 0:
            told.append("扣完为止，最低 0 分")
        return tuple(told)


@dataclass(frozen=True, slots=True)
class Ranking:
    """All ranked units, best first, and those with too few finished cases to be ranked."""

    ranked: tuple[Standing, ...]
    few: tuple[tuple[str, int], ...]

    def best(self, most: int = 5) -> tuple[Standing, ...]:
        """The front, never more than half."""
        return self.ranked[: min(most, (len(self.ranked) + 1) // 2)]

    def worst(self, most: int = 5) -> tuple[Standing, ...]:
        """The rear, worst first, of those that lost points at all."""
        rear = self.ranked[len(self.best(most)) :][-most:]
        return tuple(s for s in reversed(rear) if s.score < FULL)


def rank(units: Iterable[tuple[int, str, Sequence[Quotient]]]) -> Ranking:
    """The units in the order of their scores. Each: key, name, its figures in the order of `SCORED`."""
    ranked, few = [], []
    for key, name, figures in units:
        figure = dict(zip(SCORED, figures, strict=True))
        ended = int(figure["ended"].value or 0)
        if ended < FEWEST:
            if ended:
                few.append((name, ended))
            continue
        points = tuple(_points(figure, ended))
        score = round(max(0.0, FULL + sum(p.points for p in points)), 1)
        ranked.append(Standing(key, name, ended, score, points))
    ranked.sort(key=lambda s: (-s.score, -s.ended, s.key))
    return Ranking(tuple(ranked), tuple(few))


def _points(figure: dict[str, Quotient], ended: int) -> Iterable[Point]:
    kept = figure["on_time"]
    if kept.value is not None:
        late = int(kept.under - kept.over)
        if late:
            yield Point(f"{int(kept.under)} 件有期限的办结件超期 {late} 件", -_least(100 - kept.value))
        else:
            yield Point(f"{int(kept.under)} 件有期限的办结件全部按时", 0.0)
    for key, word in (("red", "红牌 {} 张"), ("yellow", "黄牌 {} 张"), ("warnings", "预警 {} 次")):
        n = int(figure[key].value or 0)
        if n:
            yield Point(word.format(n), -_least(PER_HUNDRED[key] * 100 * n / ended))
    if not any(figure[key].value for key in ("red", "yellow")):
        yield Point("没有红牌、黄牌", 0.0)
    shorter = figure["shortened"].value
    if shorter is not None and shorter >= 30:
        yield Point(f"实际用时比法定期限压缩 {shorter:.1f}%", 3.0 + (shorter - 30) // 10)
    said = figure["satisfied"]
    if said.value is not None and said.under >= FEWEST_RATINGS and said.value < 100:
        bad = int(figure["bad"].value or 0)
        yield Point(
            f"{int(said.under)} 次评价满意率 {said.value:.1f}%（差评 {bad} 次）",
            -round(SATISFACTION * (100 - said.value) / 100, 1),
        )


def _least(points: float) -> float:
    return round(min(points, MOST_OFF), 1)
