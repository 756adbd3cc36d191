"""Flow versions: drafted, published (and then frozen by the database), found by digest."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from tongban.base.canonical import CanonicalError, canonical, digest
from tongban.engine.errors import Refused
from tongban.engine.lint import Problem, lint
from tongban.engine.models import FlowVersion
from tongban.registry.models import Account, Post


def save_flow_draft(actor: Account | None, *, key: str, document: Mapping[str, Any]) -> FlowVersion:
    """Keep a draft of a flow; one draft a key, beside whatever is published. It need not pass the check yet.

    Raises Refused "flow_not_json" for a document that has no canonical form.
    """
    document = {**document, "key": key}
    sha = _sha(document)
    with transaction.atomic():
        rows = FlowVersion.objects.select_for_update().filter(key=key)
        draft = rows.filter(status=FlowVersion.Status.DRAFT).first()
        if draft is None:
            draft = FlowVersion(key=key, no=(rows.aggregate(no=Max("no"))["no"] or 0) + 1)
        draft.name = str(document.get("name", key))[:200]
        draft.document, draft.sha256, draft.drafted_by = document, sha, actor
        draft.save()
    return draft


def publish_flow(actor: Account | None, flow: FlowVersion) -> FlowVersion:
    """Publish a draft: checked, hashed, and from then on frozen. The same flow published before is answered with.

    Raises Refused "flow_has_problems" (detail: problems) or "flow_not_draft".
    """
    with transaction.atomic():
        draft = FlowVersion.objects.select_for_update().get(pk=flow.pk)
        if draft.status != FlowVersion.Status.DRAFT:
            raise Refused("flow_not_draft", "这个流程版本已经发布，请新建一稿。")
        problems = check_flow(draft.document)
        if problems:
            raise Refused("flow_has_problems", "流程还有问题，不能发布。", detail={"problems": problems})
        same = FlowVersion.objects.filter(sha256=draft.sha256).exclude(pk=draft.pk).first()
        if same is not None:
            draft.delete()
            return same
        draft.status = FlowVersion.Status.PUBLISHED
        draft.published_by, draft.published_at = actor, timezone.now()
        draft.save()
    return draft


def check_flow(document: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with a flow, knowing which posts exist."""
    return lint(document, posts=set(Post.objects.filter(abolished_on=None).values_list("code", flat=True)))


def flow_by_sha(sha: str | bytes | memoryview) -> FlowVersion:
    """The published flow with that digest (hex or bytes). Raises Refused "no_flow"."""
    text = sha if isinstance(sha, str) else bytes(sha).hex()
    row = FlowVersion.objects.filter(sha256=text).exclude(status=FlowVersion.Status.DRAFT).first()
    if row is None:
        raise Refused("no_flow", "这个事项的办理流程没有发布，不能收件。")
    return row


def published_sha(key: str) -> bytes | None:
    """The digest of the newest published flow of that code; None where there is none."""
    rows = FlowVersion.objects.filter(key=key, status=FlowVersion.Status.PUBLISHED).order_by("-no")
    sha = rows.values_list("sha256", flat=True).first()
    return None if sha is None else bytes.fromhex(sha)


def _sha(document: Mapping[str, Any]) -> str:
    try:
        return digest(canonical(document)).hex()
    except CanonicalError as error:
        raise Refused("flow_not_json", f"流程文件里有无法准确保存的值：{error}") from None
