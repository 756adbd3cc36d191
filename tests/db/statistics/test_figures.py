"""Figures from columnar files: those of the board, of the scope, the same whether brought in bit by bit or at once."""

from collections import Counter
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.db.models import Count, Q
from django.test import override_settings

from tests.databases import PRESENT
from tongban.base.calendar import CHINA
from tongban.engine.figures import hours_of
from tongban.engine.kinds import house_kinds
from tongban.engine.models import Case
from tongban.platforms.statistics import store
from tongban.platforms.statistics.measures import GROUPINGS, MEASURES, Question, Span
from tongban.platforms.statistics.projection import project
from tongban.platforms.statistics.queries import answer, cases_behind, for_everybody, scope_of
from tongban.platforms.supervision import figures
from tongban.platforms.supervision.models import Card
from tongban.platforms.supervision.queries import midnight
from tongban.platforms.supervision.services import revoke
from tongban.registry.models import HOUSE_FLOWS, Account

pytestmark = [pytest.mark.usefixtures("city_of_anlan"), pytest.mark.django_db]
SPAN = Span(date(2026, 9, 1), PRESENT.date())
PERIOD = figures.Period(SPAN.first, SPAN.last)


@pytest.fixture(autouse=True)
def place(tmp_path):
    with override_settings(TONGBAN_STATISTICS=tmp_path / "statistics"):
        yield tmp_path / "statistics"


@pytest.fixture
def monitor():
    return Account.objects.get(username="xsj-jcz-01")


def asked(account, *measures, by=None, span=SPAN, **more):
    return Question(tuple(MEASURES[m] for m in measures), span, scope_of(account), GROUPINGS.get(by), **more)


def test_figures_are_those_of_the_cases_themselves(monitor):
    assert answer(asked(monitor, "accepted")).total.figures[0].value == 0  # nothing has been brought in yet
    project()
    held = figures.cases_of(monitor)
    total = answer(asked(monitor, "accepted", "ended", "on_time", "applied", "late")).total.figures
    kept = figures.kept_share(held, PERIOD)
    assert total[0].value == figures.accepted(held, PERIOD).count() > 100
    assert total[1].value == figures.ended(held, PERIOD).count() > 50
    assert (total[2].over, total[2].under) == (kept.kept, kept.ended)
    assert total[2].value == kept.share
    applied = held.exclude(phase=Case.Phase.PRECHECK)  # what is only being looked at is not applied for yet
    assert total[3].value == applied.filter(opened_at__gte=PERIOD.begin, opened_at__lt=PERIOD.end).count()
    assert total[4].value == kept.ended - kept.kept

    given = [f.value for f in answer(asked(monitor, "warnings", "yellow", "red")).total.figures]
    assert given == of_the_board(monitor)
    assert sum(given) > 0

    units = {line.key: line.figures[0].value for line in answer(asked(monitor, "ended", by="unit")).lines}
    assert units == dict(figures.ended(held, PERIOD).values_list("org_id").annotate(n=Count("pk")).order_by())
    by_month = answer(asked(monitor, "ended", by="month")).lines
    assert sum(line.figures[0].value for line in by_month) == total[1].value
    for grouping in GROUPINGS:
        assert answer(asked(monitor, "accepted", "steps", "warnings", by=grouping)).lines, grouping


def of_the_board(account):
    """Warnings, yellow and red cards as the board counts them."""
    cards = figures.in_force(Card.objects.visible_to(account), PERIOD)
    found = dict(cards.values_list("level").annotate(n=Count("pk")).order_by())
    return [found.get(level, 0) for level in (1, 2, 3)]


def test_a_card_that_was_revoked_or_has_risen_costs_the_unit_nothing_from_the_next_projection_on(monitor):
    project()
    yellow = asked(monitor, "yellow", by="unit")
    before = {line.key: line.figures[0].value for line in answer(yellow).lines}
    cards = figures.in_force(Card.objects.filter(level=2), PERIOD).order_by("pk")
    wrong, worse = cards[0], cards[1]
    with time_machine.travel(PRESENT):
        revoke(monitor, wrong.pk, reason="误报")
    Card.objects.filter(pk=worse.pk).update(status=Card.Status.RISEN)
    project()
    after = {line.key: line.figures[0].value for line in answer(yellow).lines}
    lost = Counter([wrong.org_id, worse.org_id])
    assert {org: n - after.get(org, 0) for org, n in before.items() if n != after.get(org, 0)} == lost
    assert [
        f.value for f in answer(asked(monitor, "warnings", "yellow", "red")).total.figures
    ] == of_the_board(monitor)


def test_cards_are_those_of_the_units_rules_and_persons_they_were_given_to(monitor):
    project()
    for by, column in (("unit", "org_id"), ("rule", "rule"), ("person", "person_id")):
        cards = figures.in_force(Card.objects.filter(level=2), PERIOD).exclude(**{column: None})
        given = dict(cards.values_list(column).annotate(n=Count("pk")).order_by())
        assert {x.key: x.figures[0].value for x in answer(asked(monitor, "yellow", by=by)).lines} == given


