"""Several runners of migrations in processes of their own: at once, killed, paused, cut off, and on three nodes."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from cassandra import ConsistencyLevel
from cassandra.cluster import Session
from cassandra.query import SimpleStatement

from coodie.exceptions import MigrationFailed
from coodie.sync import Migrations, close

from .conftest import require
from .server import Found, NoCluster, Node
from .server import cluster as start_cluster
from .server.proxy import Proxy
from .workers import connect, ended, go, go_on, start, wait_for_line

MIGRATIONS = int(os.environ.get("COODIE_MIGRATIONS", "20"))
FILES = {
    "1_users.cql": "CREATE TABLE IF NOT EXISTS users (id int PRIMARY KEY, name text);",
    "2_email.cql": "ALTER TABLE users ADD email text; INSERT INTO users (id, email) VALUES (1, 'a@x');",
    "3_copy.py": (
        "async def up(m):\n"
        "    async with m.step('table'):\n"
        "        await m.execute('CREATE TABLE IF NOT EXISTS copies (id int PRIMARY KEY, email text)')\n"
        "    for row in await m.execute('SELECT id, email FROM users'):\n"
        "        await m.execute('INSERT INTO copies (id, email) VALUES (?, ?)', [row['id'], row['email']])\n"
        "    await m.backfill('copies', lambda row: {'email': 'b@x'}, concurrency=4)\n"
    ),
}
ALL = "1_users 2_email 3_copy"


def runner(
    cluster: Found | Node, keyspace: str, folder: Path, *what: str, port: int | None = None
) -> subprocess.Popen[str]:
    host = cluster.host if isinstance(cluster, Node) else cluster.hosts[0]
    return start("migration_worker", host, str(port or cluster.port), keyspace, str(folder), *what)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def connection(cluster: Found) -> Iterator[None]:
    """The default connection of this process."""
    connect(cluster.hosts[0], cluster.port)
    yield
    close()


def make_keyspace(session: Session, name: str, copies: int = 1) -> str:
    replication = f"{{'class': 'SimpleStrategy', 'replication_factor': {copies}}}"
    session.execute(f"CREATE KEYSPACE {name} WITH replication = {replication}")
    return name


def end_lock(session: Session, keyspace: str) -> None:
    """Let the lock of whoever holds it be over in a second, as it would be after 30, if it is not over already."""
    table = f"{keyspace}.coodie_migration_lock"
    holder = session.execute(f"SELECT owner FROM {table} WHERE name = 'migrations'").one()
    statement = f"UPDATE {table} USING TTL 1 SET owner = %s WHERE name = 'migrations' IF owner = %s"
    serial = SimpleStatement(statement, serial_consistency_level=ConsistencyLevel.SERIAL)
    if holder is not None:
        session.execute(serial, [holder.owner, holder.owner])


def check_end(session: Session, keyspace: str) -> None:
    assert [tuple(row) for row in session.execute(f"SELECT id, email FROM {keyspace}.copies")] == [(1, "b@x")]
    states = session.execute(f"SELECT revision, state FROM {keyspace}.coodie_migrations")
    assert {row.revision: row.state for row in states} == dict.fromkeys(ALL.split(), "applied")
    assert list(session.execute(f"SELECT owner FROM {keyspace}.coodie_migration_lock")) == []


def check_one_did_it(*workers: subprocess.Popen[str]) -> None:
    found = ended(*workers)
    assert {each.status for each in found} == {0}, "\n".join(each.err for each in found)
    assert sorted(each.out.strip() for each in found) == [*[""] * (len(workers) - 1), ALL]


def test_of_several_runners_at_once_one_applies_each_migration(
    cluster: Found, session: Session, keyspace: str, folder: Path
) -> None:
    name = make_keyspace(session, f"{keyspace}_many")
    workers = [runner(cluster, name, folder) for _ in range(4)]
    go(*workers)
    check_one_did_it(*workers)
    check_end(session, name)


PHASES = {
    "unrecorded": ("started", "kill"),
    "recorded": ("sending", "kill"),
    "under_way": ("sending", "shoot"),
    "happened": ("sent", "kill"),
    "backfill": ("progress", "kill"),
}


def test_a_runner_that_is_killed_in_any_phase_is_followed_by_one_that_takes_over(
    cluster: Found, session: Session, keyspace: str, folder: Path, connection: None
) -> None:
    workers = {
        phase: runner(cluster, make_keyspace(session, f"{keyspace}_{phase}"), folder, *what)
        for phase, what in PHASES.items()
    }
    go(*workers.values())
    found = dict(zip(workers, ended(*workers.values()), strict=True))
    assert {each.status for each in found.values()} == {-signal.SIGKILL}, found
    for phase in workers:
        name = f"{keyspace}_{phase}"
        end_lock(session, name)
        report = Migrations(folder, keyspace=name).up()
        assert [each.revision for each in report.done][-1] == "3_copy"
        check_end(session, name)


@pytest.fixture(scope="module")
def overdue(
    cluster: Found, session: Session, keyspace: str, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, subprocess.Popen[str]]:
    """A keyspace whose runner was killed, and another runner that waits for the end of its lock."""
    folder = tmp_path_factory.mktemp("overdue")
    for name, text in FILES.items():
        (folder / name).write_text(text)
    name = make_keyspace(session, f"{keyspace}_overdue")
    killed = runner(cluster, name, folder, "sent", "kill")
    go(killed)
    ended(killed)
    waiting = runner(cluster, name, folder)
    go(waiting)
    return name, waiting


@pytest.mark.parametrize("at", ["sending", "sent"])
def test_a_runner_that_was_paused_for_longer_than_its_lock_lasts_stops_before_its_next_statement(
    cluster: Found,
    session: Session,
    keyspace: str,
    folder: Path,
    connection: None,
    at: str,
    overdue: tuple[str, subprocess.Popen[str]],
) -> None:
    name = make_keyspace(session, f"{keyspace}_paused_{at}")
    paused = runner(cluster, name, folder, at, "stop")
    go(paused)
    os.waitid(os.P_PID, paused.pid, os.WSTOPPED)
    end_lock(session, name)
    Migrations(folder, keyspace=name).up()
    paused.send_signal(signal.SIGCONT)
    (found,) = ended(paused)
    assert found.status == 1
    assert "LockLost" in found.err
    check_end(session, name)


def test_a_lock_that_nobody_renews_is_over_by_itself(
    session: Session, overdue: tuple[str, subprocess.Popen[str]]
) -> None:
    name, waiting = overdue
    (found,) = ended(waiting)
    assert found.status == 0, found.err
    check_end(session, name)


def test_a_runner_whose_network_is_cut_ends_with_an_error_and_another_goes_on(
    cluster: Found, session: Session, keyspace: str, folder: Path, connection: None
) -> None:
    phases = {phase: make_keyspace(session, f"{keyspace}_cut_{phase}") for phase in ("sending", "sent")}
    proxies = [Proxy(cluster.hosts[0], cluster.port) for _ in phases]
    workers = [
        runner(cluster, name, folder, phase, "wait", port=proxy.port)
        for (phase, name), proxy in zip(phases.items(), proxies, strict=True)
    ]
    go(*workers)
    for worker, proxy in zip(workers, proxies, strict=True):
        wait_for_line(worker)
        proxy.cut()
        go_on(worker)
    found = ended(*workers)
    assert [each.status for each in found] == [1, 1]
    assert "LockLost" in found[0].err
    assert "could not be renewed" in found[0].err
    assert "MigrationFailed" in found[1].err
    assert "the next run finds out what happened" in found[1].err
    for name in phases.values():
        end_lock(session, name)
        Migrations(folder, keyspace=name).up()
        check_end(session, name)


def test_runners_whose_clocks_are_wrong_by_an_hour_hold_and_wait_for_the_lock_as_others_do(
    cluster: Found, session: Session, keyspace: str, tmp_path: Path, connection: None
) -> None:
    (tmp_path / "1_a.cql").write_text("CREATE TABLE a (id int PRIMARY KEY); ALTER TABLE a ADD b int;")
    (tmp_path / "2_b.cql").write_text("INSERT INTO a (id, b) VALUES (1, 1);")
    name = make_keyspace(session, f"{keyspace}_clocks")
    early, late = (runner(cluster, name, tmp_path, "sent", "wait", hours) for hours in ("-1", "1"))
    go(late)
    wait_for_line(late)
    go(early)
    assert Migrations(tmp_path, keyspace=name).lock() is not None
    go_on(late)
    go_on(early)  # it never has anything to send, and so never waits
    found = ended(late, early)
    assert [(each.status, each.out.strip()) for each in found] == [(0, "1_a 2_b"), (0, "")], found
    assert [tuple(row) for row in session.execute(f"SELECT id, b FROM {name}.a")] == [(1, 1)]


def test_many_migrations_on_an_empty_keyspace(
    cluster: Found, session: Session, keyspace: str, tmp_path: Path, connection: None
) -> None:
    (tmp_path / "000_t.cql").write_text("CREATE TABLE t (id int PRIMARY KEY);")
    for number in range(1, MIGRATIONS):
        (tmp_path / f"{number:03}_c.cql").write_text(f"ALTER TABLE t ADD c{number} int;")
    name = make_keyspace(session, f"{keyspace}_hundred")
    assert len(Migrations(tmp_path, keyspace=name).up(fail_on=None).done) == MIGRATIONS
    asked = "SELECT column_name FROM system_schema.columns WHERE keyspace_name = %s AND table_name = 't'"
    found = {row.column_name for row in session.execute(asked, [name])}
    assert found == {"id", *(f"c{number}" for number in range(1, MIGRATIONS))}


@pytest.fixture(scope="module")
def three_nodes() -> Iterator[list[Node]]:
    try:
        # A paused node must not be taken for dead while a slow machine works: the others would agree without it.
        with start_cluster(3, changes={"phi_convict_threshold": 16}) as nodes:
            yield nodes
    except NoCluster as error:
        require(error)


@pytest.mark.needs_server("three nodes")
def test_of_eight_runners_at_once_on_three_nodes_one_applies_each_migration(
    three_nodes: list[Node], folder: Path
) -> None:
    with three_nodes[0].session() as session:
        name = make_keyspace(session, "together", 3)
        workers = [runner(three_nodes[number % 3], name, folder) for number in range(8)]
        go(*workers)
        check_one_did_it(*workers)
        check_end(session, name)


@pytest.mark.needs_server("three nodes")
def test_nodes_that_do_not_agree_on_the_schema_stop_a_run_and_the_next_one_completes_it(
    three_nodes: list[Node], folder: Path
) -> None:
    first, _, last = three_nodes
    with first.session() as session:
        name = make_keyspace(session, "apart", 3)
    migrations = Migrations(folder, keyspace=name)
    connect(first.host, first.port, only=True, schema_timeout=4)
    try:
        migrations.up("1")
        last.pause()
        with pytest.raises(MigrationFailed, match="SchemaDisagreement"):
            migrations.up()
        last.resume()
        for node in three_nodes:
            node.wait_ready()
        connect(first.host, first.port, only=True)
        migrations.up()
    finally:
        with suppress(RuntimeError):
            last.resume()
        close()
    with last.session() as session:
        check_end(session, name)
