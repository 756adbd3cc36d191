"""Finding guides (查找办事指南): by words, and by what lists are narrowed by; from the index, without reading contents."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import Count, QuerySet

from tongban.registry.models import GuideIndex, OfferingVersion
from tongban.registry.queries import IN_FORCE, region_stem, today
from tongban.registry.search import highlight, snippet, terms_of

LOWEST = 0.08  # of the best score: below it a guide only shares a syllable with the question


@dataclass(frozen=True, slots=True)
class Hit:
    """One hit, as much of it as a list shows. ``all_words``: it holds every word that matters."""

    version_id: int
    code: str  # of the guide's address
    name: str
    org_id: int
    applied: bool
    body: str
    score: float
    all_words: bool

    def marked(self, question: str) -> list[tuple[str, bool]]:
        """The name in pieces, each with whether it was asked for."""
        return highlight(self.name, question)

    def told(self, question: str) -> list[tuple[str, bool]]:
        """The line that holds most of what was asked, in pieces."""
        return snippet(self.body, question)


def find_guides(
    text: str,
    limit: int = 20,
    *,
    region: str | None = None,
    org_ids: Collection[int] | None = None,
    on: date | None = None,
) -> list[Hit]:
    """Guides in force that answer a question in everyday words, best first.

    Those holding every word that matters come first, then those holding some; rare words count more, and what one
    can apply for comes before what an office begins by itself. Wrong characters of the same sound, pinyin and its
    initials are understood. What scores less than `LOWEST` of the best is left out unless it holds every word. An empty
    question finds nothing, and so do letters that mean nothing.
    """
    terms = terms_of(text)
    if not terms:
        return []
    groups = list(dict.fromkeys(term.group for term in terms if term.needed))[:60]
    bits = {group: 1 << n for n, group in enumerate(groups)}
    with connection.cursor() as cursor:
        cursor.execute(
            _SEARCH,
            {
                "lexemes": [term.lexeme for term in terms],
                "weights": [term.weight for term in terms],
                "bits": [bits.get(term.group, 0) for term in terms],
                "all": sum(bits.values()),
                "on": on or today(),
                "stem": "" if region is None else region_stem(region),
                "orgs": None if org_ids is None else sorted(org_ids),
                "limit": limit,
                "most": None if region or org_ids is not None else max(300, 10 * limit),
            },
        )
        hits = [Hit(*row) for row in cursor.fetchall()]
    least = LOWEST * max((hit.score for hit in hits), default=0.0)
    return [hit for hit in hits if hit.all_words or hit.score >= least]


@dataclass(frozen=True, slots=True)
class Found:
    """One hit with its whole version. ``name`` and ``snippet`` come in pieces, each with whether it was asked for."""

    version: OfferingVersion
    score: float
    name: list[tuple[str, bool]]
    snippet: list[tuple[str, bool]]
    all_words: bool


def search_guides(
    text: str,
    limit: int = 20,
    *,
    region: str | None = None,
    org_ids: Collection[int] | None = None,
    on: date | None = None,
) -> list[Found]:
    """What `find_guides` finds, with the whole version of each."""
    hits = find_guides(text, limit, region=region, org_ids=org_ids, on=on)
    versions = OfferingVersion.objects.select_related(
        "offering__matter", "offering__organisation", "offering__region"
    ).in_bulk([hit.version_id for hit in hits])
    return [
        Found(versions[h.version_id], h.score, h.marked(text), h.told(text), h.all_words)
        for h in hits
        if h.version_id in versions
    ]


@dataclass(frozen=True, slots=True)
class Listed:
    """One guide in force, as a list shows it."""

    version_id: int
    offering_id: int
    code: str | None
    name: str
    org_id: int
    letter: str
    depth: int
    initiated_by: str


def listed_guides(
    *facets: str, letter: str = "", org_ids: Collection[int] | None = None, on: date | None = None
) -> QuerySet[GuideIndex]:
    """Guides in force by pinyin, narrowed to those that have all of the facets (see `GuideIndex`). See `rows_of`."""
    rows = GuideIndex.objects.filter(version__status__in=IN_FORCE, version__valid__contains=on or today())
    if facets:
        rows = rows.filter(facets__contains=list(facets))
    if letter:
        rows = rows.filter(letter=letter)
    if org_ids is not None:
        rows = rows.filter(version__offering__organisation_id__in=org_ids)
    return rows.order_by("sort_key", "version_id")


def rows_of(guides: QuerySet[GuideIndex]) -> list[Listed]:
    """The rows of a list of guides, without reading their contents."""
    return [
        Listed(*row)
        for row in guides.values_list(
            "version_id", "version__offering_id", "version__offering__implementation_code",
            "version__name", "version__offering__organisation_id", "letter",
            "version__online_depth", "version__initiated_by",
        )
    ]  # fmt: skip


def facets_in_force(prefix: str, on: date | None = None) -> list[tuple[str, int]]:
    """The values of one sort of facet ("event", "person" …) among guides in force, with how many have each."""
    with connection.cursor() as cursor:
        cursor.execute(_FACETS, {"prefix": f"{prefix}:", "on": on or today()})
        return [(value, count) for value, count in cursor.fetchall()]


def letters_in_force(on: date | None = None) -> list[tuple[str, int]]:
    """The letters under which there are guides, with how many."""
    rows = listed_guides(on=on).order_by("letter").values_list("letter").annotate(n=Count("pk"))
    return [(letter, n) for letter, n in rows]


# Only the best few hundred are asked whether they are in force, unless region or organisation narrow them.
_SEARCH = """
WITH terms AS MATERIALIZED (
    SELECT * FROM unnest(%(lexemes)s::text[], %(weights)s::float8[], %(bits)s::bigint[])
        WITH ORDINALITY AS t(lexeme, w, bit, n)
), hits AS MATERIALIZED (
    SELECT i.version_id, t.n::int AS n, t.w * i.weight AS w, t.bit
    FROM terms t JOIN registry_guideterm i ON i.lexeme = t.lexeme COLLATE "C"
), spread AS MATERIALIZED (
    SELECT n, ln(1 + (SELECT count(*) FROM registry_guideindex)::float8 / count(*)) ^ 2 AS rarity
    FROM hits GROUP BY n
), scored AS (
    SELECT h.version_id, sum(h.w * s.rarity) AS score, %(all)s > 0 AND bit_or(h.bit) = %(all)s AS all_words
    FROM hits h JOIN spread s USING (n)
    GROUP BY h.version_id
), best AS MATERIALIZED (
    SELECT * FROM scored ORDER BY all_words DESC, score DESC, version_id LIMIT %(most)s
), found AS MATERIALIZED (
    SELECT b.version_id, o.implementation_code, v.name, o.organisation_id, v.initiated_by = 'application' AS applied,
        b.score * CASE v.initiated_by WHEN 'application' THEN 1.0 ELSE 0.7 END AS score, b.all_words
    FROM best b
    CROSS JOIN LATERAL (SELECT * FROM registry_offeringversion WHERE id = b.version_id OFFSET 0) v  -- not all of them
    JOIN registry_offering o ON o.id = v.offering_id
    WHERE v.status IN ('published', 'retired') AND v.valid @> %(on)s::date
        AND starts_with(o.region_id, %(stem)s)
        AND (%(orgs)s::bigint[] IS NULL OR o.organisation_id = ANY (%(orgs)s::bigint[]))
    ORDER BY b.all_words DESC, 6 DESC, b.version_id
    LIMIT %(limit)s
)
SELECT f.version_id, f.implementation_code, f.name, f.organisation_id, f.applied, i.body, f.score, f.all_words
FROM found f JOIN registry_guideindex i USING (version_id)
ORDER BY f.all_words DESC, f.score DESC, f.version_id
"""

_FACETS = """
SELECT substr(f.facet, length(%(prefix)s) + 1), count(*)
FROM registry_guideindex i
JOIN registry_offeringversion v ON v.id = i.version_id
CROSS JOIN LATERAL unnest(i.facets) AS f(facet)
WHERE v.status IN ('published', 'retired') AND v.valid @> %(on)s::date AND starts_with(f.facet, %(prefix)s)
GROUP BY 1 ORDER BY 2 DESC, 1
"""
