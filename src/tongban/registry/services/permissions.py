"""Appointing people to posts and granting permissions; three administrators keep each other in check (三员分立)."""

import json
from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from typing import Any

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from tongban.registry.actors import Actor, account_of
from tongban.registry.authority import require
from tongban.registry.changelog import change_line, record_change
from tongban.registry.errors import RegistryRefused
from tongban.registry.models import (
    Account,
    Grant,
    Holding,
    Matter,
    Organisation,
    Post,
    RegistryChange,
)
from tongban.registry.models.organisations import ADMINISTRATOR_ROLES
from tongban.registry.models.permissions import Verb
from tongban.registry.periods import spell

#: Verbs of the three administrators; nobody may be given two of different ones through posts of other roles.
ADMINISTRATOR_VERBS = {
    Verb.ADMINISTER: "system_admin",
    Verb.PERMIT: "security_admin",
    Verb.AUDIT: "audit_admin",
}


@transaction.atomic
def appoint(
    actor: Actor, post: Post, holder: Account, *, starts: date, ends: date | None = None, reason: str = ""
) -> Holding:
    """Let an account hold a post during a period. Needs ``administer`` over the post's organisation.

    Raises ``not_permitted``, ``own_appointment``, ``not_staff``, ``post_abolished``, ``holding_overlaps``,
    ``administrators_apart``.
    """
    require(actor, Verb.ADMINISTER, post.organisation_id)
    if account_of(actor) == holder:
        raise RegistryRefused("own_appointment", "不能为自己任职，请由另一名系统管理员办理。")
    if holder.kind == Account.Kind.RESIDENT:
        raise RegistryRefused("not_staff", "办事人账号不能任职，请使用工作人员账号。")
    if post.abolished_on is not None and (ends is None or ends > post.abolished_on):
        raise RegistryRefused("post_abolished", f"岗位已于 {post.abolished_on} 撤销。")
    if ends is not None and ends <= starts:
        raise RegistryRefused("period_empty", "截止日期须晚于起始日期。")
    _refuse_joined_administration(post, holder, starts, ends)
    try:
        with transaction.atomic():
            holding = Holding.objects.create(post=post, account=holder, valid=DateRange(starts, ends))
    except IntegrityError as error:
        raise _why_not_held(error) from error
    record_change(
        actor,
        "holding.begun",
        "post",
        post.code,
        after={"account": holder.pk, "name": str(holder), "period": spell(holding.valid)},
        reason=reason,
    )
    return holding


@transaction.atomic
def end_holding(actor: Actor, holding: Holding, *, on: date, reason: str = "") -> Holding:
    """End a holding on a day (the day itself no longer counts). Raises ``not_permitted``, ``holding_period``."""
    require(actor, Verb.ADMINISTER, holding.post.organisation_id)
    held = Holding.objects.select_for_update().select_related("post").get(pk=holding.pk)
    if on <= held.valid.lower or (held.valid.upper is not None and held.valid.upper < on):
        raise RegistryRefused("holding_period", "离任日期须在任职期间之内。")
    before = spell(held.valid)
    held.valid = DateRange(held.valid.lower, on)
    held.save(update_fields=["valid"])
    record_change(
        actor,
        "holding.ended",
        "post",
        held.post.code,
        before={"account": held.account_id, "period": before},
        after={"account": held.account_id, "period": spell(held.valid)},
        reason=reason,
    )
    return held


@transaction.atomic
def give_grant(
    actor: Actor,
    *,
    verb: str,
    post: Post | None = None,
    role: str = "",
    reach: str = Grant.Reach.OWN,
    organisation: Organisation | None = None,
    subtree: bool = False,
    matter: Matter | None = None,
    secrecy_cap: int = 1,
    starts: date,
    ends: date | None = None,
    reason: str = "",
) -> Grant:
    """Grant a permission to a post or a role. Needs ``permit`` over everything the grant reaches.

    Raises ``not_permitted``, ``grant_shape``, ``own_grant`` (to a post one holds), ``administrators_apart``.
    """
    grant = Grant(
        post=post,
        role=role,
        verb=Verb(verb),
        matter=matter,
        reach=reach,
        organisation=organisation,
        subtree=subtree,
        secrecy_cap=secrecy_cap,
        valid=_during(starts, ends),
    )
    _refuse_unfit(actor, grant)
    grant.save(force_insert=True)
    record_change(actor, "grant.given", "grant", str(grant.pk), after=_spelt(grant), reason=reason)
    return grant


