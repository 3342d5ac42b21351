"""Decimals whose exponents are at the ends of 32 bits, and long integers: an answer or a refusal, and soon."""

from __future__ import annotations

from contextlib import suppress
from struct import pack

import pytest

from coodie.testing.clock import Clock
from coodie.testing.memory.engine import Engine
from coodie.testing.memory.errors.base import CqlError, NotSupportedByMemoryDriver

NUMBERS = [
    pack(">i", scale) + number
    for scale in (-(2**31), 2**31 - 1, -(10**6), 10**6)
    for number in (b"\x01", b"\x00", b"\xff\x00")
]
TERMS = [
    *(
        "d",
        "-d",
        "abs(d)",
        "round(d)",
        "exp(d)",
        "log(d)",
        "log10(d)",
        "tojson(d)",
        "sum(d)",
        "avg(d)",
        "max(d)",
        "{d}",
    ),
    *("d + 1", "d - 1", "d * 2", "d / 3", "d % 7", "1 / d", "(decimal)1 % d", "d + d", "d * d", "d / d", "d % d"),
    *(f"cast(d as {kind})" for kind in ("tinyint", "int", "varint", "double", "float", "text")),
    *("v * v", "v + d", "v / d", "d / v", "v % d", "d % v", "exp(v)", "log(v)", "round(v)", "tojson(v)", "sum(v)"),
    *(f"cast(v as {kind})" for kind in ("int", "double", "text", "decimal")),
]


@pytest.fixture(scope="module")
def engine() -> Engine:
    engine = Engine(Clock())
    replication = "{'class': 'SimpleStrategy', 'replication_factor': 1}"
    engine.execute(engine.prepare(f"CREATE KEYSPACE ks WITH replication = {replication}"))
    engine.execute(engine.prepare("CREATE TABLE t (k int PRIMARY KEY, d decimal, v varint)", "ks"))
    insert = engine.prepare("INSERT INTO t (k, d, v) VALUES (?, ?, ?)", "ks")
    for key, number in enumerate(NUMBERS):
        engine.execute(insert, (pack(">i", key), number, b"\x7f" * 2000))
    return engine


@pytest.mark.parametrize("term", TERMS)
def test_numbers_at_the_ends_are_answered_or_refused(engine: Engine, term: str) -> None:
    plan = engine.prepare(f"SELECT {term} FROM t WHERE k = ?", "ks")
    for key in range(len(NUMBERS)):
        with suppress(CqlError, NotSupportedByMemoryDriver):
            assert len(engine.execute(plan, (pack(">i", key),)).rows) == 1
