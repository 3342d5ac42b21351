"""The recorder beside a cluster: what a cluster answers can be scripted, and what it leaves out cannot.

Tables of random types are filled with rows that have much in common, and asked random questions. COODIE_ANSWERS says
how many.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from cassandra.cluster import Session
from random_values import KEYS, cql_type, how_many, value

from coodie.cql.message import Batch, Kind, Options, Page, Statement
from coodie.cql.types import CqlType, freeze
from coodie.drivers import get_driver
from coodie.drivers.protocol import SyncDriver
from coodie.exceptions import RequestRejected
from coodie.schema import Table
from coodie.sync import close, init_coodie, read_schema
from coodie.testing import ImpossibleReply, RecordingDriver

ANSWERS = how_many("COODIE_ANSWERS", 900)
TABLES = 12 if ANSWERS < 10_000 else 60


class Known:
    """A model, as far as a rule asks it: the table as it is on the cluster."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def table_name(self) -> str:
        return self.table.name

    def table_definition(self) -> Table:
        return self.table


@pytest.fixture(scope="module")
def driver(session: Session, keyspace: str) -> Iterator[SyncDriver]:
    init_coodie(session=session, keyspace=keyspace)
    driver = get_driver()
    assert isinstance(driver, SyncDriver)
    yield driver
    close()


def read(cql: str, *values: Any, fetch_size: int = 0) -> Statement:
    return Statement(cql, values, kind=Kind.READ, options=Options(fetch_size=fetch_size))


def write(cql: str, *values: Any) -> Statement:
    conditional = " IF " in cql
    return Statement(cql, values, kind=Kind.CONDITIONAL if conditional else Kind.WRITE)


@dataclass
class Place:
    """A table on the cluster, and the values that may stand in its columns."""

    model: Known
    values: dict[str, list[Any]]


def a_type(draw: Random, depth: int = 0, *without: str) -> CqlType:
    found = freeze(cql_type(draw, depth, KEYS))
    # User-defined types would have to be made first.
    return a_type(draw, depth, *without) if any(each in repr(found) for each in ("Udt(", *without)) else found


def columns(draw: Random) -> dict[str, str]:
    """The columns of a table with their types, and its key."""
    partition = ["p", "q"][: draw.choice((1, 1, 2))]
    clustering = ["a", "b", "c"][: draw.choice((0, 1, 2, 3))]
    # The server does not sort the sets and maps in descending keys, and so a model may not have them.
    without = ["Set(", "Map("] if clustering else []
    found = {name: str(a_type(draw, draw.choice((0, 0, 0, 1)), *without)) for name in (*partition, *clustering)}
    if clustering:
        found["s"] = f"{a_type(draw)} STATIC"
    found |= {"n": str(a_type(draw)), "f": str(a_type(draw, 1))}
    found |= {"l": f"list<{a_type(draw)}>", "t": f"set<{a_type(draw)}>", "m": f"map<{a_type(draw)}, {a_type(draw)}>"}
    key = f"(({', '.join(partition)}){''.join(f', {name}' for name in clustering)})"
    order = ", ".join(f"{name} {draw.choice(('ASC', 'DESC'))}" for name in clustering)
    return found | {"PRIMARY KEY": f"{key})" + f" WITH CLUSTERING ORDER BY ({order})" * bool(order)}


INDEXES = (None, None, "CREATE INDEX ON {} (n)", "CREATE INDEX ON {} (n) USING 'sai'", "CREATE INDEX ON {} (t)")


def a_place(draw: Random, driver: SyncDriver, keyspace: str, name: str) -> Place:
    """A new table with some fifty rows, and with partitions of static values alone."""
    text = ", ".join(f"{column} {kind}" for column, kind in columns(draw).items())
    driver.execute(Statement(f"CREATE TABLE {name} ({text}", kind=Kind.SCHEMA))
    if (index := draw.choice(INDEXES)) is not None:
        with suppress(RequestRejected):  # not every type can be indexed
            driver.execute(Statement(index.format(name), kind=Kind.SCHEMA))
    schema = read_schema(keyspace)
    assert schema is not None
    table = next(each for each in schema.tables if name == f"{keyspace}.{each.name}")
    place = Place(
        Known(table), {column.name: [value(draw, column.type) for _ in range(3)] for column in table.ordered_columns}
    )
    for _ in range(50):
        row = a_row(draw, place, draw.random() < 0.2)
        marks = ", ".join("?" * len(row))
        with suppress(RequestRejected):  # an empty key
            driver.execute(write(f"INSERT INTO {name} ({', '.join(row)}) VALUES ({marks})", *row.values()))
    return place


def a_row(draw: Random, place: Place, only_static: bool = False) -> dict[str, Any]:
    table = place.model.table
    names = [*table.partition_key, "s"] if only_static and "s" in place.values else [*place.values]
    wanted = [name for name in names if name in table.primary_key or draw.random() < 0.8]
    return {name: draw.choice(place.values[name]) for name in wanted}


