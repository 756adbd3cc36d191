"""The to-do list is the engine's inbox, filtered, counted and exported by one predicate."""

from datetime import datetime
from io import BytesIO

from django.http import QueryDict
from django.urls import reverse
from openpyxl import load_workbook

from tests.db.engine.city import ALWAYS, City
from tests.web.desk.conftest import SignIn
from tongban.base.calendar import CHINA
from tongban.engine.queries import inbox
from tongban.faces.desk import todo
from tongban.registry.models import Grant


def test_the_list_and_its_counts_agree_with_the_engines_inbox(city: City) -> None:
    for _ in range(3):
        city.apply()
    accepted = city.apply()
    city.do("clerk", accepted, "accept")
    now = datetime.now(CHINA)
    for name in ("clerk", "reviewer", "neighbour", "head", "outsider"):
        who = city.person(name)
        mine = {(i.case_id, i.no) for i in inbox(who)}
        page = todo.page_of(who, todo.Asked(), now)
        assert {(t.case_id, t.no) for t in page.rows} == mine
        assert todo.counts(who, now).total == page.count == len(mine)


def test_every_bar_counts_what_it_filters_to(city: City, as_: SignIn) -> None:
    for _ in range(2):
        city.apply()
    who, now = city.person("clerk"), datetime.now(CHINA)
    from tongban.base.queries import current_calendar

    bars = todo.due_bars(todo.open_tasks(who), todo.Asked(), now, current_calendar()).bars
    assert sum(b.count for b in bars) == 2
    for bar in bars:
        asked = todo.Asked.of(QueryDict(bar.href[1:]))
        assert todo.page_of(who, asked, now).count == bar.count, bar.label


def test_pages_follow_one_another_without_gap_or_repeat(city: City, monkeypatch) -> None:
    monkeypatch.setattr(todo, "PAGE", 2)
    cases = {city.apply().case_id for _ in range(5)}
    who, now = city.person("clerk"), datetime.now(CHINA)
    for sort in ("due", "number", "step", "opened"):
        for down in (False, True):
            seen, after = [], ""
            while True:
                page = todo.page_of(who, todo.Asked(sort=sort, down=down, after=after), now)
                seen += [t.case_id for t in page.rows]
                if not page.next:
                    break
                after = page.next
            assert len(seen) == 5
            assert set(seen) == cases


def test_several_tasks_are_claimed_at_once_and_passed_on_with_a_reason(city: City, as_: SignIn) -> None:
    first, second = city.apply(), city.apply()
    client = as_("clerk")
    chosen = [f"{c.case_id}.1" for c in (first, second)]
    client.post(reverse("desk:bulk"), {"task": chosen, "bulk": "claim"})
    who = city.person("clerk")
    assert todo.page_of(who, todo.Asked(whose="mine"), datetime.now(CHINA)).count == 2
    asked = client.post(reverse("desk:bulk"), {"task": chosen, "bulk": "reassign"})
    assert "转给哪位同事" in asked.content.decode()
    other = city.person("reviewer")
    client.post(
        reverse("desk:bulk"),
        {"tasks": ",".join(chosen), "bulk": "reassign", "asked": "1", "account": other.pk, "reason": "出差"},
    )
    assert todo.page_of(other, todo.Asked(), datetime.now(CHINA)).count == 2


def test_export_needs_the_verb_and_holds_the_rows_one_sees(city: City, as_: SignIn) -> None:
    case = city.apply(title="=HYPERLINK(1)")
    client = as_("clerk")
    assert client.get(reverse("desk:todo_export")).status_code == 403
    Grant.objects.create(role="window", verb="export", reach=Grant.Reach.OWN, valid=ALWAYS)
    answer = client.get(reverse("desk:todo_export"))
    rows = list(load_workbook(BytesIO(answer.content)).active.iter_rows())
    assert [c.value for c in rows[1]][2] == case.number
    assert rows[1][3].data_type == "s"
    assert len(rows) == 2


def test_the_list_answers_its_empty_and_filtered_states_in_words(city: City, as_: SignIn) -> None:
    assert "没有待办" in as_("clerk").get(reverse("desk:todo")).content.decode()
    city.apply()
    page = as_("clerk").get(reverse("desk:todo"), {"q": "没有这个人"}).content.decode()
    assert "一件也没有" in page
