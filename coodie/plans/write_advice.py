"""Which writes store tombstones that are easily avoided. Nothing is said unless the model or the call asks for it.

https://cassandra.apache.org/doc/latest/cassandra/managing/operating/compaction/tombstones.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from coodie._errors import NullsWarning, OverwriteWarning
from coodie._warn import warn as issue
from coodie.cql.message import UNSET, Batch, Statement
from coodie.cql.options import check_flag
from coodie.cql.types import CqlType, List, Map, Set, is_multicell
from coodie.mapping.columns import Field
from coodie.mapping.mapper import Mapper
from coodie.mapping.state import State

Given: TypeAlias = Sequence[tuple[Field, Any]]
"""The fields of columns that are written as a whole, each with its bound value."""

_OPERATORS: Final[dict[type[CqlType], str]] = {List: "append", Set: "add", Map: "update"}


def advise_of_row(
    mapper: Mapper[Any], state: State | None, request: Statement | Batch | None, warn: bool | None, *, insert: bool
) -> None:
    """Issue the warning about a save or an insert, if any; ``state`` is that of the document before it."""
    nulls, overwrites = _is_wanted(warn, mapper.settings.warn_nulls), _is_wanted(warn, mapper.settings.warn_overwrites)
    if not (nulls or overwrites) or not isinstance(request, Statement):
        return
    sent = {mark.name: value for mark, value in zip(request.marks, request.values, strict=True)}
    given = [(field, sent[name]) for name, field in mapper.by_column.items() if sent.get(name, UNSET) is not UNSET]
    if not insert and not _is_new(mapper, state, sent):
        if overwrites:
            _advise_of_overwrites(mapper, given)
    elif nulls:
        _advise_of_nulls(mapper, given)


def advise_of_update(mapper: Mapper[Any], state: State | None, given: Given, warn: bool | None) -> None:
    """Issue the warning about an update with these values for whole columns, if the document was loaded or saved."""
    if _is_wanted(warn, mapper.settings.warn_overwrites) and _key_of(mapper, state) is not None:
        _advise_of_overwrites(mapper, given)


def _advise_of_overwrites(mapper: Mapper[Any], given: Given) -> None:
    fields = [field for field, value in given if _has_elements(field) and value]
    if fields:
        issue(
            f"this write replaces the whole of {_named(mapper, fields)}, so the server stores a tombstone for what was "
            f"there; change elements, as in update({fields[0].name}__{_OPERATORS[type(fields[0].column.type)]}=...)",
            OverwriteWarning,
        )


def _advise_of_nulls(mapper: Mapper[Any], given: Given) -> None:
    fields = [field for field, value in given if _is_null(field, value)]
    if fields:
        issue(
            f"this new row has null in {_named(mapper, fields)}, which the server stores as tombstones; leave out what "
            "has no value, since a field that was never set is not sent",
            NullsWarning,
        )


def _named(mapper: Mapper[Any], fields: Sequence[Field]) -> str:
    return ", ".join(f"{mapper.model.__name__}.{field.name}" for field in fields)


def _is_null(field: Field, value: Any) -> bool:
    """Whether the value is null to the server, as an empty collection is."""
    return value is None or (_has_elements(field) and not value)


def _has_elements(field: Field) -> bool:
    """Whether the column is a collection whose elements can be written on their own."""
    return field.is_collection and is_multicell(field.column.type)


def _is_new(mapper: Mapper[Any], state: State | None, sent: Mapping[str, Any]) -> bool:
    """Whether the row with the key that is sent is not that which the document was loaded from or saved to."""
    known, writer = _key_of(mapper, state), mapper.writer
    return known is None or any(
        writer.differ(writer.place(field), sent[field.column.name], value)
        for field, value in zip(mapper.key, known, strict=True)
    )


def _key_of(mapper: Mapper[Any], state: State | None) -> tuple[Any, ...] | None:
    """The key of the row that the document was loaded from or saved to, if there is one."""
    return None if state is None or not state[0].exists else mapper.writer.key_in(state)


def _is_wanted(warn: bool | None, setting: bool) -> bool:
    return setting if warn is None else check_flag("warn", warn)
