"""The monthly bulletin: its figures are those of the statistics, the office alone writes and releases it, then it stands."""

import io
import json
from datetime import date

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.test import override_settings
from docx import Document

from tests.databases import PRESENT
from tongban.base.files import open_file
from tongban.engine.errors import Refused
from tongban.engine.models import Case
from tongban.faces.bulletin import services
from tongban.faces.bulletin.counting import BY_UNIT, OVERVIEW, month_span, pick
from tongban.faces.bulletin.models import Bulletin
from tongban.faces.bulletin.queries import visible_to
from tongban.faces.bulletin.witness import bulletins_fit
from tongban.platforms.statistics import store
from tongban.platforms.statistics.measures import GROUPINGS, MEASURES, Question
from tongban.platforms.statistics.projection import project
from tongban.platforms.statistics.queries import answer, scope_of
from tongban.platforms.statistics.ranking import SCORED, rank
from tongban.platforms.supervision.figures import GOAL
from tongban.platforms.supervision.models import Card
from tongban.platforms.supervision.queries import midnight
from tongban.platforms.supervision.services import revoke
from tongban.registry.models import Account

pytestmark = [pytest.mark.usefixtures("city_of_anlan"), pytest.mark.django_db]
OCTOBER = date(2026, 10, 1)


@pytest.fixture(scope="module")
def facts(city_of_anlan, django_db_blocker, tmp_path_factory):
    """The columnar files, made once."""
    with (
        override_settings(TONGBAN_STATISTICS=tmp_path_factory.mktemp("statistics")),
        time_machine.travel(PRESENT),
        django_db_blocker.unblock(),
    ):
        project()
        yield


@pytest.fixture(autouse=True)
def present(facts):
    with time_machine.travel(PRESENT, tick=True):
        yield


@pytest.fixture
def monitor():
    return Account.objects.get(username="xsj-jcz-01")


def part(bulletin, key):
    return next(p for p in bulletin.content["parts"] if p["key"] == key)


def table(bulletin, key, caption):
    blocks = part(bulletin, key)["blocks"]
    return next(b for b in blocks if b["kind"] == "table" and b["caption"] == caption)


def test_its_figures_are_those_of_the_statistics(monitor):
    bulletin = services.draft(monitor, OCTOBER)
    span, scope = month_span(OCTOBER), scope_of(monitor)
    whole = [
        [f.value for f in answer(Question(tuple(MEASURES.values()), s, scope)).total.figures]
        for s in (span, span.before, span.year_before)
    ]
    for n, key in enumerate(MEASURES):
        if key in bulletin.content["figures"]:
            assert bulletin.content["figures"][key] == [w[n] for w in whole], key
    assert set(bulletin.content["figures"]) == {m.key for m in OVERVIEW}
    assert bulletin.content["figures"]["accepted"][0] > 20

    units = answer(Question(BY_UNIT, span, scope, GROUPINGS["unit"])).lines
    shown = {row[0]: row for row in table(bulletin, "units", "各单位办理情况")["rows"]}
    assert len(shown) == len(units)
    for u in units:
        accepted, ended, red = (f.value for f in pick(u, ("accepted", "ended", "red")))
        assert [shown[u.name][n] for n in (1, 2, 8)] == [f"{accepted:,.0f}", f"{ended:,.0f}", f"{red:,.0f}"]

    by_rule = answer(Question((MEASURES["yellow"],), span, scope, GROUPINGS["rule"])).lines
    families = table(bulletin, "cards", "预警和红黄牌，按规则类别")["rows"] if by_rule else []
    assert sum(int(row[2]) for row in families) == sum(r.figures[0].over for r in by_rule)

    found = rank((int(u.key), u.name, pick(u, SCORED)) for u in units)
    best = table(bulletin, "ranking", "红榜")["rows"]
    assert [row[1] for row in best] == [s.name for s in found.best()]


def test_a_revoked_card_is_told_as_not_counted(monitor):
    cards = Card.objects.filter(
        issued_at__gte=midnight(OCTOBER), issued_at__lt=midnight(date(2026, 11, 1)), level__gte=2
    )
    revoke(monitor, cards.filter(status="valid").first().pk, reason="误报")
    revoked = cards.filter(status="revoked").count()
    said = part(services.draft(monitor, OCTOBER), "cards")["said"]
    assert "撤销" not in said[1]
    assert f"后来撤销或者升级的黄牌、红牌不计入：已撤销 {revoked} 张" in said[2]


def test_every_unit_below_the_goal_is_asked_for_its_reasons_however_few_cases_it_finished(monitor):
    bulletin = services.draft(monitor, OCTOBER)
    rates = {row[0]: row[3] for row in table(bulletin, "units", "各单位办理情况")["rows"]}
    below = [name for name, rate in rates.items() if rate != "—" and float(rate) < GOAL]
    assert len(below) > 1
    assert f"按时办结率低于 {GOAL}% 的 {len(below)} 个" in part(bulletin, "units")["said"][0]
    asked = bulletin.typed["demands"].split("\n")[0]
    assert [name for name in below if name not in asked] == []


@pytest.mark.parametrize("username", ["jbsc-jc-01", "jbsc-ck-01"])
def test_only_the_supervision_office_drafts_writes_and_releases(monitor, username):
    other = Account.objects.get(username=username)
    with pytest.raises(Refused, match="not_permitted"):
        services.draft(other, OCTOBER)
    bulletin = services.draft(monitor, OCTOBER)
    for deed in (
        lambda: services.write(other, bulletin.pk, {}, revision=1),
        lambda: services.recount(other, bulletin.pk),
        lambda: services.release(other, bulletin.pk, revision=1),
        lambda: services.discard(other, bulletin.pk),
    ):
        with pytest.raises(Refused, match="not_permitted"):
            deed()
    assert not visible_to(other).exists()
    services.release(monitor, bulletin.pk, revision=1)
    assert visible_to(other).get() == bulletin
    assert not visible_to(Account.objects.get(username="zhangyuan")).exists(), "residents read no bulletins"


