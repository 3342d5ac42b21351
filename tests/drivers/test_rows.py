"""The bytes of a whole result, read with the handler that each of coodie's requests gets."""

from __future__ import annotations

from datetime import datetime, timezone
from io import BytesIO
from random import Random
from types import SimpleNamespace
from typing import Any
from weakref import WeakValueDictionary

import pytest
from cassandra import cqltypes as vendor
from cassandra import protocol
from cassandra.marshal import int64_pack
from cassandra.protocol import RESULT_KIND_PREPARED, ColumnMetadata, ResultMessage
from cassandra.query import PreparedStatement
from drivers.vendor_frames import COLUMNS, ONE, V5, Flipped, features, metadata, rows_body
from drivers.vendor_values import settled, vendor_type
from random_values import cql_type, value

from coodie.cql.encode import encoder_of
from coodie.cql.values import Unreadable
from coodie.drivers.cassandra.prepared import Prepared
from coodie.drivers.cassandra.rows import own_columns, protocol_handler

HANDLER = protocol_handler(WeakValueDictionary())


def read(body: BytesIO, known: Any = None, result_metadata: Any = None, encryption: Any = None) -> Any:
    handler = protocol_handler(known if known is not None else WeakValueDictionary(), None, encryption)
    return decoded(handler, ResultMessage.opcode, body, result_metadata)


def decoded(handler: Any, opcode: int, body: BytesIO, result_metadata: Any = None) -> Any:
    return handler.decode_message(
        V5,
        *features(protocol.ProtocolHandler.decode_message).values(),
        {},
        1,
        0,
        opcode,
        body.getvalue(),
        None,
        result_metadata,
    )


def test_rows_are_tuples_of_border_values() -> None:
    result = read(rows_body(COLUMNS, [[ONE, int64_pack(0)], [None, None]]))
    assert result.parsed_rows == [(1, datetime(1970, 1, 1, tzinfo=timezone.utc)), (None, None)]
    assert result.column_names == ["id", "ts"]


def test_metadata_that_the_server_left_out_comes_from_the_prepared_statement() -> None:
    prepared = own_columns([("shop", "events", name, kind) for name, kind in COLUMNS.items()])
    result = read(rows_body(COLUMNS, [[ONE, int64_pack(0)]], skip=True), result_metadata=prepared)
    assert result.parsed_rows == [(1, datetime(1970, 1, 1, tzinfo=timezone.utc))]


@pytest.mark.parametrize("seed", range(20))
def test_generated_rows_come_out_of_the_vendor_s_parser_as_border_values(seed: int) -> None:
    random = Random(seed)
    kinds = {f"c{place}": cql_type(random) for place in range(8)}
    rows = [[value(random, kind) if random.random() < 0.9 else None for kind in kinds.values()] for _ in range(5)]
    encoders = [encoder_of(kind) for kind in kinds.values()]
    cells = [
        [None if item is None else encode(item) for encode, item in zip(encoders, row, strict=True)] for row in rows
    ]
    prepared = own_columns([("shop", "events", name, vendor_type(kind)) for name, kind in kinds.items()])
    result = read(rows_body(kinds, cells, skip=True), result_metadata=prepared)
    assert settled(result.parsed_rows) == settled(rows)


EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@pytest.mark.parametrize("skip", [False, True])
def test_rule_27_a_cell_that_python_cannot_hold_costs_that_cell(skip: bool) -> None:
    prepared = own_columns([("shop", "events", name, kind) for name, kind in COLUMNS.items()])
    body = rows_body(COLUMNS, [[ONE, int64_pack(0)], [ONE, int64_pack(2**60)], [ONE, None]], skip=skip)
    first, second, third = read(body, result_metadata=prepared if skip else None).parsed_rows
    assert (first, third) == ((1, EPOCH), (1, None))
    assert second[0] == 1
    assert isinstance(second[1], Unreadable)
    assert second[1].number == 2**60


CODED = {"id": vendor.Int32Type, "code": vendor.AsciiType, "ts": vendor.DateType}


@pytest.mark.parametrize("skip", [False, True])
@pytest.mark.parametrize("encrypted", [False, True])
def test_rule_27_a_cell_that_the_vendor_cannot_read_costs_that_cell(skip: bool, encrypted: bool) -> None:
    prepared = own_columns([("shop", "events", name, kind) for name, kind in CODED.items()])
    moment = Flipped().encrypt(None, int64_pack(0)) if encrypted else int64_pack(0)
    body = rows_body(CODED, [[ONE, b"a", moment], [ONE, b"\xff", moment], [ONE, None, None]], skip=skip)
    result = read(body, None, prepared if skip else None, Flipped() if encrypted else None)
    first, second, third = result.parsed_rows
    assert (first, third) == ((1, "a", EPOCH), (1, None, None))
    assert second == (1, Unreadable("Python cannot hold this ascii"), EPOCH)
    assert result.column_names == ["id", "code", "ts"]


