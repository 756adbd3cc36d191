"""Taking a case in at the counter (窗口收件): for which matters, from whom, with which papers. Writes through the engine."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.base.files import FileRefused, ScannerUnavailable, clean_filename, store_upload
from tongban.base.models import StoredFile
from tongban.engine import figures
from tongban.engine.errors import Refused
from tongban.engine.models import Case
from tongban.engine.parties import Party
from tongban.engine.people import scopes
from tongban.engine.services import Applicant, Handed, Outcome, open_case
from tongban.engine.services import kind_of as kind_of_version
from tongban.faces.application import MaterialAsked, Typed, form_fields, materials_asked, read_form
from tongban.platforms.delivery import services as delivery
from tongban.registry.finding import search_guides
from tongban.registry.models import Account, OfferingVersion, Organisation
from tongban.registry.models.organisations import Level
from tongban.registry.queries import published_offerings

MOST = 30
MOST_SCANS = 40  # at once
FIRM = "法人或其他组织"
ID_TYPES = {
    "居民身份证": "111",
    "普通护照": "414",
    "护照": "414",
    "港澳居民来往内地通行证": "516",
    "台湾居民来往大陆通行证": "511",
    "外国人永久居留身份证": "553",
}
#: What most people at a counter are; the clerk changes what is otherwise.
USUAL = {"app_type": "自然人", "id_type": "居民身份证", "by_agent": "否"}
SALT = "tongban.desk.intake"


def matters_for(account: Account, text: str) -> list[OfferingVersion]:
    """Matters this account may take in: those that answer the words, else those most applied for."""
    reach = scopes(account).of("accept")
    ids = None
    if any(c.orgs is None for c in reach.clauses):
        versions = published_offerings()
    else:
        ids = sorted({org for c in reach.clauses for org in c.orgs or ()})
        versions = published_offerings(org_ids=ids)

    def fits(v: OfferingVersion) -> bool:
        return (
            reach.admits(v.offering.organisation_id, v.offering.matter_id)
            and v.content.get("initiated_by") != "office"
        )

    if text:
        coded = list(versions.filter(offering__implementation_code__istartswith=text)[:MOST])
        found = coded or [f.version for f in search_guides(text, MOST * 2, org_ids=ids)]
        named = sorted((v for v in found if fits(v)), key=lambda v: _unlike(v.name, text))
        return named[:MOST]
    rank = {
        pk: i for i, pk in enumerate(figures.most_applied(timezone.localdate() - timedelta(days=90), 200))
    }
    return sorted((v for v in versions if fits(v)), key=lambda v: rank.get(v.offering_id, 999))[:MOST]


def _unlike(name: str, text: str) -> int:
    """Whether a matter is called just so, begins so, or only answers the words: what was typed at a counter is most often a name."""
    return 0 if name == text else 1 if name.startswith(text) else 2


def version_for(account: Account, code: str) -> OfferingVersion | None:
    """The version in force of a matter that this account may take in."""
    version = published_offerings().filter(offering__implementation_code=code).first()
    if version is None or version.content.get("initiated_by") == "office":
        return None
    offering = version.offering
    return (
        version if scopes(account).of("accept").admits(offering.organisation_id, offering.matter_id) else None
    )


@dataclass(frozen=True, slots=True)
class Kept:
    """A scan that was taken in with a form that had to be shown again."""

    sha256: str
    name: str

    @property
    def token(self) -> str:
        """As a hidden field."""
        return signing.dumps([self.sha256, self.name], salt=SALT)


@dataclass(slots=True)
class Papers:
    """What the clerk ticked and scanned: material → supplied or later, and material → scan."""

    ticked: dict[str, str] = field(default_factory=dict)
    scans: dict[str, list[Kept]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Taken:
    """A form that came back: what was typed, what is wrong, which papers, how the result is to reach the applicant."""

    data: Mapping[str, Any]
    errors: Mapping[str, str]
    typed: Typed
    papers: Papers
    wish: delivery.Said = field(default_factory=delivery.Said)
    wish_errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def wrong(self) -> bool:
        return bool(self.errors or self.papers.errors or self.wish_errors)


def read(version: OfferingVersion, request: HttpRequest) -> Taken:
    """Read and judge the whole screen. Scans are stored at once, so that nothing has to be scanned again."""
    content = version.content
    asked = read_form(content, request.POST)
    papers = Papers()
    everything = request.POST.get("_all") == "1"
    wanted = materials_asked(content, asked.data, applicant_kind=kind_of(asked.data), channel="counter")
    for m in wanted:
        said = request.POST.get(f"_m_{m.key}", "")
        if said in ("supplied", "later"):
            papers.ticked[m.key] = said if said == "supplied" or m.later else ""
        elif everything and m.asked:
            papers.ticked[m.key] = "supplied"
        for token in request.POST.getlist(f"_k_{m.key}"):
            if (scan := _brought_back(token)) is not None:
                papers.scans.setdefault(m.key, []).append(scan)
            else:
                papers.errors[m.key] = _("扫描件已过期，请重新上传")
        for given in request.FILES.getlist(f"_f_{m.key}"):
            _store(papers, m.key, given)
    strange = []
    for given in request.FILES.getlist("_scans")[:MOST_SCANS]:
        if key := material_of(given.name or "", wanted):
            _store(papers, key, given)
        else:
            strange.append(clean_filename(given.name or ""))
    if strange:
        said = _("没认出这些文件是哪份材料，请改名后再选，或者附在材料下面：%(names)s")
        papers.errors[""] = said % {"names": "、".join(strange)}
    return Taken(asked.data, asked.errors, asked.typed, papers, *delivery.read(request.POST))


def material_of(filename: str, wanted: Sequence[MaterialAsked]) -> str:
    """Which material a scan is, by its name: the material's name or key in it, or its number in the list before it."""
    stem = filename.rsplit(".", maxsplit=1)[0].strip()
    for m in sorted(wanted, key=lambda m: -len(m.name)):
        if (
            m.name in stem
            or (len(m.key) >= 3 and stem.lower().startswith(m.key.lower()))
            or (len(stem) >= 3 and stem in m.name)
        ):
            return m.key
    digits = re.match(r"\d{1,2}(?!\d)", stem)
    place = int(digits[0]) if digits else 0
    return wanted[place - 1].key if 1 <= place <= len(wanted) else ""