def test_cases_of_the_houses_own_kinds_are_nobodys_office_work(monitor):
    """Orders, complaints, questions, call-backs: their flows are the house's, and so are their kinds."""
    house = Case.objects.filter(offering_version__flow_key__startswith=HOUSE_FLOWS)
    assert set(house.values_list("kind", flat=True)) == set(Case.objects.values_list("kind", flat=True)) & {
        *house_kinds()
    }
    assert {"order", "complaint", "inquiry"} <= set(house_kinds())
    assert not house.filter(pk__in=figures.cases_of(monitor)).exists()
    received = Case.objects.of_matters().exclude(phase=Case.Phase.PRECHECK)
    for day in received.dates("opened_at", "day", order="DESC")[:20]:
        begin, end = midnight(day), midnight(day + timedelta(days=1))
        counted = received.filter(opened_at__gte=begin, opened_at__lt=end).count()
        assert sum(hours_of(day).received) == counted


def test_statistics_leave_the_houses_own_kinds_out_unless_kinds_are_asked_for(monitor):
    project()
    by_kind = {line.key: line.figures[0].value for line in answer(asked(monitor, "ended", by="kind")).lines}
    apart = sum(n for kind, n in by_kind.items() if kind in house_kinds())
    assert apart > 0
    whole = asked(monitor, "ended")
    assert answer(whole).total.figures[0].value == sum(by_kind.values()) - apart
    assert cases_behind(monitor, whole, 1, 0)[1] == sum(by_kind.values()) - apart
    orders = asked(monitor, "ended", only=((GROUPINGS["kind"], "order"),))
    assert cases_behind(monitor, orders, 1, 0)[1] == answer(orders).total.figures[0].value == by_kind["order"]
    on_orders = figures.in_force(Card.objects.filter(case__kind__in=house_kinds()), PERIOD).count()
    cards = answer(asked(monitor, "warnings", "yellow", "red")).total.figures
    assert sum(f.value for f in cards) == sum(of_the_board(monitor))
    assert on_orders > 0, "a card given for a late order is a card of the unit"


def test_every_measure_has_an_answer_and_its_cases(monitor):
    project()
    for key, measure in MEASURES.items():
        question = asked(monitor, key)
        figure = answer(question).total.figures[0]
        found, count = cases_behind(monitor, question, 50, 0)
        assert len(found) == min(count, 50), key
        assert (figure.over > 0) == (count > 0) or measure.value != "1", key


def test_a_supervisor_of_a_unit_sees_that_unit_alone(monitor):
    project()
    supervisor = Account.objects.get(username="jbsc-jc-01")
    mine = answer(asked(supervisor, "ended", by="unit"))
    everything = answer(asked(monitor, "ended", by="unit"))
    assert 0 < len(mine.lines) < len(everything.lines)
    assert mine.total.figures[0].value == Case.objects.visible_to(supervisor, "supervise").of_matters().filter(
        Q(decided_at__gte=PERIOD.begin, decided_at__lt=PERIOD.end)
        | Q(decided_at=None, concluded_at__gte=PERIOD.begin, concluded_at__lt=PERIOD.end)
    ).count()  # fmt: skip
    clerk = Account.objects.get(username="jbsc-ck-01")
    assert answer(asked(clerk, "ended", by="unit")).total.figures[0].value == 0


def test_bit_by_bit_is_the_same_as_anew(place):
    last = project(most=1500).watermark
    while (now := project(most=1500)).watermark > last:
        last = now.watermark
    rows = _rows()
    assert len(rows) > 1000
    assert project().rows == 0, "nothing new"
    assert _rows() == rows
    project(rebuild=True)
    assert _rows() == rows


def test_killed_in_the_middle_nothing_is_read_of_it(place, monkeypatch):
    project(most=1500)
    before, rows = store.files(), _rows()

    def die(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(store, "publish", die)
        with pytest.raises(KeyboardInterrupt):
            project()
    assert store.files() == before
    assert _rows() == rows
    (place / "facts.json.part").write_text("half of a li")
    assert project().rows > 0
    assert len(_rows()) > len(rows)


def test_what_was_counted_in_a_month_stays_but_for_labelled_late_entries(monitor):
    project()
    span = Span(date(2026, 10, 1), date(2026, 10, 31))
    end = datetime(2026, 11, 1, tzinfo=CHINA).replace(tzinfo=None)
    now = answer(asked(monitor, "accepted", "ended", "steps", span=span)).total
    then = answer(asked(monitor, "accepted", "ended", "steps", span=span, known_by=end)).total
    counted = sum(f.over for f in now.figures) - sum(f.over for f in then.figures)
    assert now.late >= 0
    assert counted >= 0
    assert counted <= 3 * now.late


def test_small_numbers_are_hidden_from_the_public_and_do_not_come_back_by_subtraction():
    project()
    measures = [MEASURES["accepted"], MEASURES["on_time"]]
    lines, _made_at = for_everybody(SPAN, "unit", measures)
    for n in range(2):
        column = [figures_[n] for _key, _name, figures_ in lines]
        assert not any(f.value and f.value < 5 for f in column if n == 0)
        assert sum(f.hidden for f in column) != 1
        assert all(f.value is None for f in column if f.hidden)


def _rows():
    return store.ask("SELECT * FROM {facts} AS f WHERE id > 0 ORDER BY id")
