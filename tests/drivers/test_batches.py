"""Batches as the vendor's driver is given them."""

from __future__ import annotations

import socket
from io import BytesIO
from typing import Any

import pytest
from cassandra import ConsistencyLevel
from cassandra import cqltypes as vendor
from cassandra.protocol import BatchMessage
from cassandra.query import UNSET_VALUE, BatchType
from drivers.fake_session import INSERT, insert

from coodie.cql.message import UNSET, Batch, BatchKind, Options, Statement
from coodie.drivers.cassandra import CassandraDriver
from coodie.exceptions import BatchWarning, InvalidQueryError

ONE, TWO = vendor.int32_pack(1), vendor.int32_pack(2)
V5 = 5


def written(session: Any) -> bytes:
    """The last batch as it is sent."""
    f = BytesIO()
    session.futures[-1].message.send_body(f, V5)
    return f.getvalue()


def as_the_vendor(kind: Any, rows: list[list[Any]], timestamp: int | None = None) -> bytes:
    """The batch of INSERTs of these bytes, as the vendor writes it."""
    queries = [(True, b"id of " + INSERT.encode(), values) for values in rows]
    f = BytesIO()
    BatchMessage(kind, queries, ConsistencyLevel.LOCAL_ONE, timestamp=timestamp).send_body(f, V5)
    return f.getvalue()


def test_values_null_and_unset_are_written_as_the_vendor_writes_them(session: Any, driver: CassandraDriver) -> None:
    values = [(1, "a" * 300), (2, None), (1, UNSET), (2, "")]
    driver.execute(Batch(tuple(insert(*each) for each in values)))
    rows = [[ONE, b"a" * 300], [TWO, None], [ONE, UNSET_VALUE], [TWO, b""]]
    assert written(session) == as_the_vendor(BatchType.LOGGED, rows)


@pytest.mark.parametrize(
    ("kind", "vendors"),
    [
        (BatchKind.LOGGED, BatchType.LOGGED),
        (BatchKind.UNLOGGED, BatchType.UNLOGGED),
        (BatchKind.COUNTER, BatchType.COUNTER),
    ],
)
def test_a_batch_is_of_ids_and_bytes(session: Any, driver: CassandraDriver, kind: BatchKind, vendors: Any) -> None:
    options = Options("QUORUM", "SERIAL")
    driver.execute(Batch((insert(1, "a"), insert(2, None)), kind, 123, options))
    (batch,) = session.sent
    assert batch.batch_type is vendors
    assert len(batch) == 2
    assert written(session) == as_the_vendor(vendors, [[ONE, b"a"], [TWO, None]], timestamp=123)
    assert (batch.routing_key, batch.keyspace) == (ONE, "shop")
    assert (batch.consistency_level, batch.serial_consistency_level) == (
        ConsistencyLevel.QUORUM,
        ConsistencyLevel.SERIAL,
    )
    assert session.futures[0].message.timestamp == 123


def test_a_batch_of_one_of_several_drivers_on_a_session_is_whole(session: Any, driver: CassandraDriver) -> None:
    other = CassandraDriver(session)
    for each in (driver, other):
        each.execute(Batch((insert(1, "a"), insert(2, "b"))))
        assert written(session) == as_the_vendor(BatchType.LOGGED, [[ONE, b"a"], [TWO, b"b"]])
    other.close()


def test_a_batch_without_a_timestamp_keeps_the_vendors(session: Any, driver: CassandraDriver) -> None:
    driver.execute(Batch((insert(),)))
    assert session.futures[0].message.timestamp is None


@pytest.mark.parametrize("sockopts", [None, [], [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]])
def test_a_large_batch_on_a_session_that_delays_it_warns_once(session: Any, sockopts: Any) -> None:
    session.cluster.sockopts = sockopts
    driver = CassandraDriver(session)
    small, large = Batch((insert(1, "a" * 4000),)), Batch((insert(1, "a" * 4000), insert(2, None), insert(3, "a" * 89)))
    driver.execute(small)
    with pytest.warns(BatchWarning, match="such as this batch of 3 statements.*TCP_NODELAY, 1") as warned:
        driver.execute(large)
    assert [each.filename for each in warned] == [__file__]
    driver.execute(large)


@pytest.mark.parametrize("value", [1, b"\x01"])
def test_a_large_batch_on_a_session_without_delays_does_not_warn(session: Any, value: Any) -> None:
    session.cluster.sockopts = [
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
        (socket.IPPROTO_TCP, socket.TCP_NODELAY, value),
    ]
    CassandraDriver(session).execute(Batch((insert(1, "a" * 9000),)))


def test_a_hundred_batches_of_different_lengths_prepare_one_statement(session: Any, driver: CassandraDriver) -> None:
    for length in range(1, 101):
        driver.execute(Batch((insert(),) * length))
    assert session.prepared == [(INSERT, None)]
    assert [len(batch) for batch in session.sent] == list(range(1, 101))


def test_a_batch_works_with_a_cache_that_is_too_small_for_it(session: Any) -> None:
    driver = CassandraDriver(session, prepared_size=1)
    driver.execute(Batch((insert(), Statement("DELETE FROM shop.events WHERE id = 1"))))
    assert len(session.sent[0]) == 2


def test_too_many_statements_are_refused(session: Any, driver: CassandraDriver) -> None:
    with pytest.raises(InvalidQueryError, match="65535 statements at most, not 65536"):
        driver.execute(Batch((insert(),) * 65536))
    assert session.sent == []
