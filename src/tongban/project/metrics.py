"""Counters for Prometheus. Several web processes share them through files (PROMETHEUS_MULTIPROC_DIR, set by `up`)."""

import os
from collections.abc import Iterable

from django.db import DatabaseError, connection
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_registry = CollectorRegistry()
_requests = Counter(
    "tongban_http_requests_total", "Requests answered", ("method", "route", "status"), registry=_registry
)
_seconds = Histogram(
    "tongban_http_request_seconds",
    "Seconds from the request's arrival to its answer",
    ("route",),
    registry=_registry,
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)


_kept = Counter(
    "tongban_http_kept_pages_total", "Requests answered with a kept page", ("route",), registry=_registry
)


def count_kept(route: str, n: int) -> None:
    """Count requests that were answered with a kept page, several at once."""
    _requests.labels("GET", route, "200").inc(n)
    _kept.labels(route).inc(n)


def count_request(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answered request. `route` is the URL pattern, so that the number of series stays bounded."""
    _requests.labels(method if method in METHODS else "OTHER", route, str(status)).inc()
    _seconds.labels(route).observe(seconds)


def exposition() -> bytes:
    """Everything in Prometheus' text format: this program's counters over all its processes, and the queue's state."""
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        text = generate_latest(registry)
    else:
        text = generate_latest(_registry)
    queue = CollectorRegistry()
    queue.register(_Queue())
    return text + generate_latest(queue)


class _Queue:
    """Asked of the database at each scrape; one scrape, two indexed queries."""

    def collect(self) -> Iterable[Metric]:
        reachable = GaugeMetricFamily("tongban_database_up", "1 when the database answers")
        jobs = GaugeMetricFamily("tongban_jobs", "Background jobs kept, by state", labels=["status"])
        worker = GaugeMetricFamily(
            "tongban_worker_heartbeat_age_seconds",
            "Seconds since a worker last reported; absent when none ever did",
        )
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY status")
                for status, number in cursor.fetchall():
                    jobs.add_metric([status], number)
                age = heartbeat_age()
                if age is not None:
                    worker.add_metric([], age)
                reachable.add_metric([], 1)
        except DatabaseError:
            reachable.add_metric([], 0)
        return [reachable, jobs, worker]


def last_job_age() -> float | None:
    """Seconds since any worker last took or ended a job, whether or not one runs now; None when none ever did.

    Raises DatabaseError when the database does not answer.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM now() - max(at)) FROM procrastinate_events WHERE type IN "
            "('started', 'deferred_for_retry', 'failed', 'succeeded', 'aborted')"
        )
        row = cursor.fetchone()
    return float(row[0]) if row and row[0] is not None else None


def heartbeat_age() -> float | None:
    """Seconds since the most recent sign of life of any background worker; None when there is none.

    Raises DatabaseError when the database does not answer.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM now() - max(last_heartbeat)) FROM procrastinate_workers")
        row = cursor.fetchone()
    return float(row[0]) if row and row[0] is not None else None
