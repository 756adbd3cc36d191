"""How often an account or a department's system may ask, counted for all processes together in one unlogged row for each."""

import time

from django.db import connection

from tongban.project.api.problems import Problem

WINDOW = 60  # seconds

_COUNT = """
INSERT INTO api_rate AS r (who, stretch, asked) VALUES (%s, %s, 1)
ON CONFLICT (who) DO UPDATE SET
    asked = CASE WHEN r.stretch = excluded.stretch THEN r.asked + 1 ELSE 1 END, stretch = excluded.stretch
RETURNING asked
"""


def let_in(who: str, most: int) -> None:
    """Count one request of `who` ("account:7", "client:3"), of which `most` are let in a minute.

    Raises Problem "too_many_requests" (429), with the seconds until they may ask again in Retry-After.
    """
    wait = seconds_to_wait(who, most)
    if wait:
        raise Problem(
            429, "too_many_requests", f"请求过于频繁，请 {wait} 秒后再试。", {"seconds": wait}, wait
        )


def seconds_to_wait(who: str, most: int) -> int:
    """Count one request; 0 when it may go on, else the seconds until they may ask again."""
    now = int(time.time())
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [who, now // WINDOW])
        asked = cursor.fetchone()[0]
    return 0 if asked <= most else WINDOW - now % WINDOW
