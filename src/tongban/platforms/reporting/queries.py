"""Reading what was reported: pages of objects, the day's counts and digests, and differences object by object."""

from collections.abc import Mapping
from datetime import date, datetime
from hashlib import sha256
from typing import Any, NamedTuple

from django.db import connection

from tongban.base.calendar import CHINA
from tongban.platforms.reporting.models import ReportedObject

#: How to mend what was refused, or what is waited for, by code. Everything else is the engine's, mended by its words.
MEND: Mapping[str, str] = {
    "object_invalid": "按接口说明改正所指的字段，用同一主键重报。",
    "version_reused": "内容有更正的，把数据版本号加一后重报；没有更正的，原样重报。",
    "version_older": "以最新版本为准，不必重报。",
    "type_changed": "用新的来源主键报送。",
    "not_mutable": "在业务系统依法撤销或者变更，报送由此产生的新办件。",
    "not_in_scope": "核对事项编码和客户端；确属本单位的，请平台管理员调整客户端的范围。",
    "matter_unknown": "核对事项编码；新事项须先在平台公布实施清单。",
    "version_not_in_force": "核对申办时间；当日没有公布的实施清单不能收件。",
    "step_unknown": "按已公布流程的环节代码或名称报送。",
    "step_not_open": "核对环节；重复办理的，先报送退回，或者用原主键的新版本更正。",
    "in_the_future": "校准业务系统的时钟后重报。",
    "already_open": "更正申办信息的，用原主键并提高数据版本号。",
    "not_exact": "小数和超大整数请用文字报送。",
    "waiting_for_number": "补报缺少的对象，到齐后自动处理。",
}
_WAITING = "补报所等的对象，到齐后自动处理。"


class Day(NamedTuple):
    """One type on one day."""

    type: str
    held: int
    parked: int
    digest: str


class Difference(NamedTuple):
    """One object on which the two sides differ; `here` and `yours` are versions."""

    key: str
    what: str
    here: int | None
    yours: int | None
    message: str


def mend(code: str) -> str:
    """How to mend what a code names; "" where nothing is wrong."""
    if not code or code == "amended":
        return ""
    return MEND.get(code) or (
        _WAITING if code.startswith("waiting_for_") else "按说明改正后，用同一主键提高数据版本号重报。"
    )


def day_digest(lines: Mapping[str, tuple[int, str]]) -> str:
    r"""The digest of a day and type: SHA-256 over `key version digest\\n` of each object, in byte order of the keys."""
    text = "".join(
        f"{key} {version} {digest}\n"
        for key, (version, digest) in sorted(lines.items(), key=lambda p: p[0].encode())
    )
    return sha256(text.encode()).hexdigest()


def nothing(type_: str) -> Day:
    """A type of which nothing happened that day."""
    return Day(type_, 0, 0, day_digest({}))


def day(client: int, on: date) -> list[Day]:
    """Counts and digests of what happened on a day, by type: of each key its newest version accepted or waiting."""
    with connection.cursor() as cursor:
        cursor.execute(_DAY, [client, on])
        return [Day(*row) for row in cursor.fetchall()]


def compare(
    client: int, on: date, type_: str, yours: Mapping[str, tuple[int, str]]
) -> tuple[int, list[Difference]]:
    """What a department holds against what is here: how many are the same, and each difference."""
    with connection.cursor() as cursor:
        cursor.execute(_HELD, [client, on, type_])
        here = {key: (version, digest) for key, version, digest in cursor.fetchall()}
        absent = [key for key in yours if key not in here and "\0" not in key]
        cursor.execute(_REFUSED, [client, absent])
        refused = dict(cursor.fetchall())
    same, found = 0, []
    for key, (version, digest) in sorted(yours.items()):
        mine = here.get(key)
        if mine is None and key in refused:
            found.append(Difference(key, "refused_here", None, version, f"被拒收：{refused[key]}"))
        elif mine is None:
            found.append(Difference(key, "missing_here", None, version, "这里没有，请补报。"))
        elif mine[0] != version:
            found.append(Difference(key, "version_differs", mine[0], version, f"这里是第 {mine[0]} 版。"))
        elif mine[1] != digest:
            found.append(
                Difference(
                    key, "content_differs", mine[0], version, "版本相同而内容不同，请核对后提高版本重报。"
                )
            )
        else:
            same += 1
    found += [
        Difference(key, "unknown_to_you", mine[0], None, "这里有，您没有列出。")
        for key, mine in sorted(here.items())
        if key not in yours
    ]
    return same, found


def objects_of(
    client: int, *, status: str | None = None, type_: str | None = None, day: date | None = None, case: str = "",
    after: str = "", limit: int = 200,
) -> tuple[list[dict[str, Any]], str | None]:  # fmt: skip
    """A page of a client's objects in order of their keys, and where the next begins."""
    rows = ReportedObject.objects.filter(client_id=client).order_by("key", "version")
    if status:
        rows = rows.filter(status=status)
    if type_:
        rows = rows.filter(type=type_)
    if day:
        rows = rows.filter(day=day)
    if case:
        rows = rows.filter(reported_case__key=case.replace("\0", ""))
    if after:
        rows = rows.filter(key__gt=after.replace("\0", ""))
    now = datetime.now(CHINA)
    page: list[dict[str, Any]] = [
        {
            "key": o.key, "version": o.version, "type": o.type, "status": o.status, "code": o.code, "message": o.message,
            "mend": mend(o.code), "digest": bytes(o.digest).hex(), "occurred_at": o.occurred_at,
            "received_at": o.received_at, "age_seconds": max(0, int((now - o.received_at).total_seconds())),
        }
        for o in rows.defer("content")[:limit]
    ]  # fmt: skip
    return page, str(page[-1]["key"]) if len(page) == limit else None


_NEWEST = """
SELECT DISTINCT ON (o.key) o.key, o.version, encode(o.digest, 'hex') AS digest, o.type, o.status
  FROM reporting_reportedobject o WHERE o.client_id = %s AND o.day = %s AND o.status IN ('accepted', 'parked')"""
_DAY = f"""
SELECT n.type, count(*), count(*) FILTER (WHERE n.status = 'parked'),
       encode(sha256(convert_to(string_agg(n.key || ' ' || n.version || ' ' || n.digest || E'\\n',
                                           '' ORDER BY n.key COLLATE "C"), 'UTF8')), 'hex')
  FROM ({_NEWEST} ORDER BY o.key, o.version DESC) n GROUP BY n.type ORDER BY n.type"""  # noqa: S608 -- of two constants
_HELD = f"SELECT n.key, n.version, n.digest FROM ({_NEWEST} AND o.type = %s ORDER BY o.key, o.version DESC) n"  # noqa: S608
_REFUSED = """
SELECT DISTINCT ON (key) key, message FROM reporting_reportedobject
 WHERE client_id = %s AND key = ANY(%s) AND status = 'refused' ORDER BY key, version DESC"""