RANGES = ("<", "<=", ">", ">=")


class Question:
    """A SELECT of all that there is to combine; the cluster refuses some of them."""

    def __init__(self, draw: Random, place: Place) -> None:
        self.draw, self.place, self.table = draw, place, place.model.table
        self.where: list[str] = []
        self.values: list[Any] = []
        self.is_cut = False
        """Whether it may leave out rows that WHERE does not exclude."""
        self._of_partitions()
        self._of_clustering()
        self._of_others()
        tail = [*self._groups(), *self._order(), *self._limits()]
        where = [f"WHERE {' AND '.join(self.where)}"] * bool(self.where)
        filtering = ["ALLOW FILTERING"] * (draw.random() < 0.6)
        self.shown = self._shown()
        self.cql = " ".join(
            [f"SELECT {self.shown} FROM {self.table.keyspace}.{self.table.name}", *where, *tail, *filtering]
        )

    def _ask(self, text: str, *values: Any) -> None:
        self.where.append(text)
        self.values += values

    def _one(self, name: str) -> Any:
        return self.draw.choice(self.place.values[name])

    def _compare(self, name: str, *operators: str) -> None:
        operator = self.draw.choice(operators)
        several = [self._one(name) for _ in range(self.draw.choice((1, 2, 2)))]
        self._ask(f"{name} {operator} ?", several if operator == "IN" else several[0])

    def _of_partitions(self) -> None:
        names, kind = self.table.partition_key, self.draw.random()
        if kind < 0.7:
            for name in names:
                self._compare(name, "=", "=", "IN")
        elif kind < 0.85:
            for operator in self.draw.choice(((">",), ("<=",), (">=", "<"), ("=",))):
                marks = ", ".join("?" * len(names))
                self._ask(f"token({', '.join(names)}) {operator} token({marks})", *map(self._one, names))

    def _of_clustering(self) -> None:
        names = self.table.clustering_key[: self.draw.randrange(len(self.table.clustering_key) + 1)]
        if not names or self.draw.random() < 0.7:
            for name in names:
                self._compare(name, "=", "=", "IN", *RANGES)
            return
        for operator in self.draw.choice((("=",), ("IN",), (">",), (">=", "<"), ("<=",))):
            pair = [tuple(map(self._one, names)) for _ in range(2)]
            self._ask(f"({', '.join(names)}) {operator} ?", pair if operator == "IN" else pair[0])

    def _of_others(self) -> None:
        name = self.draw.choice([name for name in ("n", "f", "s", "t", "m", "l") if name in self.place.values])
        held = self._one(name)
        if self.draw.random() < 0.5:
            return
        if name in ("n", "f", "s"):
            self._compare(name, "=", "IN", *RANGES)
            self.is_cut = any(index.column == name for index in self.table.indexes)  # some have an order of their own
        elif held and name == "m":
            key, content = self.draw.choice(list(held.items()))
            relations = ("m[?] = ?", (key, content)), ("m CONTAINS KEY ?", (key,)), ("m CONTAINS ?", (content,))
            text, values = self.draw.choice(relations)
            self._ask(text, *values)
        elif held:
            self._ask(f"{name} CONTAINS ?", self.draw.choice(list(held)))

    def _shown(self) -> str:
        if self.draw.random() < 0.1:
            return f"DISTINCT {', '.join(self.table.partition_key)}"
        names = [*self.place.values]
        return ", ".join(names if self.draw.random() < 0.6 else self.draw.sample(names, self.draw.randrange(1, 5)))

    def _groups(self) -> Iterator[str]:
        if self.draw.random() < 0.1:
            self.is_cut = True
            last = self.draw.randrange(len(self.table.partition_key), len(self.table.primary_key) + 1)
            yield f"GROUP BY {', '.join(self.table.primary_key[:last])}"

    def _order(self) -> Iterator[str]:
        names = self.table.clustering_key[: self.draw.randrange(4)]
        turned = self.draw.random() < 0.5
        if names and self.draw.random() < 0.4:
            columns = [f"{name}{' DESC' * (self.table.by_name[name].descending != turned)}" for name in names]
            yield f"ORDER BY {', '.join(columns)}"

    def _limits(self) -> Iterator[str]:
        for text in ("PER PARTITION LIMIT ?", "LIMIT ?"):
            if self.draw.random() < 0.15:
                self.is_cut = True
                self.values.append(self.draw.choice((1, 2)))
                yield text


def why_refused(place: Place, request: Statement | Batch, *answers: Page) -> str | None:
    """Why a recorder refuses an answer; None if it gives it."""
    recorder = RecordingDriver(strict=False)
    rule = recorder.on(table=place.model)
    if isinstance(request, Batch) or request.kind is Kind.CONDITIONAL:
        (answer,) = answers
        rows = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
        applied = {row.pop("[applied]") for row in rows}
        rule.applied(applied.pop(), [row for row in rows if row])
    else:
        rule.pages([answer.rows for answer in answers], columns=answers[0].columns)
    try:
        recorder.execute(request)
    except ImpossibleReply as error:
        return str(error)
    return None


