"""Studies: each finds its fault on the day after, at its level, and leaves the innocent neighbour alone."""

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache

from tests.db.engine.city import City, build
from tongban.base.calendar import CHINA
from tongban.engine import patterns
from tongban.engine.errors import Refused
from tongban.engine.services import Applicant, Outcome
from tongban.platforms.supervision import studies
from tongban.platforms.supervision.models import Card, Relation
from tongban.platforms.supervision.queries import forget_books, proved_level
from tongban.platforms.supervision.recusal import declare_relation, end_relation
from tongban.platforms.supervision.rules import STUDIES
from tongban.platforms.supervision.studies import Subject, judge, run_studies, study_yesterday, window_of
from tongban.registry.models import Holding, Post

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 3, 2, 9, tzinfo=CHINA)
WANG = "110101199003070775"


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    forget_books()
    cache.clear()
    yield
    forget_books()


@pytest.fixture
def city(db: None) -> City:
    return build()


def told(monkeypatch: pytest.MonkeyPatch, rule: str, *subjects: Subject) -> None:
    """Let the study be told these subjects, whatever the tables say."""
    monkeypatch.setattr(
        studies, "GATHER", {**studies.GATHER, rule: lambda _window, _thresholds: iter(subjects)}
    )


def levels(rule: str, **inputs: Any) -> int:
    return STUDIES[rule].judge(inputs, STUDIES[rule].defaults)


def test_a_window_is_the_day_or_its_month_or_quarter_so_far() -> None:
    day = date(2026, 5, 20)
    assert window_of(STUDIES["P10"], day).first == day
    assert window_of(STUDIES["N02"], day).first == date(2026, 5, 1)
    assert window_of(STUDIES["R02"], day).first == date(2026, 4, 1)


@pytest.mark.parametrize(
    ("rule", "inputs", "level"),
    [
        ("P10", {"differing": 1}, 3),
        ("P10", {"differing": 0}, 0),
        ("N02", {"objects": 100, "empty": 1}, 1),
        ("N02", {"objects": 101, "empty": 1}, 0),
        ("N02", {"objects": 99, "empty": 50}, 0),
        ("N05", {"problems": ["依据已废止"]}, 1),
        ("N05", {"problems": []}, 0),
        ("N06", {"misfit": "altered"}, 3),
        ("N06", {"misfit": ""}, 0),
        ("J03", {"like": 10, "z100": 201}, 1),
        ("J03", {"like": 10, "z100": -201}, 1),
        ("J03", {"like": 10, "z100": 200}, 0),
        ("J03", {"like": 9, "z100": 900}, 0),
        ("R02", {"times": 5, "all": 16}, 1),
        ("R02", {"times": 4, "all": 4}, 0),
        ("R02", {"times": 6, "all": 20}, 0),
        ("R03", {"relation": "配偶"}, 3),
        ("R03", {"relation": ""}, 0),
        ("R04", {"earlier": 2}, 1),
        ("R04", {"earlier": 1}, 0),
        ("S01", {"all": 25, "late": 20}, 1),
        ("S01", {"all": 26, "late": 20}, 0),
        ("S01", {"all": 19, "late": 19}, 0),
        ("D04", {"late": 1}, 3),
        ("D04", {"late": 0}, 0),
    ],
)
def test_each_study_draws_its_line(rule: str, inputs: dict[str, Any], level: int) -> None:
    assert levels(rule, **inputs) == level


