"""What a table on the cluster has otherwise than its model: what is told, what is refused, and what can be mended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any

import pytest

from coodie import (
    Indexed,
    Int,
    PrimaryKey,
    RequestRejected,
    SchemaMismatch,
    UserType,
)
from coodie.cql.types import NATIVE, Udt, parse_type
from coodie.fields import ClusteringKey
from coodie.schema import Column as TableColumn
from coodie.schema import ColumnKind, Danger, Side, diff, schema_of
from coodie.sync import (
    Document,
    execute_raw,
    read_schema,
    sync_type,
)
from coodie.testing import RecordingDriver

from .everything import ddl, everything, settled

Fresh = Callable[[str], str]


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        (
            "ALTER TABLE {t} WITH gc_grace_seconds = 864000",
            r"gc_grace_seconds.*\n.*wanted: 3600\n.*found:  864000\n.*destroys",
        ),
        ("ALTER TABLE {t} WITH comment = ''", r"comment.*\n.*it's all"),
        ("ALTER TABLE {t} WITH compaction = {{'class': 'SizeTieredCompactionStrategy'}}", r"compaction(.*\n)*.*slow"),
        ("ALTER TABLE {t} WITH compression = {{'enabled': false}}", "compression"),
        ("ALTER TABLE {t} WITH caching = {{'keys': 'ALL'}}", "caching"),
        ("ALTER TABLE {t} WITH speculative_retry = '50ms'", "speculative_retry"),
        ("ALTER TABLE {t} WITH default_time_to_live = 60", r"default_time_to_live.*\n.*86400\n.*60\n.*safe"),
        ("ALTER TABLE {t} WITH bloom_filter_fp_chance = 0.5", r"bloom_filter_fp_chance.*\n.*0\.05\n.*0\.5"),
        ("DROP INDEX {k}.{n}_e", r"index.*attrs is missing\n.*entries\(attrs\)"),
        ("DROP INDEX {k}.{n}_attrs_idx", r"index.*attrs is missing\n.*keys\(attrs\)"),
        ("DROP INDEX {k}.{n}_kept_idx", r"index.*kept is missing\n.*full\(kept\)"),
        ("DROP INDEX {k}.{n}_near_idx", r"index.*near is missing\n.*sai.*DOT_PRODUCT"),
        ("ALTER TABLE {t} DROP owner", r"column.*owner is missing\n.*owner text \(static\)\n.*nothing"),
    ],
)
def test_what_was_changed_on_the_cluster_is_reported(
    connection: str, spy: RecordingDriver, fresh: Fresh, change: str, shown: str
) -> None:
    name = fresh("t")
    thing = everything(name)
    thing.sync_table()
    execute_raw(change.format(t=f"{connection}.{name}", k=connection, n=name))
    spy.clear()
    with pytest.raises(SchemaMismatch, match=shown):
        thing.verify_table()
    assert ddl(spy) == []
    if "is missing" in shown.replace("\\", ""):
        assert len(thing.sync_table()) == 1
        thing.verify_table()
    else:
        assert thing.sync_table() == [], "an option is never altered by itself"


def test_what_the_table_has_beyond_the_model_is_told_only_if_asked(connection: str, fresh: Fresh) -> None:
    class Small(Document):
        id: Annotated[int, PrimaryKey()]

        class Settings:
            name = fresh("small")

    Small.sync_table()
    execute_raw(f"ALTER TABLE {connection}.{Small.table_name()} ADD extra text")
    execute_raw(f"CREATE INDEX ON {connection}.{Small.table_name()} (extra)")
    Small.verify_table()
    assert Small.sync_table() == []
    with pytest.raises(SchemaMismatch, match=r"(?s)2 differences.*extra is extra.*extra is extra"):
        Small.verify_table(exact=True)


def test_many_differences_are_told_at_once(connection: str, fresh: Fresh) -> None:
    table = fresh("many")
    execute_raw(f"CREATE TABLE {connection}.{table} (id int, c int, a int, s int static, PRIMARY KEY (id, c))")

    class Many(Document):
        id: Annotated[int, PrimaryKey()]
        c: Annotated[int, Int(), ClusteringKey(order="DESC")]
        a: list[int] = []
        s: Annotated[int, Int()] = 0
        new: str = ""

        class Settings:
            name = table

    with pytest.raises(SchemaMismatch) as caught:
        Many.verify_table()
    told = str(caught.value)
    assert told.startswith(f"5 differences in keyspace {connection}:")
    for piece in (
        f"order {connection}.{table} is different",
        "wanted: PRIMARY KEY ((id bigint), c int DESC)",
        "found:  PRIMARY KEY ((id int), c int)",
        f"column {connection}.{table}.a is different",
        "    wanted: a list<bigint> (regular)\n    found:  a int (regular)\n",
        f"column {connection}.{table}.s is different",
        "    wanted: s int (regular)\n    found:  s int (static)\n",
        f"column {connection}.{table}.new is missing",
    ):
        assert piece in told
    with pytest.raises(SchemaMismatch, match="4 differences"):
        Many.sync_table()


def test_an_index_that_differs_is_never_altered(connection: str, spy: RecordingDriver, fresh: Fresh) -> None:
    def model(**options: Any) -> type[Document]:
        class Row(Document):
            id: Annotated[int, PrimaryKey()]
            v: Annotated[str, Indexed(f"{table}_v", **options)] = ""

            class Settings:
                name = table

        return Row

    table = fresh("t")
    plain, sai = model(), model(using="sai", options={"case_sensitive": False})
    sai.sync_table()
    settled(spy, sai)
    settled(spy, plain)  # who does not say how it is indexed takes what is there
    other = model(using="sai", options={"case_sensitive": True})
    with pytest.raises(SchemaMismatch, match=r"(?s)index.*is different.*True.*false"):
        other.sync_table()
    assert ddl(spy) == []


def test_a_column_that_was_dropped_may_not_come_back(connection: str, spy: RecordingDriver, fresh: Fresh) -> None:
    table = fresh("t")

    class Row(Document):
        id: Annotated[int, PrimaryKey()]
        v: Annotated[int, Int()] = 0
        w: str = ""

        class Settings:
            name = table

    execute_raw(f"CREATE TABLE {connection}.{table} (id bigint PRIMARY KEY, v text, w text)")
    for column in ("v", "w"):
        execute_raw(f"ALTER TABLE {connection}.{table} DROP {column}")
    spy.clear()
    with pytest.raises(
        SchemaMismatch, match=r"(?s)1 difference.*v is missing.*v int.*v text .*before it was dropped.*impossible"
    ):
        Row.sync_table()
    assert ddl(spy) == []


def test_types_grow_and_never_change(connection: str, spy: RecordingDriver, fresh: Fresh) -> None:
    inner_name, outer_name = fresh("Inner"), fresh("outer")

    class Inner(UserType):
        a: int

        class Settings:
            type_name = inner_name

    class Outer(UserType):
        inner: Inner
        many: dict[str, Inner] = {}

        class Settings:
            type_name = outer_name

    first = sync_type(Outer)
    assert [text.split()[5].split(".")[1] for text in first] == [f'"{inner_name}"', outer_name]
    assert sync_type(Outer) == []

    class Grown(UserType):
        before: str = ""  # where it stands in the model does not matter
        a: int

        class Settings:
            type_name = inner_name

    assert (
        sync_type(Grown, dry_run=True)
        == sync_type(Grown)
        == [f'ALTER TYPE {connection}."{inner_name}" ADD before text']
    )
    assert sync_type(Grown) == sync_type(Inner) == []

    class Changed(UserType):
        a: str

        class Settings:
            type_name = inner_name

    spy.clear()
    with pytest.raises(SchemaMismatch, match=r"(?s)field.*a is different.*a text.*a bigint"):
        sync_type(Changed)
    assert ddl(spy) == []


NEW_FOR_OLD = [
    ("ascii", "text"),
    ("text", "ascii"),
    ("timeuuid", "uuid"),
    ("uuid", "timeuuid"),
    ("bigint", "timestamp"),
    ("timestamp", "bigint"),
    ("int", "bigint"),
    ("int", "varint"),
    ("date", "int"),
    ("float", "double"),
    ("text", "blob"),
    ("ascii", "blob"),
    ("int", "blob"),
    ("set<text>", "set<text>"),
    ("set<text>", "list<text>"),
    ("set<ascii>", "set<text>"),
    ("set<text>", "set<blob>"),
    ("set<timeuuid>", "set<uuid>"),
    ("list<timeuuid>", "list<uuid>"),
    ("list<frozen<list<ascii>>>", "list<frozen<list<text>>>"),
    ("list<int>", "frozen<list<int>>"),
    ("list<int>", "list<blob>"),
    ("frozen<list<int>>", "frozen<list<int>>"),
    ("frozen<list<int>>", "list<int>"),
    ("frozen<set<timeuuid>>", "frozen<set<uuid>>"),
    ("frozen<map<ascii, timeuuid>>", "frozen<map<text, uuid>>"),
    ("map<int, timeuuid>", "map<int, uuid>"),
    ("map<timeuuid, int>", "map<uuid, int>"),
    ("map<text, int>", "map<blob, int>"),
    ("tuple<int, text>", "tuple<int, text>"),
    ("tuple<ascii, timeuuid>", "tuple<text, uuid>"),
    ("tuple<int>", "tuple<int, int>"),
    ("tuple<int, int>", "tuple<int>"),
    ("vector<float, 3>", "vector<float, 3>"),
    ("vector<float, 3>", "vector<float, 2>"),
    ("vector<ascii, 3>", "vector<text, 3>"),
    ("list<frozen<place>>", "list<frozen<place>>"),
    ("map<int, frozen<place>>", "map<int, frozen<place>>"),
    ("list<int>", "blob"),
    *((name, "blob") for name in sorted({*NATIVE} - {"counter", "ascii", "text", "int"})),
    ("frozen<place>", "frozen<place>"),
    ("text", "text STATIC"),
    ("text STATIC", "text STATIC"),
    ("text STATIC", "text"),
]


def test_what_can_take_the_name_of_a_dropped_column_is_what_the_server_says(connection: str, fresh: Fresh) -> None:
    table = fresh("t")
    execute_raw(f"CREATE TYPE IF NOT EXISTS {connection}.place (street text)")
    olds = ", ".join(f"c{number} {old}" for number, (old, _) in enumerate(NEW_FOR_OLD))
    execute_raw(f"CREATE TABLE {connection}.{table} (id int, n int, {olds}, PRIMARY KEY (id, n))")
    execute_raw(f"ALTER TABLE {connection}.{table} DROP ({', '.join(f'c{at}' for at in range(len(NEW_FOR_OLD)))})")
    found = _only(connection, table)
    place = Udt("place", (("street", parse_type("text")),))

    told: dict[str, bool] = {}
    said: dict[str, bool] = {}
    for number, (_, new) in enumerate(NEW_FOR_OLD):
        kind = ColumnKind.STATIC if new.endswith(" STATIC") else ColumnKind.REGULAR
        column = TableColumn(f"c{number}", parse_type(new.removesuffix(" STATIC"), {"place": place}), kind)
        wanted = replace(found.tables[0], columns=(*found.tables[0].columns, column))
        (change,) = diff(replace(found, tables=(wanted,)), found)
        told[f"{NEW_FOR_OLD[number]}"] = change.danger is Danger.SAFE
        try:
            execute_raw(f"ALTER TABLE {connection}.{table} ADD c{number} {new}")
            said[f"{NEW_FOR_OLD[number]}"] = True
        except RequestRejected:
            said[f"{NEW_FOR_OLD[number]}"] = False
    assert told == said


def _only(keyspace: str, *names: str) -> Any:
    found = read_schema(keyspace)
    assert found is not None
    tables = tuple(table for table in found.tables if table.name in names)
    views = tuple(view for view in found.views if view.table.name in names)
    return type(found)(keyspace, (), tables, views)


def test_every_difference_has_its_statements_and_they_work(connection: str, fresh: Fresh) -> None:
    """What `diff` says can be sent, and then there is no difference any more."""
    name = fresh("t")
    thing = everything(name)
    execute_raw(
        f'CREATE TABLE {connection}.{name} (shop uuid, region text, at bigint, "Part No" text, x int, '
        'PRIMARY KEY ((shop, region), at, "Part No")) WITH CLUSTERING ORDER BY (at DESC, "Part No" ASC)'
    )
    execute_raw(f"CREATE INDEX {name}_x ON {connection}.{name} (x)")
    wanted = schema_of([thing], connection)

    def found() -> Any:
        has = read_schema(connection)
        assert has is not None
        names = {user_type.name for user_type in wanted.types}
        types = tuple(each for each in has.types if each.name in names)
        return type(has)(connection, types, tuple(each for each in has.tables if each.name == name))

    changes = diff(wanted, found())
    assert {change.danger for change in changes} == {Danger.SAFE, Danger.SLOW, Danger.DESTROYS_DATA}
    assert {change.side for change in changes} == {Side.MISSING, Side.DIFFERENT, Side.EXTRA}
    for change in changes:
        for text in change.statements:
            execute_raw(text)
    assert diff(wanted, found()) == []