@transaction.atomic
def revoke_grant(actor: Actor, grant: Grant, *, on: date, reason: str) -> None:
    """End a grant on a day; one that has not begun by then is removed.

    Raises ``not_permitted``, ``reason_missing``.
    """
    held = (
        Grant.objects.select_for_update(of=("self",)).select_related("organisation", "post").get(pk=grant.pk)
    )
    top = held.organisation_id or (held.post.organisation_id if held.post and held.reach == "own" else None)
    require(actor, Verb.PERMIT, top)
    if not reason.strip():
        raise RegistryRefused("reason_missing", "请填写收回授权的原因。")
    before = _spelt(held)
    if on <= held.valid.lower:
        held.delete()
        record_change(actor, "grant.removed", "grant", str(grant.pk), before=before, reason=reason)
        return
    if held.valid.upper is not None and held.valid.upper <= on:
        return
    held.valid = DateRange(held.valid.lower, on)
    held.save(update_fields=["valid"])
    record_change(
        actor, "grant.revoked", "grant", str(held.pk), before=before, after=_spelt(held), reason=reason
    )


@transaction.atomic
def load_role_grants(actor: Actor, *, starts: date, table: Mapping[str, Any] | None = None) -> int:
    """Bring the default permissions of roles in (``data/role-grants.json``); answers how many were new.

    What is there already stays; nothing is revoked, since an installation may have decided otherwise.
    """
    roles = (table or role_table())["roles"]
    shape = ("role", "verb", "reach", "subtree", "secrecy_cap")
    there = set(Grant.objects.filter(role__in=roles, matter=None).values_list(*shape))
    given = []
    for role, entry in roles.items():
        for line in entry["grants"]:
            reach = Grant.Reach.EVERYTHING if line["where"] == "everything" else Grant.Reach.OWN
            wanted = (role, Verb(line["verb"]), reach, line["where"] == "subtree", line["cap"])
            if wanted in there:
                continue
            there.add(wanted)
            grant = Grant(**dict(zip(shape, wanted, strict=True)), valid=DateRange(starts, None))
            _refuse_unfit(actor, grant)
            given.append(grant)
    Grant.objects.bulk_create(given)
    RegistryChange.objects.bulk_create(
        change_line(actor, "grant.given", "grant", str(g.pk), after=_spelt(g), reason="角色默认权限")
        for g in given
    )
    return len(given)


def role_table() -> dict[str, Any]:
    """The default permissions of each role, as shipped."""
    text = files("tongban.registry").joinpath("data/role-grants.json").read_text(encoding="utf-8")
    table: dict[str, Any] = json.loads(text)
    return table


def _during(starts: date, ends: date | None) -> DateRange:
    if ends is not None and ends <= starts:
        raise RegistryRefused("period_empty", "截止日期须晚于起始日期。")
    return DateRange(starts, ends)


def _refuse_unfit(actor: Actor, grant: Grant) -> None:
    """Raise what speaks against a grant that is about to be given."""
    post, organisation = grant.post, grant.organisation
    if (post is None) == (not grant.role) or (grant.reach == Grant.Reach.ORGANISATION) != (
        organisation is not None
    ):
        raise RegistryRefused("grant_shape", "授权须给一个岗位或一个角色；指定单位时须写明单位。")
    everywhere = grant.reach == Grant.Reach.EVERYTHING or (post is None and grant.reach == Grant.Reach.OWN)
    top = None if everywhere else (organisation or (post.organisation if post else None))
    require(actor, Verb.PERMIT, None if top is None else top.pk)
    granter = account_of(actor)
    if granter is not None:
        own = Holding.objects.filter(account=granter, valid__overlap=grant.valid)
        if own.filter(post=post).exists() if post else own.filter(post__role=grant.role).exists():
            raise RegistryRefused("own_grant", "不能给自己所在的岗位或角色授权，请由另一名安全管理员办理。")
    verb, principal = Verb(grant.verb), post.role if post else grant.role
    if verb in ADMINISTRATOR_VERBS and principal != ADMINISTRATOR_VERBS[verb]:
        raise RegistryRefused(
            "administrators_apart",
            "系统管理、授权管理、安全审计三项权限只能分别授予系统管理员、安全管理员、审计管理员。",
        )


def _refuse_joined_administration(post: Post, holder: Account, starts: date, ends: date | None) -> None:
    if post.role not in ADMINISTRATOR_ROLES:
        return
    others = Holding.objects.filter(
        account=holder, valid__overlap=DateRange(starts, ends), post__role__in=ADMINISTRATOR_ROLES
    ).exclude(post__role=post.role)
    if others.exists():
        raise RegistryRefused(
            "administrators_apart", "系统管理员、安全管理员、审计管理员须由不同的人担任（三员分立）。"
        )


def _why_not_held(error: IntegrityError) -> RegistryRefused:
    if "administrators_apart" in str(error):
        return RegistryRefused(
            "administrators_apart", "系统管理员、安全管理员、审计管理员须由不同的人担任（三员分立）。"
        )
    return RegistryRefused("holding_overlaps", "该人员在这段时间内已担任此岗位。")


def _spelt(grant: Grant) -> dict[str, Any]:
    return {
        "post": grant.post_id,
        "role": grant.role,
        "verb": str(grant.verb),
        "matter": grant.matter_id,
        "reach": str(grant.reach),
        "organisation": grant.organisation_id,
        "subtree": grant.subtree,
        "secrecy_cap": int(grant.secrecy_cap),
        "period": spell(grant.valid),
    }
