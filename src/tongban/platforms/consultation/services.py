"""Asking, following up, and making a good answer public."""

import json
from functools import lru_cache
from importlib.resources import files
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from tongban.base.text import words
from tongban.base.traces import traces
from tongban.engine.errors import Instead, Refused
from tongban.engine.house import establish
from tongban.engine.services import SYSTEM, Applicant, Outcome, open_case
from tongban.platforms.consultation.models import Consultation, PublicAnswer
from tongban.platforms.consultation.queries import may_publish
from tongban.registry.models import Account, Matter, Organisation

LONGEST = 2000


def ask(
    account: Account | None,
    *,
    org: Organisation,
    about: Matter | None,
    question: str,
    text: str = "",
    name: str = "",
    phone: str = "",
    command_id: UUID,
    follows: Consultation | None = None,
) -> Outcome:
    """Ask an organisation about a matter, signed in or not. The same form sent twice is one question.

    Raises Refused: "missing_field" without a question, "not_taken_here" where the organisation answers none,
    "followed_up" for a second follow-up, and those of `open_case`.
    """
    question, text = " ".join(question.split())[:100], text.strip()[:LONGEST]
    if len(question) < 4:
        raise Refused("missing_field", "请用一句话写出您要问的问题。", detail={"field": "question"})
    template = _template()
    version = establish("consultation", org, template["content"], template["flow"], template["roles"])
    if version is None:
        raise Refused(
            "not_taken_here",
            "这个单位暂不在网上答复咨询，请拨打政务服务热线。",
            (Instead("call", "拨打热线"),),
        )
    if follows is not None:
        _may_follow(follows)
    who = name.strip()[:60] or (account.display_name if account else "") or "网友"
    data = {"about": about.name if about else "其他", "question": question}
    if text:
        data["text"] = text
    if follows is not None:
        data["before"] = follows.answer
    with transaction.atomic():
        outcome = open_case(
            account or SYSTEM, offering_version=version, data=data, kind="consultation", command_id=command_id,
            applicant=Applicant(who, phone=phone, account=account), title=f"咨询：{question}"[:200],
        )  # fmt: skip
        Consultation.objects.get_or_create(
            pk=outcome.case_id,
            defaults={
                "number": outcome.number, "org": org, "about": about, "question": question, "text": text,
                "follows": follows, "asked_at": timezone.now(),
            },
        )  # fmt: skip
    return outcome


def propose(account: Account, consultation: Consultation, *, question: str, answer: str) -> PublicAnswer:
    """Propose an answer for publication, in words without personal data. Proposing again replaces the words.

    Raises Refused: "not_permitted", "not_answered", "personal_data" (detail: traces), "already_public".
    """
    _permitted(account, consultation)
    if consultation.answered_at is None:
        raise Refused("not_answered", "还没有答复，不能公开。")
    question, answer = question.strip()[:100], answer.strip()
    if not question or not answer:
        raise Refused("missing_field", "公开的问题和答复都要写。", detail={"field": "answer"})
    _clean(consultation, question, answer)
    row = PublicAnswer.objects.filter(pk=consultation.pk).first()
    if row is not None and row.released_at is not None and row.withdrawn_at is None:
        raise Refused("already_public", "这条答复已经公开，要改先撤下。", (Instead("withdraw", "撤下"),))
    now = timezone.now()
    row, _created = PublicAnswer.objects.update_or_create(
        pk=consultation.pk,
        defaults={
            "question": question, "answer": answer, "words": sorted(set(words(f"{question} {answer}"))),
            "proposed_by": account, "proposed_at": now, "released_by": None, "released_at": None, "withdrawn_at": None,
        },
    )  # fmt: skip
    return row


def release(account: Account, row: PublicAnswer, seen: str = "") -> None:
    """Release a proposed answer: the second pair of eyes, and only the words they looked at.

    `seen` is the `edition` of what was shown; without it, that of `row`. Raises Refused: "not_permitted",
    "same_person", "personal_data", "stale" when the words were proposed anew meanwhile.
    """
    consultation = row.consultation
    _permitted(account, consultation)
    if row.proposed_by_id == account.pk:
        raise Refused("same_person", "提出公开的人不能自己审核，请另一位同事审核。")
    _clean(consultation, row.question, row.answer)
    if seen and seen != row.edition:
        raise Refused("stale", "公开的内容刚刚改过，请看过最新的再审核。")
    same = {"released_at": None, "withdrawn_at": None, "proposed_at": row.proposed_at}
    released = PublicAnswer.objects.filter(pk=row.pk, **same)
    if not released.update(released_by=account, released_at=timezone.now()):
        raise Refused("stale", "公开的内容刚刚改过，请看过最新的再审核。")


def withdraw(account: Account, row: PublicAnswer, why: str) -> None:
    """Take a public answer down, with the reason. Raises Refused: "not_permitted", "missing_field"."""
    _permitted(account, row.consultation)
    if not why.strip():
        raise Refused("missing_field", "请写明撤下的原因。", detail={"field": "why"})
    PublicAnswer.objects.filter(pk=row.pk).update(
        withdrawn_at=timezone.now(), withdrawn_why=why.strip()[:200]
    )


def _may_follow(first: Consultation) -> None:
    if first.answered_at is None:
        raise Refused("not_answered", "还没有答复，请等答复以后再追问。")
    if first.follows_id is not None or Consultation.objects.filter(follows=first).exists():
        raise Refused(
            "followed_up", "每次咨询可以追问一次；还有问题请另提一次咨询。", (Instead("submit", "另提咨询"),)
        )


def _permitted(account: Account, consultation: Consultation) -> None:
    if not may_publish(account, consultation):
        raise Refused("not_permitted", "只有答复单位的人可以公开答复。")


def _clean(consultation: Consultation, *texts: str) -> None:
    names = (consultation.case.applicant_name,)
    found = [t for text in texts for t in traces(text, names=names)]
    if found:
        raise Refused(
            "personal_data", f"公开前请去掉个人信息：{'、'.join(found)}。", detail={"traces": found}
        )


@lru_cache(maxsize=1)
def _template() -> dict[str, Any]:
    path = files("tongban.platforms.consultation").joinpath("data/consultation.json")
    template: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return template
