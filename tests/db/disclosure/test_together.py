"""Policy, interpretation, consultation and questions on one page, linked and unlinked at the desk."""

from datetime import date
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from tongban.faces.openness import linking
from tongban.faces.openness.models import Question
from tongban.platforms.consultation import services as consultation
from tongban.platforms.consultation.models import Consultation
from tongban.platforms.disclosure import services
from tongban.platforms.disclosure.models import Link
from tongban.platforms.disclosure.together import sections_of
from tongban.registry.models import Organisation
from tongban.registry.tree import generation

pytestmark = pytest.mark.django_db


@pytest.fixture
def released(town):
    def make(title, **more):
        org = Organisation.objects.get(key="scjg")
        record = services.create_record(town.people["clerk"], org, {"title": title, "body": "正文。", **more})
        return services.release(town.people["chief"], record, published_on=date(2026, 3, 2))

    return make


@pytest.fixture
def answered(town):
    """The number of a question that was answered in public."""
    org = Organisation.objects.get(key="scjg")
    asked = consultation.ask(
        town.people["owner"], org=org, about=None, question="小店要不要办证", command_id=uuid4()
    )
    town.do("clerk", asked, "accept")
    town.do("reviewer", asked, "complete", outcome="answered", opinion="可以。")
    row = Consultation.objects.get(pk=asked.case_id)
    public = consultation.propose(town.people["reviewer"], row, question="小店要不要办证", answer="要办。")
    consultation.release(town.people["section_head"], public)
    return asked.number


def told(record):
    return {section.title: [row.title for row in section.rows] for section in sections_of(record)}


def test_the_page_of_a_policy_and_of_its_interpretation_show_it_all(town, released, answered):
    clerk = town.people["clerk"]
    policy, reading, second = (
        released("小店管理办法"),
        released("《小店管理办法》解读"),
        released("一图读懂小店"),
    )
    draft = released("小店管理办法（征求意见稿）")
    for other in (reading, second):
        services.relate(clerk, other, policy, "interprets")
    services.relate(clerk, policy, draft, "consulted_as")
    linking.tie(clerk, policy, "answer", answered)
    assert told(policy) == {
        "政策解读": ["一图读懂小店", "《小店管理办法》解读"],
        "征求意见稿": ["小店管理办法（征求意见稿）"],
        "问答": ["小店要不要办证"],
    }
    assert told(reading) == {
        "解读的文件": ["小店管理办法"],
        "同一文件的其他解读": ["一图读懂小店"],
        "征求意见稿": ["小店管理办法（征求意见稿）"],
        "问答": ["小店要不要办证"],
    }
    assert told(draft) == {"正式文件": ["小店管理办法"]}
    page = Client().get(f"/open/info/{reading.index_number}/").content.decode()
    assert f"/answers/{answered}/" in page
    services.withdraw(town.people["chief"], second, why="内容有误")
    assert told(policy)["政策解读"] == ["《小店管理办法》解读"]


def test_an_answer_that_was_taken_down_is_not_shown(town, released, answered):
    policy = released("小店管理办法")
    row = linking.tie(town.people["clerk"], policy, "answer", answered)
    consultation.withdraw(town.people["section_head"], row.answer, "内容更新")
    assert told(policy) == {}
    with pytest.raises(linking.Refused, match="not_found"):
        linking.tie(town.people["clerk"], released("另一办法"), "answer", answered)


def test_a_page_that_is_kept_ready_is_made_anew_with_each_change(town, released, answered):
    policy = released("小店管理办法")

    def changes(act):
        before = generation("catalogue")
        with connection.cursor() as cursor:  # as in another transaction
            cursor.execute("SELECT set_config('tongban.touched_catalogue', '', true)")
        told = act()
        assert generation("catalogue") != before
        return told

    row = changes(lambda: linking.tie(town.people["clerk"], policy, "answer", answered))
    changes(lambda: consultation.withdraw(town.people["section_head"], row.answer, "内容更新"))
    changes(lambda: linking.untie(town.people["clerk"], policy, row.pk))
    link = changes(lambda: services.relate(town.people["clerk"], released("解读"), policy, "interprets"))
    changes(lambda: services.disconnect(town.people["clerk"], link))


def test_the_desk_finds_the_other_end_and_sets_and_removes_the_link(town, released, answered):
    policy, reading = released("小店管理办法"), released("《小店管理办法》解读")
    desk = Client()
    desk.force_login(town.people["clerk"])
    address = f"/desk/disclosure/{policy.uid}/links/"
    assert address in desk.get(f"/desk/disclosure/{policy.uid}/").content.decode()
    page = desk.get(f"{address}?q=小店").content.decode()
    assert str(reading.uid) in page
    assert answered in page
    form = {"do": "connect", "other": str(reading.uid), "role": "interpreted_by"}
    assert desk.post(address, form).status_code == 302
    assert desk.post(address, {"do": "tie", "kind": "answer", "number": answered}).status_code == 302
    link, question = Link.objects.get(), Question.objects.get()
    assert (link.source_id, link.target_id, link.kind) == (reading.pk, policy.pk, "interprets")
    assert [deed.act for deed in reading.deeds.all()][-1] == "related"
    assert desk.post(address, {"do": "disconnect", "link": link.pk}).status_code == 302
    assert desk.post(address, {"do": "untie", "question": question.pk}).status_code == 302
    assert told(policy) == {}
    for wrong in ({"do": "connect", "other": "x"}, {"do": "untie", "question": 1}, {"do": "dance"}):
        assert desk.post(address, wrong).status_code == 409


def test_only_the_unit_links_and_validity_goes_back_with_the_last_link(town, released):
    old, new = released("旧办法"), released("新办法")
    clerk, stranger = town.people["clerk"], town.people["neighbour"]
    link = services.relate(clerk, new, old, "replaces")
    old.refresh_from_db()
    assert old.validity == "repealed"
    for act in (
        lambda: services.relate(stranger, new, old, "repeals"),
        lambda: services.disconnect(stranger, link),
        lambda: linking.untie(stranger, new, 1),
    ):
        with pytest.raises(linking.Refused, match="not_permitted"):
            act()
    other = services.relate(clerk, new, old, "repeals")
    services.disconnect(clerk, link)
    old.refresh_from_db()
    assert old.validity == "repealed"
    services.disconnect(clerk, other)
    old.refresh_from_db()
    assert old.validity == "valid"
