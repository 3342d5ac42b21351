"""Writes new files: empty ones, and those whose statements are the difference between models and migrations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, count
from typing import Final

from coodie._errors import InvalidQueryError
from coodie.cql.nodes import (
    AddColumns,
    AlterOptions,
    CreateIndex,
    CreateTable,
    Drop,
    DropColumns,
    Name,
    SchemaStatement,
)
from coodie.cql.rendering.ddl import render_ddl
from coodie.migrations.checking import differences, placed
from coodie.tables.apply import apply, apply_all
from coodie.tables.change import Change, Danger, Side
from coodie.tables.diff import diff
from coodie.tables.table import Schema
from coodie.tables.within import name_of_index

_HEADER: Final = "-- coodie migration 1\n"


@dataclass(frozen=True, slots=True)
class Draft:
    """The text of a new file, and what of the difference it leaves to be done by hand.

    ``script`` is the text; ``changes`` are all differences, ``unsafe`` those that are only comments in it.
    """

    revision: str
    script: str
    changes: tuple[Change, ...] = ()
    unsafe: tuple[Change, ...] = ()


def empty(revision: str, description: str) -> Draft:
    """A file with the two markers and nothing between them."""
    return Draft(revision, f"{_HEADER}{_comment(description)}\n-- up\n\n-- down\n")


def automatic(revision: str, description: str, wanted: Schema, has: Schema) -> Draft:
    """The file that makes ``wanted`` of ``has``, with a way down that undoes it.

    What destroys data or is impossible is written as a comment, with how to go about it.
    """
    # Names have no keyspace in a file.
    wanted, has = placed(wanted, None), placed(has, None)
    changes = differences(wanted, has)
    up, unsafe = _parted(has, changes)
    up = _with_index_names(has, up)
    parts = [f"{_HEADER}{_comment(description)}\n-- up\n", *map(_statement, _joined(up)), *map(_by_hand, unsafe)]
    down = _way_down(has, _joined(up))
    parts += [_NO_WAY] if down is None else ["\n-- down\n", *map(_statement, down)]
    return Draft(revision, "".join(parts), changes, unsafe)


def _parted(has: Schema, changes: Sequence[Change]) -> tuple[list[SchemaStatement], tuple[Change, ...]]:
    """The statements of the safe changes, in an order in which each one can be sent, and the changes that are left."""
    up: list[SchemaStatement] = []
    # A table that must be made anew, since its key differs, is not extended before.
    remade = {each.name for each in changes if each.about in ("key", "order")}
    safe = [_is_safe(each) and not any(_is_in(each.name, table) for table in remade) for each in changes]
    left = [each for each, is_safe in zip(changes, safe, strict=True) if not is_safe]
    waiting = [each for each, is_safe in zip(changes, safe, strict=True) if is_safe]
    while waiting:
        later: list[Change] = []
        for each in waiting:
            try:
                has = apply_all(has, each.nodes)
            except InvalidQueryError:  # noqa: PERF203 - few changes, once
                later.append(each)  # it needs another change first, perhaps one that is left to be done by hand
            else:
                up += each.nodes
        if len(later) == len(waiting):
            left += later
            break
        waiting = later
    return up, tuple(left)


_NO_WAY: Final = "\n-- There is no way down: something here cannot be undone by statements.\n"


def _is_safe(change: Change) -> bool:
    return change.danger in (Danger.SAFE, Danger.SLOW) and bool(change.nodes)


def _with_index_names(schema: Schema, nodes: Sequence[SchemaStatement]) -> list[SchemaStatement]:
    """The statements with a name for each index, so that the way down can name it, whatever else is there by then."""
    names = {name_of_index(table, index) for table in schema.tables for index in table.indexes}
    named: list[SchemaStatement] = []
    for node in nodes:
        schema = apply(schema, node)
        if isinstance(node, CreateIndex) and node.name is None:
            table = next(each for each in schema.tables if each.name == node.table.name)
            base = name_of_index(table, table.indexes[-1])
            name = next(each for each in chain([base], (f"{base}_{n}" for n in count(1))) if each not in names)
            node = replace(node, name=name)
        if isinstance(node, CreateIndex):
            names.add(node.name or "")
        named.append(node)
    return named


def _is_in(name: str, table: str) -> bool:
    """Whether a change is about the table, or about a column, index or option of it."""
    return name == table or name.startswith((f"{table}.", f"{table} "))


def _joined(nodes: Sequence[SchemaStatement]) -> list[SchemaStatement]:
    """The statements with those that add columns to one table made one."""
    made: list[SchemaStatement] = []
    for node in nodes:
        last = made[-1] if made else None
        if isinstance(node, AddColumns) and isinstance(last, AddColumns) and last.table == node.table:
            made[-1] = replace(last, columns=(*last.columns, *node.columns))
        else:
            made.append(replace(node, if_not_exists=True) if isinstance(node, AddColumns) else node)
    return made


def _statement(node: SchemaStatement) -> str:
    return f"{render_ddl(node)};\n"


def _by_hand(change: Change) -> str:
    lines = [
        "",
        f"-- TODO by hand: {change.about} {change.name}: wanted {change.wanted or 'nothing'}, found "
        f"{change.found or 'nothing'}.",
        f"-- {change.danger.value}: {change.why}.",
        *(f"--   {render_ddl(node)};" for node in change.nodes),
        f"-- {_HOW[change.side if change.danger is Danger.DESTROYS_DATA else None]}",
    ]
    return "\n".join(" ".join(line.split("\n")) for line in lines) + "\n"


_HOW: Final = {
    Side.EXTRA: "Safely: release what no longer uses it, keep a snapshot, then take the statement out of its comment.",
    Side.DIFFERENT: "Safely: make sure that its danger does not apply, then take the statement out of its comment.",
    Side.MISSING: "Safely: make sure that its danger does not apply, then take the statement out of its comment.",
    None: "Safely: make a column or table of another name, copy with m.backfill(), and drop the old one later.",
}


def _comment(description: str) -> str:
    return "".join(f"-- {line}\n" for line in description.splitlines())


def _way_down(has: Schema, up: Sequence[SchemaStatement]) -> list[SchemaStatement] | None:
    """The statements that undo ``up``, the last first; None if one of them cannot be undone."""
    down: list[SchemaStatement] = []
    schema = has
    for node in up:
        after = apply(schema, node)
        undone = _undo(schema, after, node)
        if undone is None:
            return None
        down[:0] = undone
        schema = after
    return down


def _undo(before: Schema, after: Schema, node: SchemaStatement) -> list[SchemaStatement] | None:
    match node:
        case CreateTable(table):
            return [Drop("TABLE", table)]
        case AlterOptions(table, options, what):
            return _options_back(before, table, options, what)
        case AddColumns(table, columns):
            return [DropColumns(table, tuple(each.name for each in columns), columns_if_exist=True)]
        case CreateIndex() if node.name is not None:
            return [Drop("INDEX", Name(node.name))]
        case _:
            # What is missing of the former schema, and what is new.
            changes = diff(before, after)
            if any(not each.nodes for each in changes):
                return None
            return [each for change in changes for each in change.nodes]


def _options_back(
    before: Schema, name: Name, options: tuple[tuple[str, object], ...], what: str
) -> list[SchemaStatement] | None:
    tables = [*before.tables, *(view.table for view in before.views)]
    had = dict(next(each for each in tables if each.name == name.name).options)
    if any(option not in had for option, _ in options):
        return None
    return [AlterOptions(name, tuple((option, had[option]) for option, _ in options), what)]
