"""What type checkers make of the test harness. This program is checked, never run."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from typing_extensions import assert_type

from coodie import aio, sync
from coodie.cql.types import CqlType
from coodie.drivers import AsyncDriver, Batch, Driver, Page, Statement, SyncDriver, register_driver
from coodie.fields import PrimaryKey
from coodie.schema import Table
from coodie.testing import (
    ANY,
    Approx,
    Clock,
    ImpossibleReply,
    MissingAwait,
    NetworkRefused,
    RecordingDriver,
    UnexpectedCall,
    UnusedReply,
    Where,
    assert_cql_count,
    contract,
    faults,
    missing_awaits,
    network_refused,
    snapshot_text,
)
from coodie.testing.calls import Call
from coodie.testing.contract import DriverContract
from coodie.testing.faults import Fault
from coodie.testing.script.rules import Rule
from coodie.testing.snapshot import CqlSnapshot


class User(sync.Document):
    id: Annotated[UUID, PrimaryKey()]
    name: str


class AsyncUser(aio.Document):
    id: Annotated[UUID, PrimaryKey()]


def recorded(recorder: RecordingDriver) -> None:
    assert_type(recorder.calls, list[Call])
    assert_type(recorder.executed, list[Call])
    assert_type(recorder.batches, list[Call])
    assert_type(recorder.last, Call)
    assert_type(recorder.cql, list[str])
    assert_type(recorder.prepared, list[str])
    assert_type(recorder.to_cqlsh(), str)
    assert_type(recorder.clock, Clock)
    assert_type(recorder.failures, list[AssertionError])
    call = recorder.last
    assert_type(call.cql, str)
    assert_type(call.values, tuple[Any, ...])
    assert_type(call.params, dict[str, Any])
    assert_type(call.request, Statement | Batch)
    assert_type(call.statements, tuple[Statement, ...])
    assert_type(call.batch_kind, str | None)
    assert_type(call.timestamp, int | None)
    assert_type(call.page, Page | None)
    assert_type(call.error, BaseException | None)
    assert call.kind != "schema"
    # A prepare is no call.
    assert call.kind != "prepare"  # type: ignore[comparison-overlap]  # pyright: ignore[reportUnnecessaryComparison]
    recorder.clear()
    recorder.verify(unused="ignore")
    recorder.verify(unused="no")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def made(inner: Driver, half: SyncDriver, other: AsyncDriver) -> None:
    recorder = RecordingDriver(inner, clock=Clock(), strict=False, keyspace="shop", seed=1)
    RecordingDriver(half)
    RecordingDriver(other)
    RecordingDriver(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    register_driver("default", recorder)
    driver: Driver = recorder
    with RecordingDriver() as block:
        assert_type(block, RecordingDriver)
    with recorder.installed(), recorder.in_order():
        driver.close()
    recorder.save("calls.jsonl", redact={"email"})
    assert_type(RecordingDriver.replay("calls.jsonl"), RecordingDriver)
    assert_type(recorder.chaos(faults.overloaded(), rate=0.1), int)


def scripted(recorder: RecordingDriver, user: User, key: UUID) -> None:
    assert_type(recorder.on("select", table=User, where={"id": key}), Rule)
    recorder.on("select", table=User).returns([{"id": key}, (key, "Ann"), user]).times(2)
    recorder.on("select", table="shop.users").pages([[user], []]).optional()
    recorder.on("insert", table=AsyncUser, conditional=True).applied(False, user)
    recorder.on("batch").applied(False, [{"id": key}, user])
    recorder.on("update", values={"name": ANY, "n": Approx(1.0, 0.1), "l": Where(len, "not empty")}).returns_nothing()
    recorder.on(cql="SELECT a FROM t").raises(faults.unavailable()).delay(1.5).times(None)
    recorder.on("insert").raises(OSError(), applied="maybe")
    assert_type(recorder.otherwise.forwards(), Rule)
    recorder.on("select").returns([5])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    recorder.on("select").returns(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    recorder.on("insert").raises("no")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    recorder.on("insert").raises(OSError(), applied="no")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def models(user: User) -> None:
    assert_type(User.column_types(), dict[str, CqlType])
    assert_type(User.table_definition(), Table)
    assert_type(user.column_values(), dict[str, Any])


def faulty() -> None:
    assert_type(faults.write_timeout(write_type="CAS", received=1), Fault)
    faults.write_timeout("CAS")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def timed(clock: Clock, start: datetime) -> None:
    Clock(start, seed=2).tick(1.5)
    assert_type(clock.now(), datetime)
    assert_type(clock.micros(), int)
    assert_type(clock.uuid4(), UUID)
    assert_type(clock.uuid1(), UUID)
    Approx(start, timedelta(seconds=1))


def counted(count: Callable[..., AbstractContextManager[RecordingDriver]]) -> None:
    with assert_cql_count(1) as sent, assert_cql_count(at_most=2, recorder=sent), count(3):
        assert_type(sent, RecordingDriver)


def refused() -> None:
    with network_refused() as attempts:
        assert_type(attempts, list[NetworkRefused])


def awaited() -> None:
    with missing_awaits() as missing:
        assert_type(missing, list[MissingAwait])


def snapshots(recorder: RecordingDriver, cql_snapshot: CqlSnapshot) -> None:
    assert recorder == cql_snapshot
    assert recorder.calls == cql_snapshot(exact=True, name="all")
    assert_type(snapshot_text(recorder), str)
    assert_type(snapshot_text(recorder.last, exact=True), str)


ERRORS: list[type[AssertionError]] = [ImpossibleReply, NetworkRefused, UnexpectedCall, UnusedReply]


class TestDriver(DriverContract):
    keyspace = "mine"
    stores = False
    rejected = None


assert_type(contract.VALUES, dict[str, Any])
