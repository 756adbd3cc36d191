"""A scope asked of the database and the same scope asked of a row in hand give the same answer."""

from datetime import date

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Q
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tests.db.registry.conftest import Government, set_up
from tongban.registry.grants import Clause, Scope, Scopes, simplify
from tongban.registry.models import Grant, Matter

some = st.frozensets(st.integers(0, 3), max_size=4)
clauses = st.lists(st.tuples(st.none() | some, st.none() | some, st.integers(0, 3)), max_size=5)
rows = st.lists(
    st.tuples(st.none() | st.integers(0, 3), st.none() | st.integers(0, 3), st.integers(0, 3)),
    min_size=1,
    max_size=12,
)


class ScopeRenderings(TestCase):
    """Rows of the grant table stand for any rows that have an organisation, a matter and a secrecy."""

    government: Government

    @classmethod
    def setUpTestData(cls) -> None:
        cls.government = set_up()
        cls.org_ids = sorted(o.pk for o in cls.government.orgs.values())
        owner = next(iter(cls.government.orgs.values()))
        cls.matter_ids = [
            Matter.objects.create(code=f"99014400{n}000", name=str(n), kind="01", owner=owner).pk
            for n in range(4)
        ]

    def scope(self, parts: list[tuple[frozenset[int] | None, frozenset[int] | None, int]]) -> Scope:
        return Scope(
            tuple(
                Clause(
                    None if orgs is None else frozenset(self.org_ids[o] for o in orgs),
                    None if matters is None else frozenset(self.matter_ids[m] for m in matters),
                    cap,
                )
                for orgs, matters, cap in parts
            )
        )

    @settings(max_examples=150, deadline=None)
    @given(clauses, rows)
    def test_query_and_answer_agree(self, parts, table) -> None:  # type: ignore[no-untyped-def]
        scope = self.scope(parts)
        made = Grant.objects.bulk_create(
            Grant(
                role="row",
                verb="view",
                reach="everything" if org is None else "organisation",
                organisation_id=None if org is None else self.org_ids[org],
                matter_id=None if matter is None else self.matter_ids[matter],
                secrecy_cap=secrecy,
                valid=DateRange(date(2020, 1, 1), None),
            )
            for org, matter, secrecy in table
        )
        mine = Grant.objects.filter(role="row")
        for columns in (
            {"org": "organisation_id", "secrecy": "secrecy_cap"},
            {"org": "organisation_id", "secrecy": "secrecy_cap", "matter": None},
            {"org": "organisation_id", "secrecy": None},
        ):
            by_query = set(mine.filter(scope.q(**columns)).values_list("pk", flat=True))
            by_answer = {
                row.pk
                for row in made
                if scope.admits(
                    row.organisation_id,
                    row.matter_id if columns.get("matter", "matter_id") else None,
                    row.secrecy_cap if columns["secrecy"] else 0,
                )
            }
            assert by_query == by_answer
        written = scope.sql("organisation_id", "matter_id", "secrecy_cap")
        assert set(mine.extra(where=[written]).values_list("pk", flat=True)) == {
            row.pk for row in made if scope.admits(row.organisation_id, row.matter_id, row.secrecy_cap)
        }

    @settings(max_examples=200, deadline=None)
    @given(clauses, rows)
    def test_simplifying_changes_no_answer(self, parts, table) -> None:  # type: ignore[no-untyped-def]
        full = Scope(tuple(Clause(*part) for part in parts))
        lean = Scope(simplify(full.clauses))
        assert len(lean.clauses) <= len(full.clauses)
        for row in table:
            assert full.admits(*row) == lean.admits(*row)

    @settings(max_examples=200, deadline=None)
    @given(clauses, clauses, rows)
    def test_where_any_of_two_verbs_is_permitted_one_of_them_is(self, parts, others, table) -> None:  # type: ignore[no-untyped-def]
        view, handle = (Scope(tuple(Clause(*part) for part in each)) for each in (parts, others))
        held = Scopes(None, date(2026, 1, 1), by_verb={"view": view, "handle": handle})
        for row in table:
            assert held.of_any("view", "handle").admits(*row) == (view.admits(*row) or handle.admits(*row))


def test_everything_is_not_lost_where_it_is_joined_with_less(db: None) -> None:
    whole, part = Scope((Clause(None, None, 3),)), Scope((Clause(frozenset({1}), None, 3),))
    embracing = whole.q(org="owner_id", matter="pk", secrecy=None)
    assert embracing
    for joined in (
        embracing | part.q(org="owner_id", matter="pk", secrecy=None),
        part.q(org="owner_id", matter="pk", secrecy=None) | embracing,
        Q(pk__in=[]) | embracing,
    ):
        assert "WHERE" not in str(Matter.objects.filter(joined).query)
    narrowed = embracing & Q(code="990144000000")
    assert str(Matter.objects.filter(narrowed).query) == str(Matter.objects.filter(code="990144000000").query)


def test_no_clause_admits_nothing() -> None:
    assert not Scope().admits(1, 1, 0)
    assert not Scope()
