"""The recorder beside a cluster: the same SELECTs are refused by both, and taken by both.

A statement is sent to be prepared, never executed: what the table alone decides is decided then. The recorder is asked
by a rule for the table as coodie reads it from the cluster.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from cassandra import DriverException
from cassandra.cluster import Session
from cassandra.protocol import ErrorMessage

from coodie.cql.message import Kind, Statement
from coodie.schema import Table
from coodie.sync import close, init_coodie, read_schema
from coodie.testing import RecordingDriver, UnexpectedCall

from .conftest import connected
from .server import Found

COLUMNS = """
    (k1 int, k2 int, c1 int, c2 int, c3 text, st int STATIC, v int, w text, id uuid, tags set<text>, m map<text, int>,
     l list<int>, fl frozen<list<int>>, u addr, fu frozen<addr>, d duration, PRIMARY KEY ((k1, k2), c1, c2, c3))
    WITH CLUSTERING ORDER BY (c1 ASC, c2 DESC, c3 ASC)
"""
INDEXES = {
    "plain": (),
    "legacy": ("v", "tags", "keys(m)", "c2", "k2", "st", "full(fl)"),
    "more": ("w", "entries(m)", "c1", "l", "fu"),
    "attached": ("v", "w", "id", "tags", "keys(m)", "c2", "k2", "st"),
    "fewer": ("v", "entries(m)", "c1", "full(fl)"),
}
ATTACHED = ("attached", "fewer")

WHOLE, PART = ("k1 = ?", "k2 = ?"), ("k1 = ?", "k1 IN ?", "k1 > ?", "k2 = ?", "k2 IN ?", "k2 > ?")
TOKENS = ("token(k1, k2) > ?", "token(k1, k2) > ? AND token(k1, k2) <= ?", "token(k1) > ?")
CLUSTERING = (
    ("c1 = ?", "c1 = ?", "c1 IN ?", "c1 > ?", "c1 > ? AND c1 <= ?", "c1 = ? AND c1 > ?", "c1 > ? AND c1 > ?"),
    ("c2 = ?", "c2 IN ?", "c2 >= ?", "c2 IN (?)"),
    ("c3 = ?", "c3 < ?", "c3 IN ?", "c3 LIKE ?"),
)
SEVERAL = (
    *("(c1) > (?)", "(c1, c2) > (?, ?)", "(c1, c2) = (?, ?)", "(c1, c2) IN ((?, ?))", "(c1, c2, c3) <= (?, ?, ?)"),
    *("(c2, c3) > (?, ?)", "(c1, c3) > (?, ?)", "(c1, c2) > (?, ?) AND (c1) < (?)", "(c1, c2) IN ((?, ?), (?, ?))"),
)
OTHERS = (
    *("st = ?", "st > ?", "v = ?", "v = ?", "v > ?", "v IN ?", "v > ? AND v < ?", "v = ? AND v = ?", "v != ?"),
    *("v IS NOT NULL", "v CONTAINS ?", "w = ?", "w > ?", "w LIKE ?", "id = ?", "id > ?", "l CONTAINS ?", "l = ?"),
    *("tags CONTAINS ?", "tags CONTAINS ?", "tags CONTAINS ? AND tags CONTAINS ?", "tags = ?", "tags CONTAINS KEY ?"),
    *("m CONTAINS ?", "m CONTAINS KEY ?", "m[?] = ?", "m[?] > ?", "m CONTAINS ? AND m[?] = ?", "fl = ?", "fl > ?"),
    *("fl CONTAINS ?", "u = ?", "fu = ?", "fu > ?", "d = ?", "d > ?"),
)
SELECTED = (
    *("v",) * 12,
    *("DISTINCT k1, k2", "DISTINCT k1", "DISTINCT k1, k2, st", "DISTINCT k1, k2, v", "count(*)", "max(v) AS top"),
    *("st", "k1, st", "JSON v", "*", "k1, count(*)", "writetime(v)", "token(k1, k2)"),
)
GROUPS = ("k1", "k1, k2", "k1, k2, c1", "k1, k2, c2", "c1", "k2", "v", "k1, k2, c1, c2, c3", "k2, k1", "st", "c2")
ORDERS = (
    *(
        "c1",
        "c1 DESC",
        "c1, c2",
        "c1, c2 DESC",
        "c1 DESC, c2 ASC",
        "c2",
        "c2 DESC",
        "v",
        "k1",
        "c3",
        "c2, c1",
        "c1, c3",
        "c1, c1",
        "c1 DESC, c2 DESC, c1",
        "c1, c2, c1 DESC",
    ),
)


def a_select(draw: random.Random, table: str) -> str:
    """A SELECT of all that there is to combine; about a third of them are taken."""
    where: list[str] = []
    key = draw.random()
    if key < 0.6:
        where += WHOLE
    elif key < 0.8:
        where += draw.sample(PART, draw.choice((1, 2)))
    elif key < 0.9:
        where.append(draw.choice(TOKENS))
    if draw.random() < 0.5:
        where += [
            draw.choice(kinds)
            for kinds, often in zip(CLUSTERING, (0.7, 0.5, 0.3), strict=True)
            if draw.random() < often
        ]
    elif draw.random() < 0.25:
        where.append(draw.choice(SEVERAL))
    where += draw.sample(OTHERS, draw.choice((0, 0, 0, 1, 1, 2)))
    draw.shuffle(where)
    parts = [f"SELECT {draw.choice(SELECTED)} FROM {table}"]
    parts += [f"WHERE {' AND '.join(where)}"] * bool(where)
    parts += [f"GROUP BY {draw.choice(GROUPS)}"] * (draw.random() < 0.15)
    parts += [f"ORDER BY {draw.choice(ORDERS)}"] * (draw.random() < 0.2)
    parts += ["PER PARTITION LIMIT ?"] * (draw.random() < 0.1) + ["LIMIT ?"] * (draw.random() < 0.3)
    return " ".join(parts + ["ALLOW FILTERING"] * (draw.random() < 0.3))


class Known:
    """A model, as far as a rule asks it: the table as it is on the cluster."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def table_name(self) -> str:
        return self._table.name

    def table_definition(self) -> Table:
        return self._table


