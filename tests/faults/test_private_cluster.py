"""The private PostgreSQL: durable, shared, recovered from, and clear about what keeps it from starting."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest

from tongban.base.console import CommandError
from tongban.project.cluster import Cluster, find_binaries, programs, throwaway
from tongban.project.installation import Installation

pytestmark = pytest.mark.faults


@pytest.fixture
def place(ground):
    return Installation(ground, ground / "data")


def a(place):
    """The private cluster of a place, made without waiting for the disk: what is tested here is not the disk."""
    return Cluster(place, durable=False)


def say(cluster, sql):
    with psycopg.connect(cluster.url, autocommit=True) as connection:
        cursor = connection.execute(sql)
        return cursor.fetchone() if cursor.description else None


def refusal(cluster):
    with pytest.raises(CommandError) as refused:
        cluster.acquire()
    return refused.value


def test_it_keeps_what_it_acknowledged_and_listens_on_no_port(place):
    with Cluster(place).using() as cluster:
        assert say(
            cluster,
            "SELECT current_setting('fsync'), current_setting('synchronous_commit'), "
            "current_setting('full_page_writes'), current_setting('listen_addresses')",
        ) == ("on", "on", "on", "")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_as_root_the_server_runs_as_somebody_else_and_lets_in_root_alone(place):
    with a(place).using() as cluster:
        assert Path(f"/proc/{cluster.pid()}").stat().st_uid != 0
        rules = [line.split() for line in (place.cluster / "pg_hba.conf").read_text().splitlines()]
        people = [line.split() for line in (place.cluster / "pg_ident.conf").read_text().splitlines()]
        assert rules == [["local", "all", "tongban", "peer", "map=tongban"]]
        assert people == [["tongban", '"root"', "tongban"]]


def test_it_stops_with_its_last_user_and_not_before(place):
    one, two = a(place), a(place)
    one.acquire()
    two.acquire()

    one.release()
    assert two.pid() is not None
    two.release()
    assert two.pid() is None


def test_a_process_that_only_holds_it_keeps_it_running(place):
    holder, user = a(place), a(place)
    user.acquire()
    holder.hold()

    user.release()

    assert holder.pid() is not None
    holder.release()
    assert holder.pid() is None


def test_a_killed_user_is_not_counted(place):
    code = (
        "import os, signal, pathlib\n"
        "from tongban.project.cluster import Cluster\n"
        "from tongban.project.installation import Installation\n"
        f"Cluster(Installation(pathlib.Path({str(place.checkout)!r}), pathlib.Path({str(place.data)!r}))).acquire()\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -signal.SIGKILL
    survivor = a(place)
    assert survivor.pid() is not None

    with survivor.using():
        pass

    assert survivor.pid() is None


def test_data_survive_stop_and_start(place):
    with a(place).using() as cluster:
        say(cluster, "CREATE TABLE kept (n int)")
        say(cluster, "INSERT INTO kept VALUES (42)")

    with a(place).using() as cluster:
        assert say(cluster, "SELECT n FROM kept") == (42,)


def test_kill_9_of_the_server_loses_nothing_acknowledged(place):
    with Cluster(place).using() as cluster:
        say(cluster, "CREATE TABLE kept (n int)")
        with psycopg.connect(cluster.url, autocommit=True) as connection:
            for n in range(200):
                connection.execute("INSERT INTO kept VALUES (%s)", [n])
            killed = cluster.pid()
            os.kill(killed, signal.SIGKILL)
            while cluster.pid() == killed:
                pass

            assert cluster.revive()

        assert say(cluster, "SELECT count(*), sum(n) FROM kept") == (200, 19900)
        assert not cluster.revive()


def test_a_stale_pid_file_whose_number_another_program_took_is_recovered_from(place):
    with a(place).using():
        stale = (place.cluster / "postmaster.pid").read_text().splitlines()
    stale[0] = str(os.getpid())
    (place.cluster / "postmaster.pid").write_text("\n".join(stale) + "\n")
    (place.sockets / ".s.PGSQL.5432.lock").write_text("\n".join(stale) + "\n")

    with a(place).using() as cluster:
        assert say(cluster, "SELECT 1") == (1,)


def test_a_first_start_cut_off_in_the_middle_is_begun_anew(place):
    (place.data / "cluster.new" / "base").mkdir(parents=True)

    with a(place).using() as cluster:
        assert say(cluster, "SELECT 1") == (1,)
    assert not (place.data / "cluster.new").exists()


def test_two_checkouts_run_side_by_side_and_never_meet(ground):
    ours = a(Installation(ground / "a", ground / "data-a"))
    theirs = a(Installation(ground / "b", ground / "data-b"))
    with ours.using(), theirs.using():
        say(ours, "CREATE TABLE only_here (n int)")

        assert say(theirs, "SELECT to_regclass('only_here')") == (None,)
        assert ours.pid() != theirs.pid()


def test_a_full_disk_is_seen_before_anything_is_begun(place, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=5 * 2**20))

    error = refusal(a(place))

    assert error.code == "disk_full"
    assert "5 MB" in error.message
    assert not place.cluster.exists()


def test_a_disk_that_fills_while_starting_is_named(place, monkeypatch, ground):
    programs = ground / "programs"
    programs.mkdir()
    for name, answer in {
        "postgres": "echo 'postgres (PostgreSQL) 16.4'",
        "pg_ctl": "exit 1",
        "initdb": "echo 'initdb: error: could not write to file: No space left on device' >&2; exit 1",
    }.items():
        (programs / name).write_text(f"#!/bin/sh\n{answer}\n")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("TONGBAN_PG_BIN", str(programs))

    error = refusal(a(place))

    assert error.code == "disk_full"
    assert not (place.data / "cluster.new").exists()


def test_a_server_that_cannot_start_says_why_and_where_the_log_is(place):
    with a(place).using():
        pass
    (place.cluster / "local.conf").write_text("shared_buffers = 'plenty'\n")

    error = refusal(a(place))

    assert error.code == "postgres_start"
    assert "shared_buffers" in error.message
    assert "postgresql.log" in error.remedy


def test_data_of_another_major_version_are_not_touched(place):
    with a(place).using():
        pass
    (place.cluster / "PG_VERSION").write_text("9\n")

    error = refusal(a(place))

    assert error.code == "postgres_version"
    assert "PostgreSQL 9" in error.message


def test_a_machine_without_postgresql_is_told_what_to_install(place, monkeypatch):
    monkeypatch.setenv("TONGBAN_PG_BIN", "/nowhere")

    error = refusal(a(place))

    assert error.code == "postgres_missing"
    assert "make run" in error.remedy


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another user")
def test_as_root_data_below_a_closed_directory_are_refused_with_the_way_out(ground):
    closed = ground / "closed"
    closed.mkdir(mode=0o700)

    error = refusal(a(Installation(ground, closed / "data")))

    assert error.code == "data_denied"
    assert "TONGBAN_DATA" in error.remedy


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another user")
def test_as_root_programs_in_a_closed_home_are_copied_to_where_the_server_can_run_them(
    place, ground, monkeypatch
):
    home = ground / "home"
    home.mkdir(mode=0o700)
    found = next(find_binaries())
    (home / "pg" / "bin").mkdir(parents=True)
    for tool in ("postgres", "initdb", "pg_ctl"):
        shutil.copy(found.folder / tool, home / "pg" / "bin" / tool)
    monkeypatch.setenv("TONGBAN_PG_BIN", str(home / "pg" / "bin"))

    runnable = a(place)
    place.prepare()
    moved = runnable._runnable(next(find_binaries()))

    assert moved.folder.is_relative_to(place.data)


def test_the_newest_of_several_versions_is_preferred_and_an_old_one_left_out(ground, monkeypatch):
    for major in (9, 15, 17):
        folder = ground / str(major)
        folder.mkdir()
        for tool in ("postgres", "initdb", "pg_ctl"):
            (folder / tool).write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {major}.2'\n")
            (folder / tool).chmod(0o755)
    monkeypatch.setattr(programs, "_places", lambda: [ground / "9", ground / "17", ground / "15"])

    assert [b.major for b in find_binaries()] == [17, 15]


def test_a_killed_test_run_leaves_nothing_for_long(tmp_path_factory):
    code = (
        "import os, signal\n"
        "from tongban.project.cluster import throwaway\n"
        "with throwaway() as url:\n"
        "    print(url, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL

    with throwaway(), pytest.raises(psycopg.OperationalError):
        psycopg.connect(done.stdout.strip())
