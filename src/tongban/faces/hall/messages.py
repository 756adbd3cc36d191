"""What the hall tells people when something happens to their case or their account; declared once, at start.

Messages follow a commit, by the worker. History that is imported tells nobody.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from tongban.engine import kinds
from tongban.engine.models import CaseParty
from tongban.engine.parties import invitee
from tongban.engine.queries import case_row
from tongban.engine.words import last_day
from tongban.faces.hall import services
from tongban.platforms.notices.book import kind_of
from tongban.platforms.notices.queries import wanted
from tongban.platforms.notices.services import notify
from tongban.platforms.rating.queries import token
from tongban.registry.models import Account
from tongban.registry.signals import account_deed

# event type -> (title, whether the applicant has to act). %s is the name of the matter.
TITLES: Mapping[str, tuple[str, bool]] = {
    "case.applied": ("申请已收到：%s", False),
    "precheck.answered": ("预受理有答复：%s", True),
    "correction.requested": ("请补正：%s", True),
    "correction.lapsed": ("到期没有补正：%s", False),
    "case.accepted": ("已受理：%s", False),
    "case.deemed_accepted": ("视为受理：%s", False),
    "case.refused": ("没有受理：%s", False),
    "case.suspended": ("计时暂停：%s", False),
    "case.resumed": ("恢复办理：%s", False),
    "case.extended": ("办理期限延长：%s", False),
    "fee.charged": ("请缴费：%s", True),
    "decision.made": ("已作出决定：%s", False),
    "case.delivered": ("结果已送达：%s", False),
    "case.withdrawn": ("窗口代您撤回了申请：%s", False),  # who did it themselves is not told
    "case.terminated": ("办理已终止：%s", False),
    "party.named": ("邀请的人已同意参与：%s", False),
    "party.declined": ("邀请的人谢绝参与：%s", False),
}

# what was done to an account -> (title, text)
DEEDS: Mapping[str, tuple[str, str]] = {
    "identity.verified": ("您的身份已在窗口核验", "姓名和证件号码以核验的为准。不是您本人办的，请马上拨打热线。"),
    "identity.taken": (
        "您填报的身份证号码已取消",
        "这个号码的本人在窗口核验了身份，您的实名等级回到 0。填错了的请在“资料”里重填；号码是您本人的，请带身份证到窗口核验。",
    ),
    "password.link_given": (
        "有人为您的账号出了重设密码的链接", "30 分钟内有效，只能用一次。不是您本人办的，请马上修改密码并拨打热线。",
    ),
    "factors.given_up": ("您的两步验证和通行密钥已撤销", "请重新设置。不是您本人办的，请马上修改密码并拨打热线。"),
}  # fmt: skip


def declare() -> None:
    """Called once, when the programme starts."""
    account_deed.connect(told_of_account, dispatch_uid="hall.account_deed")
    for event_type in TITLES:
        kinds.on_effect(event_type, told, "hall.notice")
    kinds.on_effect("party.invited", asked, "hall.invitation")


def told_of_account(*, account: Account, deed: str, **_: object) -> None:
    """Leave a message for a resident whose account something was done to."""
    if deed in DEEDS and account.is_resident:
        title, text = DEEDS[deed]
        services.tell_of_account(account, deed=deed, title=title, text=text)


#: Of what third parties (第三人) are told, and only that it happened.
CONCERNS = frozenset({"case.accepted", "case.deemed_accepted", "decision.made", "case.terminated"})


def asked(effect: kinds.Effect) -> None:
    """Tell who is asked to take part, if they have an account; by whom and in what they read where they answer."""
    seq = int(effect.payload["seq"])
    account = invitee(effect.case_id, seq)
    if account is not None:
        services.tell(
            account.pk, effect.case_id, seq,
            {
                "type": effect.topic, "title": "有人邀请您参与办件", "to_do": True,
                "text": "请在“我的办事—参与”里看是什么事，再决定同意还是谢绝。",
                "happened_at": datetime.fromisoformat(effect.payload["occurred_at"]),
            },
        )  # fmt: skip


def told(effect: kinds.Effect) -> None:
    """Leave a message for the applicant and their agents by the channels each chose, once for each event."""
    case = case_row(effect.case_id)
    if case.parent_id is not None or not kinds.kind(case.kind).public:
        return
    words, to_do = TITLES[effect.topic]
    title = words % case.offering_version.name
    seq, payload = int(effect.payload["seq"]), effect.payload["payload"]
    if effect.topic == "case.withdrawn" and not _by_staff(payload):
        return
    to_do = to_do and payload.get("outcome") != "passed"
    parties = CaseParty.objects.filter(case=case, role__in=("agent", "co"))
    if effect.topic in CONCERNS:
        for third in CaseParty.objects.filter(case=case, role="third"):
            services.tell(
                third.account_id, case.pk, seq,
                {
                    "type": effect.topic, "title": title, "happened_at": datetime.fromisoformat(effect.payload["occurred_at"]),
                },
            )  # fmt: skip
    people = set(parties.values_list("account_id", flat=True))
    if case.applicant_id is not None:
        people.add(case.applicant_id)
    values = {
        "title": title,
        "link": f"{settings.TONGBAN_URL}{reverse('hall:case', args=[case.number])}",
        "rate": f"{settings.TONGBAN_URL}{reverse('hall:rate', args=[token(case.pk)])}",
    }
    for account_id in people:
        if "site" in wanted(account_id, kind_of(effect.topic)):
            services.tell(
                account_id, case.pk, seq,
                {
                    "type": effect.topic, "title": title, "to_do": to_do, "text": _text(effect.topic, payload),
                    "happened_at": datetime.fromisoformat(effect.payload["occurred_at"]),
                },
            )  # fmt: skip
        notify(
            account_id, effect.topic, key=f"{case.pk}:{seq}:{account_id}", number=case.number, values=values
        )


def _by_staff(payload: Mapping[str, Any]) -> bool:
    """Whose words the reason is: those of an applicant stand beside the chain, those of staff in it."""
    return bool(payload.get("reason")) and isinstance(payload["reason"], str)


def _text(event_type: str, payload: Mapping[str, Any]) -> str:
    match event_type:
        case "correction.requested":
            until = last_day(payload.get("due"))
            return "；".join(payload.get("items", ())) + (f"。请在{until}前补齐。" if until else "")
        case "precheck.answered" if payload["outcome"] == "passed":
            return "材料齐全，已转为正式申请，不用再交。"
        case "precheck.answered":
            until = last_day(payload.get("until"))
            told = "；".join(payload.get("items", ())) or str(payload.get("words", ""))
            return told + (f"。请在{until}前补好再交，也可以直接正式申请。" if until else "")
        case "case.refused" | "case.terminated" | "case.withdrawn" | "decision.made" | "case.extended":
            return str(payload.get("reason") or "")
        case "fee.charged":
            return f"{payload.get('name', '')} {payload.get('amount', '')} 元"
        case "case.delivered":
            return str(payload.get("method") or "")
        case _:
            return ""
