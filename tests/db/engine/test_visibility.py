"""Who sees which case: lists, counts and one case in hand give the same answer, and nobody asks in another way."""

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import tongban
from tests.db.engine.city import ALWAYS, City, row
from tongban.base.calendar import CHINA
from tongban.engine.errors import Refused
from tongban.engine.models import Case, CaseParty
from tongban.engine.queries import (
    can_see,
    case_data,
    find_case,
    inbox,
    inbox_counts,
    public_status,
    timeline,
)
from tongban.engine.services import Applicant, allowed
from tongban.registry.models import Grant, Holding, Post
from tongban.registry.models.permissions import Verb


@pytest.fixture
def cases(city: City) -> list[Case]:
    """Cases in several hands: new, under review next door, finished, somebody else's, secret."""
    new = city.apply()
    reviewed = city.apply()
    city.do("clerk", reviewed, "accept")
    city.do("neighbour", reviewed, "claim", task=3)
    finished = city.granted()
    other = city.apply(account=city.person("clerk"), channel="counter", applicant=Applicant("李娜"))
    secret = city.apply()
    Case.objects.filter(pk=secret.case_id).update(secrecy=3)
    CaseParty.objects.create(case_id=other.case_id, account=city.person("stranger"), role="third")
    return [row(c) for c in (new, reviewed, finished, other, secret)]


def test_list_and_single_case_agree_for_everybody_and_every_verb(city: City, cases: list[Case]) -> None:
    seen_some, hidden_some = False, False
    for account in city.people.values():
        for verb in Verb.values:
            listed = set(Case.objects.visible_to(account, verb).values_list("pk", flat=True))
            one_by_one = {c.pk for c in cases if can_see(account, c, verb)}
            assert listed == one_by_one, (account.username, verb)
            assert Case.objects.visible_to(account, verb).count() == len(listed)
            seen_some |= bool(listed)
            hidden_some |= len(listed) < len(cases)
    assert seen_some
    assert hidden_some


def test_everybody_sees_what_is_theirs(city: City, cases: list[Case]) -> None:
    new, reviewed, finished, other, secret = (c.pk for c in cases)

    def sees(who: str) -> set[int]:
        return set(Case.objects.visible_to(city.person(who)).values_list("pk", flat=True))

    assert sees("applicant") == {new, reviewed, finished, secret}
    assert sees("stranger") == set(), "a third party is told what concerns them, the case is not theirs"
    assert sees("neighbour") == {reviewed, finished}, "another department sees what lies or lay on its post"
    assert sees("outsider") == set()
    assert {new, reviewed, finished, other} <= sees("clerk")
    assert find_case(city.person("stranger"), cases[0].number) is None


def test_scope_over_everything_is_everything(city: City, cases: list[Case]) -> None:
    Grant.objects.create(
        role="handler", verb="view", reach=Grant.Reach.EVERYTHING, secrecy_cap=3, valid=ALWAYS
    )
    assert Case.objects.visible_to(city.person("neighbour")).count() == len(cases)


def test_inbox_holds_free_work_of_my_posts_and_mine_and_goes_on_by_key(city: City) -> None:
    made = [city.apply() for _ in range(5)]
    Case.objects.filter(pk=made[0].case_id).update(level=2)
    city.do("clerk", made[1], "claim")
    clerk = city.person("clerk")
    items = inbox(clerk)
    assert {i.case_id for i in items} == {m.case_id for m in made}
    assert [(i.due_at, i.case_id) for i in items] == sorted((i.due_at, i.case_id) for i in items)
    assert items[0].level == 2
    paged, after = [], ""
    while page := inbox(clerk, after=after, limit=2):
        paged += page
        after = page[-1].key
    assert paged == list(items)
    assert {i.case_id for i in inbox(clerk, which="mine")} == {made[1].case_id}
    assert inbox(clerk, kind="letter") == ()
    assert len(inbox(clerk, kind="licence")) == 5
    counts = inbox_counts(clerk)
    assert (counts.free, counts.mine, counts.overdue) == (4, 1, 0)
    assert inbox_counts(clerk, datetime.now(CHINA) + timedelta(days=30)).overdue == 5
    assert inbox(city.person("reviewer")) == ()
    assert inbox(city.person("applicant")) == ()


