"""Draws of cases to be looked into, and what was found in them: integrity sampling (廉政抽查) and file review (案卷评查).

Whoever supervises draws among cases that passed a risk point; a legal office among the files of decided cases of the units
it may look at. Announced, drawn and found are each bound into the ledger's register; `drawing.py` is the method.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal
from uuid import uuid4

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from tongban.base import present
from tongban.base.calendar import CHINA
from tongban.base.canonical import canonical, digest
from tongban.engine.errors import Refused
from tongban.engine.ledger.models import Checkpoint, LedgerLeaf
from tongban.engine.models import Case, TaskRow
from tongban.engine.people import scopes
from tongban.engine.services import SYSTEM, perform
from tongban.platforms.supervision import drawing
from tongban.platforms.supervision.models import Check, Draw, Order
from tongban.platforms.supervision.orders import Asked, open_correction, watcher_of
from tongban.platforms.supervision.queries import midnight
from tongban.platforms.supervision.register import register_case
from tongban.platforms.supervision.services import outside
from tongban.registry.grants import Scope
from tongban.registry.models import Account, Matter, Post, RiskPoint
from tongban.registry.queries import organisation_name

DRAWS, RESULTS, CHECKS = "supervision_draw", "supervision_draw:result", "supervision_check"
MOST = 20_000  # cases in one draw; a longer period is drawn in parts
GRADES = {"high": ("high",), "mid": ("high", "mid"), "low": ("high", "mid", "low")}
VERBS: Mapping[str, Literal["supervise", "view"]] = {"integrity": "supervise", "legal": "view"}


@dataclass(frozen=True, slots=True)
class Range:
    """What is drawn from: the days, a unit or all one reaches, a matter or all, and the lowest grade of risk points."""

    first: date
    last: date
    org: int | None = None
    matter: int | None = None
    grade: str = "high"


def reach(account: Account, purpose: str) -> Scope | None:
    """Where the account may draw for a purpose; None: nowhere. Legal offices by their post, as far as they may look."""
    held = scopes(account)
    if purpose == Draw.Purpose.LEGAL and "legal" not in held.roles:
        return None
    return held.of(VERBS[purpose]) or None


def draws_of(account: Account) -> QuerySet[Draw]:
    """The draws an account may see: its own, and those of units where it could draw itself."""
    seen = Q(opened_by=account)
    for purpose in Draw.Purpose.values:
        where = reach(account, purpose)
        if where is None:
            continue
        inside = where.q("org_id", None, None)
        seen |= Q(purpose=purpose) & (inside | Q(org=None) if where.admits(None) else inside)
    return Draw.objects.filter(seen)


def population(account: Account, purpose: str, asked: Range) -> QuerySet[Case]:
    """The cases a draw is from, as the account may see them."""
    where = reach(account, purpose)
    if where is None:
        raise Refused("not_permitted", "您不能组织这种抽查。")
    rows = Case.objects.visible_to(account, VERBS[purpose]).filter(where.q())
    rows = rows.of_matters()
    if asked.org is not None:
        rows = rows.filter(org_id=asked.org)
    if asked.matter is not None:
        rows = rows.filter(matter_id=asked.matter)
    begin, end = midnight(asked.first), midnight(asked.last + timedelta(days=1))
    if purpose == Draw.Purpose.LEGAL:
        return rows.filter(decided_at__gte=begin, decided_at__lt=end)
    at_risk = RiskPoint.objects.filter(
        version_id=OuterRef("case__offering_version_id"), step=OuterRef("node"), grade__in=GRADES[asked.grade]
    )
    passed = TaskRow.objects.filter(
        Exists(at_risk),
        case_id=OuterRef("pk"),
        kind="human",
        status="done",
        done_at__gte=begin,
        done_at__lt=end,
    )
    return rows.filter(Exists(passed))


@transaction.atomic
def announce(account: Account, purpose: str, asked: Range, *, wanted: int, title: str = "") -> Draw:
    """Announce a draw: fix what it is from and the digest of its seed, in the ledger, before anybody can know the outcome.

    Raises Refused: not_permitted, period_invalid, nothing_to_draw, draw_size.
    """
    if purpose not in Draw.Purpose.values or asked.grade not in GRADES:
        raise Refused("not_permitted", "没有这种抽查。")
    if asked.last < asked.first or asked.last > present.now().date():
        raise Refused("period_invalid", "请填写已经过去的时间段。", detail={"field": "last"})
    numbers = sorted(
        population(account, purpose, asked).order_by().values_list("number", flat=True)[: MOST + 1]
    )
    if not numbers:
        raise Refused("nothing_to_draw", "这个范围里没有办件。", detail={"field": "first"})
    if len(numbers) > MOST or not 0 < wanted <= len(numbers):
        most = min(len(numbers), MOST)
        words = (
            f"范围里有 {len(numbers)} 件，抽取件数应在 1 到 {most} 之间"
            if len(numbers) <= MOST
            else f"范围超过 {MOST} 件，请分段抽"
        )
        raise Refused("draw_size", f"{words}。", detail={"field": "wanted"})
    where = reach(account, purpose)
    everywhere = where is not None and where.admits(None)
    org = asked.org if asked.org is not None or everywhere else min(scopes(account).org_ids)
    seed = secrets.token_hex(32)
    said = {
        "first": asked.first.isoformat(), "last": asked.last.isoformat(), "org": asked.org or 0, "matter": asked.matter or 0,
        "grade": asked.grade if purpose == Draw.Purpose.INTEGRITY else "",
    }  # fmt: skip
    row = Draw.objects.create(
        purpose=purpose, title=(title.strip() or _title(purpose, asked))[:200], asked=said, org_id=org, population=numbers,
        population_sha256=drawing.population_digest(numbers), wanted=wanted, commitment=drawing.commitment(seed), seed=seed,
        opened_by=account, opened_at=present.now(),
    )  # fmt: skip
    row.register_case_id, row.register_seq = _anchor(DRAWS, row.pk, announced_digest(row))
    row.save(update_fields=["register_case", "register_seq"])
    return row


def _title(purpose: str, asked: Range) -> str:
    where = organisation_name(asked.org) if asked.org is not None else "各单位"
    what = Matter.objects.get(pk=asked.matter).name if asked.matter is not None else ""
    return f"{where}{what}{Draw.Purpose(purpose).label}（{asked.first:%Y-%m-%d} 至 {asked.last:%Y-%m-%d}）"


def beacon(row: Draw) -> Checkpoint | None:
    """The first signed head of the ledger that holds the announcement; None while there is none."""
    if row.register_case_id is None or row.register_seq is None:
        return None
    leaf = LedgerLeaf.objects.filter(case_id=row.register_case_id, seq=row.register_seq).first()
    return (
        None if leaf is None else Checkpoint.objects.filter(tree_size__gt=leaf.index).order_by("no").first()
    )


@transaction.atomic
def carry_out(draw_id: int) -> Draw:
    """Draw, once the ledger has been signed after the announcement; done already, it is left alone.

    Raises Refused("not_sealed_yet").
    """
    row = Draw.objects.select_for_update().get(pk=draw_id)
    if row.drawn_at is not None:
        return row
    head = beacon(row)
    if head is None:
        raise Refused("not_sealed_yet", "公布还没有存证，存证之后自动抽取，一般在一小时以内。")
    row.beacon, row.beacon_size = bytes(head.root).hex(), head.tree_size
    row.result = drawing.drawn(row.seed, row.beacon, row.population, row.wanted)
    row.drawn_at = present.now()
    row.save(update_fields=["beacon", "beacon_size", "result", "drawn_at"])
    cases = Case.objects.visible_to(row.opened_by, VERBS[row.purpose]).filter(number__in=row.result)
    found = {c.number: c for c in cases.select_related("offering_version")}
    Check.objects.bulk_create(
        Check(
            draw=row, place=place, case=found[number], number=number, title=found[number].offering_version.name,
            org_id=found[number].org_id, org_name=organisation_name(found[number].org_id),
        )
        for place, number in enumerate(row.result, start=1)
        if number in found
    )  # fmt: skip
    _anchor(RESULTS, row.pk, result_digest(row))
    return row


def carry_out_waiting() -> int:
    """Draw what was announced and has been sealed since. For the worker; returns how many draws were carried out."""
    done = 0
    for pk in Draw.objects.filter(drawn_at=None).order_by("pk").values_list("pk", flat=True):
        try:
            carry_out(pk)
        except Refused:
            continue
        done += 1
    return done


@transaction.atomic
def record_check(account: Account, draw_id: int, place: int, *, verdict: str, opinion: str) -> Check:
    """Say what was found in a case drawn, once. Raises Refused: not_found, not_permitted, missing_field, checked_already."""
    check = _check(account, draw_id, place)
    if check.verdict:
        raise Refused("checked_already", "这件已经有结论，结论不能改。")
    if verdict not in Check.Verdict.values:
        raise Refused("missing_field", "请选择结论。", detail={"field": "verdict"})
    if not opinion.strip():
        raise Refused("missing_field", "请写明看到的情况和意见。", detail={"field": "opinion"})
    check.verdict, check.opinion = verdict, opinion.strip()[:2000]
    check.checked_by, check.checked_at = account, present.now()
    check.save(update_fields=["verdict", "opinion", "checked_by", "checked_at"])
    _anchor(CHECKS, check.pk, check_digest(check))
    return check


@transaction.atomic
def order_correction(account: Account, draw_id: int, place: int, *, demand: str) -> Order:
    """责令整改 for what was found. Raises Refused: not_found, not_permitted, nothing_found, order_open, missing_field, nobody_answers."""
    check = _check(account, draw_id, place)
    if check.verdict not in ("flawed", "wrong"):
        raise Refused("nothing_found", "发现问题的才能责令整改。")
    if check.order_id is not None:
        raise Refused("order_open", "这件已经责令整改。")
    legal = check.draw.purpose == Draw.Purpose.LEGAL
    asked = Asked(
        Order.Issuer.LEGAL if legal else Order.Issuer.SUPERVISION, check.case_id, check.number, check.org_id, check.org_name,
        3 if check.verdict == "wrong" else 2, check.opinion, demand, f"{check.draw.get_purpose_display()}：{check.draw.title}",
        title=check.title, word="责令整改", watcher=_legal_post(account) if legal else watcher_of(account, check.org_id),
    )  # fmt: skip
    check.order = open_correction(account, asked, f"check:{check.pk}")
    check.save(update_fields=["order"])
    return check.order


def _check(account: Account, draw_id: int, place: int) -> Check:
    rows = Check.objects.select_for_update(of=("self",)).select_related("draw")
    check = rows.filter(draw_id=draw_id, place=place, draw__in=draws_of(account)).first()
    if check is None:
        raise Refused("not_found", "没有这件抽查，或者您无权查看。")
    if not may_check(account, check):
        raise Refused("not_permitted", "这个单位的抽查不由您检查。")
    return check


def may_check(account: Account, check: Check) -> bool:
    """Whether the account checks a case drawn: it could draw there, and announced it or is not of the unit looked into."""
    where = reach(account, check.draw.purpose)
    if where is None or not where.admits(check.org_id):
        return False
    return check.draw.opened_by_id == account.pk or outside(account, check.org_id)


def _legal_post(account: Account) -> str:
    held = scopes(account).posts
    return str(
        Post.objects.filter(code__in=held, role="legal").order_by("code").values_list("code", flat=True)[0]
    )


def proof(row: Draw) -> dict[str, Any]:
    """Everything somebody outside needs to draw again and compare; the seed only once it is drawn. No names."""
    said: dict[str, Any] = {
        "draw": row.pk, "title": row.title, "method": "sha256(sha256(seed||root)||number), smallest first",
        "announced_at": row.opened_at.astimezone(CHINA).isoformat(), "numbers": row.population,
        "numbers_sha256": row.population_sha256, "wanted": row.wanted, "seed_sha256": row.commitment,
        "ledger": {"event": row.register_seq, "announced_sha256": announced_digest(row)},
    }  # fmt: skip
    if row.drawn_at is not None:
        said |= {
            "seed": row.seed, "root": row.beacon, "tree_size": row.beacon_size, "drawn": row.result,
            "drawn_at": row.drawn_at.astimezone(CHINA).isoformat(),
        }  # fmt: skip
    return said


def announced_digest(row: Draw) -> str:
    """SHA-256 of what a draw announced, as hex."""
    said = {
        "purpose": row.purpose, "title": row.title, "asked": row.asked, "org": row.org_id or 0,
        "numbers": drawing.population_digest(row.population), "wanted": row.wanted, "commitment": row.commitment,
        "by": row.opened_by_id,
    }  # fmt: skip
    return digest(canonical(said), "sha256").hex()


def result_digest(row: Draw) -> str:
    """SHA-256 of what a draw came to, as hex."""
    said = {"seed": row.seed, "root": row.beacon, "tree_size": row.beacon_size, "drawn": row.result}
    return digest(canonical(said), "sha256").hex()


def check_digest(check: Check) -> str:
    """SHA-256 of what was found in a case drawn, as hex."""
    said = {
        "draw": check.draw_id, "number": check.number, "verdict": check.verdict, "opinion": check.opinion,
        "by": check.checked_by_id,
    }  # fmt: skip
    return digest(canonical(said), "sha256").hex()


def _anchor(table: str, key: int, sha256: str) -> tuple[int, int]:
    case = register_case()
    data = {"records": [{"table": table, "key": str(key), "sha256": sha256}]}
    outcome = perform(SYSTEM, case, "anchor", command_id=uuid4(), data=data, channel="system")
    return case, outcome.seq
