"""Models that are generated from a schema are of that schema.

COODIE_SCHEMAS says how many made-up schemas are tried.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from generate import generated
from generate.generated import modelled, models_of
from hypothesis import given, settings
from random_values import how_many
from schemas import schemas

from coodie.cql.types import TEXT, Native
from coodie.exceptions import InvalidQueryError
from coodie.generate import model_source
from coodie.schema import Column, ColumnKind, Schema, Table, View, diff, schema_of, statements
from coodie.sync import CounterDocument, Document, read_schema
from coodie.testing import MemoryDriver, RecordingDriver


def found(schema: Schema) -> Schema:
    """The schema as an engine has it after its statements."""
    memory = MemoryDriver()
    memory.run("CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
    memory.run(";".join(statements(schema)))
    with RecordingDriver(memory):
        there = read_schema("ks")
    assert there is not None
    return there


@settings(max_examples=how_many("COODIE_SCHEMAS", 50))
@given(schemas())
def test_the_models_of_a_schema_want_that_schema(schema: Schema) -> None:
    there = found(schema)
    source = model_source(there)
    assert diff(schema_of(models_of(source), "ks"), modelled(there, source)) == []


def test_the_models_of_a_keyspace_with_everything_in_it() -> None:
    there = generated.schema()
    source = model_source(there)
    assert source == generated.TARGET.read_text("utf-8")  # else run tests/generate/generated.py
    assert diff(schema_of(models_of(source), "shop"), there) == []


def test_the_models_of_the_sync_api() -> None:
    models = models_of(model_source(generated.schema(), door="sync"))
    assert all(issubclass(model, (Document, CounterDocument)) for model in models)


def table(*columns: Column, **changes: object) -> Table:
    names = tuple(column.name for column in columns if column.kind is ColumnKind.PARTITION_KEY)
    return replace(Table("t", columns, names), **changes)


def source_of(*tables: Table, views: tuple[View, ...] = ()) -> str:
    return model_source(Schema("ks", (), tables, views))


KEY = Column("id", TEXT, ColumnKind.PARTITION_KEY)
JAVA = Native("'org.example.Type'")


def test_a_column_of_an_unknown_type_is_left_out_and_said() -> None:
    source = source_of(table(KEY, Column("odd", JAVA)))
    assert "    # the column 'odd' is left out: coodie has no annotation for the type 'org.example.Type'\n" in source
    assert models_of(source)[0].table_name() == "t"


def test_a_table_whose_key_no_model_can_have_is_left_out_and_said() -> None:
    source = source_of(table(Column("id", JAVA, ColumnKind.PARTITION_KEY)))
    assert "# the table 't' has no model: coodie has no annotation for the type 'org.example.Type'\n" in source
    assert models_of(source) == []


def test_options_are_written_where_somebody_chose_them() -> None:
    usual = (
        ("comment", ""),
        ("speculative_retry", "99p"),
        ("caching", (("keys", "ALL"), ("rows_per_partition", "NONE"))),
        (
            "compaction",
            (
                ("class", "org.apache.cassandra.db.compaction.SizeTieredCompactionStrategy"),
                ("max_threshold", "32"),
                ("min_threshold", "4"),
            ),
        ),
    )
    assert "options" not in source_of(table(KEY, options=usual))
    chosen = (
        ("comment", "x"),
        ("default_time_to_live", 7),
        ("compaction", (*usual[3][1][:1], ("max_threshold", "20"))),
    )
    source = source_of(table(KEY, options=chosen))
    assert "default_ttl = 7\n" in source
    assert '            "comment": "x",\n' in source
    assert '"compaction": {"class": "SizeTieredCompactionStrategy", "max_threshold": "20"},\n' in source


def test_views_are_derived_from_the_model_of_their_table() -> None:
    base = table(KEY, Column("name", TEXT))
    columns = (Column("name", TEXT, ColumnKind.PARTITION_KEY), Column("id", TEXT, ColumnKind.CLUSTERING, True))
    view = View(Table("by_name", columns, ("name",), ("id",), "ks"), "t", ("name IS NOT NULL", "id IS NOT NULL"), True)
    there = Schema("ks", (), (replace(base, keyspace="ks"),), (view,))
    models = models_of(model_source(there))
    assert diff(schema_of(models, "ks"), there) == []
    restricted = replace(view, where=(*view.where, "id > 'b'"), all_columns=False)
    source = model_source(replace(there, views=(restricted,)))
    assert "where_clause = \"name IS NOT NULL AND id IS NOT NULL AND id > 'b'\"\n" in source
    assert diff(schema_of(models_of(source), "ks"), replace(there, views=(restricted,))) == []


def test_a_keyspace_without_tables_has_no_models() -> None:
    assert models_of(source_of()) == []


def test_anything_but_a_schema_is_refused() -> None:
    with pytest.raises(InvalidQueryError, match=r"model_source\(\) takes a Schema"):
        model_source(None)  # type: ignore[arg-type]
    with pytest.raises(InvalidQueryError, match="door='aio' or door='sync', not 'async'"):
        model_source(Schema("ks"), door="async")  # type: ignore[arg-type]
