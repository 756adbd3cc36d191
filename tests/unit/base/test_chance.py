"""Random bytes: as many as asked for, never the same twice, not even in a process born of this one."""

import os
from concurrent.futures import ThreadPoolExecutor

from tongban.base.chance import fresh


def test_as_many_as_asked_for():
    for count in (0, 1, 16, 8192, 8193, 100_000):
        assert len(fresh(count)) == count


def test_nothing_comes_twice_in_any_thread():
    with ThreadPoolExecutor(4) as threads:
        drawn = list(threads.map(lambda _: fresh(16), range(5000)))
    assert len(set(drawn)) == 5000


def test_a_child_does_not_give_what_its_parent_gives():
    fresh(16)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, fresh(64))
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 64) != fresh(64)
    os.close(read)
    os.close(write)
