"""Several runners of migrations in processes of their own: at once, and killed in the middle."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cassandra.cluster import Session

from .server import Found

WORKER = Path(__file__).with_name("migration_worker.py")
FILES = {
    "1_users.cql": "CREATE TABLE IF NOT EXISTS users (id int PRIMARY KEY, name text);",
    "2_email.cql": "ALTER TABLE users ADD email text; INSERT INTO users (id, email) VALUES (1, 'a@x');",
    "3_copy.py": (
        "async def up(m):\n"
        "    async with m.step('table'):\n"
        "        await m.execute('CREATE TABLE copies (id int PRIMARY KEY, email text)')\n"
        "    for row in await m.execute('SELECT id, email FROM users'):\n"
        "        await m.execute('INSERT INTO copies (id, email) VALUES (?, ?)', [row['id'], row['email']])\n"
        "    await m.backfill('copies', lambda row: {'email': 'b@x'}, concurrency=4)\n"
    ),
}


def start(cluster: Found, keyspace: str, folder: Path, event: str = "") -> subprocess.Popen[str]:
    host, port = cluster.hosts[0], str(cluster.port)
    command = [sys.executable, "-W", "ignore", str(WORKER), host, port, keyspace, str(folder), event]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def go(*workers: subprocess.Popen[str]) -> list[tuple[int, str, str]]:
    """Let all begin when the last one is ready; how each ended, and what it said."""
    for worker in workers:
        assert worker.stdout is not None
        worker.stdout.readline()
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("\n")
        worker.stdin.flush()
    ended: list[tuple[int, str, str]] = []
    for worker in workers:
        out, err = worker.communicate(timeout=600)
        ended.append((worker.returncode, out.strip(), err))
    return ended


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def make_keyspace(session: Session, name: str) -> str:
    session.execute(f"CREATE KEYSPACE {name} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}")
    return name


def check_end(session: Session, keyspace: str) -> None:
    assert [tuple(row) for row in session.execute(f"SELECT id, email FROM {keyspace}.copies")] == [(1, "b@x")]
    states = session.execute(f"SELECT revision, state FROM {keyspace}.coodie_migrations")
    assert {row.revision: row.state for row in states} == dict.fromkeys(["1_users", "2_email", "3_copy"], "applied")
    assert list(session.execute(f"SELECT owner FROM {keyspace}.coodie_migration_lock")) == []


def test_of_several_runners_at_once_one_applies_each_migration(
    cluster: Found, session: Session, keyspace: str, folder: Path
) -> None:
    name = make_keyspace(session, f"{keyspace}_many")
    ended = go(*(start(cluster, name, folder) for _ in range(4)))
    assert [code for code, _, _ in ended] == [0] * 4, ended
    assert sorted(out for _, out, _ in ended) == ["", "", "", "1_users 2_email 3_copy"]
    check_end(session, name)


@pytest.mark.parametrize("event", ["started", "sending", "sent", "progress"])
def test_a_runner_that_is_killed_is_followed_by_another_that_takes_over_when_its_lock_is_over(
    cluster: Found, session: Session, keyspace: str, folder: Path, event: str
) -> None:
    name = make_keyspace(session, f"{keyspace}_{event}")
    ((code, _, err),) = go(start(cluster, name, folder, event))
    assert code == -signal.SIGKILL, err
    ((code, out, err),) = go(start(cluster, name, folder))
    assert code == 0, err
    assert out.endswith("3_copy")
    check_end(session, name)
