"""Reports of departments' systems (`/api/v1/reports`): signed batches in, an answer for each object out."""

import datetime as dt
from typing import Annotated, Any, Literal, NoReturn

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from ninja.security import APIKeyHeader
from pydantic import Field, SkipValidation

from tongban.platforms.reporting import clients, queries, services, signing
from tongban.platforms.reporting.models import Client
from tongban.platforms.reporting.objects import NAMES, AnyObject
from tongban.project.api.limits import let_in
from tongban.project.api.problems import READING, WRITING, ProblemOut

Text = Annotated[str, Field(max_length=200)]
Kind = Literal[
    "application", "pre_acceptance", "acceptance", "correction_notice", "correction_supplied", "step",
    "special_procedure_start", "special_procedure_end", "decision", "delivery",
]  # fmt: skip
State = Literal["accepted", "parked", "refused"]
JSON = "application/json; charset=utf-8"


class BySignature(APIKeyHeader):
    """A department's system: four headers, the last an HMAC-SHA256 with the client's secret (docs/reference/reporting.md)."""

    param_name = signing.KEY
    openapi_name = "Signature"

    def __call__(self, request: HttpRequest) -> Client:
        """The client that signed, within its rate.

        Raises Refused: signature_missing, signature_invalid, signature_stale, replayed; Problem "too_many_requests".
        """
        said = request.headers
        client = clients.recognised(
            said.get(signing.KEY, ""), said.get(signing.TIME, ""), said.get(signing.NONCE, ""),
            said.get(signing.SIGNATURE, ""), method=request.method or "", path=request.get_full_path(),
            body=request.body,
        )  # fmt: skip
        let_in(f"client:{client.pk}", settings.TONGBAN_REPORT_RATE)
        return client

    def authenticate(self, request: HttpRequest, key: str | None) -> NoReturn:
        """Not asked."""
        raise NotImplementedError


class BatchIn(Schema):
    """A batch. Each object is judged on its own: one that is not to the description spoils no other."""

    objects: Annotated[list[SkipValidation[AnyObject]], Field(min_length=1, max_length=services.MOST)]


class VerdictOut(Schema):
    """What became of one object. `code`, `message`, `mend`: why it waits or was refused, and how to mend it."""

    index: int
    key: str
    version: int
    status: State
    code: str
    message: str
    mend: str
    detail: dict[str, Any] | None
    number: str
    seq: int | None
    replayed: bool


class BatchOut(Schema):
    batch: int
    accepted: int
    parked: int
    refused: int
    replayed: int
    verdicts: list[VerdictOut]


class DayOut(Schema):
    """How many objects of a type are here for a day of occurrence, and the digest of them all."""

    type: str
    count: int
    parked: int
    digest: str


class ReconciliationOut(Schema):
    date: dt.date
    types: list[DayOut]


class ObjectOut(Schema):
    key: str
    version: int
    type: str
    status: str
    code: str
    message: str
    mend: str
    digest: str
    occurred_at: dt.datetime
    received_at: dt.datetime
    age_seconds: int


class ObjectPage(Schema):
    """`next` goes into `after` for the page that follows; null at the end."""

    items: list[ObjectOut]
    next: str | None


class HeldIn(Schema):
    """One object as the department holds it."""

    key: Annotated[str, Field(min_length=1, max_length=160, pattern=r"^[^\x00]+$")]
    version: Annotated[int, Field(ge=1, le=100_000)]
    digest: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class CompareIn(Schema):
    """Every object that the department holds for a day and type, or a part of them by key."""

    date: dt.date
    type: Kind
    objects: Annotated[list[HeldIn], Field(max_length=50_000)]


class DifferenceOut(Schema):
    key: str
    what: Literal["missing_here", "unknown_to_you", "version_differs", "content_differs", "refused_here"]
    here: int | None
    yours: int | None
    message: str


class CompareOut(Schema):
    same: int
    differences: list[DifferenceOut]


class ObjectFilter(Schema):
    """Which objects to list."""

    status: State | None = None
    type: Kind | None = None
    date: dt.date | None = None
    case: Annotated[str, Field(max_length=64)] = ""
    after: Annotated[str, Field(max_length=400)] = ""
    limit: Annotated[int, Field(ge=1, le=1000)] = 200


router = Router(auth=BySignature(), tags=["业务系统报送"])


@router.post("", response={200: BatchOut, WRITING: ProblemOut}, summary="报送一批对象")
def report_objects(request: HttpRequest, batch: BatchIn) -> HttpResponse:
    """报送至多 5,000 个对象；同一来源主键和版本重复报送，答复相同。先后颠倒的对象暂存，缺的补到后自动处理。"""
    taken = services.take_batch(_client(request), batch.objects)
    counts = {"accepted": 0, "parked": 0, "refused": 0, "replayed": 0}
    verdicts = []
    for i, v in enumerate(taken.verdicts):
        counts["replayed" if v.replayed else v.status] += 1
        verdicts.append(
            {
                "index": i, "key": v.key, "version": v.version, "status": v.status, "code": v.code,
                "message": v.message, "mend": queries.mend(v.code), "detail": v.detail, "number": v.number,
                "seq": v.seq, "replayed": v.replayed,
            }
        )  # fmt: skip
    # BatchOut, spelt at once: five thousand models, dumped and encoded one by one, cost as much as the steps they tell of
    told = orjson.dumps({"batch": taken.batch, **counts, "verdicts": verdicts}, default=str)
    return HttpResponse(told, content_type=JSON, headers={"Cache-Control": "private, no-store"})


@router.get("/objects", response={200: ObjectPage, READING: ProblemOut}, summary="查询已报送的对象")
def list_objects(request: HttpRequest, wanted: Query[ObjectFilter]) -> ObjectPage:
    """本客户端报送的对象，按来源主键；可只看待补、拒收的。"""
    rows, following = queries.objects_of(
        _client(request).pk, status=wanted.status, type_=wanted.type, day=wanted.date, case=wanted.case,
        after=wanted.after, limit=wanted.limit,
    )  # fmt: skip
    return ObjectPage(items=[ObjectOut(**row) for row in rows], next=following)


@router.get("/reconciliation", response={200: ReconciliationOut, READING: ProblemOut}, summary="每日对账")
def reconcile_day(
    request: HttpRequest, date: Annotated[dt.date, Query(description="发生日")]
) -> ReconciliationOut:
    """某日发生的对象，按类型的数量和摘要；摘要的算法见接口说明，两边算出的应当一致。"""
    found = {d.type: d for d in queries.day(_client(request).pk, date)}
    return ReconciliationOut(
        date=date,
        types=[
            DayOut(type=t, count=d.held, parked=d.parked, digest=d.digest)
            for t in NAMES
            for d in [found.get(t) or queries.nothing(t)]
        ],
    )


@router.post("/reconciliation", response={200: CompareOut, WRITING: ProblemOut}, summary="逐个比对")
def compare_day(request: HttpRequest, held: CompareIn) -> CompareOut:
    """把本方某日某类的对象逐个比对，列出不一致的。"""
    same, differences = services.compare_with(
        _client(request), held.date, held.type, {o.key: (o.version, o.digest) for o in held.objects}
    )
    return CompareOut(same=same, differences=[DifferenceOut(**d._asdict()) for d in differences])


def _client(request: HttpRequest) -> Client:
    client: Client = request.auth  # type: ignore[attr-defined]  # what BySignature gave
    return client