def test_undated_work_comes_last_and_the_key_goes_past_it(city: City) -> None:
    first, second = city.apply(), city.apply()
    for case in (first, second):
        city.do("clerk", case, "accept")
    city.do(
        "reviewer",
        first,
        "suspend",
        procedure="visit",
        days=3,
        basis="法",
        document="号",
        approver="长",
        task=2,
    )
    items = inbox(city.person("reviewer"))
    assert [(i.case_id, i.due_at is None) for i in items] == [(second.case_id, False), (first.case_id, True)]
    assert inbox(city.person("reviewer"), after=items[1].key) == ()


def test_timeline_speaks_and_keeps_house_matters_and_names_from_the_applicant(city: City) -> None:
    case = row(city.granted())
    house = timeline(city.person("clerk"), case)
    assert [e.seq for e in house] == list(range(1, case.seq + 1))
    assert house[0].payload["application"]["who"]["name"] == "王伟"
    own = timeline(city.person("applicant"), case)
    assert 0 < len(own) < len(house)
    assert {e.actor for e in own if e.type == "task.done"} == {"工作人员"}
    assert all(e.payload == {} for e in own)
    assert "受理，开始计算办理时限" in [e.words for e in own]
    assert timeline(city.person("outsider"), case) == ()
    assert all(re.search("[一-鿿]", e.words) for e in house)


def test_form_is_masked_for_whom_the_case_is_not_work(city: City) -> None:
    post = Post.objects.create(code="SJ", name="审计", role="auditor", organisation=city.bureau)
    Holding.objects.create(post=post, account=city.person("outsider"), valid=ALWAYS)
    case = row(city.apply())
    assert case_data(city.person("outsider"), case) is None
    Grant.objects.create(role="auditor", verb="view", reach=Grant.Reach.OWN, valid=ALWAYS)
    masked = case_data(city.person("outsider"), case)
    assert masked is not None
    assert masked.masked
    assert "name" not in masked.data
    assert masked.data["area"] == 120
    entries = timeline(city.person("outsider"), case)
    assert "sealed" in entries[0].payload["application"]["who"]
    for who in ("clerk", "applicant"):
        full = case_data(city.person(who), case)
        assert full is not None
        assert full.data["name"] == "兴旺小吃店"
        assert not full.masked


def test_progress_is_told_for_number_and_secret_only(city: City) -> None:
    case = city.apply()
    spelled = "-".join(case.secret[i : i + 4] for i in (0, 4, 8)).lower()
    status = public_status(f" {case.number} ", spelled)
    assert status is not None
    assert (status.number, status.phase) == (case.number, "applied")
    assert all(e.actor == "" and "王伟" not in e.words for e in status.entries)
    assert public_status(case.number, "AAAAAAAAAAAA") is None
    assert public_status("2026999999999", case.secret) is None


def test_actions_offered_are_those_that_would_be_done(city: City) -> None:
    case = city.apply()
    offered = {a.type: a for a in allowed(city.person("clerk"), row(case))}
    assert offered["accept"].allowed
    assert not offered["suspend"].allowed
    assert offered["suspend"].why
    with pytest.raises(Refused) as refusal:
        city.do("clerk", case, "suspend")
    assert refusal.value.code == offered["suspend"].code
    assert allowed(city.person("outsider"), row(case)) == ()
    own = {a.type for a in allowed(city.person("applicant"), row(case)) if a.allowed}
    assert own == {"name_party", "withdraw", "urge"}


def test_nobody_asks_for_cases_past_the_predicate() -> None:
    """`Case.objects` is for `visible_to`; the engine's own reads are in queries.py."""
    root = Path(tongban.__file__).parent
    asks = re.compile(r"\bCase\.objects\.(?!visible_to\b)\w+|\bCase\._default_manager|\bCase\._base_manager")
    found = [
        f"{path.relative_to(root)}: {match[0]}"
        for path in root.rglob("*.py")
        if path.relative_to(root).as_posix() != "engine/queries.py"
        for match in asks.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []
