"""How often one address may ask for something that could be guessed at. Counts in the shared cache, keeps no address."""

import time
from collections.abc import Callable
from math import ceil
from typing import TypeVar

from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

UPLOADS, UPLOADED = 200, 500  # files, and MiB, that an address may send in an hour
TRACKED = 10  # wrong pairs of number and secret that an address may try in ten minutes

T = TypeVar("T")


class TooOften(Exception):
    """This address has guessed wrong too often."""


def address(request: HttpRequest) -> str:
    """The address a request came from; the proxies of ours (TONGBAN_PROXIES) are believed, nobody else's headers."""
    proxies = settings.TONGBAN_PROXIES
    if proxies:
        chain = [
            part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()
        ]
        if len(chain) >= proxies:
            return str(chain[-proxies])
    return str(request.META.get("REMOTE_ADDR", ""))


def within(request: HttpRequest, what: str, most: int, seconds: int = 600, by: int = 1) -> bool:
    """Count one attempt, or `by` of what it takes; False once this address has had `most` in the last `seconds`."""
    return _counted(request, what, by, seconds) < most


def may_upload(request: HttpRequest, size: int) -> bool:
    """Count an upload of so many bytes, by their number and by their weight; who is signed in has four times the room.

    A service hall and a carrier have one address for many: the bounds are for those who fill disks.
    """
    room = UPLOADED * (4 if request.user.is_authenticated else 1)
    weight = -(-size // 2**20)
    return within(request, "upload", UPLOADS, 3600) and within(request, "upload-mb", room, 3600, weight)


def guessed(request: HttpRequest, what: str, most: int, ask: Callable[[], T | None]) -> T | None:
    """What `ask` finds. Only what finds nothing counts: a hall or a carrier has one address for many who know.

    Raises TooOften once this address has guessed wrong `most` times in ten minutes.
    """
    if not within(request, what, most):
        raise TooOften
    found = ask()
    if found is not None:
        _counted(request, what, -1)
    return found


def _counted(request: HttpRequest, what: str, by: int, seconds: int = 600) -> int:
    """Attempts so far, to which `by` are added."""
    digest = salted_hmac("tongban.hall.rate", f"{what}:{address(request)}").hexdigest()[:32]
    key, now = f"hall-rate:{digest}", time.time()
    with transaction.atomic(), connection.cursor() as cursor:
        # One at a time: the cache itself counts neither exactly nor keeps an entry's end when it is counted up.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int(digest[:15], 16)])
        made, ends = cache.get(key) or (0, now + seconds)
        cache.set(key, (max(0, made + by), ends), max(1, ceil(ends - now)))
    return int(made)
