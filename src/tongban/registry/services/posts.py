"""Bringing posts, their holders and their extra permissions in from a package."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction

from tongban.registry.actors import Actor, Installation
from tongban.registry.authority import require
from tongban.registry.changelog import change_line, record_change
from tongban.registry.errors import RegistryRefused
from tongban.registry.models import Account, Grant, Holding, Matter, Organisation, Post, RegistryChange
from tongban.registry.models.permissions import Verb
from tongban.registry.periods import period, spell
from tongban.registry.reports import Problem, Report
from tongban.registry.services.permissions import appoint, give_grant, load_role_grants, role_table

_DUTIES = ("responsible_leader", "administrator", "document_clerk")
_FIRST_DAY = date(2000, 1, 1)


@transaction.atomic
def import_posts(actor: Actor, package: Mapping[str, Any]) -> Report:
    """Bring posts in (docs/reference/organisation-package.md), and the default permissions of roles with them.

    Staff accounts are made for new user names, without a usable password. Needs ``administer`` over everything,
    or the installation.
    """
    require(actor, Verb.ADMINISTER, None)
    if package.get("schema") != 1:
        raise RegistryRefused("schema_unknown", "数据包版本不是 1，本系统不能读取。")
    load_role_grants(actor, starts=_FIRST_DAY)
    roles = frozenset(role_table()["roles"])
    organisations = {o.key: o for o in Organisation.objects.all()}
    report = Report()
    entries = list(package.get("posts", ()))
    new = _take_all_new(actor, entries, organisations)
    for entry in entries:
        code = str(entry.get("code", ""))
        if code in new:
            report.add("post", code, "created", _role_warning(entry, roles), new[code])
            continue
        try:
            with transaction.atomic():
                _import_post(actor, entry, organisations, roles, report)
        except RegistryRefused as refused:
            report.add(
                "post", code, "refused", [Problem("", refused.code, refused.message, "改正后重新导入")]
            )
        except (IntegrityError, KeyError, ValueError) as error:
            why = Problem("", "post.shape", f"岗位数据不完整或互相矛盾（{error}）", "对照说明补充后重新导入")
            report.add("post", code, "refused", [why])
    return report


def _take_all_new(
    actor: Actor, entries: list[Mapping[str, Any]], organisations: Mapping[str, Organisation]
) -> dict[str, int]:
    """Bring in at one stroke what is new and plain; answers post code → id. One bad entry, and each goes alone."""
    if not isinstance(actor, Installation):
        return {}
    stored = set(Post.objects.values_list("code", flat=True))
    plain = {
        entry["code"]: entry
        for entry in entries
        if entry.get("code") not in stored
        and entry.get("organisation") in organisations
        and not entry.get("grants")
    }
    try:
        with transaction.atomic():
            posts = Post.objects.bulk_create(
                Post(code=code, **_columns(entry, organisations[entry["organisation"]]))
                for code, entry in plain.items()
            )
            accounts = _accounts_for(plain.values())
            holdings = [
                Holding(post=post, account=accounts[line["username"]], valid=period(line))
                for post in posts
                for line in plain[post.code].get("holders", ())
            ]
            if any(holding.account.kind == Account.Kind.RESIDENT for holding in holdings):
                transaction.set_rollback(True)
                return {}
            Holding.objects.bulk_create(holdings)
            RegistryChange.objects.bulk_create(
                [
                    change_line(
                        actor,
                        "post.imported",
                        "post",
                        post.code,
                        after=_columns(plain[post.code], post.organisation),
                    )
                    for post in posts
                ]
                + [
                    change_line(
                        actor,
                        "holding.begun",
                        "post",
                        held.post.code,
                        after={
                            "account": held.account_id,
                            "name": str(held.account),
                            "period": spell(held.valid),
                        },
                        reason="导入",
                    )
                    for held in holdings
                ]
            )
            for post in posts:
                _take_duties(actor, plain[post.code], organisations[plain[post.code]["organisation"]], post)
    except (IntegrityError, KeyError, ValueError, AttributeError, TypeError):
        return {}
    return {post.code: post.pk for post in posts}


def _accounts_for(entries: Iterable[Mapping[str, Any]]) -> dict[str, Account]:
    named = {line["username"]: line["display_name"] for entry in entries for line in entry.get("holders", ())}
    accounts = {account.username: account for account in Account.objects.filter(username__in=named)}
    missing = [_staff(username, name) for username, name in named.items() if username not in accounts]
    return accounts | {account.username: account for account in Account.objects.bulk_create(missing)}


def _staff(username: str, name: str) -> Account:
    account = Account(username=username, display_name=name, kind=Account.Kind.STAFF, real_name_level=3)
    account.set_unusable_password()
    return account


def _columns(entry: Mapping[str, Any], organisation: Organisation) -> dict[str, Any]:
    return {
        "name": entry["name"],
        "organisation_id": organisation.pk,
        "role": entry["role"],
        "duties": entry.get("duties", ""),
        "headcount": entry.get("headcount", 1),
    }


def _role_warning(entry: Mapping[str, Any], roles: frozenset[str]) -> list[Problem]:
    if entry["role"] in roles:
        return []
    why, mend = f"角色 {entry['role']} 没有默认权限", "在角色权限表中登记，或为岗位单独授权"
    return [Problem("role", "post.unknown_role", why, mend, "warning")]


def _import_post(
    actor: Actor,
    entry: Mapping[str, Any],
    organisations: Mapping[str, Organisation],
    roles: frozenset[str],
    report: Report,
) -> None:
    code = entry["code"]
    if entry["organisation"] not in organisations:
        why = Problem(
            "organisation", "post.unknown_organisation", f"机构 {entry['organisation']} 不存在", "先导入机构"
        )
        report.add("post", code, "refused", [why])
        return
    organisation = organisations[entry["organisation"]]
    warnings = _role_warning(entry, roles)
    now = _columns(entry, organisation)
    old = Post.objects.filter(code=code).first()
    before = None if old is None else {name: getattr(old, name) for name in now}
    changed = before != now
    post = old
    if post is None or changed:
        post, _ = Post.objects.update_or_create(code=code, defaults=now)
        record_change(actor, "post.imported", "post", code, before=before, after=now)
    changed |= _take_duties(actor, entry, organisation, post)
    for line in entry.get("holders", ()):
        changed |= _take_holder(actor, line, post)
    for line in entry.get("grants", ()):
        changed |= _take_grant(actor, line, post, organisations)
    outcome = "created" if old is None else "updated" if changed else "unchanged"
    report.add("post", code, outcome, warnings, post.pk)  # type: ignore[arg-type]


def _take_duties(actor: Actor, entry: Mapping[str, Any], organisation: Organisation, post: Post) -> bool:
    changed = False
    for duty in entry.get("serves_as", ()):
        if duty not in _DUTIES:
            raise ValueError(f"serves_as: {duty}")
        before = getattr(organisation, f"{duty}_id")
        if before != post.pk:
            setattr(organisation, duty, post)
            organisation.save(update_fields=[duty])
            record_change(
                actor,
                f"organisation.{duty}_named",
                "organisation",
                organisation.key,
                before={duty: before},
                after={duty: post.pk, "code": post.code},
            )
            changed = True
    return changed


def _take_holder(actor: Actor, line: Mapping[str, Any], post: Post) -> bool:
    valid = period(line)
    account = Account.objects.filter(username=line["username"]).first()
    if account is None:
        account = _staff(line["username"], line["display_name"])
        account.save()
    held = Holding.objects.filter(post=post, account=account, valid__startswith=valid.lower).first()
    if held is None:
        appoint(actor, post, account, starts=valid.lower, ends=valid.upper, reason="导入")
        return True
    if held.valid == valid:
        return False
    before = spell(held.valid)
    held.valid = valid
    held.save(update_fields=["valid"])
    record_change(
        actor,
        "holding.period_imported",
        "post",
        post.code,
        before={"account": account.pk, "period": before},
        after={"account": account.pk, "period": spell(valid)},
    )
    return True


def _take_grant(
    actor: Actor, line: Mapping[str, Any], post: Post, organisations: Mapping[str, Organisation]
) -> bool:
    valid = period(line)
    where = line.get("organisation")
    matter = line.get("matter")
    wanted: dict[str, Any] = {
        "post": post,
        "verb": line["verb"],
        "reach": line.get("reach", "own"),
        "organisation": None if where is None else organisations[where],
        "subtree": bool(line.get("subtree", False)),
        "matter": None if matter is None else Matter.objects.filter(code=matter).first(),
        "secrecy_cap": int(line.get("secrecy_cap", 1)),
    }
    if matter is not None and wanted["matter"] is None:
        raise ValueError(f"事项 {matter} 不存在")
    if Grant.objects.filter(**wanted, valid=valid).exists():
        return False
    give_grant(actor, **wanted, starts=valid.lower, ends=valid.upper, reason="导入")
    return True
