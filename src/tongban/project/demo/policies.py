"""What belongs to some documents of the demo city: how they were consulted about, how they are explained, what people asked."""

from datetime import date
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from tongban.engine.models import TaskRow
from tongban.engine.services import perform
from tongban.faces.openness.models import Question
from tongban.platforms.consultation import services as consultation
from tongban.platforms.consultation.models import Consultation, PublicAnswer
from tongban.platforms.consultation.queries import may_publish
from tongban.platforms.disclosure.models import Link, Record
from tongban.platforms.disclosure.services import release
from tongban.platforms.disclosure.services.records import put
from tongban.project.demo.tables import table
from tongban.registry.models import Account, Holding, Organisation
from tongban.registry.queries import holders_of


class DemoQuestionUnanswered(Exception):
    """Nobody of the demo city could answer or release a question: a fault of this package."""


def bring_in() -> int:
    """The interpretations, consultation drafts and questions of `policies.json`, tied to their documents; how many."""
    brought = 0
    for said in table("policies.json"):
        policy = Record.objects.select_related("publisher").get(index_number=said["policy"])
        if "interpretation" in said:
            reading = _published(policy, said["interpretation"])
            Link.objects.create(source=reading, target=policy, kind=Link.Kind.INTERPRETS)
        if "draft" in said:
            draft = _published(policy, said["draft"])
            Link.objects.create(source=policy, target=draft, kind=Link.Kind.CONSULTED_AS)
        for n, question in enumerate(said["questions"]):
            answer = _answered(f"{said['policy']}:{n}", question)
            Question.objects.create(record=policy, answer=answer, set_by_id=answer.proposed_by_id)
        brought += 1 + len(said["questions"]) + ("draft" in said)
    return brought


def _published(policy: Record, said: dict[str, str]) -> Record:
    """A document of the same publisher and theme as the policy, released on its day."""
    record = Record(publisher=policy.publisher)
    fields: dict[str, Any] = {
        "title": said["title"],
        "body": said["body"],
        "theme": policy.theme,
        "genre": "99",
        "issued_on": date.fromisoformat(said["published"]),
    }
    put(record, fields)
    return release(None, record, published_on=date.fromisoformat(said["published"]))


def _answered(key: str, said: dict[str, str]) -> PublicAnswer:
    """A question somebody asked, answered by its unit, and released in words without the person."""
    org = Organisation.objects.get(key=said["unit"])
    asked = consultation.ask(
        None, org=org, about=None, question=said["question"], text=said["text"], name="林晓", phone="13900000002",
        command_id=uuid5(NAMESPACE_URL, f"demo:question:{key}"),
    )  # fmt: skip
    doer = _next(asked.case_id)
    perform(doer, asked.case_id, "accept", command_id=uuid5(NAMESPACE_URL, f"demo:accept:{key}"))
    doer = _next(asked.case_id)
    perform(
        doer, asked.case_id, "complete", command_id=uuid5(NAMESPACE_URL, f"demo:answer:{key}"),
        data={"outcome": "answered", "opinion": said["answer"]},
    )  # fmt: skip
    row = Consultation.objects.get(pk=asked.case_id)
    able = [a for a in _staff(org) if may_publish(a, row)]
    if len(able) < 2:
        raise DemoQuestionUnanswered(f"{said['unit']}: nobody releases an answer")
    answer = consultation.propose(able[0], row, question=said["question"], answer=said["answer"])
    consultation.release(able[1], answer)
    return answer


def _next(case_id: int) -> Account:
    """Who has the case now: a holder of the post of its open step."""
    task = TaskRow.objects.select_related("post").filter(case_id=case_id, status="open").first()
    doer = holders_of(task.post).first() if task is not None and task.post is not None else None
    if doer is None:
        raise DemoQuestionUnanswered(f"case {case_id}: nobody has it")
    return doer


def _staff(org: Organisation) -> list[Account]:
    """The people of a unit, in the order of their posts."""
    rows = Holding.objects.filter(post__organisation=org).select_related("account").order_by("post__code")
    return list({row.account_id: row.account for row in rows}.values())
