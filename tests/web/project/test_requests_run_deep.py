"""Every request is answered within the one large frame that `processes.deep` makes, or pages cost the system calls again."""

import sys

import pytest
from django.core.signals import request_started

from tests.front import front
from tongban.base.processes import deep


def large_frames() -> int:
    """How many of the frames that are being worked in are the large one."""
    frame, found = sys._getframe(), 0
    while frame is not None:
        found += frame.f_code is deep.__code__
        frame = frame.f_back
    return found


@pytest.mark.parametrize("path", ["/healthz", "/guides/"])  # one that is never kept, one that is
def test_a_request_is_answered_in_the_large_frame(db: None, path: str) -> None:
    outside, inside = large_frames(), []  # the tests themselves run in one

    def look(**_: object) -> None:
        inside.append(large_frames())

    request_started.connect(look)
    try:
        with front() as asked:
            asked.get(path)
    finally:
        request_started.disconnect(look)
    assert inside == [outside + 1]