@pytest.fixture(scope="module")
def tables(cluster: Found, keyspace: str) -> Iterator[tuple[Session, dict[str, Known]]]:
    with connected(cluster) as session:
        session.set_keyspace(keyspace)
        session.execute("CREATE TYPE addr (street text, zip int)")
        for table, columns in INDEXES.items():
            session.execute(f"CREATE TABLE {table} {COLUMNS}")
            using = " USING 'sai'" if table in ATTACHED else ""
            for column in columns:
                session.execute(f"CREATE INDEX ON {table} ({column}){using}")
        init_coodie(session=session)
        schema = read_schema(keyspace)
        close()
        assert schema is not None
        yield session, {table.name: Known(table) for table in schema.tables}


def refused_by_cluster(session: Session, cql: str) -> str | None:
    try:
        session.prepare(cql)
    except (ErrorMessage, DriverException) as error:
        return str(error)
    return None


def refused_by_recorder(model: Known, cql: str) -> str | None:
    recorder = RecordingDriver()
    recorder.on("select", table=model).returns_nothing()
    try:
        recorder.execute(Statement(cql, (1,) * cql.count("?"), kind=Kind.READ))
    except UnexpectedCall as error:
        return str(error)
    return None


@pytest.mark.parametrize("table", INDEXES)
def test_rule_26_the_recorder_refuses_what_the_cluster_refuses(
    tables: tuple[Session, dict[str, Known]], table: str
) -> None:
    session, models = tables
    draw = random.Random(table)
    statements = {a_select(draw, table) for _ in range(600)}
    verdicts = {cql: (refused_by_cluster(session, cql), refused_by_recorder(models[table], cql)) for cql in statements}

    differ = {cql: both for cql, both in verdicts.items() if (both[0] is None) != (both[1] is None)}
    assert not differ
    assert sum(theirs is None for theirs, _ in verdicts.values()) > 60
