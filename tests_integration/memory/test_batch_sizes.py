"""The size of a batch, and what is said of a large one, as the server counts and says it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from cassandra.cluster import Session

from coodie.testing import Clock
from coodie.testing.memory.engine import Engine
from coodie.testing.memory.errors.base import CqlError
from coodie.testing.memory.statements.sizes import BatchSizes
from tests_integration.conftest import connected
from tests_integration.memory import raw
from tests_integration.server.settings import LIMITS

pytestmark = pytest.mark.needs_server("the engine is compared with it")

SCHEMA = (
    "CREATE TYPE u (a int, b text)",
    "CREATE TABLE t (p int, c int, s int static, a int, b blob, l list<int>, m map<int, int>, st set<int>, ud u, "
    "fl frozen<list<int>>, d text, PRIMARY KEY (p, c))",
    "CREATE TABLE k (k text PRIMARY KEY, b blob)",
    "CREATE TABLE i (k int PRIMARY KEY, b blob)",
    "CREATE TABLE wide (p int, c text, d text, e int, PRIMARY KEY (p, c, d, e))",
    "CREATE TABLE cn (k int PRIMARY KEY, n counter, m counter)",
    *(f"CREATE TABLE {name} (k int PRIMARY KEY)" for name in ("zz", "users", "posts", "by_name", "a", "b", "c", "d")),
)
LARGE = f"INSERT INTO t (p, c, b) VALUES (1, 1, 0x{'ab' * 70_000})"
MANY = tuple(f"INSERT INTO t (p, c) VALUES ({each}, 2)" for each in range(12))
COUNTS = tuple(f"UPDATE cn SET n = n + 1 WHERE k = {each}" for each in range(700))
BATCHES: list[tuple[str, ...]] = [
    ("", LARGE),
    ("", LARGE, "INSERT INTO t (p, c) VALUES (1, 2)"),
    ("", LARGE, "INSERT INTO i (k) VALUES (1)"),
    ("", LARGE, "INSERT INTO k (k) VALUES ('1')"),
    ("", LARGE, "INSERT INTO i (k) VALUES (2)", "INSERT INTO k (k) VALUES ('abc')"),
    ("UNLOGGED", LARGE, *MANY),
    ("UNLOGGED", *MANY),
    ("UNLOGGED", *MANY[:6], *[f"INSERT INTO i (k) VALUES ({each})" for each in range(6)]),
    ("UNLOGGED", LARGE, *[f"INSERT INTO {table} (k) VALUES ({at})" for at, table in enumerate(("zz", "users", "a"))]),
    (
        "UNLOGGED",
        *[
            f"INSERT INTO {table} (k) VALUES ({at})"
            for at, table in enumerate(
                ("zz", "users", "posts", "by_name", "a", "b", "c", "d", "i", "zz", "a", "b", "c")
            )
        ],
    ),
    ("COUNTER", *COUNTS),
    ("COUNTER", *COUNTS, "UPDATE cn SET m = m + 1 WHERE k = 1", "UPDATE cn SET n = n - 1 WHERE k = 1"),
    ("", "UPDATE t SET b = 0x" + "ab" * 33_000 + " WHERE p IN (5, 6) AND c = 1"),
    ("", LARGE, "DELETE FROM t WHERE p = 1", "INSERT INTO t (p, c) VALUES (4, 1)"),
    ("", LARGE, "DELETE b FROM t WHERE p = 1 AND c = 1", f"INSERT INTO i (k, b) VALUES (3, 0x{'ab' * 70_000})"),
    ("", LARGE.replace("ab", "abab" * 5), "INSERT INTO t (p, c) VALUES (2, 2)"),
    ("UNLOGGED", LARGE.replace("ab", "abab" * 5), *MANY),
    ("", f"{LARGE} IF NOT EXISTS", "INSERT INTO t (p, c) VALUES (1, 2)"),
    *[
        ("", LARGE, second)
        for second in (
            "INSERT INTO t (p, c, a) VALUES (2, 2, 1)",
            "INSERT INTO t (p, c, a, d) VALUES (2, 2, 1, 'text') USING TTL 100",
            "INSERT INTO t (p, c, a) VALUES (2, 2, null)",
            "INSERT INTO t (p, s) VALUES (2, 2)",
            "INSERT INTO t (p, c, s) VALUES (2, 2, 1)",
            "INSERT INTO t (p, c, s, l) VALUES (2, 2, null, [1]) USING TTL 5",
            "UPDATE t SET a = 1, d = '' WHERE p = 2 AND c = 2",
            "UPDATE t USING TTL 9 SET a = 1 WHERE p = 2 AND c IN (2, 3)",
            "DELETE FROM t WHERE p = 2 AND c = 2",
            "DELETE FROM t WHERE p = 2",
            "DELETE FROM t WHERE p = 2 AND c > 2",
            "DELETE FROM t WHERE p = 2 AND c > 2 AND c <= 5",
            "DELETE a FROM t WHERE p = 2 AND c = 2",
            "DELETE FROM wide WHERE p = 1 AND c = 'abc'",
            "DELETE FROM wide WHERE p = 2 AND c IN ('abc', 'd')",
            "DELETE FROM wide WHERE p = 2 AND c = 'abc' AND d > 'x' AND d < 'yyyy'",
            "DELETE FROM wide WHERE p = 2 AND (c, d) >= ('a', 'x')",
            "UPDATE t SET l = [1, 2] WHERE p = 2 AND c = 2",
            "UPDATE t SET l = l + [1] WHERE p = 2 AND c = 2",
            "UPDATE t SET st = {1, 2, 3} WHERE p = 2 AND c = 2",
            "UPDATE t SET m = {1: 2} WHERE p = 2 AND c = 2",
            "UPDATE t SET m[1] = 2 WHERE p = 2 AND c = 2",
            "UPDATE t SET m = null WHERE p = 2 AND c = 2",
            "UPDATE t SET ud = {a: 1, b: 'x'} WHERE p = 2 AND c = 2",
            "UPDATE t SET fl = [1] WHERE p = 2 AND c = 2",
        )
    ],
]


@pytest.fixture(scope="module")
def both(cluster: Any) -> Iterator[tuple[Session, Engine, str]]:
    name = f"sizes_{secrets.token_hex(4)}"
    engine = Engine(Clock())
    kib = {key: int(str(value).removesuffix("KiB")) * 1024 for key, value in LIMITS.items() if "batch" in key}
    engine.batch_sizes = BatchSizes(kib["batch_size_warn_threshold"], kib["batch_size_fail_threshold"])
    with connected(cluster) as session:
        raw.set_up(session)
        session.cluster.schema_metadata_enabled = False
        space = f"CREATE KEYSPACE {name} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}"
        for text in (space, f"USE {name}", *SCHEMA):
            session.execute(text)
            engine.execute(engine.prepare(text, name))
        yield session, engine, name
        session.execute(f"DROP KEYSPACE {name}")


@pytest.mark.parametrize("batch", BATCHES, ids=lambda batch: " + ".join(each[:60] for each in batch[:3]))
def test_a_batch_has_the_server_s_size(both: tuple[Session, Engine, str], batch: tuple[str, ...]) -> None:
    session, engine, name = both
    text = f"BEGIN {batch[0]} BATCH {'; '.join(batch[1:])}; APPLY BATCH"
    answer = raw.ask(session, text)
    try:
        warnings, code, message = engine.execute(engine.prepare(text, name)).warnings, None, ""
    except CqlError as error:
        warnings, code, message = (), error.code, error.message
    assert (warnings, code, message) == (answer.warnings, answer.code, answer.message)
