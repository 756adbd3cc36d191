"""The addresses under `/api/v1`. Thin: find the case, call the service, tell the outcome."""

from typing import Annotated, Any, ClassVar, NoReturn
from uuid import UUID

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Header, NinjaAPI, Path, Query, Status
from ninja.errors import HttpError
from ninja.parser import Parser
from ninja.security import HttpBearer
from ninja.security.apikey import APIKeyCookie
from ninja.utils import check_csrf

from tongban.base.calendar import CHINA
from tongban.base.codes import CodeError, parse_citizen_id, parse_uscc
from tongban.engine import services
from tongban.engine.queries import timeline
from tongban.engine.services import Applicant, Handed, Outcome, kind_of
from tongban.faces.application import form_fields, judge, typed_of
from tongban.faces.hall.steps import NAME_CHECKED
from tongban.project.api import reading, reports, shapes
from tongban.project.api.credentials import account_of_token
from tongban.project.api.limits import let_in
from tongban.project.api.problems import (
    READING,
    WRITING,
    Problem,
    ProblemOut,
    tell_problems,
    tell_when_to_come_back,
)
from tongban.registry.access import record_access
from tongban.registry.identity import open_id_number
from tongban.registry.models import Account, OfferingVersion
from tongban.registry.queries import guide


class BySession(APIKeyCookie):
    """Who is signed in; a request that changes something carries the CSRF token."""

    param_name = "tb_session"

    def __call__(self, request: HttpRequest) -> Account | None:
        """The account, within its rate. Raises Problem "csrf_failed", "too_many_requests"."""
        account = request.user
        if not isinstance(account, Account):
            return None
        if check_csrf(request):
            raise Problem(403, "csrf_failed", "页面已过期，请刷新后再试。")
        return _within_rate(account)

    def authenticate(self, request: HttpRequest, key: str | None) -> NoReturn:
        """Not asked."""
        raise NotImplementedError


class ByToken(HttpBearer):
    """A program's access token. A wrong one is refused even where somebody is signed in."""

    def authenticate(self, request: HttpRequest, token: str) -> Account:
        """The account, within its rate. Raises Problem "token_invalid", "too_many_requests"."""
        account = account_of_token(token)
        if account is None:
            raise Problem(401, "token_invalid", "访问令牌无效、已过期或者已撤销。")
        return _within_rate(account)


class ExactParser(Parser):
    """JSON as the ledger can keep it: no NaN, no broken text, no bottomless nesting."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The body. Raises HttpError 400."""
        try:
            return orjson.loads(request.body)
        except orjson.JSONDecodeError as error:
            raise HttpError(400, "not JSON") from error


