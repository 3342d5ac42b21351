"""Ctrl-C in the middle of each command that writes: it ends with 130, nobody has the lock, and the next one goes on."""

import signal
import subprocess
from threading import Event

import pytest
from command_line import PROGRAM
from testing.memory.wire.open_port import opened

from coodie.sync import close, execute_raw, init_coodie
from coodie.testing import MemoryDriver

CHANGED = "-- up\nCREATE TABLE IF NOT EXISTS users (id uuid PRIMARY KEY, name ascii);\n"


def lock_of(project):
    init_coodie("memory:dev.cql")
    try:
        return execute_raw("SELECT owner FROM shop.coodie_migration_lock")
    finally:
        close()


def dumped(project):
    ended = project("schema", "dump")
    assert ended.status == 0
    return ended.out


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("up", "CREATE TABLE IF NOT EXISTS shop.users"),
        ("up", "ALTER TABLE shop.users ADD"),
        ("up", "INSERT INTO shop.coodie_migrations"),
        ("up", "UPDATE shop.coodie_migrations"),
        ("redo", "DROP INDEX"),
        ("redo", "ALTER TABLE shop.users ADD"),
    ],
)
def test_a_run_that_is_interrupted_is_completed_by_the_next_one(project, interrupt, command, text, after):
    assert project("migrate", "up", "--create-keyspace").status == 0
    wanted = dumped(project)
    if command == "up":
        assert project("migrate", "down", "-2").status == 0
    interrupt(text, after)
    ended = project("migrate", command)
    assert (ended.status, ended.err) == (130, "interrupted\n")
    assert lock_of(project) == []
    if project("migrate", "up").status != 0:
        assert project("migrate", "down").status == 0  # it was on its way down
        assert project("migrate", "up").status == 0
    assert project("migrate", "status").status == 0
    assert dumped(project) == wanted


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("text", ["DROP INDEX", "ALTER TABLE shop.users DROP", "DELETE FROM shop.coodie_migrations"])
def test_a_run_down_that_is_interrupted_is_completed_by_the_next_one(applied, interrupt, text, after):
    interrupt(text, after)
    assert applied("migrate", "down").status == 130
    assert lock_of(applied) == []
    states = [each["revision"] for each in applied("migrate", "history", "--json").json["migrations"]]
    if len(states) == 2:
        assert applied("migrate", "down").status == 0
    assert [each["revision"] for each in applied("migrate", "history", "--json").json["migrations"]] == ["0001_users"]
    assert "email" not in dumped(applied)


@pytest.mark.parametrize("after", [False, True])
def test_a_baseline_a_repair_and_a_sync_that_are_interrupted_are_done_by_the_next_one(applied, interrupt, after):
    applied.write({"migrations/0001_users.cql": CHANGED})
    interrupt("UPDATE shop.coodie_migrations", after)
    assert applied("migrate", "repair", "0001", "--yes").status == 130
    assert lock_of(applied) == []
    assert applied("migrate", "repair", "0001", "--yes").status == int(after)
    assert applied("migrate", "status").status == 0
    init_coodie("memory:dev.cql")
    execute_raw("TRUNCATE shop.coodie_migrations")
    close()
    interrupt("INSERT INTO shop.coodie_migrations", after)
    assert applied("migrate", "baseline", "0002", "--no-compare").status == 130
    assert lock_of(applied) == []
    assert applied("migrate", "baseline", "0002", "--no-compare").status == 0
    more = applied.read("app/models.py").replace("    email:", "    age: int | None = None\n    email:")
    applied.write({"app/models.py": more})
    interrupt("ALTER TABLE shop.users ADD", after)
    assert applied("schema", "sync").status == 130
    assert applied("schema", "sync").status == 0
    assert applied("schema", "verify").status == 0


def test_a_signal_while_a_server_carries_out_a_statement(project):
    pytest.importorskip("cassandra", reason="the command line reaches a server by the vendor's driver")
    memory = MemoryDriver()
    reached, goes_on = Event(), Event()

    def stop(change):
        if "users" in str(change) and not reached.is_set():
            reached.set()
            goes_on.wait(60)

    memory.engine.listeners.append(stop)
    with opened(memory) as port:
        place = ["--hosts", f"127.0.0.1:{port}"]
        command = [*PROGRAM, "migrate", "up", "--create-keyspace", *place]
        running = subprocess.Popen(command, cwd=project.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert reached.wait(60)
        running.send_signal(signal.SIGINT)
        goes_on.set()
        _, err = running.communicate(timeout=60)
        assert (running.returncode, err) == (130, b"interrupted\n")
        assert memory.rows("shop.coodie_migration_lock") == []
        (entry,) = memory.rows("shop.coodie_migrations")
        assert (entry["state"], entry["done"], entry["tried"]) == ("running", 0, 1)
        ended = project("migrate", "up", *place)
        assert ended.status == 0, ended
        assert any("1/1 happened already" in line for line in ended.lines)
