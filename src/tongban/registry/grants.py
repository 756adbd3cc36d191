"""What an account may do where: grants compiled to one object with its renderings, queries and a yes/no.

``Scope.q`` filters rows in the database, ``Scope.sql`` rows of columnar files, ``Scope.admits`` answers for one row in hand;
a property test holds them together. Nothing is permitted that no grant permits. Residents have no scope over organisations at all: what is
their own is added by whoever knows whose a row is.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from threading import Lock
from types import MappingProxyType

from django.db.models import Q

from tongban.base.calendar import CHINA
from tongban.registry import tree
from tongban.registry.models import Account, Grant, Holding
from tongban.registry.models.permissions import Verb

#: The condition that every row meets; in SQL it is no condition at all, also where it is joined with others by "or".
EVERYTHING = ~Q(pk__in=())


@dataclass(frozen=True, slots=True)
class Clause:
    """One alternative: these organisations, these matters, up to this secrecy. None means all."""

    orgs: frozenset[int] | None
    matters: frozenset[int] | None
    cap: int


@dataclass(frozen=True, slots=True)
class Scope:
    """Where one verb is permitted: any of the clauses. No clause, no permission."""

    clauses: tuple[Clause, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.clauses)

    @property
    def whole(self) -> bool:
        """Whether it reaches all matters of some unit, not only single ones."""
        return any(clause.matters is None for clause in self.clauses)

    def q(self, org: str = "org_id", matter: str | None = "matter_id", secrecy: str | None = "secrecy") -> Q:
        """The scope as a filter over a table with these columns.

        ``matter=None``: the rows have no matter, only permissions for all matters reach them.
        ``secrecy=None``: the rows have no secrecy, they count as open.
        What embraces all rows is `EVERYTHING`, never an empty condition, which "or" and a truth test would lose.
        """
        alternatives = Q()
        for clause in self.clauses:
            if clause.matters is not None and matter is None:
                continue
            part = Q() if clause.orgs is None else Q(**{f"{org}__in": sorted(clause.orgs)})
            if clause.matters is not None:
                part &= Q(**{f"{matter}__in": sorted(clause.matters)})
            if secrecy is not None:
                part &= Q(**{f"{secrecy}__lte": clause.cap})
            if not part:  # every organisation, every matter, no secrecy
                return EVERYTHING
            alternatives |= part
        return alternatives or Q(pk__in=[])

    def sql(self, org: str = "org_id", matter: str = "matter_id", secrecy: str = "secrecy") -> str:
        """The scope as a condition of SQL over columns of those names, for tables that Django does not know (statistics)."""
        alternatives = []
        for clause in self.clauses:
            parts = [f"{secrecy} <= {int(clause.cap)}"]
            if clause.orgs is not None:
                parts.append(
                    f"{org} IN ({', '.join(map(str, sorted(clause.orgs)))})" if clause.orgs else "1 = 0"
                )
            if clause.matters is not None:
                listed = ", ".join(map(str, sorted(clause.matters)))
                parts.append(f"{matter} IN ({listed})" if clause.matters else "1 = 0")
            alternatives.append(" AND ".join(parts))
        return " OR ".join(f"({a})" for a in alternatives) or "1 = 0"

    def admits(self, org_id: int | None, matter_id: int | None = None, secrecy: int = 0) -> bool:
        """Whether one row with this organisation, matter and secrecy is inside."""
        for clause in self.clauses:  # no generator: asked of fifteen verbs at every step of every case
            if (
                (clause.orgs is None or org_id in clause.orgs)
                and (clause.matters is None or matter_id in clause.matters)
                and secrecy <= clause.cap
            ):
                return True
        return False


@dataclass(frozen=True, slots=True)
class Scopes:
    """Everything an account may do on a day, by its posts.

    ``posts``: post code → (post id, organisation id). ``roles``: the roles of those posts.
    """

    account_id: int | None
    on: date
    posts: Mapping[str, tuple[int, int]] = field(default_factory=lambda: MappingProxyType({}))
    roles: frozenset[str] = frozenset()
    by_verb: Mapping[str, Scope] = field(default_factory=lambda: MappingProxyType({}))

    def of(self, verb: str) -> Scope:
        """Where this verb is permitted. An unknown verb is a mistake of the caller and raises ValueError."""
        return self.by_verb.get(Verb(verb).value, NOTHING)

    def of_any(self, *verbs: str) -> Scope:
        """Where at least one of these verbs is permitted."""
        return Scope(simplify(clause for verb in verbs for clause in self.of(verb).clauses))

    def verbs_on(self, org_id: int | None, matter_id: int | None = None, secrecy: int = 0) -> frozenset[str]:
        """Every verb permitted on one row."""
        return frozenset([v for v, scope in self.by_verb.items() if scope.admits(org_id, matter_id, secrecy)])

    @property
    def post_ids(self) -> frozenset[int]:
        """The posts held."""
        return frozenset(post_id for post_id, _ in self.posts.values())

    @property
    def org_ids(self) -> frozenset[int]:
        """The organisations served in."""
        return frozenset(org_id for _, org_id in self.posts.values())


NOTHING = Scope()


def scopes_for(account: Account | None, on: date | None = None) -> Scopes:
    """What the account may do on a day (today in China when not said).

    Costs one small query while nothing changed since it was last asked; three more otherwise. Anonymous visitors,
    residents and accounts that were switched off have nothing.
    """
    on = on or datetime.now(CHINA).date()
    if account is None or not account.is_active or account.kind == Account.Kind.RESIDENT:
        return Scopes(getattr(account, "pk", None), on)
    key = (tree.generation("permissions"), account.pk, on)
    with _lock:
        if key in _remembered:
            _remembered.move_to_end(key)
            return _remembered[key]
    scopes = _compile(account.pk, on)
    with _lock:
        _remembered[key] = scopes
        while len(_remembered) > _KEEP:
            _remembered.popitem(last=False)
    return scopes


def simplify(clauses: Iterable[Clause]) -> tuple[Clause, ...]:
    """The same permissions in fewer clauses: same matters and cap joined, those inside another dropped."""
    joined: dict[tuple[frozenset[int] | None, int], frozenset[int] | None] = {}
    for clause in clauses:
        key = (clause.matters, clause.cap)
        if key not in joined:
            joined[key] = clause.orgs
        else:
            before = joined[key]
            joined[key] = None if before is None or clause.orgs is None else before | clause.orgs
    merged = [Clause(orgs, matters, cap) for (matters, cap), orgs in joined.items() if orgs is None or orgs]
    return tuple(
        c
        for i, c in enumerate(merged)
        if not any(
            _inside(c, other) and (not _inside(other, c) or j < i) for j, other in enumerate(merged) if j != i
        )
    )


_KEEP = 4096
_remembered: OrderedDict[tuple[str, int, date], Scopes] = OrderedDict()
_lock = Lock()


def _inside(one: Clause, other: Clause) -> bool:
    return (
        one.cap <= other.cap
        and (other.orgs is None or (one.orgs is not None and one.orgs <= other.orgs))
        and (other.matters is None or (one.matters is not None and one.matters <= other.matters))
    )


def _compile(account_id: int, on: date) -> Scopes:
    day = tree.as_of(on)
    held = [
        holding.post
        for holding in Holding.objects.filter(account_id=account_id, valid__contains=on).select_related(
            "post"
        )
        if holding.post.organisation_id in day
        and (holding.post.abolished_on is None or on < holding.post.abolished_on)
    ]
    if not held:
        return Scopes(account_id, on)
    roles = frozenset(post.role for post in held)
    grants = Grant.objects.filter(Q(post__in=held) | (~Q(role="") & Q(role__in=roles)), valid__contains=on)
    clauses: dict[str, list[Clause]] = {}
    for grant in grants:
        matters = None if grant.matter_id is None else frozenset([grant.matter_id])
        for post in held:
            if grant.post_id == post.pk or (grant.role and grant.role == post.role):
                orgs = _orgs(grant, post.organisation_id, day)
                clauses.setdefault(grant.verb, []).append(Clause(orgs, matters, grant.secrecy_cap))
    return Scopes(
        account_id,
        on,
        MappingProxyType({post.code: (post.pk, post.organisation_id) for post in held}),
        roles,
        MappingProxyType({verb: Scope(simplify(parts)) for verb, parts in clauses.items()}),
    )


def _orgs(grant: Grant, own: int, day: tree.Tree) -> frozenset[int] | None:
    if grant.reach == Grant.Reach.EVERYTHING:
        return None
    top = own if grant.reach == Grant.Reach.OWN else grant.organisation_id
    if top is None or top not in day:
        return frozenset()
    return day.subtree(top) if grant.subtree else frozenset([top])
