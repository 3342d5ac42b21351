"""The order of the server, from bytes. `tests_integration/test_codecs.py` asks a server."""

from __future__ import annotations

import struct
from decimal import Decimal
from itertools import pairwise
from random import Random
from typing import Any
from uuid import UUID

import pytest
from random_values import KEYS, value

from coodie.cql.encode import encoder_of
from coodie.cql.order import sort_key
from coodie.cql.types import NATIVE, CqlType, Udt, parse_type

PAIR = Udt("pair", (("a", NATIVE["int"]), ("b", NATIVE["text"])))


def check(kind: CqlType, *expected: bytes) -> None:
    """Each comes before the next, as the keys compare in both directions."""
    keys = [sort_key(kind)(data) for data in expected]
    for (one, key), (other, next_key) in pairwise(zip(expected, keys, strict=True)):
        assert (key < next_key, next_key < key, key == next_key) == (True, False, False), (one, other)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("tinyint", [-128, -1, 0, 127]),
        ("smallint", [-32768, -1, 0, 1]),
        ("int", [-(2**31), -1, 0, 2**31 - 1]),
        ("bigint", [-(2**63), -1, 0, 2**63 - 1]),
        ("counter", [-1, 0]),
        ("varint", [-(10**30), -129, -1, 0, 127, 128, 10**30]),
        (
            "decimal",
            [Decimal("-1E+2147483647"), Decimal(-3), Decimal("-0.1"), Decimal("1E-2147483647"), Decimal("1.5")],
        ),
        ("double", [float("-inf"), -1.5, -5e-324, -0.0, 0.0, 5e-324, 1.5, float("inf"), float("nan")]),
        ("float", [float("-inf"), -0.5, -0.0, 0.0, 0.5, float("inf"), float("nan")]),
        ("boolean", [False, True]),
        ("text", ["", "Z", "a", "é", "\uffff", "\U0001f600"]),
        ("ascii", ["", "Z", "a", "aa"]),
        ("blob", [b"", b"\x00", b"\x7f\x00", b"\xff"]),
        ("list<int>", [[], [-1], [1], [1, 5], [2]]),
        ("set<int>", [set(), {2}]),
        ("map<text, int>", [{}, {"a": 1}, {"a": 2}, {"b": 0}]),
        ("tuple<int, text>", [(None, "a"), (-1, "a"), (1, None), (1, "b"), (2, "a")]),
        (PAIR, [{"b": "z"}, {"a": 1}, {"a": 1, "b": ""}]),
        ("vector<int, 2>", [[-1, 5], [1, -5], [1, 2]]),
        ("vector<text, 2>", [["", "z"], ["a", "a"], ["aa", ""]]),
        # By version, then for version 1 by time: the first group holds the low bits of the time.
        (
            "uuid",
            [
                UUID("00000000-0000-0000-0000-000000000000"),
                UUID("ffffffff-0000-1000-8000-000000000000"),
                UUID("00000000-0001-1000-8000-000000000000"),
                UUID("00000000-0001-1000-8000-0000000000ff"),
                UUID("00000000-0000-4000-8000-000000000000"),
                UUID("00000000-0000-4000-8000-0000000000ff"),
            ],
        ),
        # Of one instant: by the last bytes, and these signed.
        (
            "timeuuid",
            [
                UUID("00000000-0000-1000-8000-0000000000ff"),
                UUID("00000000-0000-1000-8000-000000000000"),
                UUID("00000000-0000-1000-8000-00000000007f"),
                UUID("00000000-0001-1000-8000-000000000000"),
            ],
        ),
    ],
    ids=str,
)
def test_values_sort_as_on_the_server(kind: CqlType | str, values: list[Any]) -> None:
    kind = parse_type(kind) if isinstance(kind, str) else kind
    check(kind, *map(encoder_of(kind), values))


@pytest.mark.parametrize("name", KEYS)
def test_the_empty_value_comes_first(name: str) -> None:
    kind, random = NATIVE[name], Random(name)
    for _ in range(50):
        data = encoder_of(kind)(value(random, kind))
        check(kind, *{b"", data})


@pytest.mark.parametrize("kind", ["list<int>", "set<text>", "map<int, text>", "list<frozen<set<int>>>"])
def test_a_collection_of_no_bytes_comes_before_the_empty_one(kind: str) -> None:
    check(parse_type(kind), b"", bytes(4), bytes(3) + b"\x01" + b"\xff" * 8)


def test_a_vector_of_no_bytes_comes_first() -> None:
    check(parse_type("vector<int, 1>"), b"", b"\x80" + bytes(3))
    check(parse_type("vector<text, 1>"), b"", b"\x00")


def test_a_tuple_of_no_bytes_comes_before_one_of_nulls() -> None:
    check(parse_type("tuple<int, int>"), b"", b"\xff" * 8)


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("decimal", "00000001" + "0a", "00000002" + "64"),
        ("varint", "05", "0005"),
        ("double", "7ff8000000000000", "fff8000000000001"),
        ("float", "7fc00000", "ff800001"),
        ("boolean", "01", "7f"),
        ("tuple<int, int>", "0000000400000001", "0000000400000001" + "ffffffff"),
    ],
)
def test_equal_values_have_equal_keys_whatever_their_bytes(kind: str, one: str, other: str) -> None:
    key = sort_key(parse_type(kind))
    assert key(bytes.fromhex(one)) == key(bytes.fromhex(other))


@pytest.mark.parametrize("kind", ["date", "time"])
def test_days_and_times_sort_by_their_bytes_which_have_no_sign(kind: str) -> None:
    width = ">I" if kind == "date" else ">Q"
    check(parse_type(kind), *(struct.pack(width, number) for number in (0, 1, 2**31 - 1, 2**31, 2**32 - 1)))


def test_only_cql_s_types_have_an_order() -> None:
    with pytest.raises(TypeError, match="has no order"):
        sort_key("text")  # type: ignore[arg-type]