def test_a_decimal_that_is_too_long_for_python_says_so() -> None:
    number = b"\x00\x00\x00\x00" + (10**4300).to_bytes(1786, "big", signed=True)
    ((cell,),) = read(rows_body({"n": vendor.DecimalType}, [[number]])).parsed_rows
    assert cell == Unreadable("Python cannot hold this decimal; a decimal may have 4,300 digits there")


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        (0x000A, "Invalid value for the paging state", protocol.InvalidRequestException),
        (0x000A, "Invalid or unsupported protocol version", protocol.ProtocolException),
        (0x2000, "line 1:0 no viable alternative", protocol.SyntaxException),
    ],
)
def test_a_wrong_paging_state_is_no_reason_to_close_the_connection(code: int, text: str, expected: Any) -> None:
    f = BytesIO()
    protocol.write_int(f, code)
    protocol.write_string(f, text)
    f.seek(0)
    error = decoded(HANDLER, protocol.ErrorMessage.opcode, f)
    assert type(error) is expected
    assert text in str(error)


def test_a_statement_that_a_server_forgot_is_known_to_the_vendor_even_if_the_user_prepared_it_too() -> None:
    prepared, known = known_as(COLUMNS)
    registered: dict[bytes, Any] = {}
    cluster = SimpleNamespace(add_prepared=registered.__setitem__)
    f = BytesIO()
    protocol.write_int(f, protocol.PreparedQueryNotFound.error_code)
    protocol.write_string(f, "forgotten")
    protocol.write_string(f, b"id")
    error = decoded(protocol_handler(known, cluster), protocol.ErrorMessage.opcode, f)
    assert isinstance(error, protocol.PreparedQueryNotFound)
    assert registered == {b"id": prepared.vendor}


def test_encrypted_columns_are_decrypted_to_border_values() -> None:
    data = Flipped().encrypt(None, int64_pack(0))
    result = read(rows_body(COLUMNS, [[ONE, data]]), encryption=Flipped())
    assert result.parsed_rows == [(1, datetime(1970, 1, 1, tzinfo=timezone.utc))]


def prepared_body(columns: dict[str, Any]) -> BytesIO:
    f = BytesIO()
    protocol.write_int(f, RESULT_KIND_PREPARED)
    protocol.write_string(f, b"id")
    protocol.write_string(f, b"metadata id")
    metadata(columns, pk=True)(f)
    protocol.write_int(f, 4)
    protocol.write_int(f, 0)
    f.seek(0)
    return f


def known_as(columns: dict[str, Any]) -> tuple[Prepared, WeakValueDictionary[bytes, Prepared]]:
    described = [ColumnMetadata("shop", "events", name, kind) for name, kind in columns.items()]
    prepared = Prepared(PreparedStatement(described, b"id", None, "x", None, V5, [], None), None, HANDLER)
    return prepared, WeakValueDictionary({b"id": prepared})


def test_preparing_again_to_the_same_types_changes_nothing() -> None:
    prepared, known = known_as(COLUMNS)
    assert read(prepared_body(COLUMNS), known).kind == RESULT_KIND_PREPARED
    assert not prepared.stale


def test_preparing_again_to_other_types_stops_the_vendor() -> None:
    prepared, known = known_as(COLUMNS)
    assert read(prepared_body({"id": vendor.Int32Type, "ts": vendor.UTF8Type}), known).kind != RESULT_KIND_PREPARED
    assert prepared.stale


def test_rule_13_a_text_that_is_read_by_what_each_answer_says_stays_so() -> None:
    """Before version 5 nobody tells that `SELECT *` has one column more, so nothing is remembered for it."""
    described = PreparedStatement([], b"id", None, "SELECT * FROM t", None, 4, None, None)
    prepared = Prepared(described, None, HANDLER)
    f = BytesIO()
    protocol.write_int(f, RESULT_KIND_PREPARED)
    protocol.write_string(f, b"id")
    protocol.write_string(f, b"metadata id")
    metadata({}, pk=True)(f)
    metadata(COLUMNS)(f)
    assert read(f, WeakValueDictionary({b"id": prepared})).column_metadata is None
    assert [column[2] for column in read(f).column_metadata] == ["id", "ts"]
