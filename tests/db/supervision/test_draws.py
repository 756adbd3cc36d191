"""Random draws: announced, drawn once sealed, recomputed by anybody, checked, corrected; and each found where changed."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import connection

from tests.db.engine.city import ALWAYS, City
from tongban.engine.errors import Refused
from tongban.engine.ledger.sealing import seal_and_checkpoint
from tongban.engine.ledger.verify import verify
from tongban.engine.models import Case
from tongban.engine.services import Outcome
from tongban.platforms.supervision import drawing, draws
from tongban.platforms.supervision.models import Card, Check, Draw, Order
from tongban.registry.models import Account, Grant, Holding, Post, RiskPoint
from tongban.registry.queries import today

pytestmark = pytest.mark.django_db
DOCUMENT = Path(__file__).parents[3] / "docs/how-to/check-a-draw.md"


@pytest.fixture
def lawyer(city: City) -> Account:
    post = Post.objects.create(code="FZ", name="法制审核岗", role="legal", organisation=city.bureau)
    account = Account.objects.create_user("lawyer", kind="staff", display_name="法制员")
    Holding.objects.create(post=post, account=account, valid=ALWAYS)
    Grant.objects.create(role="legal", verb="view", reach=Grant.Reach.OWN, valid=ALWAYS)
    return account


@pytest.fixture
def decided(city: City) -> list[Outcome]:
    return [city.granted() for _case in range(4)]


def span(**more: object) -> draws.Range:
    return draws.Range(today() - timedelta(days=1), today(), **more)  # type: ignore[arg-type]


def announced(account: Account, wanted: int = 2, purpose: str = "legal") -> Draw:
    return draws.announce(account, purpose, span(grade="low"), wanted=wanted)


def drawn(account: Account, wanted: int = 2, purpose: str = "legal") -> Draw:
    made = announced(account, wanted, purpose)
    seal_and_checkpoint(timedelta(0))
    assert draws.carry_out_waiting() == 1
    return Draw.objects.get(pk=made.pk)


def test_nothing_is_drawn_before_the_ledger_was_signed_behind_the_announcement(
    lawyer: Account, decided: list[Outcome]
) -> None:
    seal_and_checkpoint(timedelta(0))
    made = announced(lawyer)
    assert draws.carry_out_waiting() == 0
    assert "seed" not in draws.proof(made)
    assert made.population == sorted(c.number for c in decided)
    seal_and_checkpoint(timedelta(0))
    assert draws.carry_out_waiting() == 1
    assert draws.carry_out_waiting() == 0
    row = Draw.objects.get(pk=made.pk)
    assert row.result == drawing.drawn(row.seed, row.beacon, made.population, 2)
    assert [c.number for c in row.checks.order_by("place")] == row.result


def test_anybody_draws_again_with_the_programme_of_the_documentation(
    lawyer: Account, decided: list[Outcome], tmp_path: Path
) -> None:
    programme = re.search(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert programme
    (tmp_path / "check.py").write_text(programme[1], encoding="utf-8")
    said = draws.proof(drawn(lawyer))

    def run() -> subprocess.CompletedProcess[str]:
        (tmp_path / "proof.json").write_text(json.dumps(said), encoding="utf-8")
        return subprocess.run(
            [sys.executable, "check.py", "proof.json"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    assert run().stdout == "the draw is as announced\n"
    said["drawn"] = sorted(set(said["numbers"]) - set(said["drawn"]))
    assert "another outcome" in run().stderr


def test_integrity_draws_among_cases_that_passed_a_risk_point(
    city: City, supervisor: Account, decided: list[Outcome]
) -> None:
    with pytest.raises(Refused) as refused:
        announced(supervisor, purpose="integrity")
    assert refused.value.code == "nothing_to_draw"
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # the version is published, and frozen
        RiskPoint.objects.create(
            version=city.version, no=1, key="r", name="附加条件", grade="high", step="review_a"
        )
        cursor.execute("SET LOCAL session_replication_role = origin")
    waiting = city.apply()
    city.do("clerk", waiting, "accept")
    made = announced(supervisor, 4, "integrity")
    assert made.population == sorted(c.number for c in decided)  # not the one that still waits for its review


def test_what_was_found_stands_and_correction_is_ordered_and_answered(
    city: City, lawyer: Account, decided: list[Outcome]
) -> None:
    row = drawn(lawyer)
    with pytest.raises(Refused) as refused:
        draws.order_correction(lawyer, row.pk, 1, demand="补正")
    assert refused.value.code == "nothing_found"
    draws.record_check(lawyer, row.pk, 1, verdict="flawed", opinion="送达回证没有签收日期。")
    with pytest.raises(Refused) as refused:
        draws.record_check(lawyer, row.pk, 1, verdict="sound", opinion="没有问题。")
    assert refused.value.code == "checked_already"
    order = draws.order_correction(lawyer, row.pk, 1, demand="补齐，十日内报结果")
    assert (order.issuer, order.card, order.about_number) == ("legal", None, row.result[0])
    case = Case.objects.get(pk=order.case_id)
    assert (case.kind, case.stage) == ("order", "核实")
    assert order in Order.objects.visible_to(lawyer)
    city.do("head", order.case_id, "note", text="收到")  # the unit's leader sees it


def test_who_may_not_look_may_not_draw(
    city: City, lawyer: Account, supervisor: Account, decided: list[Outcome]
) -> None:
    for who, purpose, wanted, code in (
        (city.person("clerk"), "legal", 1, "not_permitted"), (lawyer, "integrity", 1, "not_permitted"),
        (supervisor, "legal", 1, "not_permitted"), (lawyer, "legal", 9, "draw_size"), (lawyer, "legal", 0, "draw_size"),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            announced(who, wanted, purpose)
        assert refused.value.code == code
    with pytest.raises(Refused) as refused:
        draws.announce(lawyer, "legal", draws.Range(date(2026, 2, 1), date(2026, 1, 1)), wanted=1)
    assert refused.value.code == "period_invalid"
    made = announced(lawyer)
    assert made not in draws.draws_of(city.person("clerk"))


CHANGES: dict[str, str] = {
    "a draw's outcome": "UPDATE supervision_draw SET result = population",
    "a draw's cases": "UPDATE supervision_draw SET population = '[\"2026000000001\"]'",
    "a deleted check": "DELETE FROM supervision_check",
    "what was found": "UPDATE supervision_check SET opinion = '没有问题。' WHERE verdict <> ''",
    "a card's level": "UPDATE supervision_card SET level = 1 WHERE level = 2",
    "a card's words": "UPDATE supervision_card SET words = '没有问题。'",
    "a card's evidence": "UPDATE supervision_card SET snapshot = '{}'",
    "a card's status": "UPDATE supervision_card SET status = 'revoked'",
    "a deleted card": "DELETE FROM supervision_cardstep; DELETE FROM supervision_card WHERE level = 2",
    "a deleted deed": "DELETE FROM supervision_cardstep",
}


@pytest.mark.parametrize("what", CHANGES)
def test_the_ledger_finds_what_was_changed_behind_its_back(
    city: City, supervisor: Account, lawyer: Account, decided: list[Outcome], what: str,
    carded: Callable[[], Card],
) -> None:  # fmt: skip
    row = drawn(lawyer)
    draws.record_check(lawyer, row.pk, 1, verdict="flawed", opinion="送达回证没有签收日期。")
    carded()
    assert verify().misfits == []
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # no trigger stands in the way
        cursor.execute(CHANGES[what])
        cursor.execute("SET LOCAL session_replication_role = origin")
    found = {misfit.kind for misfit in verify().misfits}
    assert found & {"record_altered", "record_missing", "record_extra"}, found
    assert Check.objects.exists() or what == "a deleted check"
