"""Files that are written from models: applied to what was there they make what is wanted, or say what they leave.

COODIE_PAIRS says how many pairs of schemas are tried.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from random_values import how_many
from schemas import schemas

from coodie.migrations.checking import differences
from coodie.migrations.cql_file import read_cql
from coodie.migrations.migration import Migration
from coodie.migrations.replay import Replay
from coodie.migrations.writing import automatic
from coodie.schema import ColumnKind, Schema, Table, statements
from coodie.tables.user_types import needed_types

KEY = (ColumnKind.PARTITION_KEY, ColumnKind.CLUSTERING)


@st.composite
def earlier(draw: st.DrawFn, table: Table) -> Table:
    """The table before some of its columns, indexes and options were added."""
    kept = [each for each in table.columns if each.kind in KEY or draw(st.booleans())]
    names = {each.name for each in kept}
    indexes = tuple(each for each in table.indexes if each.column in names and draw(st.booleans()))
    return replace(
        table,
        columns=tuple(kept),
        indexes=indexes,
        options=tuple(each for each in table.options if draw(st.booleans())),
    )


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Schema, Schema]:
    """What was there, and what is wanted: grown from it, shrunk from it, or something else altogether."""
    new = draw(schemas())
    kind = draw(st.sampled_from(["grown", "shrunk", "other", "nothing"]))
    if kind == "nothing":
        return Schema(new.keyspace), new
    if kind == "other":
        old = draw(schemas())
        return replace(old, views=()), replace(new, views=())
    tables = tuple(draw(earlier(each)) for each in new.tables)
    old = replace(new, tables=tables, types=needed_types(tables, new.keyspace), views=())
    new = replace(new, views=())
    return (old, new) if kind == "grown" else (new, old)


def replayed(schema: Schema) -> Replay:
    replay = Replay()
    text = ";\n".join(statements(replace(schema, keyspace=None)))
    replay.run(read_cql(Path("0_old.cql"), text.replace(f"{schema.keyspace}.", "")))
    return replay


# Not shrunk: a pair is large, and the draft that it gives says what is wrong with it.
@settings(
    max_examples=how_many("COODIE_PAIRS", 30), phases=[Phase.generate], derandomize="COODIE_PAIRS" not in os.environ
)
@given(pairs())
def test_a_file_makes_what_is_wanted_or_says_what_it_leaves_and_its_way_down_undoes_it(pair):
    old, new = (without_keyspace(each) for each in pair)
    replay = replayed(old)
    before = replay.complete()
    draft = automatic("1_new", "words", new, before)
    file: Migration = read_cql(Path("1_new.cql"), draft.script)
    replay.run(file)
    left = differences(new, replay.complete())
    assert {each.name.rpartition(".")[2] for each in left} <= {each.name.rpartition(".")[2] for each in draft.unsafe}
    assert all(str(each.why) in draft.script for each in draft.unsafe)
    if file.down is not None:
        replay.run(file, "down")
        after = replay.complete()
        assert differences(before, after) == ()
        assert [each for each in differences(after, before) if each.about != "option"] == []


def without_keyspace(schema: Schema) -> Schema:
    return replace(
        schema,
        keyspace=None,
        types=tuple(replace(each, keyspace=None) for each in schema.types),
        tables=tuple(replace(each, keyspace=None) for each in schema.tables),
        views=tuple(replace(each, table=replace(each.table, keyspace=None)) for each in schema.views),
    )
