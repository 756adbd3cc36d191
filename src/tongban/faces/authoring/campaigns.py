"""Clean-up campaigns (清理规范): opened over departments, each matter confirmed, changed or to be cancelled, then closed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from tongban.faces.authoring import services
from tongban.faces.authoring.models import Campaign, CampaignItem, Manuscript
from tongban.registry.authority import require
from tongban.registry.errors import RegistryRefused
from tongban.registry.grants import scopes_for
from tongban.registry.models import Account, Organisation
from tongban.registry.models.permissions import Verb
from tongban.registry.queries import published_offerings
from tongban.registry.services.matters import cancel_matter

Verdict = CampaignItem.Verdict


@transaction.atomic
def open_campaign(
    actor: Account, *, title: str, basis: str, starts: date, ends: date, organisations: Iterable[Organisation]
) -> Campaign:
    """Open a campaign over every matter in force of some departments.

    Raises RegistryRefused ``not_permitted`` (needs ``review_matter`` there), ``campaign_incomplete``, ``campaign_empty``.
    """
    units = list(organisations)
    if not title.strip() or not basis.strip() or ends < starts or not units:
        raise RegistryRefused(
            "campaign_incomplete", "写明名称、依据、起止日期（截止不早于开始），至少选一个单位。"
        )
    for unit in units:
        require(actor, Verb.REVIEW_MATTER, unit.pk)
    campaign = Campaign.objects.create(
        title=title.strip()[:100], basis=basis.strip(), starts=starts, ends=ends, opened_by=actor
    )
    versions = published_offerings(org_ids=[u.pk for u in units])
    made = CampaignItem.objects.bulk_create(
        CampaignItem(campaign=campaign, version=v, organisation_id=v.offering.organisation_id)
        for v in versions
    )
    if not made:
        raise RegistryRefused("campaign_empty", "这些单位没有现行的事项，没有什么可清理的。")
    return campaign


@transaction.atomic
def judge(actor: Account, item: CampaignItem, *, verdict: str, reason: str = "") -> CampaignItem:
    """The department says what becomes of a matter; changing it begins a manuscript.

    Raises ``not_permitted`` (needs ``draft_matter``), ``campaign_closed``, ``verdict_unknown``, ``reason_missing``.
    """
    held = _held(item)
    version = held.version
    require(actor, Verb.DRAFT_MATTER, held.organisation_id, version.offering.matter_id)
    if verdict not in (Verdict.CONFIRM, Verdict.CHANGE, Verdict.CANCEL):
        raise RegistryRefused("verdict_unknown", "请选保留、调整或取消。")
    if verdict != Verdict.CONFIRM and not reason.strip():
        raise RegistryRefused("reason_missing", "调整或取消要写明依据。")
    if verdict == Verdict.CHANGE:
        held.manuscript = services.begin_revision(
            actor, version, cause=Manuscript.Cause.CAMPAIGN, note=reason
        )
    held.verdict, held.reason, held.by, held.at = verdict, reason.strip(), actor, timezone.now()
    held.save()
    return held


@transaction.atomic
def carry_out_cancelling(actor: Account, item: CampaignItem) -> CampaignItem:
    """Cancel the matter that the department wants cancelled. Not by the same person (``own_draft``); raises as `cancel_matter`."""
    held = _held(item)
    if held.verdict != Verdict.CANCEL:
        raise RegistryRefused("verdict_unknown", "编制单位没有提出取消这个事项。")
    if held.by_id == actor.pk:
        raise RegistryRefused("own_draft", "提出取消的人不能自己执行，请由另一名人员办理。")
    cancel_matter(actor, held.version.offering.matter, reason=f"{held.campaign.title}：{held.reason}")
    return held


@transaction.atomic
def close_campaign(actor: Account, campaign: Campaign) -> Campaign:
    """End a campaign. Raises ``not_permitted``, ``campaign_closed``, ``campaign_unfinished`` (before its last day)."""
    held = Campaign.objects.select_for_update().get(pk=campaign.pk)
    for org in held.items.values_list("organisation_id", flat=True).distinct():
        require(actor, Verb.REVIEW_MATTER, org)
    if held.closed_at is not None:
        raise RegistryRefused("campaign_closed", "这次清理已经结束。")
    if held.items.filter(verdict=Verdict.OPEN).exists() and timezone.localdate() <= held.ends:
        raise RegistryRefused("campaign_unfinished", "还有事项没有清理，截止日期以前不能结束。")
    held.closed_at = timezone.now()
    held.save(update_fields=["closed_at"])
    return held


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one department is."""

    organisation: int
    total: int
    confirmed: int
    changed: int
    cancelled: int

    @property
    def done(self) -> int:
        return self.confirmed + self.changed + self.cancelled

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total


def progress(campaign: Campaign) -> list[Progress]:
    """Department by department, those furthest behind first."""
    rows = campaign.items.values("organisation_id").annotate(
        total=Count("pk"),
        confirmed=Count("pk", filter=Q(verdict=Verdict.CONFIRM)),
        changed=Count("pk", filter=Q(verdict=Verdict.CHANGE)),
        cancelled=Count("pk", filter=Q(verdict=Verdict.CANCEL)),
    )
    found = [
        Progress(r["organisation_id"], r["total"], r["confirmed"], r["changed"], r["cancelled"]) for r in rows
    ]
    return sorted(found, key=lambda p: (p.percent, p.organisation))


def items_of(campaign: Campaign, account: Account) -> QuerySet[CampaignItem]:
    """The matters of a campaign that the account has to do with."""
    held = scopes_for(account).of_any(Verb.DRAFT_MATTER, Verb.REVIEW_MATTER, Verb.PUBLISH_MATTER)
    seen = held.q(org="organisation_id", matter="version__offering__matter_id", secrecy=None)
    return campaign.items.filter(seen).select_related(
        "version__offering__matter", "organisation", "by", "manuscript__version", "campaign"
    )


def _held(item: CampaignItem) -> CampaignItem:
    held = (
        CampaignItem.objects.select_for_update(of=("self",))
        .select_related("campaign", "version__offering__matter", "version__offering__organisation")
        .get(pk=item.pk)
    )
    if held.campaign.closed_at is not None:
        raise RegistryRefused("campaign_closed", "这次清理已经结束。")
    return held
