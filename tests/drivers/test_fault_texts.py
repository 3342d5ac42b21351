"""Faults of the harness beside the adapter: the same text for what comes over the wire, with values and without."""

from __future__ import annotations

import struct
from io import BytesIO
from typing import Any

import pytest
from cassandra import ConsistencyLevel, OperationTimedOut, protocol
from cassandra.cluster import NoHostAvailable
from cassandra.connection import ConnectionShutdown

from coodie.cql.message import Batch, BatchKind, Kind, Statement
from coodie.drivers.cassandra import CassandraDriver
from coodie.exceptions import DriverError
from coodie.testing import RecordingDriver, faults

READ = Statement("SELECT id, name FROM shop.events WHERE id = ?", (1,), kind=Kind.READ)
WRITE = Statement("INSERT INTO shop.events (id, name) VALUES (?, ?)", (1, "secret17"))
BATCH = Batch((WRITE,) * 5, BatchKind.UNLOGGED)
FIELDS = {"keyspace": "shop", "function": "f", "arg_types": ["int"]}


def text(word: str) -> bytes:
    return struct.pack(">H", len(word)) + word.encode()


try:  # what scylla-driver has agreed on with the server, which its readers want to know
    from cassandra.protocol_features import ProtocolFeatures
except ImportError:
    FEATURES: tuple[Any, ...] = ()
else:
    FEATURES = (ProtocolFeatures(),)


def sent(code: int, message: str, info: bytes = b"") -> Any:
    """The vendor's error for what a server sends."""
    body = BytesIO(struct.pack(">i", code) + text(message) + info)
    return protocol.ErrorMessage.recv_body(body, 5, *FEATURES).to_exception()


QUORUM = struct.pack(">H", ConsistencyLevel.LOCAL_QUORUM)
COUNTS = QUORUM + struct.pack(">ii", 0, 1)
LATE = "Operation timed out - received only 0 responses."
FAILED = "Operation failed - received 0 responses and 1 failures: UNKNOWN from /127.0.0.1:7000"
CODES = struct.pack(">iB4sH", 1, 4, bytes([127, 0, 0, 1]), 0)
ALL, WRITES, READS = (READ, WRITE, BATCH), (WRITE, BATCH), (READ,)
HOST = "127.0.0.1:9042"

SAME: list[tuple[Any, Any, tuple[Any, ...]]] = [
    (lambda: sent(0x1200, LATE, COUNTS + b"\0"), faults.read_timeout(), ALL),
    (lambda: sent(0x1100, LATE, COUNTS + text("BATCH_LOG")), faults.write_timeout(write_type="BATCH_LOG"), WRITES),
    (
        lambda: sent(0x1700, "CAS operation result is unknown - proposal accepted by 1 but not a quorum.", COUNTS),
        faults.cas_write_unknown(),
        WRITES,
    ),
    (
        lambda: sent(0x1000, "Cannot achieve consistency level LOCAL_QUORUM", QUORUM + struct.pack(">ii", 2, 1)),
        faults.unavailable(),
        ALL,
    ),
    (lambda: sent(0x1300, FAILED, COUNTS + CODES + b"\0"), faults.read_failure(), ALL),
    (lambda: sent(0x1500, FAILED, COUNTS + CODES + text("SIMPLE")), faults.write_failure(), WRITES),
    (lambda: NoHostAvailable("none", {"a": sent(0x1001, "Too many in flight hints: 1024")}), faults.overloaded(), ALL),
    (
        lambda: NoHostAvailable("none", {"a": sent(0x1002, "Cannot read from a bootstrapping node")}),
        faults.bootstrapping(),
        ALL,
    ),
    (lambda: sent(0x1003, "Error during truncate"), faults.truncate_error(), (WRITE,)),
    (lambda: NoHostAvailable("none", {}), faults.no_hosts(), ALL),
    (lambda: OperationTimedOut({}, HOST), faults.client_timeout(host=HOST), ALL),
    (lambda: ConnectionShutdown(f"Connection to {HOST} was closed"), faults.connection_lost(host=HOST), ALL),
    (
        lambda: sent(
            0x1400, "execution of 'shop.f[int]' failed", text("shop") + text("f") + struct.pack(">H", 1) + text("int")
        ),
        faults.function_failure(**FIELDS),
        ALL,
    ),
    (lambda: sent(0x2200, "unknown value secret17"), faults.invalid("unknown value secret17"), ALL),
    (lambda: sent(0x2200, "unconfigured table events"), faults.invalid("unconfigured table events"), ALL),
    (
        lambda: sent(0x2100, "User bob has no SELECT permission"),
        faults.unauthorized("User bob has no SELECT permission"),
        ALL,
    ),
    (
        lambda: sent(0x2400, "Cannot add existing table", text("shop") + text("events")),
        faults.already_exists(keyspace="shop", table="events"),
        WRITES,
    ),
    (
        lambda: sent(0x2400, "Cannot add existing keyspace", text("shop") + text("")),
        faults.already_exists(keyspace="shop"),
        WRITES,
    ),
]


def told(driver: CassandraDriver | RecordingDriver, request: Any) -> tuple[type[DriverError], str, object]:
    with pytest.raises(DriverError) as caught:
        driver.execute(request)
    return type(caught.value), str(caught.value), getattr(caught.value, "write_type", None)


@pytest.mark.parametrize("log_values", [False, True])
@pytest.mark.parametrize(("error", "fault", "requests"), SAME, ids=lambda part: getattr(part, "name", None))
def test_a_fault_has_the_text_of_the_real_error(
    session: Any, answer: Any, error: Any, fault: Any, requests: Any, log_values: bool
) -> None:
    driver, recorder = CassandraDriver(session, log_values=log_values), RecordingDriver(log_values=log_values)
    recorder.otherwise.raises(fault)
    for request in requests:
        session.answers.append(answer(error=error()))
        assert told(recorder, request) == told(driver, request)


def test_a_refusal_of_the_text_is_shown_whole_by_both(session: Any, answer: Any) -> None:
    def refuse(_: str) -> None:
        raise sent(0x2000, spoken)

    spoken = "line 1:17 no viable alternative at input 'secret17'"
    session.on_prepare = refuse
    recorder = RecordingDriver()
    recorder.otherwise.raises(faults.syntax(spoken))
    assert told(recorder, WRITE) == told(CassandraDriver(session), WRITE)
