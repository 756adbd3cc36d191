"""Who gets in where: the declared access of every route. A route that is not here fails the matrix.

`get` and `post` name the roles that get in; None: the method is not served at all. Everybody else is turned away. What a
role sees once it is in (rows, personal values) is not said here but held by the row invariants of the matrix.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

RESIDENTS = frozenset({"owner", "stranger"})
UNIT = frozenset({"clerk", "reviewer", "section_head", "leader", "chief"})  # of the case's own unit, working
STAFF = UNIT | {
    "neighbour", "other_clerk", "supervisor", "monitor", "publisher", "system_admin", "security_admin", "audit_admin", "legal",
}  # fmt: skip
SIGNED_IN = STAFF | RESIDENTS
EVERYBODY = SIGNED_IN | {"anonymous"}
NOBODY: frozenset[str] = frozenset()
OWNER = frozenset({"owner"})
WORKERS = UNIT | {"neighbour"}  # to whom the case is work: files, personal values
HANDLERS = frozenset({"clerk", "reviewer", "section_head"})  # of the case's own unit, with the verb handle
SEE = WORKERS | {"supervisor", "monitor"}  # staff who see the case
VIEWERS = STAFF - {"system_admin", "security_admin", "audit_admin"}  # with the verb view somewhere
OBSERVERS = UNIT | {"supervisor", "monitor"}  # with the verb view on everything of the unit
TAKERS = frozenset({"clerk", "other_clerk"})  # with the verb accept in a unit that the hall serves
DRAWING = frozenset({"supervisor", "monitor", "legal"})  # who draws cases to look into
EXPORTERS = frozenset({"chief", "monitor"})
WORKING = HANDLERS | {"neighbour", "other_clerk", "legal"}  # with the verb handle in a unit of theirs
OVERSEEN = UNIT | {"supervisor", "monitor"}  # who sees what the unit keeps, and has no part in it by a task
AUTHOR = frozenset({"section_head"})  # who drafts matters of the unit
LEGAL, PUBLISHER = frozenset({"legal"}), frozenset({"publisher"})
ADMINISTRATOR = frozenset({"system_admin"})
LEDGER = frozenset({"monitor", "audit_admin"})  # who may dispose of what is kept
EDITORS = AUTHOR | LEGAL | PUBLISHER
REPORTING = UNIT | {"supervisor", "monitor", "system_admin"}  # who sees what the unit's system reports


@dataclass(frozen=True)
class Door:
    """One route. `args` fill the address from the scene, `body` is a harmless POST (its values may be callables on it).

    `library`: pages of allauth, which decide for themselves; here they only have to stand and to tell nothing.
    """

    get: frozenset[str] | None
    post: frozenset[str] | None = None
    args: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | str = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    json: bool = False
    address: str = ""
    library: bool = False
    unready: bool = False  # may say 503: there is no worker here


LIBRARY = Door(EVERYBODY, EVERYBODY, library=True)
COMMAND = {"Idempotency-Key": "6c1d4b0e-3f64-4d54-9c1e-2c9f6a3f0001"}
CASE = {"number": "number"}
CLIENT = {"client_id": "report_client"}
MANUSCRIPT = {"manuscript_id": "manuscript"}
REPORT = {"report_id": "report"}
CAMPAIGN = {"campaign_id": "campaign"}
BULLETIN = {"bulletin_id": "bulletin"}
OFFICE = frozenset({"monitor"})  # supervises all units
DRAFT = {"code": "implementation", "draft": "draft", "step": "step", "key": "material", "file": "draft_file"}

DOORS: dict[str, Door] = {
    "healthz": Door(EVERYBODY),
    "readyz": Door(EVERYBODY, unready=True),
    "metrics": Door(EVERYBODY),  # from this machine, as here, or with the token
    # -- accounts: allauth's own
    "account/login/": LIBRARY,
    "account/logout/": LIBRARY,
    "account/inactive/": LIBRARY,
    "account/signup/": LIBRARY,
    "account/reauthenticate/": LIBRARY,
    "account/email/": LIBRARY,
    "account/confirm-email/": LIBRARY,
    "account/password/change/": LIBRARY,
    "account/password/set/": LIBRARY,
    "account/password/reset/": LIBRARY,
    "account/login/code/confirm/": LIBRARY,
    r"account/^confirm-email/(?P<key>[-:\w]+)/$": Door(
        EVERYBODY, EVERYBODY, address="/account/confirm-email/abc/", library=True
    ),
    "account/password/reset/key/done/": LIBRARY,
    r"account/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": Door(
        EVERYBODY, EVERYBODY, address="/account/password/reset/key/1-abc/", library=True
    ),
    "account/password/reset/done/": LIBRARY,
    "account/2fa/": LIBRARY,
    "account/2fa/authenticate/": LIBRARY,
    "account/2fa/reauthenticate/": LIBRARY,
    "account/2fa/totp/activate/": LIBRARY,
    "account/2fa/totp/deactivate/": LIBRARY,
    "account/2fa/recovery-codes/": LIBRARY,
    "account/2fa/recovery-codes/generate/": LIBRARY,
    "account/2fa/recovery-codes/download/": LIBRARY,
    "account/2fa/webauthn/": LIBRARY,
    "account/2fa/webauthn/add/": LIBRARY,
    "account/2fa/webauthn/reauthenticate/": LIBRARY,
    "account/2fa/webauthn/keys/<int:pk>/remove/": Door(
        EVERYBODY, EVERYBODY, args={"pk": "one"}, library=True
    ),
    "account/2fa/webauthn/keys/<int:pk>/edit/": Door(EVERYBODY, EVERYBODY, args={"pk": "one"}, library=True),
    "account/2fa/webauthn/login/": LIBRARY,
    # -- the API
    "api/v1/": Door(NOBODY, NOBODY),
    "api/v1/openapi.json": Door(EVERYBODY, EVERYBODY),  # a plain view, whatever the method
    "api/v1/cases": Door(SIGNED_IN, SIGNED_IN, body={"offering": "none"}, headers=COMMAND, json=True),
    "api/v1/cases/<number>": Door(SEE | OWNER, args=CASE),
    "api/v1/cases/<number>/events": Door(SEE | OWNER, args=CASE),
    "api/v1/cases/<number>/allowed": Door(SEE | OWNER, args=CASE),
    "api/v1/cases/<number>/commands": Door(
        None, SEE | OWNER, args=CASE, body={"type": "dance"}, headers=COMMAND, json=True
    ),
    # -- departments' systems: by signature, which nobody here has
    "api/v1/reports": Door(None, NOBODY, body={"objects": []}, json=True),
    "api/v1/reports/objects": Door(NOBODY),
    "api/v1/reports/reconciliation": Door(NOBODY, NOBODY, json=True),
    # -- the kit
    "ui/": Door(EVERYBODY),
    "ui/switch/elder/": Door(EVERYBODY),
    "ui/switch/language/": Door(EVERYBODY),
    "ui/state/<slug:state>/": Door(NOBODY, args={"state": "word"}),
    "ui/<slug:page>/": Door(EVERYBODY, args={"page": "gallery"}),
    # -- the workbench
    "desk/": Door(STAFF),
    "desk/export/": Door(EXPORTERS),
    "desk/bulk/": Door(None, STAFF),
    "desk/done/": Door(STAFF),
    "desk/search/": Door(STAFF),
    "desk/leader/": Door(frozenset({"leader", "chief"})),  # who approves
    "desk/unit/": Door(STAFF),
    "desk/unit/list/": Door(STAFF),
    "desk/unit/export/": Door(EXPORTERS),
    "desk/coverage/zero/": Door(VIEWERS),
    "desk/coverage/depth/": Door(VIEWERS),
    "desk/counter/": Door(frozenset({"clerk", "other_clerk"})),
    "desk/counter/<str:code>/": Door(
        frozenset({"clerk"}), frozenset({"clerk"}), args={"code": "implementation"}
    ),
    "desk/identity/": Door(TAKERS, TAKERS, body={"q": "nobody-of-that-name"}),
    "desk/identity/<uuid:uid>/": Door(TAKERS, TAKERS, args={"uid": "resident"}),
    "desk/identity/<uuid:uid>/password/": Door(None, TAKERS, args={"uid": "resident"}),
    "desk/staff-accounts/": Door(ADMINISTRATOR, ADMINISTRATOR, body={"username": "nobody-of-that-name"}),
    "desk/helped/": Door(frozenset({"clerk", "other_clerk"})),
    "desk/receipts/<str:number>/": Door(SEE, args=CASE),
    "desk/matters/": Door(STAFF),
    "desk/matters/<int:version_id>/": Door(STAFF, args={"version_id": "version"}),
    # -- reports of departments' systems
    "desk/reporting/": Door(VIEWERS | {"system_admin"}),
    "desk/reporting/<int:client_id>/": Door(REPORTING, args=CLIENT),
    "desk/reporting/<int:client_id>/batches/": Door(REPORTING, args=CLIENT),
    "desk/reporting/<int:client_id>/days/": Door(REPORTING, args=CLIENT),
    "desk/reporting/<int:client_id>/days/<str:day>/<slug:kind>/": Door(
        REPORTING, args={**CLIENT, "day": "compared_day", "kind": "compared_type"}
    ),
    # -- authoring of matters
    "desk/matters/import/": Door(EDITORS, EDITORS),
    "desk/matters/import/template.xlsx": Door(EDITORS),
    "desk/matters/import/<uuid:import_id>/": Door(
        NOBODY, NOBODY, args={"import_id": "draft"}
    ),  # none in the scene
    "desk/matters/export/": Door(EDITORS),
    "desk/matters/drafts/": Door(EDITORS),
    "desk/matters/drafts/new/": Door(AUTHOR, AUTHOR),
    "desk/matters/drafts/<int:manuscript_id>/": Door(EDITORS, AUTHOR, args=MANUSCRIPT),
    "desk/matters/drafts/<int:manuscript_id>/save/": Door(None, AUTHOR, args=MANUSCRIPT),
    "desk/matters/drafts/<int:manuscript_id>/drop/": Door(AUTHOR, AUTHOR, args=MANUSCRIPT),
    "desk/matters/drafts/<int:manuscript_id>/flow/": Door(EDITORS, AUTHOR, args=MANUSCRIPT),
    "desk/matters/drafts/<int:manuscript_id>/flow/preview/": Door(None, EDITORS, args=MANUSCRIPT),
    "desk/matters/drafts/<int:manuscript_id>/flow.bpmn": Door(EDITORS, args=MANUSCRIPT),
    "desk/matters/drafts/<int:manuscript_id>/form/": Door(EDITORS, AUTHOR, args=MANUSCRIPT),
    "desk/matters/drafts/<int:manuscript_id>/form/preview/": Door(None, EDITORS, args=MANUSCRIPT),
    "desk/matters/drafts/<int:manuscript_id>/check/": Door(EDITORS, AUTHOR, args=MANUSCRIPT),
    "desk/matters/drafts/<int:manuscript_id>/review/": Door(
        EDITORS, EDITORS, args=MANUSCRIPT, body={"_do": "pass"}
    ),
    "desk/matters/<int:version_id>/revise/": Door(None, AUTHOR, args={"version_id": "version"}),
    "desk/matters/<int:version_id>/<slug:deed>/": Door(
        PUBLISHER, PUBLISHER, args={"version_id": "version", "deed": "deed"}
    ),
    "desk/matters/campaigns/": Door(EDITORS),
    "desk/matters/campaigns/new/": Door(LEGAL, LEGAL),
    "desk/matters/campaigns/<int:campaign_id>/": Door(EDITORS, args=CAMPAIGN),
    "desk/matters/campaigns/<int:campaign_id>/close/": Door(None, LEGAL, args=CAMPAIGN),
    "desk/matters/campaigns/<int:campaign_id>/items/<int:item_id>/": Door(
        None, EDITORS, args={**CAMPAIGN, "item_id": "campaign_item"}, body={"verdict": "none"}
    ),
    "desk/notices/": Door(ADMINISTRATOR, ADMINISTRATOR),
    "desk/notices/templates/": Door(ADMINISTRATOR),
    "desk/notices/templates/<str:event>/<slug:channel>/": Door(
        ADMINISTRATOR, ADMINISTRATOR, args={"event": "notice_event", "channel": "notice_channel"}
    ),
    "desk/ratings/": Door(STAFF),
    "desk/ratings/export/": Door(EXPORTERS),
    "desk/ratings/<int:rating_id>/": Door(
        frozenset({"supervisor", "monitor", "chief"}), args={"rating_id": "rating"}
    ),
    "desk/archive/": Door(STAFF),
    "desk/archive/<int:package_id>/": Door(
        NOBODY, args={"package_id": "one"}
    ),  # nothing is filed in the scene
    "desk/archive/forms/": Door(ADMINISTRATOR),
    "desk/archive/forms/<slug:key>/": Door(ADMINISTRATOR, ADMINISTRATOR, args={"key": "paper_form"}),
    "desk/archive/forms/<slug:key>/<int:no>.pdf": Door(
        ADMINISTRATOR, args={"key": "paper_form", "no": "one"}
    ),
    "desk/archive/offices/": Door(ADMINISTRATOR),
    "desk/archive/offices/<int:org_id>/": Door(ADMINISTRATOR, ADMINISTRATOR, args={"org_id": "office"}),
    "desk/archive/retention/": Door(ADMINISTRATOR | LEDGER, ADMINISTRATOR),
    "desk/archive/due/": Door(LEDGER),
    "desk/archive/due/<int:package_id>/": Door(
        NOBODY, NOBODY, args={"package_id": "one"}
    ),  # nothing is due in the scene
    "desk/messages/": Door(STAFF),
    "desk/account/": Door(STAFF),
    "desk/cases/<str:number>/": Door(SEE, args=CASE),
    "desk/cases/<str:number>/act/": Door(None, SEE, args=CASE),
    "desk/cases/<str:number>/draft/": Door(None, SEE, args=CASE),
    "desk/cases/<str:number>/materials/": Door(SEE, args=CASE),
    "desk/cases/<str:number>/materials/add/": Door(None, SEE, args=CASE),
    "desk/cases/<str:number>/files/<uuid:file_id>/": Door(WORKERS, args={**CASE, "file_id": "attachment"}),
    "desk/cases/<str:number>/flow/": Door(SEE, args=CASE),
    "desk/cases/<str:number>/flow.bpmn": Door(SEE, args=CASE),
    "desk/cases/<str:number>/trail/": Door(SEE, args=CASE),
    "desk/cases/<str:number>/proof/": Door(WORKERS | {"monitor"}, args=CASE),
    "desk/cases/<str:number>/watch/": Door(SEE, args=CASE),
    "desk/cases/<str:number>/related/": Door(SEE, args=CASE),
    "desk/cases/<str:number>/print/": Door(SEE, args=CASE),
    "desk/cases/<str:number>/papers/<int:seq>/": Door(SEE, args={**CASE, "seq": "paper"}),
    # -- disclosure
    "open/": Door(EVERYBODY),
    "open/info/<path:index>/": Door(EVERYBODY, args={"index": "index_number"}),
    "open/info/<path:index>/file/": Door(EVERYBODY, args={"index": "index_number"}),
    "open/info/<path:index>/annexes/<int:no>/": Door(EVERYBODY, args={"index": "index_number", "no": "one"}),
    "open/data/": Door(EVERYBODY),
    "open/data/records.jsonl": Door(EVERYBODY),
    "open/data/records.csv": Door(EVERYBODY),
    "open/data/schema.json": Door(EVERYBODY),
    "open/data/record.xsd": Door(EVERYBODY),
    "open/feed.atom": Door(EVERYBODY),
    "open/feed.rss": Door(EVERYBODY),
    "open/oai": Door(EVERYBODY, EVERYBODY, body={"verb": "Identify"}),
    "open/sitemap.xml": Door(EVERYBODY),
    "open/sitemap-columns.xml": Door(EVERYBODY),
    "open/sitemap-<int:no>.xml": Door(EVERYBODY, args={"no": "part"}),
    "open/columns/": Door(EVERYBODY),
    "open/columns/<slug:key>/": Door(EVERYBODY, args={"key": "column"}),
    "open/columns/<slug:key>/feed.atom": Door(EVERYBODY, args={"key": "column"}),
    "open/columns/<slug:key>/feed.rss": Door(EVERYBODY, args={"key": "column"}),
    "desk/disclosure/columns/": Door(VIEWERS),
    "desk/disclosure/provisions/": Door(VIEWERS),
    "desk/disclosure/provisions/<slug:kind>/<slug:about>/": Door(
        VIEWERS, OFFICE, args={"kind": "provision_kind", "about": "region"}, body={"deed": "drop"}
    ),
    "desk/disclosure/withheld/": Door(VIEWERS),
    "reading-point/": Door(EVERYBODY),
    "reading-point/find/": Door(EVERYBODY),
    "reading-point/info/<path:index>/": Door(EVERYBODY, args={"index": "index_number"}),
    "desk/disclosure/figures/": Door(VIEWERS),
    "desk/disclosure/figures/records/": Door(VIEWERS),
    "desk/disclosure/figures/export/": Door(EXPORTERS),
    "desk/disclosure/": Door(VIEWERS),
    "desk/disclosure/<uuid:uid>/": Door(OBSERVERS, OBSERVERS, args={"uid": "record"}),
    "desk/disclosure/<uuid:uid>/annexes/": Door(OBSERVERS, OBSERVERS, args={"uid": "record"}),
    "desk/disclosure/<uuid:uid>/annexes/<int:no>/": Door(OBSERVERS, args={"uid": "record", "no": "one"}),
    "desk/disclosure/<uuid:uid>/file/": Door(OBSERVERS, args={"uid": "record"}),
    "desk/disclosure/<uuid:uid>/links/": Door(OBSERVERS, OBSERVERS, args={"uid": "record"}),
    "desk/disclosure/import/": Door(WORKING, WORKING),
    "desk/disclosure/import/<uuid:batch_id>/": Door(HANDLERS, HANDLERS, args={"batch_id": "batch"}),
    "desk/disclosure/import/<uuid:batch_id>/<int:no>/": Door(
        HANDLERS, HANDLERS, args={"batch_id": "batch", "no": "one"}
    ),
    # -- payment orders
    "desk/fees/": Door(STAFF),
    "desk/fees/export/": Door(EXPORTERS),
    "desk/fees/<str:number>/": Door(SEE, SEE, args={"number": "order"}),
    "pay/notice/": Door(None, NOBODY),  # by the gateway's signature, and there is no gateway
    "pay/<uuid:token>/": Door(
        EVERYBODY, args={"token": "order_token"}
    ),  # who has the paper; names are masked
    # -- the lobby
    "desk/lobby/": Door(TAKERS),
    "desk/lobby/act/": Door(None, TAKERS, body={"do": "next"}),
    "desk/lobby/reception/": Door(TAKERS, TAKERS),
    "desk/lobby/tickets/<int:ticket_id>/": Door(TAKERS, args={"ticket_id": "ticket"}),
    "desk/lobby/figures/": Door(TAKERS | {"publisher", "monitor"}),
    "lobby/<slug:hall>/screen/": Door(EVERYBODY, args={"hall": "hall"}),
    "book/<str:code>/": Door(EVERYBODY, SIGNED_IN, args={"code": "implementation"}),
    "me/appointments/": Door(SIGNED_IN),
    "me/appointments/<uuid:appointment>/": Door(OWNER, OWNER, args={"appointment": "appointment"}),
    "kiosk/": Door(EVERYBODY),
    "kiosk/open/<str:token>/": Door(NOBODY, args={"token": "word"}),  # 404 without the signed word
    "kiosk/reset/": Door(EVERYBODY),
    "kiosk/find/": Door(EVERYBODY),
    "kiosk/guide/<str:code>/": Door(EVERYBODY, args={"code": "implementation"}),
    "kiosk/number/": Door(None, NOBODY),  # on a machine that is a kiosk, and none here is
    "kiosk/ticket/": Door(EVERYBODY),
    "kiosk/progress/": Door(EVERYBODY, EVERYBODY),
    # -- supervision
    "supervision/": Door(VIEWERS),
    "supervision/wall/": Door(frozenset({"supervisor", "monitor"})),
    "supervision/cases/": Door(STAFF),
    "supervision/cases/export/": Door(EXPORTERS),
    "supervision/units/export/": Door(EXPORTERS),
    "supervision/statistics/": Door(frozenset({"supervisor", "monitor"})),
    "supervision/statistics/cases/": Door(frozenset({"supervisor", "monitor"})),
    "supervision/statistics/export/": Door(frozenset({"monitor"})),
    "supervision/bulletins/": Door(STAFF, frozenset({"monitor"})),
    "supervision/bulletins/<int:bulletin_id>/": Door(OFFICE, args=BULLETIN),  # a draft; released, all staff
    "supervision/bulletins/<int:bulletin_id>/edit/": Door(OFFICE, OFFICE, args=BULLETIN),
    "supervision/bulletins/<int:bulletin_id>/recount/": Door(None, OFFICE, args=BULLETIN),
    "supervision/bulletins/<int:bulletin_id>/release/": Door(OFFICE, OFFICE, args=BULLETIN),
    "supervision/bulletins/<int:bulletin_id>/discard/": Door(OFFICE, OFFICE, args=BULLETIN),
    "supervision/bulletins/<int:bulletin_id>/bulletin.pdf": Door(OFFICE, args=BULLETIN),
    "supervision/bulletins/<int:bulletin_id>/bulletin.docx": Door(OFFICE, args=BULLETIN),
    "statistics/": Door(EVERYBODY),
    "statistics/data.json": Door(EVERYBODY),
    "statistics/data.csv": Door(EVERYBODY),
    "supervision/cards/": Door(STAFF),
    "supervision/cards/export/": Door(EXPORTERS),
    "supervision/cards/<int:card_id>/": Door(UNIT | {"supervisor", "monitor"}, args={"card_id": "card"}),
    "supervision/cards/<int:card_id>/act/": Door(
        None,
        UNIT | {"supervisor", "monitor"},
        args={"card_id": "card"},
        body={"deed": "appeal", "reason": ""},
    ),
    "supervision/orders/": Door(STAFF),
    "supervision/orders/export/": Door(EXPORTERS),
    "supervision/complaints/": Door(STAFF),
    "supervision/complaints/export/": Door(EXPORTERS),
    "supervision/complaints/<str:number>/order/": Door(
        NOBODY, NOBODY, args=CASE
    ),  # no complaint: tests/web/desk/test_orders_on_complaints.py
    "supervision/draws/": Door(DRAWING),
    "supervision/draws/export/": Door(EXPORTERS),
    "supervision/draws/new/": Door(NOBODY, NOBODY),  # without a purpose
    "supervision/draws/public/": Door(EVERYBODY),
    "supervision/draws/<int:draw_id>/": Door(frozenset({"monitor"}), args={"draw_id": "draw"}),
    "supervision/draws/<int:draw_id>/proof.json": Door(EVERYBODY, args={"draw_id": "draw"}),
    "supervision/draws/<int:draw_id>/checks/<int:place>/": Door(
        None, NOBODY, args={"draw_id": "draw", "place": "one"}
    ),  # nothing is drawn yet
    "supervision/recusals/": Door(STAFF, STAFF),
    "supervision/recusals/<int:relation_id>/": Door(
        None,
        frozenset({"reviewer", "leader", "chief", "supervisor", "monitor"}),
        args={"relation_id": "relation"},
        body={"deed": "grant"},
    ),
    "supervision/discretion/": Door(STAFF),
    "supervision/discretion/<int:version_id>/": Door(
        NOBODY, args={"version_id": "version"}
    ),  # no matter of the scene has a benchmark
    "supervision/rules/": Door(STAFF),
    "supervision/rules/<str:rule_id>/": Door(
        STAFF, frozenset({"monitor"}), args={"rule_id": "rule"}, body="revision"
    ),
    "supervision/trials/": Door(OFFICE, OFFICE),
    "supervision/trials/<int:trial_id>/": Door(frozenset({"monitor"}), args={"trial_id": "trial"}),
    # -- the hall
    "": Door(EVERYBODY),
    "search/": Door(EVERYBODY),
    "search/suggest/": Door(EVERYBODY),
    "events/<str:name>/": Door(EVERYBODY, args={"name": "event"}),
    "sitemap.xml": Door(EVERYBODY),
    "ask/": Door(EVERYBODY, EVERYBODY),
    # -- requests for information and annual reports
    "inquiry/": Door(EVERYBODY),
    "inquiry/apply/": Door(EVERYBODY, EVERYBODY),
    "inquiry/reports/": Door(EVERYBODY),
    "inquiry/reports/<int:report_id>/": Door(EVERYBODY, args=REPORT),
    "inquiry/reports/<int:report_id>/<str:ending>/": Door(
        EVERYBODY, args={**REPORT, "ending": "report_ending"}
    ),
    "inquiry/<str:number>/": Door(EVERYBODY, args={"number": "inquiry_public"}),
    "desk/inquiries/": Door(STAFF),
    "desk/inquiries/export/": Door(EXPORTERS),
    "desk/inquiries/enter/": Door(frozenset({"clerk"}), frozenset({"clerk"})),
    "desk/inquiries/disputes/": Door(STAFF, WORKING),
    "desk/inquiries/reports/": Door(STAFF, WORKING),
    "desk/inquiries/reports/<int:report_id>/": Door(OVERSEEN, OVERSEEN, args=REPORT),
    "desk/inquiries/reports/<int:report_id>/cells/<str:row>/<slug:column>/": Door(
        OVERSEEN, args={**REPORT, "row": "report_row", "column": "report_column"}
    ),
    "desk/inquiries/reports/<int:report_id>/<str:ending>/": Door(
        OVERSEEN, args={**REPORT, "ending": "report_ending"}
    ),
    "desk/inquiries/<str:number>/": Door(OVERSEEN, OVERSEEN, args={"number": "inquiry"}),
    "ask/read/": Door(EVERYBODY, EVERYBODY),
    "ask/<str:number>/": Door(OWNER, OWNER, args={"number": "consultation"}),
    "answers/": Door(EVERYBODY),
    "answers/<str:number>/": Door(EVERYBODY, args={"number": "answered"}),
    "desk/answers/": Door(STAFF),
    "desk/answers/<str:number>/": Door(HANDLERS, HANDLERS, args={"number": "answered"}),
    "depth/": Door(EVERYBODY),
    "guides/": Door(EVERYBODY),
    "guides/<str:code>/": Door(EVERYBODY, args={"code": "implementation"}),
    "guides/<str:code>/guide.pdf": Door(EVERYBODY, args={"code": "implementation"}),
    "guides/<str:code>/flow.bpmn": Door(EVERYBODY, args={"code": "implementation"}),
    "apply/<str:code>/": Door(EVERYBODY, EVERYBODY, args={"code": "implementation"}),
    "apply/<str:code>/<uuid:draft>/<int:step>/": Door(OWNER, OWNER, args=DRAFT),
    "apply/<str:code>/<uuid:draft>/<int:step>/save/": Door(None, OWNER, args=DRAFT),
    "apply/<str:code>/<uuid:draft>/material/<str:key>/": Door(None, OWNER, args=DRAFT),
    "apply/<str:code>/<uuid:draft>/files/<uuid:file>/": Door(OWNER, args=DRAFT),
    "apply/<str:code>/<uuid:draft>/files/<uuid:file>/remove/": Door(OWNER, OWNER, args=DRAFT),
    "apply/<str:code>/<uuid:draft>/remove/": Door(OWNER, OWNER, args=DRAFT),
    "apply/<str:code>/<uuid:draft>/restore/": Door(None, OWNER, args=DRAFT),
    "track/": Door(EVERYBODY, EVERYBODY),
    "track/<str:number>/": Door(OWNER, args=CASE),
    "track/<str:number>/receipt/": Door(OWNER, args=CASE),
    "track/<str:number>/result/": Door(OWNER, args={"number": "decided"}),
    "track/<str:number>/supply/": Door(None, OWNER, args={"number": "correcting"}),
    "track/<str:number>/files/<uuid:file>/": Door(OWNER, args={**CASE, "file": "attachment"}),
    "track/<str:number>/parties/": Door(OWNER, OWNER, args=CASE),
    r"^track/(?P<number>[A-Z0-9]+)/parties/(?P<kind>party|invitation)/(?P<ref>[0-9]{1,18})/end/$": Door(
        OWNER, OWNER, address="/track/{number}/parties/invitation/{invitation}/end/"
    ),
    r"^track/(?P<number>[A-Z0-9]+)/(?P<what>withdraw|urge|apply)/$": Door(
        OWNER, OWNER, address="/track/{number}/withdraw/"
    ),
    "complain/": Door(EVERYBODY, EVERYBODY),
    "rate/<str:token>/": Door(EVERYBODY, EVERYBODY, args={"token": "rate_token"}),
    "rate/<str:token>/<slug:step>/<int:no>/": Door(
        EVERYBODY, EVERYBODY, args={"token": "rate_token", "step": "rate_step", "no": "one"}
    ),
    "me/": Door(SIGNED_IN),
    "me/drafts/": Door(SIGNED_IN),
    "me/file/": Door(SIGNED_IN, SIGNED_IN),
    "me/file/<uuid:file>/": Door(NOBODY, args={"file": "attachment"}),  # nobody keeps anything in the scene
    "me/file/<uuid:file>/remove/": Door(NOBODY, NOBODY, args={"file": "attachment"}),
    "me/parties/": Door(SIGNED_IN),
    "me/parties/<int:invitation>/": Door(
        None, NOBODY, args={"invitation": "invitation"}
    ),  # somebody else is asked
    "me/messages/": Door(SIGNED_IN),
    "me/messages/read/": Door(None, SIGNED_IN),
    "me/notices/": Door(SIGNED_IN, SIGNED_IN),
    "me/profile/": Door(SIGNED_IN, SIGNED_IN),
    "track/<str:number>/papers/<int:seq>/": Door(OWNER, args={**CASE, "seq": "paper"}),
    "check/file/": Door(EVERYBODY, EVERYBODY),
    "check/p/<str:token>/": Door(
        NOBODY, args={"token": "word"}
    ),  # 404 to everybody without a document's code
    "check/": Door(EVERYBODY, EVERYBODY),
    "check/<str:number>/proof.json": Door(NOBODY, args=CASE),  # only after a check in the same browser
    "robots.txt": Door(EVERYBODY),
    "about/": Door(EVERYBODY),
    "about/<slug:name>/": Door(EVERYBODY, args={"name": "about"}),
}
