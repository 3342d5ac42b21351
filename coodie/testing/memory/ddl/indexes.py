"""CREATE and DROP INDEX: plain ones, and storage-attached ones (SAI)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final, cast

from coodie.cql.nodes import CreateIndex, Drop
from coodie.cql.types import (
    COUNTER,
    DURATION,
    NATIVE,
    CqlType,
    List,
    Map,
    Set,
    Udt,
    Vector,
    is_collection,
    is_multicell,
)
from coodie.tables.table import Column, Index, Target
from coodie.testing.memory.analysis.indexing import PLAIN_ANALYSIS
from coodie.testing.memory.answers import Change
from coodie.testing.memory.ddl.change import Changed, Context, space_of, with_space, with_table
from coodie.testing.memory.errors import gaps, vectors
from coodie.testing.memory.errors import schema as errors
from coodie.testing.memory.errors.statements import NO_SUCH_COLUMN
from coodie.testing.memory.errors.views import NO_INDEX
from coodie.testing.memory.schema import Keyspace, Schema, Table
from coodie.testing.memory.type_names import column_text

_WORD: Final = re.compile(r"\w+", re.ASCII)


def create_index(schema: Schema, node: CreateIndex, context: Context) -> Changed:
    """``CREATE INDEX``; an index that the statement does not name gets the server's name."""
    if node.using not in (None, "sai"):
        raise gaps.INDEX_CLASS(node.using)
    _check_form(node)
    space = space_of(schema, node.table, context)
    table = space.tables.get(node.table.name)
    if node.table.name in space.views:
        raise NO_INDEX()
    if table is None:
        raise errors.INDEX_ON_NO_TABLE(node.table.name)
    taken = {index.name for _, index in _indexes(space)}
    if node.name is not None and node.name in taken:
        if node.if_not_exists:
            return schema, None
        raise errors.INDEX_EXISTS(node.name)
    if table.is_counter:
        raise errors.INDEX_OF_COUNTERS()
    column = table.columns.get(node.column)
    if column is None:
        raise NO_SUCH_COLUMN(column_text(node.column), table)
    target = _target(table, column, node)
    made = Index(node.column, node.name or _free_name(table, node.column, taken), target, node.using, node.options)
    same = [old for old in table.indexes if (old.column, old.target, old.using) == (node.column, target, node.using)]
    if node.using == "sai":
        if not _WORD.fullmatch(column.name):
            raise vectors.COLUMN_NAME(column.name)
        if any(dict(old.options) != dict(made.options) for old in same):
            raise vectors.SECOND(made.column)
    if same:
        if node.if_not_exists:
            return schema, None
        raise errors.INDEX_DUPLICATE(made.name, same[0].name)
    if not _WORD.fullmatch(made.name or ""):
        raise errors.INDEX_NAME(made.name)
    if node.using == "sai":
        _check_sai(column, node)
        if NATIVE["blob"] in _held(column.type, target):
            raise vectors.NO_BLOBS()
    changed = replace(table, indexes=(*table.indexes, made))
    return with_space(schema, with_table(space, changed)), Change("UPDATED", "TABLE", space.name, table.name)


_OF_VECTORS: Final = ("maximum_node_connections", "construction_beam_width", "similarity_function", "optimize_for")
_SIMILARITIES: Final = ("EUCLIDEAN", "DOT_PRODUCT", "COSINE")
_AIMS: Final = ("LATENCY", "RECALL")


def _check_form(node: CreateIndex) -> None:
    """What the server refuses before it looks at anything that is there."""
    given = dict(node.options)
    if given and node.using is None:
        raise errors.OPTIONS_OF_PLAIN_INDEX()
    for name in ("class_name", "target"):
        if name in given:
            raise errors.OWN_INDEX_OPTION(name)


