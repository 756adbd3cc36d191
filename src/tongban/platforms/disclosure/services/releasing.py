"""From a draft to the catalogue: source checked by who drafts, secrecy reviewed by another person, released at its time.

先审查、后公开，一事一审 (条例第十七条). Nobody reviews what they wrote or submitted themselves.
"""

import re
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from tongban.base.traces import traces
from tongban.engine.errors import Refused
from tongban.engine.people import scopes
from tongban.platforms.disclosure.models import Record
from tongban.platforms.disclosure.services.records import permitted, release, tell
from tongban.registry.models import Account

AIDS: dict[str, re.Pattern[str]] = {
    "密级标志": re.compile(
        r"(?:绝密|机密|秘密)\s*[★*]|★\s*[0-9一二三四五六七八九十]+\s*年|内部资料|不得外传|注意保存"
    ),
    "国家秘密、工作秘密的用词": re.compile(r"涉密|保密期限|工作秘密|军事设施|国家安全事项|密码"),
    "过程性信息": re.compile(r"送审稿|讨论稿|征求意见稿|初稿"),
}
_PERSONAL = "个人信息"
CHECKLIST = (
    "不涉及国家秘密",
    "不涉及商业秘密、个人隐私，或者已经处理",
    "不危及国家安全、公共安全、经济安全和社会稳定",
    "公开属性和范围确定得当",
)


def aids_for(record: Record) -> list[tuple[str, list[str]]]:
    """What the reviewer should look at, with the places: found by pattern, nothing is decided by it."""
    text = f"{record.title}\n{record.body}"
    found = []
    for name, pattern in AIDS.items():
        places = [
            text[max(0, m.start() - 8) : m.end() + 8].replace("\n", " ") for m in pattern.finditer(text)
        ]
        if places:
            found.append((name, places[:5]))
    personal = traces(text)
    return [*found, (_PERSONAL, personal[:5])] if personal else found


def submit(account: Account, record: Record, *, source: str) -> Record:
    """Submit a draft for review, saying how its source was checked. Raises Refused: "not_permitted", "missing_field", "stale"."""
    permitted(account, record.publisher_id, "handle")
    if not source.strip():
        raise Refused("missing_field", "请写明与原件核对的情况。", detail={"field": "source"})
    with transaction.atomic():
        held = _held(record, Record.State.DRAFT)
        held.state, held.updated_at = Record.State.REVIEW, timezone.now()
        held.save(update_fields=["state", "updated_at"])
        tell(held, "submitted", account, source=source.strip()[:300])
    return held


def review(
    account: Account,
    record: Record,
    *,
    passed: bool,
    opinion: str,
    checked: int,
    release_at: datetime | None = None,
    now: datetime | None = None,
) -> Record:
    """Sign the secrecy review. Passed, what is 主动公开 waits for its time (now when not said); the rest is kept.

    `checked` is how many points of CHECKLIST were ticked; all are needed to pass. Raises Refused: "not_permitted",
    "same_person", "missing_field", "stale".
    """
    permitted(account, record.publisher_id, "decide")
    now = now or timezone.now()
    with transaction.atomic():
        held = _held(record, Record.State.REVIEW)
        if not may_review(account, held):
            raise Refused("same_person", "起草和提交的人不能自己做保密审查，请另一位同志审查。")
        if not opinion.strip():
            raise Refused("missing_field", "请写明审查意见。", detail={"field": "opinion"})
        if passed and checked < len(CHECKLIST):
            raise Refused(
                "missing_field", "请逐项核对审查要点；有一项不能确认，就退回。", detail={"field": "checked"}
            )
        held.updated_at = now
        tell(held, "reviewed" if passed else "returned", account, opinion=opinion.strip()[:500])
        if not passed:
            held.state = Record.State.DRAFT
        elif held.attribute != Record.Attribute.PROACTIVE:
            held.state, held.reviewed_by = Record.State.CLOSED, account
        else:
            held.state, held.reviewed_by, held.release_at = Record.State.READY, account, release_at or now
        held.save(update_fields=["state", "reviewed_by", "release_at", "updated_at"])
        if held.state == Record.State.READY and held.release_at is not None and held.release_at <= now:
            release(account, held)
    return held


def release_due(now: datetime | None = None) -> int:
    """Release what waits for a time that has come; how many."""
    now = now or timezone.now()
    done = 0
    for pk in list(
        Record.objects.filter(state=Record.State.READY, release_at__lte=now).values_list("pk", flat=True)
    ):
        with transaction.atomic():
            held = (
                Record.objects.select_for_update(skip_locked=True)
                .filter(pk=pk, state=Record.State.READY)
                .first()
            )
            if held is not None:
                release(None, held)
                done += 1
    return done


def may_review(account: Account, record: Record) -> bool:
    """Whether this person may sign the review of this record."""
    submitted = record.deeds.filter(act="submitted").last()
    return (
        record.state == Record.State.REVIEW
        and record.created_by_id != account.pk
        and (submitted is None or submitted.account_id != account.pk)
        and scopes(account).of("decide").admits(record.publisher_id)
    )


def _held(record: Record, state: str) -> Record:
    held = Record.objects.select_for_update(of=("self",)).select_related("publisher").get(pk=record.pk)
    if held.state != state:
        raise Refused("stale", "这份文件刚刚有人处理过，请刷新后再看。")
    return held
