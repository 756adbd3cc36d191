"""Complaints about one's own case (投诉), a kind of case: who takes which, and what was found and answered.

Routed by what is complained of, never to the unit complained of: manners and running in circles to the service centre,
money and favours to who supervises, unlawful decisions to who supervises, with a lawyer's opinion. Desk and lawyer are named
for each complaint by itself: the same office may take it, but not the same lawyer of the unit that is complained of.
"""

import json
from datetime import timedelta
from functools import lru_cache
from importlib.resources import files
from itertools import chain
from typing import Any, Literal
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from tongban.base import present
from tongban.engine.errors import Instead, Refused
from tongban.engine.house import establish
from tongban.engine.kinds import Change
from tongban.engine.models import Case
from tongban.engine.services import SYSTEM, Applicant, Outcome, open_case
from tongban.platforms.supervision.models import Complaint
from tongban.registry.models import Account, OfferingVersion, Post
from tongban.registry.queries import as_of, organisation_name

SHORTEST, LONGEST = 10, 2000  # characters of a complaint
MOST_A_DAY = 5
"""Complaints of one applicant in a day; who has more to say is called better than answered one by one."""
Topic = Complaint.Topic
#: Roles that take complaints of a topic, the first that is there (投诉分流).
ROUTES: dict[str, tuple[str, ...]] = {
    Topic.MANNER: ("hall_inspector", "monitor"),
    Topic.OFFLINE: ("hall_inspector", "monitor"),
    Topic.OTHER: ("hall_inspector", "monitor"),
    Topic.DELAY: ("monitor",),
    Topic.CHARGE: ("monitor",),
    Topic.BRIBE: ("monitor",),
    Topic.UNLAWFUL: ("monitor",),
}
VERBS = ("view", "handle")


def complain(
    account: Account | None, *, about: Case, topic: str, words: str, phone: str = "", command_id: UUID
) -> Outcome:
    """Complain about one's own case; whoever calls has made sure that it is theirs. The same form sent twice is one.

    Raises Refused: "missing_field", "complaint_of_complaint", "complaint_open", "complaints_many",
    "not_taken_here", and those of `open_case`.
    """
    words = words.strip()[:LONGEST]
    if topic not in Topic.values:
        raise Refused("missing_field", "请选择投诉的是什么。", detail={"field": "topic"})
    if len(words) < SHORTEST:
        raise Refused("missing_field", "请写清楚事情的经过，至少十个字。", detail={"field": "words"})
    if about.kind == "complaint":
        raise Refused("complaint_of_complaint", "对投诉的答复不满意的，请看答复里写的途径。")
    desk = desk_for(topic, about.org_id)
    version = None if desk is None else _edition(desk)
    if desk is None or version is None:
        raise Refused(
            "not_taken_here", "这里暂不能在网上投诉，请拨打政务服务热线。", (Instead("call", "拨打热线"),)
        )
    name = Topic(topic).label
    data = {
        "case": about.number, "matter": about.offering_version.name, "unit": organisation_name(about.org_id),
        "topic": name, "words": words,
    }  # fmt: skip
    with transaction.atomic():
        outcome = open_case(
            account or SYSTEM, offering_version=version, data=data, kind="complaint", command_id=command_id,
            applicant=Applicant(about.applicant_name or "投诉人", _kind(about), phone=phone, account=account),
            title=f"投诉：{name}（{about.number}）"[:200],
            posts={"desk": desk.code, "lawyer": lawyer_for(desk, about.org_id).code},
        )  # fmt: skip
        if outcome.replayed:
            return outcome
        waiting = Complaint.objects.select_for_update().filter(about=about, answered_at=None)
        if waiting.exists():
            raise Refused(
                "complaint_open", "这件办件的投诉正在办理，请等答复。", (Instead("track", "看进度"),)
            )
        if _filed_lately(about) >= MOST_A_DAY:
            raise Refused(
                "complaints_many", f"一天最多投诉 {MOST_A_DAY} 件，请等前面的答复；急事请拨打政务服务热线。",
                (Instead("call", "拨打热线"),),
            )  # fmt: skip
        Complaint.objects.create(
            case_id=outcome.case_id, number=outcome.number, about=about, about_number=about.number, org_id=about.org_id,
            org_name=data["unit"], taken_by_id=version.offering.organisation_id, topic=topic, words=words,
            filed_at=present.now(),
        )  # fmt: skip
    return outcome