def _check_sai(column: Column, node: CreateIndex) -> None:
    """The options of a storage-attached index, and the vectors that it takes."""
    options = {name: str(value) for name, value in node.options}
    unknown = [name for name in options if name not in PLAIN_ANALYSIS and name not in _OF_VECTORS]
    if unknown:
        raise vectors.UNKNOWN_OPTION(", ".join(unknown))
    _check_analyzers(column, options)
    if not isinstance(column.type, Vector):
        if any(name in options for name in _OF_VECTORS):
            raise vectors.NO_VECTOR(column.type)
        return
    if "maximum_node_connections" in options:
        raise vectors.CONNECTIONS()
    if "construction_beam_width" in options:
        raise vectors.BEAM_WIDTH()
    similarity = options.get("similarity_function", "cosine").upper()
    if similarity not in _SIMILARITIES:
        raise vectors.SIMILARITY(similarity)
    if (aim := options.get("optimize_for", "latency").upper()) not in _AIMS:
        raise vectors.OPTIMIZE_FOR(aim)
    if column.type.element != NATIVE["float"]:
        raise vectors.ONLY_FLOATS()
    if similarity == "COSINE" and column.type.dimension == 1:
        raise vectors.ONE_DIMENSION()


def _held(cql_type: CqlType, target: Target | None) -> tuple[CqlType, ...]:
    """The types of what a storage-attached index holds."""
    match cql_type:
        case List(element) | Set(element) if target == "values":
            return (element,)
        case Map(key, value) if target in ("keys", "values", "entries"):
            return {"keys": (key,), "values": (value,), "entries": (key, value)}[target]
        case _:
            return (cql_type,)


def _check_analyzers(column: Column, options: dict[str, str]) -> None:
    for name, given in options.items():
        if name not in PLAIN_ANALYSIS:
            continue
        if column.type not in (NATIVE["text"], NATIVE["ascii"]):
            raise vectors.NOT_ANALYZED(column.type)
        if given.lower() not in ("true", "false"):
            raise vectors.NOT_BOOLEAN(name, given)


def _indexes(space: Keyspace) -> Iterator[tuple[Table, Index]]:
    return ((table, index) for table in space.tables.values() for index in table.indexes)


def _free_name(table: Table, column: str, taken: set[str | None]) -> str:
    name = re.sub(r"\W", "", f"{table.name}_{column}_idx", flags=re.ASCII)
    found, number = name, 0
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    return found


def _target(table: Table, column: Column, node: CreateIndex) -> Target | None:
    """The part of a collection that is indexed; None for a plain column."""
    cql_type, wanted = column.type, node.target
    if _has_duration(cql_type):
        raise errors.INDEX_OF_DURATIONS() if is_collection(cql_type) else errors.INDEX_DURATION()
    if table.partition_key == (column.name,):
        raise errors.INDEX_ON_KEY(column.name)
    if isinstance(cql_type, Udt) and is_multicell(cql_type):
        raise errors.INDEX_UDT(column.name)
    if not isinstance(cql_type, (List, Set, Map)):
        if wanted in ("keys", "entries", "values"):
            raise errors.INDEX_TARGET(wanted, column.name)
        if wanted == "full":
            raise errors.INDEX_FULL()
        return None
    if cql_type.frozen:
        if wanted != "full":
            raise errors.INDEX_FROZEN(wanted or "values", column.name, column.name)
        return "full"
    if wanted == "full":
        raise errors.INDEX_FULL()
    if wanted in ("keys", "entries") and not isinstance(cql_type, Map):
        raise errors.INDEX_NO_MAP(wanted, column.name)
    return cast("Target", wanted or "values")


def _has_duration(cql_type: CqlType) -> bool:
    match cql_type:
        case List(element) | Set(element):
            return element == DURATION
        case Map(key, value):
            return DURATION in (key, value)
        case _:
            return cql_type in (DURATION, COUNTER)


def drop_index(schema: Schema, node: Drop, context: Context) -> Changed:
    """``DROP INDEX``."""
    space = space_of(schema, node.name, context)
    for table, index in _indexes(space):
        if index.name == node.name.name:
            changed = replace(table, indexes=tuple(each for each in table.indexes if each is not index))
            return with_space(schema, with_table(space, changed)), Change("UPDATED", "TABLE", space.name, table.name)
    if node.if_exists:
        return schema, None
    raise errors.NO_SUCH_INDEX(space.name, node.name.name)
