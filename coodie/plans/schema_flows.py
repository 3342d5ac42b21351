"""Flows that make the schema of a cluster what the models want, or report the differences.

``sync`` only ever adds. A type, key or order that differs is an error that shows both sides. Options that differ are
left alone, since changing one may rewrite all files of a table or bring deleted rows back. ``verify`` reports both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from coodie._errors import InvalidQueryError
from coodie.cql.message import Kind, Statement
from coodie.cql.names import quote
from coodie.drivers.errors import OutcomeUnknown, RequestRejected
from coodie.plans.answers import by_name
from coodie.plans.patience import pause_after
from coodie.plans.plan import Flow
from coodie.tables.change import Change, Danger, SchemaMismatch, Side, described, path
from coodie.tables.ddl import statements
from coodie.tables.diff import diff
from coodie.tables.introspect import SystemRow, found_keyspace, found_schema, question
from coodie.tables.table import ColumnKind, Schema

_Found = dict[str, list[SystemRow]]
_Failed = tuple[str, RequestRejected | OutcomeUnknown]
_WHOLE: Final = ("types", "columns", "indexes", "tables", "views")
_TRIES: Final = 3
"""How often a statement is sent if its outcome stays unknown."""


def sync(wanted: Schema, *, dry_run: bool = False) -> Flow[list[str]]:
    """Create what is missing, and add missing columns, fields and indexes.

    Returns the statements sent, or with ``dry_run`` those that would be. Without a keyspace the schema of the cluster
    cannot be read, so every CREATE is sent. After an unknown outcome the schema is read again, and the statement is
    sent again if it had no effect. Raises `SchemaMismatch` for differences that cannot be resolved by adding.
    """
    if wanted.keyspace is None:
        return (yield from _create(wanted, dry_run))
    sent: list[str] = []
    unknown: list[str] = []
    failed: _Failed | None = None
    while True:
        found = yield from read(wanted)
        changes = [*_missing_bases(wanted, found), *diff(wanted, found)]
        _refuse(wanted, [change for change in changes if change.blocks])
        missing = (text for change in changes if change.side is Side.MISSING for text in change.statements)
        # A statement that was sent successfully is not sent again, even if its effect is not visible yet.
        texts = [text for text in missing if text not in sent]
        if failed is not None:
            yield from _judge(wanted, failed, texts, sent, unknown)
        if unknown and not texts:
            # A statement that changes nothing, but is answered only once all nodes agree on the schema.
            yield ddl(statements(wanted)[0])
        if dry_run or not texts:
            return [*sent, *texts]
        # Another process may have been faster. IF NOT EXISTS then does nothing, even if that process made something
        # else, and adding an existing column is an error. So the schema is read again until nothing is left to do.
        failed = yield from _send(texts, sent)
        if failed is not None and isinstance(failed[1], OutcomeUnknown):
            yield pause_after(len(unknown) + 1)


def _missing_bases(wanted: Schema, found: Schema) -> Iterator[Change]:
    """The base tables of views that are neither wanted nor present; for a single view the server will tell."""
    known = {table.name for table in (*wanted.tables, *found.tables)}
    there = {view.table.name for view in found.views}
    for view in wanted.views if _single(wanted) is None else ():
        if view.base not in known and view.table.name not in there:
            where, why = path(wanted.keyspace, view.base), "name the document of the table in sync_all(), too"
            shown = f"a table for the view {quote(view.table.name)}"
            yield Change("table", where, Side.MISSING, Danger.IMPOSSIBLE, why, (), shown)


def _create(wanted: Schema, dry_run: bool) -> Flow[list[str]]:
    texts = statements(wanted)
    for text in () if dry_run else texts:
        for tries_left in reversed(range(_TRIES)):
            try:
                yield ddl(text)
                break
            except OutcomeUnknown:  # with IF NOT EXISTS it can safely be sent again
                if not tries_left:
                    raise
            yield pause_after(_TRIES - tries_left)
    return texts


def _send(texts: Sequence[str], sent: list[str]) -> Flow[_Failed | None]:
    for text in texts:
        try:
            yield ddl(text)
        except (RequestRejected, OutcomeUnknown) as error:
            return text, error
        sent.append(text)
    return None


def _judge(wanted: Schema, failed: _Failed, missing: list[str], sent: list[str], unknown: list[str]) -> Flow[None]:
    """Raise the error of a failed statement, unless it makes sense to continue with what is ``missing`` now."""
    text, error = failed
    if isinstance(error, RequestRejected):
        if text == next(iter(missing), None):
            # The statement is the first one left, so it did not fail for lack of an earlier one.
            raise (yield from _explained(wanted, error)) from error
        return
    unknown.append(text)
    if text not in missing:
        sent.append(text)
    elif unknown.count(text) == _TRIES:
        raise error


def _explained(wanted: Schema, error: RequestRejected) -> Flow[Exception]:
    """The error itself, or an explanation if the keyspace does not exist."""
    if (yield from _has_keyspace(wanted.keyspace or "")):
        return error
    return _no_keyspace(wanted)


def verify(wanted: Schema, *, exact: bool = False, whole: bool = False) -> Flow[None]:
    """Raise `SchemaMismatch` with all differences if the cluster's schema is not the wanted one; nothing is written.

    Unless ``exact`` is set, additional objects in the cluster are ignored. With ``whole``, it is compared with the
    whole keyspace, even if a single table is wanted.
    """
    if wanted.keyspace is None:
        raise InvalidQueryError(
            f"{_names(wanted)} cannot be verified: neither the model nor its connection names a keyspace"
        )
    if whole:
        found = (yield from read_all(wanted.keyspace)) or Schema(wanted.keyspace)
    else:
        found = yield from read(wanted, options=True, exact=exact)
    changes = [change for change in diff(wanted, found) if exact or change.side is not Side.EXTRA]
    if changes and not (found.tables or found.views or found.types or (yield from _has_keyspace(wanted.keyspace))):
        raise _no_keyspace(wanted)
    _refuse(wanted, changes)


def read(wanted: Schema, *, options: bool = False, exact: bool = False) -> Flow[Schema]:
    """The schema of the cluster, as far as ``wanted`` needs it. A single table is read by name, else the whole
    keyspace.

    Only what can matter is read: ``options`` is whether table options do, ``exact`` whether everything does.
    """
    keyspace, name = wanted.keyspace or "", _single(wanted)
    answers: _Found = {"columns": []}
    if wanted.tables or wanted.views or exact:
        answers["columns"] = yield from rows(keyspace, "columns", name)
    for part in _parts(wanted, bool(answers["columns"]), options, exact):
        whole = part == "types" or (part == "indexes" and _names_indexes(wanted))
        answers[part] = yield from rows(keyspace, part, None if whole else name)
    if _lacks_columns(wanted, answers["columns"]):
        answers["dropped_columns"] = yield from rows(keyspace, "dropped_columns", name)
    found = found_schema(keyspace, answers)
    return found if name is None else replace(found, types=_same_names(wanted, found))


def read_all(keyspace: str) -> Flow[Schema | None]:
    """The complete schema of a keyspace, options and dropped columns included; None if it does not exist."""
    if not (yield from _has_keyspace(keyspace)):
        return None
    answers: _Found = {}
    for part in (*_WHOLE, "dropped_columns"):
        answers[part] = yield from rows(keyspace, part)
    return found_schema(keyspace, answers)


def rows(keyspace: str, part: str, name: str | None = None) -> Flow[list[SystemRow]]:
    """The rows of ``system_schema.<part>`` from all pages."""
    statement: Statement | None = question(part, keyspace, name)
    found: list[SystemRow] = []
    while statement is not None:
        page = yield statement
        found += by_name(page, f"a row of system_schema.{part}")
        state = page.paging_state
        statement = None if state is None else statement.with_options(replace(statement.options, paging_state=state))
    return found


def ddl(text: str, model: type[Any] | None = None) -> Statement:
    """A statement that changes the schema: it is never prepared, and complete once all nodes agree."""
    return Statement(text, kind=Kind.SCHEMA, model=model)


def _single(wanted: Schema) -> str | None:
    names = [*(table.name for table in wanted.tables), *(view.table.name for view in wanted.views)]
    return names[0] if len(names) == 1 else None


def _parts(wanted: Schema, there: bool, options: bool, exact: bool) -> Iterable[str]:
    """The tables of ``system_schema`` to read in addition to that of columns, which tells whether they matter."""
    several = _single(wanted) is None
    return (
        part
        for part, matters in (
            ("types", bool(wanted.types) or (exact and several)),
            ("indexes", (there and (exact or any(table.indexes for table in wanted.tables))) or _names_indexes(wanted)),
            ("tables", there and (exact or (options and any(table.options for table in wanted.tables)))),
            ("views", there and (exact or several or bool(wanted.views))),
        )
        if matters
    )


def _names_indexes(wanted: Schema) -> bool:
    """Whether a wanted index has an explicit name, which an index of another table may already have."""
    return any(index.name is not None for table in wanted.tables for index in table.indexes)


def _lacks_columns(wanted: Schema, rows: Iterable[SystemRow]) -> bool:
    """Whether an existing table lacks a column, in which case dropped columns decide whether it can be added."""
    has: dict[str, set[str]] = {}
    for row in rows:
        has.setdefault(row["table_name"], set()).add(row["column_name"])
    return any(
        column.name not in has[table.name]
        for table in wanted.tables
        if table.name in has
        for column in table.columns
        if column.kind in (ColumnKind.STATIC, ColumnKind.REGULAR)
    )


def _same_names(wanted: Schema, found: Schema) -> tuple[Any, ...]:
    names = {user_type.name for user_type in wanted.types}
    return tuple(user_type for user_type in found.types if user_type.name in names)


def _has_keyspace(keyspace: str) -> Flow[bool]:
    answers = {"keyspaces": (yield from rows(keyspace, "keyspaces"))}
    return found_keyspace(answers) is not None


def _names(wanted: Schema) -> str:
    tables = [*wanted.tables, *(view.table for view in wanted.views)]
    return ", ".join(quote(name) for name in [each.name for each in tables] or [each.name for each in wanted.types])


def _no_keyspace(wanted: Schema) -> SchemaMismatch:
    name, why = quote(wanted.keyspace or ""), f"make it with create_keyspace({wanted.keyspace!r})"
    return SchemaMismatch(
        f"{_names(wanted)}: wanted in keyspace {name}, found no keyspace of that name; {why}",
        [Change("keyspace", name, Side.MISSING, Danger.SAFE, why, (), name)],
    )


def _refuse(wanted: Schema, changes: list[Change]) -> None:
    if changes:
        count = "1 difference" if len(changes) == 1 else f"{len(changes)} differences"
        raise SchemaMismatch(f"{count} in keyspace {quote(wanted.keyspace or '')}:\n{described(changes)}", changes)