def _filed_lately(about: Case) -> int:
    """How many complaints the applicant of a case has made in a day, about whatever case of theirs."""
    whose = Q(about=about)
    if about.applicant_id is not None:
        whose |= Q(about__applicant=about.applicant_id)
    if about.applicant_digest:
        whose |= Q(about__applicant_digest=about.applicant_digest)
    return Complaint.objects.filter(whose, filed_at__gt=present.now() - timedelta(days=1)).count()


def note_step(change: Change) -> None:
    """In the transaction of a step: what was found, and what the complainant is told."""
    payload = change.event.payload
    task = change.facts.state.task(int(payload["task"]))
    rows = Complaint.objects.filter(pk=change.facts.case_id)
    if task is not None and task.node == "accept" and payload.get("outcome") == "refused":
        words = str(payload.get("opinion", ""))
        rows.update(verdict=Complaint.Verdict.REFUSED, answer=words, answered_at=change.event.at)
    elif task is not None and task.node == "look":
        rows.update(verdict=str(payload.get("outcome", "")))
    elif task is not None and task.node == "answer":
        rows.update(answer=str(payload.get("opinion", "")), answered_at=change.event.at)


def complaint_of(case: Case) -> Complaint | None:
    """The complaint that a case carries; the caller has found the case by what its asker may see."""
    return Complaint.objects.filter(pk=case.pk).first() if case.kind == "complaint" else None


def complaints_about(case: Case) -> QuerySet[Complaint]:
    """What was complained of about a case, newest first; for the complainant's own page."""
    return Complaint.objects.filter(about=case)


def complaints_of(account: Account) -> QuerySet[Complaint]:
    """The complaints whose cases the account may see."""
    cases = Case.objects.visible_to(account).filter(kind="complaint").order_by()
    return Complaint.objects.filter(case_id__in=cases.values("pk"))


def _kind(about: Case) -> Literal["person", "organisation"]:
    return "organisation" if about.applicant_kind == "organisation" else "person"


def desk_for(topic: str, org: int) -> Post | None:
    """The post that takes a complaint of a topic about a unit: by `ROUTES`, the highest unit's first; None: nobody's.

    Never one of the unit complained of or of a unit below it.
    """
    for role in ROUTES[topic]:
        if posts := _apart(role, org):
            return posts[0]
    return None


def lawyer_for(desk: Post, org: int) -> Post:
    """Whose opinion on the law is asked: a lawyer of the office that takes the complaint, of one above it, of another.

    Among others those of the justice bureau (司法局) first. Never one of the unit complained of or of a unit below it; where
    nobody is left, the desk itself says what the law is.
    """
    posts = _apart("legal", org)
    own = (desk.organisation_id, *(node.id for node in as_of().ancestors(desk.organisation_id)))
    near = {place: n for n, place in enumerate(own)}

    def rank(post: Post) -> tuple[int, bool]:
        return near.get(post.organisation_id, len(own)), "司法" not in organisation_name(post.organisation_id)

    return min(posts, key=rank, default=desk)


def _apart(role: str, org: int) -> list[Post]:
    """The posts of that role, of the highest unit first; without those of the unit and below it."""
    posts = Post.objects.filter(role=role, abolished_on=None).exclude(
        organisation_id__in=as_of().subtree(org)
    )
    return list(posts.select_related("organisation").order_by("organisation__level", "code"))


def _edition(desk: Post) -> OfferingVersion | None:
    """The version under which the desk's office takes complaints."""
    template = _template()
    permits = dict.fromkeys((*dict.fromkeys(chain.from_iterable(ROUTES.values())), "legal"), VERBS)
    return establish(
        "complaint", desk.organisation, template["content"], template["flow"], template["roles"], permits
    )


def promised_days() -> tuple[int, int]:
    """Working days in which it is decided whether a complaint is taken, and in which it is answered from then on."""
    template = _template()
    taken = next(n["limit"]["amount"] for n in template["flow"]["nodes"] if n["key"] == "accept")
    return int(taken), int(template["content"]["limits"]["promised"]["amount"] - taken)


@lru_cache(maxsize=1)
def _template() -> dict[str, Any]:
    path = files("tongban.platforms.supervision").joinpath("data/complaint.json")
    template: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return template
