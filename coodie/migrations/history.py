"""The table ``coodie_migrations``: its definition, and the statements that read and write its rows.

Every write is conditional on the run that wrote the row before. So a run that was paused, and whose lock another one
has taken meanwhile, cannot overwrite what that one has recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from coodie._errors import LockLost
from coodie.cql.message import Kind as RequestKind
from coodie.cql.message import Mark, Options, Statement
from coodie.cql.nodes import Assignment, Delete, Insert, Name, Ref, Relation, Select, Selector, Update
from coodie.cql.rendering.statements import render
from coodie.cql.types import NATIVE, CqlType, List, Map
from coodie.drivers.errors import RequestRejected
from coodie.migrations.entry import Entry, State
from coodie.migrations.migration import Kind
from coodie.plans import patience
from coodie.plans.answers import by_name, read_answer
from coodie.plans.plan import Flow
from coodie.tables.own import HISTORY
from coodie.tables.table import Column, ColumnKind, Table

_TEXT: Final = NATIVE["text"]
_TYPES: Final[Mapping[str, CqlType]] = {
    **{each.name: _TEXT for each in fields(Entry)},
    **dict.fromkeys(("done", "total", "tried"), NATIVE["int"]),
    "unsure": NATIVE["boolean"],
    "checksums": List(_TEXT, True),
    "applied_at": NATIVE["timestamp"],
    "seconds": NATIVE["double"],
    "progress": Map(_TEXT, _TEXT),
}
_KEY: Final = "revision"
_OWNER: Final = "owner"
CONDITIONAL: Final = Options(consistency="QUORUM", serial_consistency="SERIAL")


def history_table(keyspace: str) -> Table:
    """The table of the history in a keyspace."""
    columns = tuple(
        Column(name, cql_type, ColumnKind.PARTITION_KEY if name == _KEY else ColumnKind.REGULAR)
        for name, cql_type in _TYPES.items()
    )
    options = (("comment", "The migrations of this keyspace; kept by coodie"),)
    return Table(HISTORY, columns, (_KEY,), keyspace=keyspace, options=options)


def read_history(keyspace: str) -> Flow[tuple[Entry, ...]]:
    """All entries of the history. Its table must exist."""
    node = Select(Name(HISTORY, keyspace), tuple(Selector(Ref(name)) for name in _TYPES))
    statement: Statement | None = Statement(
        render(node).cql, (), (), RequestKind.READ, True, Options(consistency="QUORUM")
    )
    found: list[Entry] = []
    while statement is not None:
        page = yield from patient(statement)
        found += map(_entry, by_name(page, f"a row of {HISTORY}"))
        state = page.paging_state
        statement = None if state is None else statement.with_options(statement.options.with_(paging_state=state))
    return tuple(sorted(found, key=lambda each: each.revision))


def read_entry(keyspace: str, revision: str) -> Flow[Entry | None]:
    """One entry as it is now: a read at SERIAL, which completes a write that another run has left half done."""
    node = Select(Name(HISTORY, keyspace), tuple(Selector(Ref(name)) for name in _TYPES), (Relation(Ref(_KEY)),))
    options = Options(consistency="SERIAL")
    mark = (Mark(_KEY, _TEXT),)
    page = yield from patient(Statement(render(node).cql, (revision,), mark, RequestKind.READ, True, options))
    rows = by_name(page, f"a row of {HISTORY}")
    return _entry(rows[0]) if rows else None


def save(keyspace: str, entry: Entry, before: Entry | None) -> Flow[Entry]:
    """Write an entry, of which ``before`` is what the history says now. Raises `LockLost` if that is not so."""
    page = yield from patient(_write(keyspace, entry, before))
    applied, rows = read_answer(page, f"on {HISTORY}")
    # After a failure of the first try, the row can already be as it was to be written.
    if not applied and not (rows and rows[0].get(_OWNER) == entry.owner):
        raise LockLost(f"another run has taken over {entry.revision}, so this one stops; run up() to see what is left")
    return entry


def forget(keyspace: str, entry: Entry) -> Flow[None]:
    """Remove an entry."""
    node = Delete(Name(HISTORY, keyspace), (Relation(Ref(_KEY)),), conditions=(Relation(Ref(_OWNER)),))
    yield from patient(_conditional(render(node).cql, (_KEY, _OWNER), (entry.revision, entry.owner)))


def patient(statement: Statement, *, own: bool = True) -> Flow[Any]:
    """The answer to a statement that may be sent again, sent up to five times as long as the cluster is busy.

    ``own`` is whether it is about a table of coodie's own. Such a statement is correct, so a node that refuses it most
    likely lacks the table still: ``system_schema`` shows a table that another run has just made before it can be used.
    """
    return patience.patient(statement, passing=(*patience.BUSY, RequestRejected) if own else patience.BUSY)


def _write(keyspace: str, entry: Entry, before: Entry | None) -> Statement:
    values = _row(entry)
    if before is None:
        return _conditional(_insertion(keyspace), tuple(values), tuple(values.values()))
    old = _row(before)
    changed = tuple(name for name, value in values.items() if value != old[name])
    names = changed or (_OWNER,)
    return _conditional(
        _update(keyspace, names),
        (*names, _KEY, _OWNER),
        (*(values[name] for name in names), entry.revision, before.owner),
    )


@lru_cache(maxsize=64)
def _insertion(keyspace: str) -> str:
    return render(Insert(Name(HISTORY, keyspace), tuple(_TYPES), True)).cql


@lru_cache(maxsize=64)
def _update(keyspace: str, names: tuple[str, ...]) -> str:
    assignments = tuple(Assignment(Ref(name)) for name in names)
    node = Update(Name(HISTORY, keyspace), assignments, (Relation(Ref(_KEY)),), (Relation(Ref(_OWNER)),))
    return render(node).cql


def _conditional(cql: str, names: tuple[str, ...], values: tuple[Any, ...]) -> Statement:
    marks = tuple(Mark(name, _TYPES[name]) for name in names)
    return Statement(cql, values, marks, RequestKind.CONDITIONAL, False, CONDITIONAL)


def _row(entry: Entry) -> dict[str, Any]:
    row = {name: getattr(entry, name) for name in _TYPES}
    return row | {
        "kind": entry.kind.value,
        "state": entry.state.value,
        "checksums": list(entry.checksums),
        "progress": dict(entry.progress),
    }


def _entry(row: Mapping[str, Any]) -> Entry:
    empty = Entry(row[_KEY])
    found = {name: row[name] if row[name] is not None else getattr(empty, name) for name in _TYPES}
    found |= {"kind": Kind(found["kind"]), "state": State(found["state"]), "checksums": tuple(found["checksums"])}
    return Entry(**found)


@lru_cache(maxsize=1)
def own_version() -> str:
    """The version of coodie that is installed."""
    try:
        return version("coodie")
    except PackageNotFoundError:
        return ""
