"""Frames of requests as coodie makes them: byte for byte those of the vendor."""

from __future__ import annotations

import zlib
from random import Random
from typing import Any
from weakref import WeakValueDictionary

import pytest
from cassandra import ConsistencyLevel
from cassandra import cqltypes as vendor
from cassandra.protocol import BatchMessage, ColumnMetadata, ExecuteMessage, ProtocolHandler
from cassandra.query import UNSET_VALUE, BatchType, BoundStatement, PreparedStatement
from drivers.vendor_frames import features
from drivers.vendor_values import vendor_type
from random_values import cql_type, value

from coodie.cql.message import UNSET, Statement
from coodie.drivers.cassandra.own_messages import of_entries
from coodie.drivers.cassandra.prepared import Prepared
from coodie.drivers.cassandra.rows import protocol_handler
from coodie.drivers.cassandra.statements import RequestPolicy, bound_statement

HANDLER = protocol_handler(WeakValueDictionary())
POLICY = RequestPolicy(HANDLER, HANDLER, None, None)


def described(kinds: list[Any], keys: list[int] | None = None, policy: Any = None) -> PreparedStatement:
    columns = [ColumnMetadata("shop", "events", f"c{place}", kind) for place, kind in enumerate(kinds)]
    return PreparedStatement(columns, b"id", keys, "x", "shop", 5, [], None, column_encryption_policy=policy)


def prepared_of(kinds: list[Any], keys: list[int] | None = None, policy: Any = None) -> Prepared:
    return Prepared(described(kinds, keys, policy), None, HANDLER)


def one_by_one(prepared: Prepared, values: tuple[Any, ...]) -> list[Any]:
    """The encoded values as the vendor takes them."""
    cells = zip(prepared.encoders, values, strict=True)
    return [None if each is None else UNSET_VALUE if each is UNSET else encode(each) for encode, each in cells]


def frame(handler: Any, message: Any, version: int, compressor: Any = None) -> bytes:
    """The frame that a connection of either vendor asks a handler for; one of them has it take features."""
    more = features(ProtocolHandler.encode_message)
    found: bytes = handler.encode_message(
        message, 77, version, compressor=compressor, allow_beta_protocol_version=False, **more
    )
    return found


def drawn(seed: int) -> tuple[Random, Prepared, list[tuple[Any, ...]]]:
    random = Random(seed)
    kinds = [cql_type(random) for _ in range(random.randrange(9))]
    prepared = prepared_of([vendor_type(kind) for kind in kinds])
    rows = [tuple([random.choice((value(random, kind), None, UNSET)) for kind in kinds]) for _ in range(4)]
    return random, prepared, rows


LEVELS = (ConsistencyLevel.ONE, ConsistencyLevel.LOCAL_QUORUM)
SERIAL = (None, ConsistencyLevel.SERIAL, ConsistencyLevel.LOCAL_SERIAL)


@pytest.mark.parametrize("seed", range(200))
def test_a_statement_is_written_as_the_vendor_writes_it(seed: int) -> None:
    random, prepared, (values, *_) = drawn(seed)
    options = {
        "consistency_level": random.choice(LEVELS),
        "serial_consistency_level": random.choice(SERIAL),
        "fetch_size": random.choice((None, 0, 5000)),
        "paging_state": random.choice((None, b"", b"state" * 100)),
        "timestamp": random.choice((None, 0, 1_700_000_000_000_000)),
        "result_metadata_id": b"metadata id",
    }
    bound = bound_statement(Statement("x", values), prepared, POLICY)
    ours = ExecuteMessage(b"id", bound.values, **options)
    theirs = ExecuteMessage(b"id", one_by_one(prepared, values), **options)
    trace, payload = random.random() < 0.1, random.choice((None, None, {"key": b"value"}))
    for message in (ours, theirs):
        message.tracing, message.custom_payload = trace, payload
    for version in (4, 5):
        for compressor in (None, zlib.compress):
            assert frame(bound.handler, ours, version, compressor) == frame(
                ProtocolHandler, theirs, version, compressor
            )


@pytest.mark.parametrize("seed", range(100))
def test_a_batch_is_written_as_the_vendor_writes_it(seed: int) -> None:
    random, prepared, rows = drawn(seed)
    kind = random.choice((BatchType.LOGGED, BatchType.UNLOGGED, BatchType.COUNTER))
    level, serial = random.choice(LEVELS), random.choice(SERIAL)
    timestamp = random.choice((None, 0, 1_700_000_000_000_000))
    entries = [prepared.head + prepared.encode(Statement("x", row))[0] for row in rows]
    queries = [(True, b"id", one_by_one(prepared, row)) for row in rows]
    trace = random.random() < 0.1
    for version, keyspace in ((4, None), (5, None), (5, "größer")):
        ours, theirs = (
            BatchMessage(kind, statements, level, serial, timestamp, keyspace) for statements in (entries, queries)
        )
        for message in (ours, theirs):
            message.tracing, message.custom_payload = trace, None
        for compressor in (None, zlib.compress):
            assert frame(HANDLER, of_entries(ours), version, compressor) == frame(
                ProtocolHandler, theirs, version, compressor
            )


@pytest.mark.parametrize("keys", [[0], [1], [0, 1], [2, 0], [2, 1, 0]])
@pytest.mark.parametrize("name", ["", "a", "é" * 40])
def test_a_statement_goes_to_the_nodes_that_the_vendor_would_choose(keys: list[int], name: str) -> None:
    kinds = [vendor.UTF8Type, vendor.Int32Type, vendor.UUIDType]
    values = (name, 7, vendor.UUIDType.deserialize(bytes(range(16)), 4))
    bound = bound_statement(Statement("x", values), prepared_of(kinds, keys), POLICY)
    assert bound.routing_key == BoundStatement(described(kinds, keys)).bind(values).routing_key


def test_a_part_of_a_key_that_is_too_long_for_a_server_is_left_to_the_server() -> None:
    prepared = prepared_of([vendor.UTF8Type, vendor.Int32Type], [0, 1])
    assert bound_statement(Statement("x", ("a" * 65535, 1)), prepared, POLICY).routing_key is not None
    assert bound_statement(Statement("x", ("a" * 65536, 1)), prepared, POLICY).routing_key is None


class Longer:
    """An encryption of columns that makes values longer."""

    def contains_column(self, place: Any) -> bool:
        return bool(place.col == "c0")

    def column_type(self, _: Any) -> Any:
        return vendor.LongType

    def encrypt(self, _: Any, data: bytes) -> bytes:
        return b"sealed " + data


@pytest.mark.parametrize("kind", [vendor.BytesType, vendor.LongType])
def test_encrypted_values_are_as_long_as_they_are(kind: Any) -> None:
    prepared = prepared_of([kind, vendor.LongType], policy=Longer())
    bound = bound_statement(Statement("x", (1, 2)), prepared, POLICY)
    assert [*bound.values] == [b"sealed " + vendor.int64_pack(1), vendor.int64_pack(2)]
