"""Whom work can be passed to: the people and posts of the units concerned, as choices of a form."""

from collections.abc import Collection

from tongban.base.ui.fields import Option
from tongban.registry.models import Account, Holding, Post
from tongban.registry.queries import as_of, today


def people_of(orgs: Collection[int], but: Account | None = None) -> tuple[Option, ...]:
    """Who holds a post in these units today: (account, “周澄 · 审查岗 · 市场监管局”)."""
    tree = as_of()
    rows = Holding.objects.filter(
        post__organisation_id__in=orgs,
        post__abolished_on=None,
        valid__contains=today(),
        account__is_active=True,
    ).select_related("post", "account")
    said: dict[int, list[str]] = {}
    for row in rows.order_by("post__organisation_id", "post__code", "account_id"):
        if but is not None and row.account_id == but.pk:
            continue
        node = tree.nodes.get(row.post.organisation_id)
        place = f"{row.post.name} · {node.short_name or node.name}" if node else row.post.name
        said.setdefault(row.account_id, [row.account.display_name]).append(place)
    return tuple(Option(str(pk), " · ".join(words[:2])) for pk, words in said.items())


def posts_of(orgs: Collection[int]) -> tuple[Option, ...]:
    """The posts of these units: (code, “审查岗 · 市场监管局”)."""
    tree = as_of()
    rows = Post.objects.filter(organisation_id__in=orgs, abolished_on=None).order_by(
        "organisation_id", "code"
    )
    return tuple(
        Option(
            p.code,
            f"{p.name} · {n.short_name or n.name}" if (n := tree.nodes.get(p.organisation_id)) else p.name,
        )
        for p in rows
    )


def post_name(code: str) -> str:
    """What a post is called inside its unit: “审查岗”."""
    return Post.objects.filter(code=code).values_list("name", flat=True).first() or code