def take_in(account: Account, version: OfferingVersion, taken: Taken, command_id: UUID) -> Outcome:
    """Open the case at the counter. Raises Refused."""
    handed = []
    for m in materials_asked(
        version.content, taken.data, applicant_kind=kind_of(taken.data), channel="counter"
    ):
        scans = taken.papers.scans.get(m.key, [])
        status = taken.papers.ticked.get(m.key)
        handed += [
            Handed(m.key, "supplied", StoredFile.objects.get(pk=scan.sha256), scan.name) for scan in scans
        ]
        if scans:
            continue
        if status == "later":
            handed.append(Handed(m.key, "later"))
        elif status:
            handed.append(Handed(m.key, "supplied"))
    who = applicant_of(taken.data)
    if not who.name:
        raise Refused("applicant_missing", _("请填写申请人的姓名或者单位名称。"))
    with transaction.atomic():
        outcome = open_case(
            account,
            offering_version=version,
            data=dict(taken.data),
            applicant=who,
            materials=handed,
            channel="counter",
            command_id=command_id,
            kind=kind_of_version(version),
            parties=[Party(account, "helper")] if helps(account, version) else (),
        )
        delivery.choose(outcome.case_id, taken.wish, taken.data)
    return outcome


def helps(account: Account, version: OfferingVersion) -> bool:
    """帮办代办: a clerk of a town or village takes a matter of another unit in; they follow it from then on."""
    own = scopes(account).org_ids
    if not own or version.offering.organisation_id in own:
        return False
    levels = (Level.TOWN, Level.VILLAGE)
    return not Organisation.objects.filter(pk__in=own).exclude(level__in=levels).exists()


def helped_cases(account: Account) -> QuerySet[Case]:
    """What the account took in for other units, the latest first."""
    rows = Case.objects.visible_to(account).filter(parties__account=account, parties__role="helper")
    return rows.select_related("offering_version").order_by("-opened_at")


def materials_for(version: OfferingVersion, data: Mapping[str, Any]) -> Sequence[MaterialAsked]:
    """The checklist: what is needed in this case first; conditional ones too, because the clerk sees the applicant."""
    rows = materials_asked(version.content, data, applicant_kind=kind_of(data), channel="counter")
    return sorted(rows, key=lambda m: (not m.asked, m.necessity == "optional"))


def applicant_of(data: Mapping[str, Any]) -> Applicant:
    """Who applies, from what the form of every matter asks alike."""

    def said(*names: str) -> str:
        return next((str(data[n]) for n in names if data.get(n)), "")

    phone = said("mobile", "phone")
    if kind_of(data) == "organisation":
        code = said("uscc")
        return Applicant(
            said("org_name", "company_name", "app_name"), "organisation", "uscc" if code else "", code, phone
        )
    number = said("id_no")
    return Applicant(
        said("app_name", "legal_name", "org_name"),
        "person",
        ID_TYPES.get(said("id_type"), "111") if number else "",
        number,
        phone,
    )


def kind_of(data: Mapping[str, Any]) -> str:
    """Person or organisation, by the answers."""
    firm = data.get("app_type") == FIRM or (
        "app_type" not in data and bool(data.get("org_name") or data.get("uscc"))
    )
    return "organisation" if firm else "person"


def usual(content: Mapping[str, Any]) -> dict[str, str | list[str]]:
    """What an empty form begins with."""
    known = {f["name"]: [str(o) for o in f.get("options") or ()] for f in form_fields(content)}
    return {name: value for name, value in USUAL.items() if value in known.get(name, ())}


def _brought_back(token: str) -> Kept | None:
    """The scan of an earlier showing of the form; None once it is let go of."""
    try:
        sha256, name = signing.loads(token, salt=SALT, max_age=24 * 3600)
    except signing.BadSignature:
        return None
    return Kept(sha256, name) if StoredFile.objects.filter(pk=sha256).exists() else None


def _store(papers: Papers, key: str, given: UploadedFile) -> None:  # type: ignore[type-arg]  # not generic at run time
    name = clean_filename(given.name or "")
    try:
        stored = store_upload(given, given.name or "")
    except FileRefused as refusal:
        wrong = refusal.message
    except ScannerUnavailable:
        wrong = _("病毒扫描暂时不可用，没有收下这份扫描件，请稍后再试")
    else:
        kept = Kept(stored.pk, name)
        if kept not in papers.scans.setdefault(key, []):
            papers.scans[key].append(kept)
        return
    papers.errors[key] = f"{papers.errors.get(key, '')} {name}：{wrong}".strip()  # of several, every one
