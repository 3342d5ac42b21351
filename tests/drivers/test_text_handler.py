"""Answers to one text, read with what is remembered of the earlier ones: as if each were the first."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from io import BytesIO
from random import Random
from typing import Any
from weakref import WeakValueDictionary

import pytest
from cassandra import cqltypes as vendor
from cassandra import protocol
from cassandra.marshal import int64_pack
from cassandra.protocol import RESULT_KIND_ROWS, RESULT_KIND_VOID, ErrorMessage, ResultMessage
from drivers.vendor_frames import CODES, COLUMNS, ONE, Flipped, features, rows_body

from coodie.cql.values import Unreadable
from coodie.drivers.cassandra import text_handler
from coodie.drivers.cassandra.rows import protocol_handler
from coodie.drivers.cassandra.text_handler import TextHandler

V4 = 4
COMPRESSED, TRACED, WARNED = 1, 2, 8  # the flags of a frame


def rows_answer(*args: Any, state: bytes | None = None) -> bytes:
    return rows_body(*args, state=state).getvalue()


def answer_of(handler: Any, body: bytes, flags: int = 0, opcode: int = ResultMessage.opcode, stream: int = 7) -> Any:
    decompress = zlib.decompress if flags & COMPRESSED else None
    return handler.decode_message(
        V4,
        *features(protocol.ProtocolHandler.decode_message).values(),
        {},
        stream,
        flags,
        opcode,
        body,
        decompress,
        None,
    )


def told(answer: Any) -> dict[str, Any]:
    """All that an answer says."""
    names = ("kind", "parsed_rows", "column_names", "column_types", "column_metadata", "paging_state")
    whole = (*names, "stream_id", "trace_id", "warnings", "custom_payload")
    return {name: getattr(answer, name) for name in whole}


def cell_of(random: Random, code: int) -> bytes | None:
    whole = {CODES[kind]: size for kind, size in zip(CODES, (4, 0, 8, 0, 0), strict=True)}
    size = whole[code] or random.randrange(4, 9)
    high = 0x7F if code != 0x0B else 0x01  # a moment that Python can hold
    return random.choice((None, *[bytes([0, 0, 0, *[random.randrange(high) for _ in range(size - 3)]])] * 4))


@pytest.mark.parametrize("seed", range(100))
def test_answers_in_any_order_are_read_as_if_each_were_the_first(seed: int) -> None:
    random, first = Random(seed), protocol_handler(WeakValueDictionary())
    tables = [{f"c{n}": random.choice([*CODES]) for n in range(random.randrange(1, 5))} for _ in range(3)]
    text = TextHandler(first)
    for stream in range(20):
        columns = random.choice(tables)
        rows = [[cell_of(random, CODES[kind]) for kind in columns.values()] for _ in range(random.randrange(3))]
        body, flags = rows_answer(columns, rows, state=random.choice((None, None, None, b"", b"state"))), 0
        if random.random() < 0.1:
            body = body[:4].replace(bytes([RESULT_KIND_ROWS]), bytes([RESULT_KIND_VOID]))
        if random.random() < 0.1:
            body, flags = bytes(16) + body, TRACED
        elif random.random() < 0.1:
            warnings = BytesIO()
            protocol.write_stringlist(warnings, ["slow"])
            body, flags = warnings.getvalue() + body, WARNED
        if random.random() < 0.2:
            body, flags = zlib.compress(body), flags | COMPRESSED
        assert told(answer_of(text, body, flags, stream=stream)) == told(answer_of(first, body, flags, stream=stream))


def test_rule_27_a_cell_that_cannot_be_read_costs_that_cell_however_often_the_columns_were_seen() -> None:
    text = TextHandler(protocol_handler(WeakValueDictionary()))
    for _ in range(3):
        assert answer_of(text, rows_answer(COLUMNS, [[ONE, int64_pack(0)]])).parsed_rows[0][0] == 1
        ((number, moment),) = answer_of(text, rows_answer(COLUMNS, [[ONE, int64_pack(2**60)]])).parsed_rows
        assert number == 1
        assert isinstance(moment, Unreadable)


def test_encrypted_columns_are_decrypted_each_time() -> None:
    text = TextHandler(protocol_handler(WeakValueDictionary(), None, Flipped()))
    body = rows_answer(COLUMNS, [[ONE, Flipped().encrypt(None, int64_pack(0))]])
    first, *others = [answer_of(text, body).parsed_rows for _ in range(3)]
    assert first[0][1].year == 1970
    assert others == [first, first]


@pytest.mark.parametrize("flags", [0, COMPRESSED])
def test_the_columns_are_made_of_their_description_only_once(flags: int, monkeypatch: pytest.MonkeyPatch) -> None:
    first = protocol_handler(WeakValueDictionary())
    text, read = TextHandler(first), counted(first, monkeypatch)
    bodies = [rows_answer(COLUMNS, [[ONE, int64_pack(0)]]), rows_answer({"[applied]": vendor.Int32Type}, [[ONE]])]
    for body in bodies * 5:
        answer_of(text, zlib.compress(body) if flags else body, flags)
    assert read() == len(bodies)


def test_a_build_of_the_vendor_without_cython_reads_each_answer_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_handler, "ParseDesc", None)
    first = protocol_handler(WeakValueDictionary())
    text, read = TextHandler(first), counted(first, monkeypatch)
    body = rows_answer(COLUMNS, [[ONE, None]])
    assert [answer_of(text, body).parsed_rows for _ in range(3)] == [[(1, None)]] * 3
    assert read() == 3


def counted(handler: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How often the handler for any text was asked."""
    calls, decode = [0], handler.decode_message

    def count(*args: Any) -> Any:
        calls[0] += 1
        return decode(*args)

    monkeypatch.setattr(handler, "decode_message", count)
    return lambda: calls[0]


def test_an_error_is_one() -> None:
    f = BytesIO()
    protocol.write_int(f, 0x2200)
    protocol.write_string(f, "no")
    text = TextHandler(protocol_handler(WeakValueDictionary()))
    assert isinstance(answer_of(text, f.getvalue(), opcode=ErrorMessage.opcode), protocol.InvalidRequestException)