class Api(NinjaAPI):
    """What is told of a case is for one reader and is not kept on the way."""

    _described: ClassVar[dict[tuple[tuple[str, str], ...], Any]] = {}

    def get_openapi_operation_id(self, operation: Any) -> str:
        """The name of its function."""
        return str(operation.view_func.__name__)

    def get_openapi_schema(self, **how: Any) -> Any:
        """The description. It never changes while the program runs, and is too dear to make for every passer-by."""
        key = tuple(sorted((k, str(v)) for k, v in how.items()))
        if key not in self._described:
            described = super().get_openapi_schema(**how)
            for operations in described["paths"].values():
                for operation in operations.values():
                    tell_when_to_come_back(operation["responses"])
            self._described[key] = described
        return self._described[key]

    def create_response(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Any answer, refusals too."""
        response = super().create_response(request, *args, **kwargs)
        response["Cache-Control"] = "private, no-store"
        return response


api = Api(
    title="通办接口", version="1", docs_url=None, urls_namespace="api", auth=[ByToken(), BySession()],
    parser=ExactParser(), description="办件的查询、申请和办理。权限与页面相同；拒绝的代码见 docs/reference/api.md。",
)  # fmt: skip
tell_problems(api)
api.add_router("/reports", reports.router)

FILE_MISSING = "材料要随文件提交；接口不收文件，请在网上办事页面上传。"
NumberIn = Annotated[str, Path(description="办件编号", max_length=20)]
CommandId = Annotated[
    UUID, Header(alias="Idempotency-Key", description="操作编号：同号同内容只办理一次，可放心重试")
]
IfMatch = Annotated[
    str | None, Header(alias="If-Match", description="所依据的事件序号；之后有人处理过则拒绝（stale）", pattern=r'^"?[0-9]{1,9}"?$')
]  # fmt: skip
DryRun = Annotated[bool, Query(description="只试算，不办理")]


@api.get("/cases", response={200: shapes.CasePage, READING: ProblemOut}, summary="列出办件")
def list_cases(request: HttpRequest, wanted: Query[shapes.CaseFilter]) -> shapes.CasePage:
    """办件列表，新的在前；只含本账号有权查看的。"""
    return reading.page_of_cases(_actor(request), wanted)


@api.post(
    "/cases",
    response={200: shapes.OutcomeOut, 201: shapes.OutcomeOut, WRITING: ProblemOut},
    summary="申请、收件",
)
def open_case(
    request: HttpRequest, asked: shapes.OpenIn, command_id: CommandId, *, dry_run: DryRun = False
) -> Status[shapes.OutcomeOut]:
    """办事人为本人申请，工作人员代收。首次成功为 201；重复的操作编号和试算为 200。"""
    actor = _actor(request)
    shapes.storable(asked.model_dump(exclude={"occurred_at"}))
    version = guide(asked.offering)
    if version is None:
        raise Problem(422, "version_not_in_force", "没有这个事项，或者现在没有生效的版本。")
    resident = actor.kind == Account.Kind.RESIDENT
    if resident and any(m.status == "shared" for m in asked.materials):
        raise Problem(403, "not_permitted", "材料是否共享核验由机关认定，不能自己填写。")
    data = _judged(version, asked.form)
    applicant = _self(actor, asked) if resident else _applicant(asked)
    if resident and any(m.status == "supplied" for m in asked.materials):
        raise Problem(422, "file_missing", FILE_MISSING)
    outcome = services.open_case(
        actor,
        offering_version=version,
        data=data,
        applicant=applicant,
        materials=[Handed(m.key, m.status) for m in asked.materials],
        channel="web" if resident else "counter",
        command_id=command_id,
        occurred_at=asked.occurred_at and asked.occurred_at.astimezone(CHINA),
        reason=asked.reason,
        kind=_kind(version, asked.kind),
        dry_run=dry_run,
    )
    return Status(200 if outcome.replayed or dry_run else 201, _told(outcome, command_id, dry_run=dry_run))


@api.get("/cases/{number}", response={200: shapes.CaseOut, READING: ProblemOut}, summary="查看办件")
def show_case(request: HttpRequest, number: NumberIn, response: HttpResponse) -> shapes.CaseOut:
    """一个办件；ETag 是事件序号，可用作 If-Match。"""
    actor = _actor(request)
    case = reading.case_of(actor, number)
    response["ETag"] = f'"{case.seq}"'
    told = reading.told(actor, case)
    if actor.pk != case.applicant_id:
        masked = told.form is None or told.form.masked
        record_access(actor, "read", case.number, form=not masked)
    return told


@api.get("/cases/{number}/events", response={200: shapes.Events, READING: ProblemOut}, summary="全程留痕")
def list_events(request: HttpRequest, number: NumberIn) -> shapes.Events:
    """办件的全部事件，按序号。"""
    actor = _actor(request)
    entries = timeline(actor, reading.case_of(actor, number))
    return shapes.Events(
        items=[
            shapes.EventOut(
                seq=e.seq, type=e.type, words=e.words, occurred_at=e.occurred_at, recorded_at=e.recorded_at,
                actor=e.actor, channel=e.channel, late=e.late, payload=dict(e.payload),
            )
            for e in entries
        ]
    )  # fmt: skip


@api.get(
    "/cases/{number}/allowed", response={200: shapes.Actions, READING: ProblemOut}, summary="现在可以办什么"
)
def list_allowed(request: HttpRequest, number: NumberIn) -> shapes.Actions:
    """本账号现在可以对办件做的操作；不可以的说明原因。"""
    actor = _actor(request)
    case = reading.case_of(actor, number)
    return shapes.Actions(
        seq=case.seq,
        actions=[
            shapes.ActionOut(
                type=a.type, label=a.label, allowed=a.allowed, why=a.why, code=a.code, task=a.task, node=a.node,
                fields=[
                    shapes.FieldOut(
                        name=f.name, label=f.label, type=f.type, required=f.required, choices=list(f.choices),
                        help=f.help, when=list(f.when),
                    )
                    for f in a.fields
                ],
                outcomes=list(a.outcomes),
            )
            for a in services.allowed(actor, case)
        ],
    )  # fmt: skip


@api.post("/cases/{number}/commands", response={200: shapes.OutcomeOut, WRITING: ProblemOut}, summary="办理")
def command(
    request: HttpRequest, number: NumberIn, asked: shapes.CommandIn, command_id: CommandId,
    if_match: IfMatch = None, *, dry_run: DryRun = False,
) -> shapes.OutcomeOut:  # fmt: skip
    """对办件执行一个操作。"""
    actor = _actor(request)
    case = reading.case_of(actor, number)
    shapes.storable({"type": asked.type, "data": asked.data, "reason": asked.reason})
    data = dict(asked.data)
    given = data.get("materials")
    claims = isinstance(given, dict) and "supplied" in given.values()
    if asked.type == "supply" and claims and actor.kind == Account.Kind.RESIDENT:
        raise Problem(422, "file_missing", FILE_MISSING)
    if "form" in data:
        data["form"] = _judged(case.offering_version, data["form"])
    outcome = services.perform(
        actor,
        case.pk,
        asked.type,
        command_id=command_id,
        data=data,
        expected_seq=None if if_match is None else int(if_match.strip('"')),
        channel="web" if actor.kind == Account.Kind.RESIDENT else "desk",
        occurred_at=asked.occurred_at and asked.occurred_at.astimezone(CHINA),
        reason=asked.reason,
        dry_run=dry_run,
    )
    return _told(outcome, command_id, dry_run=dry_run)


def _actor(request: HttpRequest) -> Account:
    account: Account = request.auth  # type: ignore[attr-defined]  # what ByToken or BySession gave
    return account


def _within_rate(account: Account) -> Account:
    let_in(f"account:{account.pk}", settings.TONGBAN_API_RATE)
    return account


def _judged(version: OfferingVersion, form: Any) -> dict[str, Any]:
    """The form by the very rules of the pages. Raises Problem "form_invalid" naming each field."""
    if not isinstance(form, dict):
        raise Problem(422, "form_invalid", "表单应是一个对象。")
    known = {f["name"] for f in form_fields(version.content)}
    errors = {name: "表单没有这一项。" for name in form if name not in known}
    try:
        data, wrong = judge(version.content, typed_of(form))
    except (TypeError, AttributeError, ValueError) as error:  # an object where a text belongs
        raise Problem(422, "form_invalid", "表单的内容不合要求。") from error
    if errors | wrong:
        raise Problem(422, "form_invalid", "表单的内容不合要求。", {"fields": errors | wrong})
    return data


def _kind(version: OfferingVersion, said: str | None) -> str:
    """The kind that the matter's flow makes it; said otherwise only 依职权, where the office begins such cases itself."""
    kind = kind_of(version)
    by_office = said == "office" and version.content.get("initiated_by") == "office"
    if said is None or said == kind or by_office:
        return said or kind
    raise Problem(422, "kind_misfit", "办件类别由事项的流程决定，不必填写。", {"kind": kind})


def _self(actor: Account, asked: shapes.OpenIn) -> Applicant:
    if asked.applicant is not None:
        raise Problem(403, "not_permitted", "办事人只能为本人申请，不必填写申请人。")
    if actor.real_name_level < NAME_CHECKED:
        raise Problem(403, "real_name_needed", "提交申请前要先登记实名信息。")
    return Applicant(
        str(actor), id_type=actor.id_type, id_number=open_id_number(actor), phone=actor.phone, account=actor
    )


def _applicant(asked: shapes.OpenIn) -> Applicant:
    who = asked.applicant
    if who is None:
        raise Problem(422, "applicant_missing", "请填写申请人。")
    try:
        if who.id_type == "111":
            parse_citizen_id(who.id_number)
        elif who.id_type == "uscc":
            parse_uscc(who.id_number)
    except CodeError as error:
        raise Problem(422, "applicant_invalid", str(error), {"code": error.code}) from error
    return Applicant(who.name, who.kind, who.id_type, who.id_number, who.phone)


def _told(outcome: Outcome, command_id: UUID, *, dry_run: bool) -> shapes.OutcomeOut:
    return shapes.OutcomeOut(
        id=command_id, number=outcome.number, seq=outcome.seq, events=list(outcome.events),
        replayed=outcome.replayed, dry_run=dry_run, secret=outcome.secret or None,
    )  # fmt: skip