def falsified(draw: Random, place: Place, rows: list[Any], every: list[Any]) -> Iterator[list[Any]]:
    """Answers that cannot be, if all columns and all rows that there are were asked for."""
    known = [row for row in every if row not in rows and None not in row]  # null may be the empty value
    for other in known[:8]:
        at = draw.randrange(len(rows) + 1)
        yield [*rows[:at], other, *rows[at:]]
    if rows:
        yield [*rows, draw.choice(rows)]
    key = len(place.model.table.partition_key)
    for at, (first, second) in enumerate(pairwise(rows)):
        if repr(first[:key]) == repr(second[:key]):  # 0.0 and -0.0 are two keys
            yield [*rows[:at], second, first, *rows[at + 2 :]]


@pytest.mark.filterwarnings("ignore:a cluster refuses this SELECT")
@pytest.mark.parametrize("seed", range(TABLES))
def test_what_the_cluster_answers_can_be_scripted_and_what_it_leaves_out_cannot(
    driver: SyncDriver, keyspace: str, seed: int
) -> None:
    draw = Random(seed)
    place = a_place(draw, driver, keyspace, f"{keyspace}.t{seed}")
    names = ", ".join(place.values)
    every = list(driver.execute(read(f"SELECT {names} FROM {keyspace}.t{seed}")).rows)
    answered = wrong = 0
    for _ in range(ANSWERS // TABLES):
        question = Question(draw, place)
        request = read(question.cql, *question.values)
        try:
            page = driver.execute(request)
        except RequestRejected:
            continue
        answered += 1
        assert why_refused(place, request, page) is None, question.values
        at = draw.randrange(len(page.rows) + 1)
        cut = Page(page.columns, page.rows[:at]), Page(page.columns, page.rows[at:])
        assert why_refused(place, request.with_options(Options()), *cut) is None, question.values
        if question.shown == names and not question.is_cut:
            for rows in falsified(draw, place, list(page.rows), every):
                wrong += 1
                assert why_refused(place, request, Page(page.columns, rows)), (question.cql, question.values, rows)
    assert answered > ANSWERS // TABLES // 5
    assert wrong


CONDITIONS = ("=", "=", "!=", "IN", *RANGES)


def a_condition(draw: Random, place: Place) -> Statement:
    """A conditional write of one row, or of the static values of one partition."""
    table, row = place.model.table, a_row(draw, place)
    name, key = f"{table.keyspace}.{table.name}", list(table.primary_key)
    if draw.random() < 0.4:
        columns = [*key, *(each for each in row if each not in key)]
        marks = ", ".join("?" * len(columns))
        values = [row[each] for each in columns]
        return write(f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({marks}) IF NOT EXISTS", *values)
    written = "n"
    if "s" in place.values and draw.random() < 0.2:
        key, written = list(table.partition_key), "s"
    where = " AND ".join(f"{each} = ?" for each in key)
    conditions, values = [], [*(row[each] for each in key)]
    for column in draw.sample([written, "s", "f"] if "s" in place.values and written == "n" else [written], 1):
        operator = draw.choice(CONDITIONS)
        asked = draw.choices(place.values[column], k=2)
        conditions.append(f"{column} {operator} ?")
        values.append(asked if operator == "IN" else draw.choice((None, *asked * 3)))
    if draw.random() < 0.2:
        conditions, values = ["EXISTS"], values[: len(key)]
    tail = f"WHERE {where} IF {' AND '.join(conditions)}"
    if draw.random() < 0.3:
        return write(f"DELETE {written} FROM {name} {tail}", *values)
    return write(f"UPDATE {name} SET {written} = ? {tail}", draw.choice(place.values[written]), *values)


@pytest.mark.parametrize("seed", range(TABLES // 3))
def test_the_existing_row_of_a_lost_condition_can_be_scripted_and_another_cannot(
    driver: SyncDriver, keyspace: str, seed: int
) -> None:
    draw = Random(seed)
    place = a_place(draw, driver, keyspace, f"{keyspace}.l{seed}")
    name = place.model.table.partition_key[0]
    lost = wrong = 0
    for _ in range(ANSWERS // TABLES):
        request: Statement | Batch = a_condition(draw, place)
        if draw.random() < 0.3:
            request = Batch((a_condition(draw, place), a_condition(draw, place)))
        try:
            page = driver.execute(request)
        except RequestRejected:
            continue
        assert why_refused(place, request, page) is None, request
        applied = page.rows[0][0]
        lost += not applied
        if not applied and name in page.columns:
            at = page.columns.index(name)
            for other in [each for each in place.values[name] if each != page.rows[0][at]]:
                rows = [(*row[:at], other, *row[at + 1 :]) for row in page.rows]
                wrong += 1
                assert why_refused(place, request, Page(page.columns, rows)), (request, rows)
    assert lost
    assert wrong or len(set(map(repr, place.values[name]))) == 1
