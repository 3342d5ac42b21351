"""The server and ``coodie.tables.apply`` carry one schema on by the same statements, and agree after each of them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from cassandra import AlreadyExists, InvalidRequest
from cassandra.cluster import NoHostAvailable, Session
from cassandra.protocol import ConfigurationException, SyntaxException
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coodie.cql.nodes import (
    AddColumns,
    AddField,
    AlterOptions,
    ColumnDefinition,
    CreateIndex,
    CreateTable,
    CreateType,
    CreateView,
    Drop,
    DropColumns,
    Name,
    OrderBy,
    RenameColumns,
    RenameFields,
    SchemaStatement,
)
from coodie.cql.rendering.ddl import render_ddl
from coodie.cql.types import NATIVE, List, Map, Udt
from coodie.exceptions import InvalidQueryError
from coodie.schema import ColumnKind, Schema, diff
from coodie.sync import read_schema
from coodie.tables.apply import apply
from coodie.tables.views import not_null

REFUSED = (AlreadyExists, InvalidRequest, ConfigurationException, SyntaxException)

# Few names, so that statements are about the same things.
tables = st.sampled_from(["t", "T"])
views = st.sampled_from(["v", "t"])
types = st.sampled_from(["u", "w"])
columns = st.sampled_from(["a", "b", "c", "Odd one"])
fields = st.sampled_from(["a", "b", "f"])
indexes = st.sampled_from([None, "i", "t_b_idx"])
column_types = st.sampled_from(
    [
        NATIVE["int"],
        NATIVE["text"],
        NATIVE["blob"],
        List(NATIVE["int"]),
        Map(NATIVE["text"], NATIVE["int"], True),
        Udt("u"),
        Udt("w", frozen=False),
        List(Udt("u")),
    ]
)
flags = st.booleans()
definitions = st.lists(
    st.builds(ColumnDefinition, columns, column_types, flags), min_size=1, max_size=3, unique_by=lambda each: each.name
)
options = st.sampled_from([(("comment", "x"),), (("gc_grace_seconds", 7), ("comment", "y"))])


@st.composite
def new_tables(draw: st.DrawFn) -> SchemaStatement:
    names = draw(st.lists(columns, min_size=2, max_size=4, unique=True))
    kept = tuple(ColumnDefinition(name, NATIVE["int"]) for name in names[:2])
    others = tuple(ColumnDefinition(name, draw(column_types), draw(flags)) for name in names[2:])
    order = (OrderBy(names[1], draw(flags)),)
    return CreateTable(
        Name(draw(tables)), kept + others, (names[0],), (names[1],), order, draw(options), if_not_exists=draw(flags)
    )


@st.composite
def new_views(draw: st.DrawFn) -> SchemaStatement:
    key = tuple(draw(st.permutations(["a", "b", "c"]))[: draw(st.integers(2, 3))])
    others = (draw(columns),) if draw(flags) else ()
    listed = () if draw(flags) else tuple(dict.fromkeys(key + others))
    return CreateView(
        Name(draw(views)), Name(draw(tables)), listed, not_null(key), key[:1], key[1:], if_not_exists=draw(flags)
    )


def pairs(names: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[tuple[str, str], ...]]:
    return st.tuples(st.tuples(names, names))


steps = st.one_of(
    new_tables(),
    new_views(),
    st.builds(CreateType, types.map(Name), st.just((("a", NATIVE["int"]), ("b", List(Udt("u"), True)))), flags),
    st.builds(CreateType, types.map(Name), st.just((("a", NATIVE["text"]),)), flags),
    st.builds(CreateIndex, tables.map(Name), columns, indexes, flags),
    st.builds(AddColumns, tables.map(Name), definitions.map(tuple), flags, flags),
    st.builds(DropColumns, tables.map(Name), st.tuples(columns), flags, flags),
    st.builds(RenameColumns, tables.map(Name), pairs(columns), flags, flags),
    st.builds(AlterOptions, tables.map(Name), options, st.just("TABLE"), flags),
    st.builds(AlterOptions, views.map(Name), options, st.just("MATERIALIZED VIEW"), flags),
    st.builds(AddField, types.map(Name), fields, column_types, flags, flags),
    st.builds(RenameFields, types.map(Name), pairs(fields), flags, flags),
    st.builds(Drop, st.just("TABLE"), tables.map(Name), flags),
    st.builds(Drop, st.just("MATERIALIZED VIEW"), views.map(Name), flags),
    st.builds(Drop, st.just("TYPE"), types.map(Name), flags),
    st.builds(Drop, st.just("INDEX"), indexes.map(lambda name: Name(name or "t_a_idx")), flags),
)


# Most statements are about views in vain, unless a table is there from the start.
sequences = st.builds(
    lambda first, others: [*first, *others],
    st.tuples(new_tables(), new_views(), new_views()) | st.just(()),
    st.lists(steps, min_size=4, max_size=20),
)


@pytest.fixture
def fresh_keyspaces(session: Session, connection: str) -> Iterator[Callable[[], str]]:
    made: list[str] = []

    def make() -> str:
        made.append(f"coodie_test_{secrets.token_hex(4)}")
        session.execute(
            f"CREATE KEYSPACE {made[-1]} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}"
        )
        return made[-1]

    yield make
    for name in made:
        session.execute(f"DROP KEYSPACE {name}")


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(nodes=sequences)
def test_server_and_values_agree_after_every_statement(
    session: Session, fresh_keyspaces: Callable[[], str], nodes: list[SchemaStatement]
) -> None:
    keyspace = fresh_keyspaces()
    schema = Schema(keyspace)
    for node in nodes:
        placed = in_keyspace(node, keyspace)
        expected = outcome(schema, placed)
        try:
            session.execute(render_ddl(placed))
        except REFUSED as error:
            if expected is not None and expected != schema:
                raise AssertionError(f"the server refuses {render_ddl(placed)}: {error}\n{schema}") from error
            continue
        except NoHostAvailable as error:
            # A table with the name of a view makes the server fail, and the keyspace is of no use from here.
            if expected is not None or "InstanceAlreadyExistsException" not in str(error):
                raise
            return
        assert expected is not None, f"the server takes {render_ddl(placed)}\n{schema}"
        schema = expected
        found = read_schema(keyspace)
        assert found is not None
        assert as_compared(found) == as_compared(schema), render_ddl(placed)
        assert [change for change in diff(schema, found) if change.about != "index"] == []


def outcome(schema: Schema, node: SchemaStatement) -> Schema | None:
    try:
        return apply(schema, node)
    except InvalidQueryError:
        return None


def in_keyspace(node: SchemaStatement, keyspace: str) -> SchemaStatement:
    named = {
        name: replace(value, keyspace=keyspace)
        for name in type(node).__dataclass_fields__
        if isinstance(value := getattr(node, name), Name)
    }
    return replace(node, **named)  # type: ignore[arg-type]


def as_compared(schema: Schema) -> object:
    """What both tell alike: of options those that are set, of columns no order beyond the key's."""
    return (
        {each.name: [(name, str(cql_type)) for name, cql_type in each.fields] for each in schema.types},
        {
            table.name: (
                {(each.name, str(each.type), each.kind, each.descending) for each in table.columns},
                table.primary_key,
                {each.column for each in table.indexes},
                {each.name for each in table.dropped if each.kind is not ColumnKind.PARTITION_KEY},
            )
            for table in schema.tables
        },
        {
            view.table.name: (
                {(each.name, str(each.type), each.kind, each.descending) for each in view.table.columns},
                (view.table.primary_key, view.base, set(view.where), view.all_columns),
            )
            for view in schema.views
        },
    )
