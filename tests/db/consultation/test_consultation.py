"""Somebody asks, the desk answers in its ordinary to-do, a good answer becomes public by two people."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from tests.town import CODES, Town
from tongban.engine.errors import Refused
from tongban.engine.models import Case
from tongban.engine.services import Outcome, perform
from tongban.platforms.consultation import services
from tongban.platforms.consultation.models import Consultation, PublicAnswer
from tongban.platforms.consultation.queries import find_answers, public_answers
from tongban.platforms.papers.content import form_of
from tongban.registry.finding import listed_guides
from tongban.registry.models import Matter, Organisation
from tongban.registry.queries import published_offerings

ANSWER = "可以。店面在二楼的，同时提交消防安全检查合格的材料。"


def ask(town: Town, who: str | None = "owner", **more: Any) -> Outcome:
    account = town.people[who] if who else None
    said: dict[str, Any] = {
        "org": Organisation.objects.get(code=CODES["scjg"]), "about": Matter.objects.get(code="990144001000"),
        "question": "二楼的店面能办食品经营许可吗", "text": "我叫王小芳，电话13900001111", "command_id": uuid4(),
    }  # fmt: skip
    return services.ask(account, **(said | more))


def answer(town: Town, asked: Outcome, words: str = ANSWER) -> Consultation:
    perform(town.people["clerk"], asked.case_id, "accept", command_id=uuid4())
    perform(
        town.people["reviewer"],
        asked.case_id,
        "complete",
        command_id=uuid4(),
        data={"outcome": "answered", "opinion": words},
    )
    return Consultation.objects.get(pk=asked.case_id)


def refusal(code: str, call: Any, *args: Any, **more: Any) -> Refused:
    with pytest.raises(Refused) as raised:
        call(*args, **more)
    assert raised.value.code == code
    return raised.value


def test_a_question_is_an_ordinary_case_with_its_own_limit(town: Town) -> None:
    case = Case.objects.get(pk=ask(town).case_id)
    assert (case.kind, case.phase) == ("consultation", "applied")
    assert case.number.startswith("ZX")
    perform(town.people["clerk"], case.pk, "accept", command_id=uuid4())
    assert Case.objects.get(pk=case.pk).due_at is not None


def test_who_has_not_signed_in_may_ask(town: Town) -> None:
    outcome = ask(town, None, name="", phone="")
    assert outcome.secret
    assert Case.objects.get(pk=outcome.case_id).applicant_name == "网友"


def test_a_question_gets_no_letters_of_licensing(town: Town) -> None:
    assert not {form_of(kind, "case.accepted", {}) for kind in ("consultation", "callback", "office")} - {""}
    assert form_of("licence", "case.accepted", {}) == "acceptance"


def test_the_answer_stands_beside_the_question_and_closes_the_case(town: Town) -> None:
    asked = answer(town, ask(town))
    assert asked.answer == ANSWER
    assert asked.answered_at is not None
    assert asked.case.phase == "closed"


def test_a_question_for_others_is_answered_with_whom_to_ask(town: Town) -> None:
    asked = ask(town)
    perform(
        town.people["clerk"], asked.case_id, "refuse", command_id=uuid4(),
        data={"remedy": "请问自然资源和规划局。"}, reason="不属于本单位职责。",
    )  # fmt: skip
    assert "自然资源" in Consultation.objects.get(pk=asked.case_id).answer


def test_the_same_form_sent_twice_is_one_question(town: Town) -> None:
    command = uuid4()
    first, again = ask(town, command_id=command), ask(town, command_id=command)
    assert (first.case_id, again.replayed) == (again.case_id, True)


def test_an_answer_may_be_followed_up_once(town: Town) -> None:
    first = Consultation.objects.get(pk=ask(town).case_id)
    refusal("not_answered", ask, town, follows=first)
    first = answer(town, ask(town))
    second = ask(town, follows=first, question="消防材料去哪办")
    assert Consultation.objects.get(pk=second.case_id).follows == first
    refusal("followed_up", ask, town, follows=first)
    refusal("followed_up", ask, town, follows=answer(town, second))


def test_an_empty_question_is_not_asked(town: Town) -> None:
    refusal("missing_field", ask, town, question="？")


def test_an_office_without_posts_for_it_answers_none(town: Town) -> None:
    refusal("not_taken_here", ask, town, org=Organisation.objects.get(code=CODES["szf"]))


def test_personal_data_keeps_an_answer_from_the_public(town: Town) -> None:
    asked = answer(town, ask(town))
    clerk = town.people["reviewer"]
    refused = refusal(
        "personal_data", services.propose, clerk, asked, question="王小芳的店", answer="电话13900001111"
    )
    assert len(refused.detail["traces"]) == 2


def test_a_second_person_releases_an_answer_and_search_finds_it(town: Town) -> None:
    asked = answer(town, ask(town))
    row = services.propose(
        town.people["reviewer"], asked, question="二楼的店面能办食品经营许可吗", answer=ANSWER
    )
    assert not public_answers().exists()
    refusal("same_person", services.release, town.people["reviewer"], row)
    services.release(town.people["section_head"], row)
    assert [found.pk for found in find_answers("二楼店面食品许可")] == [row.pk]
    services.withdraw(town.people["section_head"], row, "政策调整")
    assert not public_answers().exists()


def test_nobody_of_another_unit_publishes_an_answer(town: Town) -> None:
    asked = answer(town, ask(town))
    refusal("not_permitted", services.propose, town.people["neighbour"], asked, question="问", answer="答")


def test_the_database_too_wants_two_people(town: Town) -> None:
    asked = answer(town, ask(town))
    row = services.propose(town.people["reviewer"], asked, question="问什么问题", answer="答")
    with pytest.raises(IntegrityError), transaction.atomic():
        PublicAnswer.objects.filter(pk=row.pk).update(
            released_by=row.proposed_by, released_at=row.proposed_at
        )


def test_consultation_stands_in_no_list_of_guides(town: Town) -> None:
    ask(town)
    assert not published_offerings().filter(name="网上咨询").exists()
    assert not listed_guides().filter(version__name="网上咨询").exists()


def test_only_the_words_that_were_looked_at_are_released(town: Town) -> None:
    asked = answer(town, ask(town))
    looked = services.propose(town.people["reviewer"], asked, question="二楼的店面能办吗", answer=ANSWER)
    services.propose(town.people["reviewer"], asked, question="二楼的店面能办吗", answer="完全是另外的话。")
    head = town.people["section_head"]
    refusal("stale", services.release, head, looked)
    now = PublicAnswer.objects.get(pk=asked.pk)
    refusal("stale", services.release, head, now, looked.edition)
    services.release(head, now, now.edition)
    assert public_answers().get().answer == "完全是另外的话。"