def test_a_month_is_drafted_once_and_only_when_it_is_over_and_counted(monitor):
    with pytest.raises(Refused, match="bulletin_month_open"):
        services.draft(monitor, date(2026, 11, 1))
    services.draft(monitor, OCTOBER)
    with pytest.raises(Refused, match="bulletin_exists"):
        services.draft(monitor, date(2026, 10, 9))
    with (
        time_machine.travel(PRESENT.replace(month=12, day=5)),
        pytest.raises(Refused, match="statistics_not_ready"),
    ):
        services.draft(monitor, date(2026, 11, 1))


def test_what_was_typed_stays_when_the_figures_are_counted_anew(monitor):
    bulletin = services.draft(monitor, OCTOBER)
    assert "demands" in bulletin.typed or not part(bulletin, "idle")["blocks"]
    services.write(monitor, bulletin.pk, {"overview": "总体平稳。\n有所提高。", "demands": " "}, revision=1)
    again = services.recount(monitor, bulletin.pk)
    assert again.typed == {"overview": "总体平稳。\n有所提高。"}
    assert again.revision == 3


def test_nobody_writes_over_or_releases_what_was_not_seen(monitor):
    bulletin = services.draft(monitor, OCTOBER)
    services.write(monitor, bulletin.pk, {"overview": "甲"}, revision=1)
    with pytest.raises(Refused, match="bulletin_changed"):
        services.write(monitor, bulletin.pk, {"overview": "乙"}, revision=1)
    with pytest.raises(Refused, match="bulletin_changed"):
        services.release(monitor, bulletin.pk, revision=1)
    with pytest.raises(Refused, match="text_too_long"):
        services.write(monitor, bulletin.pk, {"overview": "长" * 4001}, revision=2)
    assert Bulletin.objects.get().typed == {"overview": "甲"}


def test_released_it_never_changes_and_the_ledger_would_tell(monitor):
    bulletin = services.draft(monitor, OCTOBER)
    released = services.release(monitor, bulletin.pk, revision=1)
    assert released.number == 1
    for deed in (
        lambda: services.write(monitor, bulletin.pk, {}, revision=released.revision),
        lambda: services.recount(monitor, bulletin.pk),
        lambda: services.release(monitor, bulletin.pk, revision=released.revision),
        lambda: services.discard(monitor, bulletin.pk),
    ):
        with pytest.raises(Refused, match="bulletin_released"):
            deed()
    for change in (
        lambda: Bulletin.objects.update(typed={"overview": "改"}),
        lambda: Bulletin.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError, match="released"), transaction.atomic():
            change()
    assert list(bulletins_fit(None)) == []
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL session_replication_role = replica"
        )  # as who may do anything in the database would
    Bulletin.objects.update(typed={"overview": "改"})
    assert [m.kind for m in bulletins_fit(None)] == ["record_altered"]
    Bulletin.objects.all().delete()
    assert [m.kind for m in bulletins_fit(None)] == ["record_missing"]


def test_both_files_say_the_same_in_real_headings_tables_and_described_pictures(monitor):
    bulletin = services.draft(monitor, OCTOBER)
    services.write(monitor, bulletin.pk, {"overview": "运行总体平稳。"}, revision=1)
    released = services.release(monitor, bulletin.pk, revision=2)
    with open_file(released.pdf) as pdf, open_file(released.word) as word:
        assert pdf.read(5) == b"%PDF-"
        made = Document(io.BytesIO(word.read()))
    heads = [p.text for p in made.paragraphs if p.style.name == "Heading 1"]
    assert heads[0] == "一、总体情况"
    assert heads[-1] == "附：指标怎么算"
    assert "运行总体平稳。" in [p.text for p in made.paragraphs]
    blocks = [b for p in released.content["parts"] for b in p["blocks"]]
    tables = [b for b in blocks if b["kind"] == "table"]
    assert len(made.tables) == len(tables)
    for grid, block in zip(made.tables, tables, strict=True):
        assert [c.text for c in grid.rows[0].cells] == block["heads"]
        assert len(grid.rows) == 1 + len(block["rows"])
        assert "w:tblHeader" in grid.rows[0]._tr.xml
    captions = [p.text for p in made.paragraphs if p.style.name == "Caption"]
    assert [c for c in captions if c.startswith("表")] == [
        f"表 {n}　{b['caption']}" for n, b in enumerate(tables, 1)
    ]
    pictures = made.inline_shapes
    charts = [b for b in blocks if b["kind"] == "chart"]
    assert len(pictures) == len(charts) > 1
    for picture, block in zip(pictures, charts, strict=True):
        assert picture._inline.docPr.get("descr").startswith(f"{block['caption']}。")


def test_it_names_no_applicant_and_no_clerk(monitor):
    bulletin = services.draft(monitor, OCTOBER)
    said = json.dumps(bulletin.content, ensure_ascii=False) + bulletin.typed.get("demands", "")
    names = set(Case.objects.exclude(applicant_kind="organisation").values_list("applicant_name", flat=True))
    names |= set(Account.objects.filter(kind="staff").values_list("display_name", flat=True))
    assert [name for name in names if len(name) > 2 and name in said] == []


def test_without_columnar_files_there_is_nothing_to_draft(monitor, tmp_path):
    with override_settings(TONGBAN_STATISTICS=tmp_path):
        assert store.files().made_at is None
        with pytest.raises(Refused, match="statistics_not_ready"):
            services.draft(monitor, OCTOBER)
