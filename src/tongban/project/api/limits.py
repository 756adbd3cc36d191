"""How often an account may ask, counted for all processes together in one unlogged row for each account."""

import time

from django.conf import settings
from django.db import connection

WINDOW = 60  # seconds

_COUNT = """
INSERT INTO api_rate AS r (account_id, stretch, asked) VALUES (%s, %s, 1)
ON CONFLICT (account_id) DO UPDATE SET
    asked = CASE WHEN r.stretch = excluded.stretch THEN r.asked + 1 ELSE 1 END, stretch = excluded.stretch
RETURNING asked
"""


def seconds_to_wait(account_id: int) -> int:
    """Count one request of the account; 0 when it may go on, else the seconds until it may ask again."""
    now = int(time.time())
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [account_id, now // WINDOW])
        asked = cursor.fetchone()[0]
    return 0 if asked <= settings.TONGBAN_API_RATE else WINDOW - now % WINDOW