def test_what_is_found_of_a_unit_stands_in_the_months_register_once(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = {"day": "2026-03-02", "type": "受理", "same": 9, "differing": 2, "missing": 1}
    told(monkeypatch, "P10", Subject(city.neighbour_bureau.pk, "2026-03-02:受理", inputs))
    with time_machine.travel(MONDAY + timedelta(days=1), tick=False):
        assert run_studies(date(2026, 3, 2), ["P10"]) == 1
        assert run_studies(date(2026, 3, 2), ["P10"]) == 0
    with time_machine.travel(MONDAY + timedelta(days=40), tick=False):
        assert run_studies(date(2026, 3, 2), ["P10"]) == 0, "another month, another register"
    card = Card.objects.get(rule="P10")
    assert (card.level, card.org, card.case.kind) == (3, city.neighbour_bureau, "register")
    assert "有 2 件不一致" in card.words
    assert proved_level(card) == 3
    json.dumps(card.snapshot)


def test_what_is_found_of_a_case_is_that_cases_card(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    with time_machine.travel(MONDAY, tick=False):
        case = city.apply()
    inputs = {"amount": "900", "like": 12, "mean": "100.00", "spread": "20.00", "z100": 4000}
    person = city.person("head").pk
    told(
        monkeypatch, "J03",
        Subject(city.bureau.pk, "likeness", inputs, {"deviation": "40.0"}, case.case_id, person),
    )  # fmt: skip
    with time_machine.travel(MONDAY + timedelta(days=1), tick=False):
        assert run_studies(date(2026, 3, 2), ["J03"]) == 1
        assert run_studies(date(2026, 3, 2), ["J03"]) == 0
    card = Card.objects.get(rule="J03")
    assert (card.case_id, card.person_id, card.level) == (case.case_id, person, 1)
    assert card.issued_at.date() == date(2026, 3, 3)
    assert proved_level(card) == 1


def _penalty(case: int, day: int, amount: int, *tags: str, org: int = 1) -> patterns.Penalty:
    at = datetime(2026, 2, day, 9, tzinfo=CHINA)
    return patterns.Penalty(case, org, 7, at, 5, {"amount": str(amount), "circumstances": list(tags)})


def test_j03_compares_with_like_cases_of_the_twelve_months_before(monkeypatch: pytest.MonkeyPatch) -> None:
    like = [_penalty(n, 1 + n % 20, 1000 + 20 * (n % 3), "占用一般") for n in range(12)]
    other = [_penalty(100 + n, 1 + n % 20, 9000, "阻碍消防") for n in range(12)]
    far, near = _penalty(50, 25, 2000, "占用一般"), _penalty(51, 25, 1020, "占用一般")
    elsewhere = _penalty(52, 25, 9000, "阻碍消防")
    rows = sorted([*like, *other, far, near, elsewhere], key=lambda p: p.at)
    monkeypatch.setattr(patterns, "penalties", lambda _begin, _end: rows)
    found = list(judge(STUDIES["J03"], date(2026, 2, 25)))
    assert [(s.case, f["level"]) for s, f in found] == [(50, 1)]


def test_r03_red_when_somebody_works_for_whom_they_declared(city: City) -> None:
    reviewer = city.person("reviewer")
    with time_machine.travel(MONDAY, tick=False):
        mine, other = (
            city.apply(),
            city.apply(account=city.person("clerk"), channel="counter", applicant=Applicant("李娜")),
        )
        for case in (mine, other):
            city.do("clerk", case, "accept")
            city.do("reviewer", case, "complete", outcome="pass")
    assert not list(judge(STUDIES["R03"], date(2026, 3, 2)))
    with time_machine.travel(MONDAY - timedelta(days=9), tick=False):
        declare_relation(reviewer, words="配偶的公司", id_type="111", id_number=WANG)
    found = list(judge(STUDIES["R03"], date(2026, 3, 2)))
    assert [(s.case, s.person, f["level"]) for s, f in found] == [(mine.case_id, reviewer.pk, 3)]
    assert not list(judge(STUDIES["R03"], date(2026, 3, 3)))
    with time_machine.travel(MONDAY + timedelta(days=1), tick=False):
        assert run_studies(date(2026, 3, 2), ["R03"]) == 1


def test_who_declared_a_relation_is_kept_from_the_case(city: City) -> None:
    with time_machine.travel(MONDAY, tick=False):
        relation = declare_relation(city.person("reviewer"), words="配偶", id_type="111", id_number=WANG)
        case = city.apply()
        city.do("clerk", case, "accept")
        with pytest.raises(Refused) as refused:
            city.do("reviewer", case, "complete", outcome="pass")
        assert refused.value.code == "recusal"
        with pytest.raises(Refused):
            end_relation(city.person("clerk"), relation.pk)
        end_relation(city.person("reviewer"), relation.pk)
    with time_machine.travel(MONDAY + timedelta(days=1), tick=False):
        city.do("reviewer", case, "complete", outcome="pass")
    assert Relation.objects.count() == 1


def test_a_declaration_wants_a_number_that_can_be(city: City) -> None:
    for said in ({"words": " ", "id_number": WANG}, {"words": "配偶", "id_number": WANG[:-1] + "1"}):
        with pytest.raises(Refused):
            declare_relation(city.person("reviewer"), id_type="111", **said)


def _granted(city: City, day: int, hour: int = 9) -> Outcome:
    """A case through all hands on one day."""
    with time_machine.travel(datetime(2026, 3, day, hour, tzinfo=CHINA), tick=False):
        case = city.apply()
        city.do("clerk", case, "accept")
        city.do("reviewer", case, "complete", outcome="pass")
        city.do("neighbour", case, "complete", outcome="pass")
        city.do("section_head", case, "complete", outcome="agree")
        city.do("head", case, "complete", outcome="granted")
    return case


def test_r04_warns_when_a_grant_follows_two_withdrawals(city: City) -> None:
    with time_machine.travel(MONDAY, tick=False):
        for _ in range(2):
            city.do("applicant", city.apply(), "withdraw", reason="再想想")
    case = _granted(city, 5)
    found = list(judge(STUDIES["R04"], date(2026, 3, 5)))
    assert [(s.case, f["level"]) for s, f in found] == [(case.case_id, 1)]
    assert "撤回、撤回" in found[0][1]["words"]
    assert not list(judge(STUDIES["R04"], date(2026, 3, 6)))


def test_r04_leaves_a_grant_after_one_withdrawal_alone(city: City) -> None:
    with time_machine.travel(MONDAY, tick=False):
        city.do("applicant", city.apply(), "withdraw", reason="再想想")
    _granted(city, 5)
    assert not list(judge(STUDIES["R04"], date(2026, 3, 5)))


def test_r02_warns_where_a_colleague_could_have_done_it(city: City) -> None:
    for day in (2, 3, 4, 5, 6):
        _granted(city, day)
    assert not list(judge(STUDIES["R02"], date(2026, 3, 6))), "nobody else holds these posts"
    post = Holding.objects.get(account=city.person("reviewer")).post
    Holding.objects.create(
        post=post, account=city.person("outsider"), valid=Holding.objects.filter(post=post)[0].valid
    )
    found = list(judge(STUDIES["R02"], date(2026, 3, 6)))
    assert [(s.person, f["level"]) for s, f in found] == [(city.person("reviewer").pk, 1)]
    assert not list(judge(STUDIES["R02"], date(2026, 3, 5)))
    assert Post.objects.filter(pk=post.pk).exists()


def test_s01_counts_what_ended_in_the_last_hour(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[datetime] = []

    def ended(begin: datetime, end: datetime, late: datetime) -> list[patterns.Ended]:
        seen.append(late)
        return [patterns.Ended(city.bureau.pk, 30, 28), patterns.Ended(city.neighbour_bureau.pk, 30, 5)]

    monkeypatch.setattr(patterns, "ended", ended)
    found = list(judge(STUDIES["S01"], date(2026, 3, 2)))
    assert [(s.org, f["level"]) for s, f in found] == [(city.bureau.pk, 1)]
    assert seen == [datetime(2026, 3, 2, 16, tzinfo=CHINA)]


def test_n06_red_when_a_chain_was_altered(city: City) -> None:
    from django.db import connection

    with time_machine.travel(MONDAY, tick=False):
        case = city.apply()
        sound = city.apply(account=city.person("clerk"), channel="counter", applicant=Applicant("李娜"))
    assert not list(judge(STUDIES["N06"], date(2026, 3, 2)))
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "UPDATE engine_event SET payload = payload || '{\"n\": 9}' WHERE case_id = %s AND seq = 2",
            [case.case_id],
        )
        cursor.execute("SET session_replication_role = DEFAULT")
    found = list(judge(STUDIES["N06"], date(2026, 3, 2)))
    assert [(s.org, f["level"], s.inputs["case"]) for s, f in found] == [(city.bureau.pk, 3, case.number)]
    assert sound.number not in found[0][1]["words"]


def test_n05_warns_of_a_guide_that_rests_on_a_law_no_longer_in_force(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = city.version.content
    monkeypatch.setattr(studies, "check_package", lambda _content: [])
    assert not list(judge(STUDIES["N05"], date(2026, 3, 2)))
    laws = [{"law": "旧条例", "article": "第三条", "repealed_on": "2026-03-02"}]

    class Rows(list[Any]):
        def select_related(self, *_: str) -> "Rows":
            return self

        def order_by(self, *_: str) -> "Rows":
            return self

        def iterator(self, chunk_size: int) -> Iterator[Any]:
            return iter(self)

    city.version.content = {**content, "legal_bases": laws}
    monkeypatch.setattr(studies.OfferingVersion.objects, "filter", lambda **_: Rows([city.version]))
    found = list(judge(STUDIES["N05"], date(2026, 3, 2)))
    assert [f["level"] for _, f in found] == [1]
    assert "旧条例" in found[0][1]["words"]
    assert not list(judge(STUDIES["N05"], date(2026, 3, 1)))


def test_the_worker_makes_up_for_missed_days_and_asks_each_once(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[date] = []
    monkeypatch.setattr(studies, "run_studies", lambda day: asked.append(day) or 0)
    with time_machine.travel(MONDAY, tick=False):
        study_yesterday()
        study_yesterday()
    assert asked == [MONDAY.date() - timedelta(days=n) for n in range(7, 0, -1)]
