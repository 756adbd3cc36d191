"""Taking in a batch of a department's system: one transaction, case by case in order, an answer for every object."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from time import perf_counter
from typing import Any
from uuid import UUID

import orjson
from django.db import DatabaseError, connection, transaction
from psycopg import errors

from tongban.base.calendar import CHINA, BeyondHorizon
from tongban.base.canonical import CanonicalError
from tongban.engine.appending import Beginning, Course, Sitting, command_id
from tongban.engine.errors import Refused
from tongban.engine.machine import AHEAD
from tongban.engine.services import kind_of
from tongban.engine.state import Actor, Command
from tongban.platforms.reporting import carrying, writing
from tongban.platforms.reporting.batch import Group, Item, Verdict
from tongban.platforms.reporting.clients import scope_of
from tongban.platforms.reporting.models import Batch, Client, Comparison
from tongban.platforms.reporting.objects import NAMES, RANK, Application, Reported, Unreadable, read
from tongban.platforms.reporting.queries import Difference, compare
from tongban.registry.models import Account, Matter, OfferingVersion

MOST = 5000  # objects of one batch
SPACE = UUID(
    "7f0d7f3e-5d0d-4c1b-9a55-3f2b8f6f1a02"
).bytes  # namespace of the ids of commands that reports led to
LATE = timedelta(days=1)  # after this, an object was reported late
CHANNEL = "report"


@dataclass(frozen=True, slots=True)
class Taken:
    """The answer to a batch."""

    batch: int
    verdicts: Sequence[Verdict]


def take_batch(client: Client, raw: Sequence[Any], *, now: datetime | None = None) -> Taken:
    """Take in up to MOST objects; what was taken in before is answered as before.

    `now` is when they came, of a batch of the past (the simulator's).

    Raises Refused: batch_empty, batch_too_large, busy (somebody else works on one of the cases). A batch that is taken in
    whole leaves nothing behind when it is busy; of one that had to be split, halves before the busy one stay taken in,
    and the same batch sent again is answered for them as before.
    """
    if not raw:
        raise Refused("batch_empty", "这一批里没有对象。")
    if len(raw) > MOST:
        raise Refused("batch_too_large", f"一批最多 {MOST} 个对象，请分批报送。", detail={"most": MOST})
    begun, now = perf_counter(), now or datetime.now(CHINA)
    items = [_read(i, one, now) for i, one in enumerate(raw)]
    batch = Batch.objects.create(client=client, received_at=now, objects_count=len(items))
    groups: dict[tuple[str, str], Group] = {}
    for item in items:
        if item.said is not None:
            key = (item.said.case, item.said.matter)
            groups.setdefault(key, Group(key, [])).items.append(item)
    try:
        if groups:
            taking = _Taking(client, batch.pk, now, groups.values())
            taking.take(sorted(groups.values(), key=lambda g: g.key))
    except errors.LockNotAvailable as error:
        raise Refused(
            "busy", "其中有办件正在被别人处理，请稍候把这一批原样重发；已经接收的会照原样答复，不会重复。"
        ) from error
    unread = [i for i in items if i.said is None]
    if unread:
        with transaction.atomic():
            writing.add_objects(client.pk, batch.pk, now, unread)
    counts = dict.fromkeys(("accepted", "parked", "refused"), 0)
    late = 0
    for item in items:
        if not item.verdict.replayed:
            counts[item.verdict.status] += 1
            late += (
                item.said is not None
                and item.verdict.status != "refused"
                and now - item.said.occurred_at > LATE
            )
    Batch.objects.filter(pk=batch.pk).update(
        **counts,
        late=late,
        replayed=sum(i.verdict.replayed for i in items),
        milliseconds=int((perf_counter() - begun) * 1000),
    )
    return Taken(batch.pk, [i.verdict for i in items])


def compare_with(
    client: Client, on: date, type_: str, yours: Mapping[str, tuple[int, str]]
) -> tuple[int, list[Difference]]:
    """Compare what a department holds of a day and type with what is here, and keep what came of it for the desk."""
    same, found = compare(client.pk, on, type_, yours)
    Comparison.objects.update_or_create(
        client=client, day=on, type=type_,
        defaults={
            "at": datetime.now(CHINA), "same": same, "differing": len(found),
            "differences": [d._asdict() for d in found[: Comparison.KEPT]],
        },
    )  # fmt: skip
    return same, found


def digest_of(raw: Any) -> bytes:
    """SHA-256 of an object as canonical JSON (keys sorted, no spaces, UTF-8): what both sides compare."""
    return sha256(_canonical(raw)).digest()


def _canonical(raw: Any) -> bytes:
    return orjson.dumps(raw, option=orjson.OPT_SORT_KEYS)


def _read(index: int, raw: Any, now: datetime) -> Item:
    try:
        text = _canonical(raw)
    except orjson.JSONEncodeError:  # nested deeper than it can be written down
        key, version = _named(raw)
        verdict = Verdict(
            index, key, version, "refused", "object_invalid", "对象：嵌套太深，无法保存。", {"field": ""}
        )
        return Item(None, None, verdict, sha256(b"").digest())
    digest = sha256(text).digest()
    try:
        if b"\\u0000" in text:
            raise Unreadable("", "有无法保存的字符 U+0000")  # noqa: TRY301 -- one answer for all of them
        said = read(raw)
    except Unreadable as error:
        key, version = _named(raw)
        verdict = Verdict(
            index, key, version, "refused", "object_invalid",
            f"{error.field or '对象'}：{error.why}", {"field": error.field},
        )  # fmt: skip
        return Item(raw, None, verdict, digest)
    verdict = Verdict(index, said.key, said.version, "refused")
    item = Item(raw, said, verdict, digest)
    if said.occurred_at > now + AHEAD or (said.recorded_at or said.occurred_at) > now + AHEAD:
        _refuse(item, "in_the_future", "发生时间或录入时间晚于现在。")
    return item


def _named(raw: Any) -> tuple[str, int]:
    """Key and version as far as they can be read from an object that is not one."""
    if not isinstance(raw, dict):
        return "", 1
    key, version = raw.get("key"), raw.get("version", raw.get("SJBBH", 1))
    return (
        key[:160].replace("\0", "") if isinstance(key, str) else "",
        version if version.__class__ is int and 0 < version < 2**31 else 1,
    )


def _refuse(item: Item, code: str, message: str, detail: Any = None) -> None:
    v = item.verdict
    v.status, v.code, v.message, v.detail = "refused", code, message, detail


class _Taking:
    """One batch being taken in."""

    def __init__(self, client: Client, batch: int, now: datetime, groups: Iterable[Group]) -> None:
        self._client, self._batch, self._now = client, batch, now
        self._scope = scope_of(client)
        self._kinds: dict[int, str] = {}  # by version
        self._ours: dict[str, tuple[str, str] | None] = {}  # by code of the matter: why not
        groups = list(groups)
        self._versions = _versions({g.key[1] for g in groups})
        self._people = self._handlers(groups)
        self._actors: dict[tuple[str, str], Actor] = {}  # by user name and name of the handler

    def take(self, groups: list[Group]) -> None:
        """Take in these cases in one transaction; where the database or the engine refuses the whole, half by half."""
        if not groups:
            return
        try:
            with transaction.atomic():
                self._together(groups)
        except (Refused, DatabaseError, CanonicalError, ValueError, BeyondHorizon) as error:
            if isinstance(error.__cause__, errors.LockNotAvailable):
                raise error.__cause__ from None
            if isinstance(error, DatabaseError) and connection.connection is None:
                raise
            for group in groups:
                _reset(group)
            if len(groups) > 1:
                middle = len(groups) // 2
                self.take(groups[:middle])
                self.take(groups[middle:])
                return
            said = (
                (error.code, error.message)
                if isinstance(error, Refused)
                else ("not_recordable", "这个对象的内容无法入账。")
            )
            for item in groups[0].items:
                _refuse(item, *said)
            with transaction.atomic():
                writing.lock_cases(self._client.pk, groups)
                known = writing.known(self._client.pk, [i.said.key for i in groups[0].items if i.said])
                fresh = [i for i in groups[0].items if not self._seen(i, known, {})]
                writing.add_objects(self._client.pk, self._batch, self._now, fresh)

    def _together(self, groups: list[Group]) -> None:
        client = self._client.pk
        writing.lock_cases(client, groups)
        known = writing.known(client, [i.said.key for g in groups for i in g.items if i.said is not None])
        waiting = writing.parked(client, [g.id for g in groups])
        sitting = Sitting()
        sitting.hold(g.case_id for g in groups if g.case_id is not None)
        numbers = iter(
            sitting.numbers(
                sum(
                    g.case_id is None and any(isinstance(i.said, Application) for i in g.items)
                    for g in groups
                )
            )
        )
        stored: list[Item] = []
        settled: list[Item] = []
        for group in groups:
            course = sitting.course(group.case_id) if group.case_id is not None else None
            fresh: list[Item] = []
            mine: dict[tuple[str, int], Item] = {}
            for item in group.items:
                if self._seen(item, known, mine):
                    continue
                mine[item.verdict.key, item.verdict.version] = item
                fresh.append(item)
                item.reported_case = group.id
            kept = [_kept(row) for row in waiting.get(group.id, ()) if (row.key, row.version) not in mine]
            course = self._carry(group, course, fresh, kept, sitting, numbers)
            if course is not None:
                sitting.finish(course)
            stored += fresh
            settled += [k for k in kept if k.verdict.status != "parked"]
            for item in group.items:
                if item.verdict.replayed and item.verdict.status == "parked":
                    done = next((k for k in kept if k.verdict.key == item.verdict.key), None)
                    if done is not None and done.verdict.status != "parked":
                        item.verdict.status, item.verdict.code, item.verdict.message = (
                            done.verdict.status, done.verdict.code, done.verdict.message,
                        )  # fmt: skip
        sitting.write()
        writing.add_objects(client, self._batch, self._now, stored)
        writing.settle(client, self._now, settled)
        writing.move_cases([g for g in groups if g.touched])

    # one case

    def _carry(
        self, group: Group, course: Course | None, fresh: list[Item], kept: list[Item], sitting: Sitting,
        numbers: Iterable[int],
    ) -> Course | None:  # fmt: skip
        waiting = [i for i in fresh if self._is_ours(group, course, i)]
        waiting = sorted([*waiting, *kept], key=_order)
        while waiting:
            left: list[Item] = []
            for item in waiting:
                missing = self._missing(group, course, item)
                if missing:
                    item.verdict.status, item.verdict.code, item.verdict.message = "parked", *missing
                    left.append(item)
                    continue
                if course is None:
                    course = self._begin(group, item, sitting, numbers)
                else:
                    self._go(group, course, item)
            if len(left) == len(waiting):
                break
            waiting = left
        return course

    def _is_ours(self, group: Group, course: Course | None, item: Item) -> bool:
        """Whether the object is to be carried on; refused ones and corrections of earlier ones are not."""
        if item.verdict.code:  # refused before
            return False
        code = group.key[1]
        if code not in self._ours:
            self._ours[code] = self._not_ours(code)
        refusal = self._ours[code]
        if refusal is not None:
            _refuse(item, *refusal)
        elif not item.amends:
            return True
        elif course is None:
            _refuse(item, "not_recordable", "原对象所在的办件不在。")
        else:
            self._amend(course, item)
        return False

    def _not_ours(self, code: str) -> tuple[str, str] | None:
        known = self._versions.get(code)
        if known is None:
            return "matter_unknown", f"没有编码为 {code} 的事项。"
        org, matter = known[0].offering.organisation_id, known[0].offering.matter_id
        if not self._scope.admits(org, matter):
            return "not_in_scope", "这个客户端不能报送这个事项或者这个单位的办件。"
        return None

    def _missing(self, group: Group, course: Course | None, item: Item) -> tuple[str, str] | None:
        said = item.said
        assert said is not None  # noqa: S101 -- only what was read comes here
        if isinstance(said, Application):
            return None
        if said.no is not None:
            if said.no > group.last_no + 1:
                return "waiting_for_number", f"等待本件第 {group.last_no + 1} 个对象。"
            if course is None:
                return "waiting_for_application", "等待“申办”。"
            return None
        if course is None:
            return "waiting_for_application", "等待“申办”。"
        first = carrying.waits_for(course, said, group.last_step)
        return (f"waiting_for_{first}", f"等待“{NAMES[first]}”。") if first else None

    def _begin(self, group: Group, item: Item, sitting: Sitting, numbers: Iterable[int]) -> Course | None:
        said = item.said
        assert isinstance(said, Application)  # noqa: S101 -- anything else waits while there is no case
        day = said.occurred_at.date()
        version = next(
            (v for v in self._versions[group.key[1]] if v.valid is not None and day in v.valid), None
        )
        if version is None:
            _refuse(item, "version_not_in_force", "申办当日没有生效的事项版本。")
            return None
        beginning = Beginning(
            version, self._kind(version), said.applicant, said.applicant_kind, said.id_type, said.id_number, said.phone,
            {k: v for k, v in said.form.items() if v is not None}, said.materials, said.title, REASON_LATE,
        )  # fmt: skip
        try:
            no = next(iter(numbers))
            course = sitting.begin(
                no, beginning, self._command(said, "submit", {"force": True}, 0), self._now
            )
        except (Refused, BeyondHorizon, CanonicalError) as error:
            _refuse(item, *_words(error))
            return None
        group.case_id = no
        self._accepted(group, course, item)
        return course

    def _kind(self, version: OfferingVersion) -> str:
        found = self._kinds.get(version.pk)
        if found is None:
            by_office = version.content.get("initiated_by") == "office"
            found = self._kinds[version.pk] = "office" if by_office else kind_of(version)
        return found

    def _go(self, group: Group, course: Course, item: Item) -> None:
        said = item.said
        assert said is not None  # noqa: S101
        if isinstance(said, Application):
            _refuse(item, "already_open", "这个申办流水号已经有办件；更正请提高数据版本号。")
            return
        mark = course.mark()
        try:
            for n, (type_, data) in enumerate(carrying.commands(course, said)):
                course.do(self._command(said, type_, data, n), self._now)
        except (Refused, BeyondHorizon, CanonicalError) as error:
            course.back_to(mark)
            _refuse(item, *_words(error))
            return
        self._accepted(group, course, item)

    def _amend(self, course: Course, item: Item) -> None:
        said = item.said
        assert said is not None  # noqa: S101
        mark = course.mark()
        try:
            for type_, data in carrying.amendment(said):
                course.do(self._command(said, type_, data, 0), self._now)
        except (Refused, BeyondHorizon, CanonicalError) as error:
            course.back_to(mark)
            _refuse(item, *_words(error))
            return
        v = item.verdict
        v.status, v.code, v.message = "accepted", "amended", "已作为更正记录，原记录保留。"
        v.number, v.seq, item.case_id = course.case.number, course.state.seq, course.case.id

    def _accepted(self, group: Group, course: Course, item: Item) -> None:
        said, v = item.said, item.verdict
        v.status, v.code, v.message, v.detail = "accepted", "", "", None
        v.number, v.seq, item.case_id = course.case.number, course.state.seq, course.case.id
        group.touched = True
        if said is not None and said.no is not None:
            group.last_no = max(group.last_no, said.no)
        group.last_step = max(group.last_step, 0 if said is None else said.place())

    # what a command carries

    def _command(self, said: Reported, type_: str, data: Any, n: int) -> Command:
        id_ = command_id(SPACE, said.occurred_at, self._client.pk, said.key, said.version, n)
        if type_ in NEEDS_REASON and not data.get("reason"):
            data = {**data, "reason": REASON_LATE}
        return Command(id_, type_, self._actor(said), said.occurred_at, data, CHANNEL)

    def _actor(self, said: Reported) -> Actor:
        who = (said.handler_code, said.handler)
        actor = self._actors.get(who)
        if actor is None:
            person = self._people.get(said.handler_code)
            if person is None:
                actor = Actor("system", None, said.handler or "业务系统", None, frozenset(), _ANYTHING)
            else:
                account, name, org = person
                actor = Actor("staff", account, name, org, _EVERY_POST, _ANYTHING)
            self._actors[who] = actor
        return actor

    def _handlers(self, groups: list[Group]) -> dict[str, tuple[int, str, int]]:
        codes = {i.said.handler_code for g in groups for i in g.items if i.said and i.said.handler_code}
        if not codes:
            return {}
        orgs = self._scope.clauses[0].orgs or frozenset()
        rows = Account.objects.filter(
            username__in=codes, kind=Account.Kind.STAFF, holdings__post__organisation_id__in=orgs
        ).values_list("username", "pk", "display_name", "holdings__post__organisation_id")
        return {code: (pk, name, org) for code, pk, name, org in rows}

    # what is known already

    def _seen(
        self, item: Item, known: dict[str, list[writing.Known]], mine: dict[tuple[str, int], Item]
    ) -> bool:
        """Whether the object needs nothing more than its answer: it is here already, or an older version of what is."""
        v, said = item.verdict, item.said
        twin = mine.get((v.key, v.version))
        if twin is not None:
            if twin.digest != item.digest:
                _refuse(item, "version_reused", "同一来源主键和版本的内容不一致，更正请提高数据版本号。")
            else:
                item.verdict = twin.verdict
            return True
        rows = [k for k in known.get(v.key, ()) if k.status != "replaced"]
        same = next((k for k in rows if k.version == v.version), None)
        if same is not None and same.status == "refused" and same.digest != item.digest:
            item.over = True  # nothing stands of what was refused: mended, it may come under the same version
            rows.remove(same)
        elif same is not None:
            _answer_again(item, same)
            return True
        firm = [k for k in rows if k.status in {"accepted", "parked"}]
        if not firm or said is None:
            return False
        newest = max(firm, key=lambda k: k.version)
        if v.version < newest.version:
            _refuse(
                item, "version_older", f"已收到更新的第 {newest.version} 版。", {"newest": newest.version}
            )
            return True
        if newest.status == "accepted":
            _correct(item, said, newest)
        return False


def _answer_again(item: Item, same: writing.Known) -> None:
    v = item.verdict
    if same.digest != item.digest:
        _refuse(item, "version_reused", "同一来源主键和版本的内容不一致，更正请提高数据版本号。")
        return
    v.status, v.code, v.message, v.seq, v.replayed = same.status, same.code, same.message, same.seq, True
    v.number = same.number


def _correct(item: Item, said: Reported, newest: writing.Known) -> None:
    if newest.type != said.type:
        _refuse(item, "type_changed", "更正不能改变对象类型。")
    elif not said.MUTABLE:
        _refuse(
            item, "not_mutable", f"“{NAMES[said.type]}”是法律行为，不能以新版本更正，应依法撤销或者变更。"
        )
    else:
        item.amends = True


REASON_LATE = carrying.REASON
#: Commands that must say why when they are entered late.
NEEDS_REASON = frozenset(
    {"note", "skip_to", "accept", "supply", "suspend", "resume", "complete", "charge", "pay", "refuse"}
)
_ANYTHING = frozenset({"*", "own"})


class _EveryPost(frozenset[str]):
    """Whoever a department names as handler held the post in its own system."""

    __slots__ = ()

    def __contains__(self, code: object) -> bool:
        return True


_EVERY_POST = _EveryPost()


def _reset(group: Group) -> None:
    group.touched = False
    for item in group.items:
        v = item.verdict
        if item.said is not None and v.code != "in_the_future":
            item.verdict = Verdict(v.index, v.key, v.version, "refused")
        item.amends = item.over = False


def _kept(row: writing.Waiting) -> Item:
    said = read(row.content)
    verdict = Verdict(-1, row.key, row.version, "parked", row.code)
    return Item(row.content, said, verdict, kept=True, reported_case=row.reported_case)


def _order(item: Item) -> tuple[int, datetime, int, int]:
    said = item.said
    assert said is not None  # noqa: S101
    return (said.no or 1_000_000, said.occurred_at, RANK[said.type], said.place())


def _words(error: Exception) -> tuple[str, str, Any]:
    if isinstance(error, Refused):
        return error.code, error.message, dict(error.detail) or None
    if isinstance(error, BeyondHorizon):
        return "beyond_horizon", "日期超出了工作日历，算不出期限。", None
    return "not_exact", f"内容无法准确保存：{error}", None


def _versions(codes: set[str]) -> dict[str, list[OfferingVersion]]:
    """The versions, newest first, of the offerings with these implementation codes, or of matters that have one offering."""
    there = (OfferingVersion.Status.PUBLISHED, OfferingVersion.Status.RETIRED)
    found: dict[str, list[OfferingVersion]] = {}
    rows = OfferingVersion.objects.filter(status__in=there).select_related("offering__matter").order_by("-no")
    for version in rows.filter(offering__implementation_code__in=codes):
        found.setdefault(version.offering.implementation_code or "", []).append(version)
    rest = codes - set(found)
    if rest and (single := dict(Matter.objects.filter(code__in=rest).values_list("code", "pk"))):
        for version in rows.filter(offering__matter_id__in=single.values()):
            found.setdefault(version.offering.matter.code, []).append(version)
    return {code: v for code, v in found.items() if len({x.offering_id for x in v}) == 1}
