"""The contract suite on a real cluster; and what was recorded there replayed without it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from cassandra.cluster import Session

from coodie.cql.message import Batch, Kind, Mark, Options, Statement
from coodie.cql.types import parse_type
from coodie.drivers.cassandra import CassandraDriver
from coodie.exceptions import OutcomeUnknown, RequestRejected
from coodie.testing import RecordingDriver, UnexpectedCall, UnusedReply, faults
from coodie.testing.contract import VALUES, DriverContract


class TestAdapter(DriverContract):
    """The adapter over a session of the vendor's."""

    @pytest.fixture
    def driver(self, vendor_session: Session, keyspace: str) -> Iterator[CassandraDriver]:
        type(self).keyspace = keyspace  # the cases read it off the class
        driver = CassandraDriver(vendor_session)
        yield driver
        driver.close()


class TestSpy(DriverContract):
    """A recorder around the adapter is a driver like it."""

    @pytest.fixture
    def driver(self, vendor_session: Session, keyspace: str) -> Iterator[RecordingDriver]:
        type(self).keyspace = keyspace
        driver = RecordingDriver(CassandraDriver(vendor_session))
        yield driver
        driver.verify()
        driver.close()


TYPES = {f"c{number}": kind for number, kind in enumerate(VALUES)}


def insert(table: str, key: UUID, number: int) -> Statement:
    """A row with a value of each type."""
    types = {"id": "uuid", "n": "int", **TYPES}
    marks = tuple(Mark(name, parse_type(kind)) for name, kind in types.items())
    text = f"INSERT INTO {table} ({', '.join(types)}) VALUES ({', '.join('?' for _ in types)})"
    return Statement(text, (key, number, *VALUES.values()), marks, idempotent=True)


def select(table: str, key: UUID, **options: Any) -> Statement:
    text = f"SELECT n, {', '.join(TYPES)} FROM {table} WHERE id = ?"
    return Statement(text, (key,), (Mark("id", parse_type("uuid")),), Kind.READ, True, Options(**options))


def session_of_all_kinds(driver: CassandraDriver | RecordingDriver, table: str, key: UUID) -> list[Any]:
    """What an application could do; gives all that it heard."""
    columns = ", ".join(f"{name} {kind}" for name, kind in TYPES.items())
    ddl = f"CREATE TABLE IF NOT EXISTS {table} (id uuid, n int, {columns}, PRIMARY KEY (id, n))"
    heard: list[Any] = [list(driver.execute(Statement(ddl, kind=Kind.SCHEMA)).rows)]
    heard.append(list(driver.execute(Batch(tuple(insert(table, key, number) for number in range(3)))).rows))
    claim = insert(table, key, 1)
    claim = Statement(f"{claim.cql} IF NOT EXISTS", claim.values, claim.marks, Kind.CONDITIONAL)
    page = driver.execute(claim)
    heard.append((page.columns, page.rows))
    page = driver.execute(select(table, key, fetch_size=2))
    heard.append((page.columns, page.rows))
    page = driver.execute(select(table, key, fetch_size=2, paging_state=page.paging_state))
    heard.append((page.columns, page.rows, page.paging_state))
    with pytest.raises(RequestRejected) as refused:
        driver.execute(Statement(f"SELECT nothing FROM {table}", kind=Kind.READ))
    heard.append(str(refused.value))
    return heard


@pytest.fixture
def adapter(session: Session) -> CassandraDriver:
    return CassandraDriver(session)


def test_what_a_cluster_answered_is_answered_without_it(
    adapter: CassandraDriver, keyspace: str, tmp_path: Path
) -> None:
    table, key, path = f"{keyspace}.replayed", uuid4(), tmp_path / "calls.jsonl"
    recorder = RecordingDriver(adapter)
    answered = session_of_all_kinds(recorder, table, key)
    recorder.save(path)

    with RecordingDriver.replay(path) as replay:
        assert repr(session_of_all_kinds(replay, table, key)) == repr(answered)
        with pytest.raises(UnexpectedCall):
            replay.execute(select(table, key))
        replay.failures.clear()


def test_a_replay_falls_through_to_nothing_and_wants_all_of_its_calls(
    adapter: CassandraDriver, keyspace: str, tmp_path: Path
) -> None:
    table, key, path = f"{keyspace}.replayed", uuid4(), tmp_path / "calls.jsonl"
    recorder = RecordingDriver(adapter)
    session_of_all_kinds(recorder, table, key)
    recorder.save(path, redact={"id", "c12"})

    assert str(key) not in path.read_text("utf-8")
    assert VALUES["text"] not in path.read_text("utf-8")
    replay = RecordingDriver.replay(path)
    session_of_all_kinds(replay, table, uuid4())  # any key will do
    replay.verify()
    with pytest.raises(UnusedReply):
        RecordingDriver.replay(path).verify()


@pytest.mark.parametrize("applied", [True, False])
def test_a_write_that_timed_out_may_have_happened(
    adapter: CassandraDriver, look: Any, keyspace: str, applied: bool
) -> None:
    look("CREATE TABLE IF NOT EXISTS {}.late (id uuid PRIMARY KEY, at timestamp)")
    key, now = uuid4(), datetime(2030, 1, 1, tzinfo=timezone.utc)
    spy = RecordingDriver(adapter)
    spy.on("insert").raises(faults.write_timeout(), applied=applied)
    with pytest.raises(OutcomeUnknown):
        spy.execute(Statement(f"INSERT INTO {keyspace}.late (id, at) VALUES (?, ?)", (key, now)))

    assert len(look("SELECT id FROM {}.late WHERE id = %s", key)) == applied
