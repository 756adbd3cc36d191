"""What a load balancer and a monitor ask: alive, ready, numbers. And what is answered when a page could not be made."""

import hmac
import sys
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tongban.base.ui.views import RETRY_AFTER, server_error, unavailable
from tongban.project.metrics import exposition, heartbeat_age
from tongban.project.postgres import is_away

WORKER_SILENCE = 45.0
"""Seconds without a heartbeat (it beats every 10) after which no worker counts as alive."""
_LOOPBACK = frozenset({"127.0.0.1", "::1"})


@dataclass(frozen=True)
class Readiness:
    """One answer per thing the pages need; `ok` when all are well."""

    database: bool
    migrations: bool
    worker: bool

    @property
    def ok(self) -> bool:
        """Whether to send requests here."""
        return self.database and self.migrations and self.worker


@never_cache
@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """`/healthz`: this process answers. Touches nothing else, so that a database outage does not get it restarted."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """`/readyz`: 200 when database, migrations and worker are well, else 503 with which is not."""
    state = readiness()
    checks = {"database": state.database, "migrations": state.migrations, "worker": state.worker}
    return JsonResponse({"ready": state.ok, "checks": checks}, status=200 if state.ok else 503)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """`/metrics`: for a monitor on this machine, or one that brings TONGBAN_METRICS_TOKEN as a bearer token."""
    if not _may_see_metrics(request):
        return HttpResponse("metrics: loopback or bearer token only\n", content_type="text/plain", status=403)
    return HttpResponse(exposition(), content_type="text/plain; version=0.0.4; charset=utf-8")


def fault(request: HttpRequest) -> HttpResponse:
    """`handler500`: 503 while the database is away, which passes; 500 for a fault of ours."""
    if not is_away(sys.exception()):
        return server_error(request)
    if not request.path.startswith("/api/"):
        return unavailable(request)
    said = {"code": "unavailable", "message": "数据库暂时不可用。", "instead": [], "detail": {}}
    answer = JsonResponse(said, status=503, json_dumps_params={"ensure_ascii": False})
    answer["Retry-After"] = str(RETRY_AFTER)
    return answer


def readiness() -> Readiness:
    """Ask the database what the pages need of it."""
    try:
        age = heartbeat_age() if "procrastinate_workers" in connection.introspection.table_names() else None
        return Readiness(
            database=True,
            migrations=not pending_migrations(),
            worker=age is not None and age < WORKER_SILENCE,
        )
    except DatabaseError:
        return Readiness(database=False, migrations=False, worker=False)


def pending_migrations() -> list[str]:
    """Migrations of this code that the database has not seen, as `app.name`.

    Raises DatabaseError when the database does not answer.
    """
    executor = MigrationExecutor(connection)
    return [f"{m.app_label}.{m.name}" for m, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]


def _may_see_metrics(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "")
    wanted = settings.TONGBAN_METRICS_TOKEN
    if wanted and hmac.compare_digest(given.encode(), f"Bearer {wanted}".encode()):
        return True
    # Behind a proxy on this machine everybody seems to come from loopback: what was forwarded is not from here.
    return request.META.get("REMOTE_ADDR") in _LOOPBACK and "X-Forwarded-For" not in request.headers
