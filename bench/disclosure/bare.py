"""The floor: an answer of the size asked for, from the same server, with nothing behind it."""

import os

BODY = b"x" * int(os.environ.get("BENCH_BYTES", "10000"))
HEADERS = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(BODY)))]


def application(environ, start_response):
    start_response("200 OK", HEADERS)
    return [BODY]
