"""Versions of rows: the condition that a write carries, and the error if another writer was faster.

https://cassandra.apache.org/doc/latest/cassandra/developing/cql/dml.html#lightweight-transactions
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from coodie._errors import InvalidQueryError, VersionConflict
from coodie._value import record
from coodie.cql.message import UNSET, Page
from coodie.cql.nodes import Ref, Relation
from coodie.mapping.columns import Field
from coodie.mapping.mapper import Mapper
from coodie.mapping.model import Model
from coodie.mapping.state import Home, state_of
from coodie.plans.answers import existing_row
from coodie.plans.conditions import Condition
from coodie.plans.plan import Write
from coodie.results import LWTResult

M = TypeVar("M", bound=Model)
R = TypeVar("R")

Rows: TypeAlias = Sequence[Mapping[str, Any]]


@record
class VersionedWrite(Write[R]):
    """A write under the condition that its row has a certain version.

    ``conflict`` returns the error for the rows of the answer if it is the version that does not fit, else None.
    """

    conflict: Callable[[Rows], VersionConflict[Any] | None] | None = None


def conflict_in(
    mapper: Mapper[Any], key: Mapping[str, Any], home: Home | None, version: Any
) -> Callable[[Rows], VersionConflict[Any] | None]:
    """The function that finds the row with this key in a lost condition, and the error unless it has this version.

    ``version`` is as in `Saving`. The answer to a single statement has no key, and no row if there is none.
    """

    def conflict(rows: Rows) -> VersionConflict[Any] | None:
        row = next((row for row in rows if all(row.get(name, value) == value for name, value in key.items())), None)
        if row is None or all(value is None for value in row.values()):
            # A row without a version may as well be missing: then a condition of the user's was not met.
            return None if version is UNSET or version is None else VersionConflict(_message(mapper, "is gone"))
        if version is UNSET:
            return VersionConflict(_message(mapper, "exists"), existing_row(mapper, {**key, **row}, home))
        name = _version(mapper).column.name
        if row.get(name) == version:
            return None
        return VersionConflict(_message(mapper, "has another version"), existing_row(mapper, {**key, **row}, home))

    return conflict


def raise_conflict(writes: Iterable[Write[Any]], rows: Rows) -> None:
    """Raise the error of the first of the writes of a lost batch whose row has another version."""
    for write in writes:
        if isinstance(write, VersionedWrite) and write.conflict is not None and (error := write.conflict(rows)):
            raise error


def _message(mapper: Mapper[Any], what: str) -> str:
    where = f"this {mapper.model.__name__} was not written"
    table = mapper.table.name
    return {
        "exists": f"{where}: table {table} has a row with its key already; load that row and change it",
        "is gone": f"{where}: its row in table {table} is gone; save a new document if it is still wanted",
        "has another version": (
            f"{where}: its row in table {table} has another version, so somebody wrote it since it was loaded; "
            "call refresh(), make the changes again, and save"
        ),
    }[what]


def reader(
    read: Callable[[Page], LWTResult[M]], conflict: Callable[[Rows], VersionConflict[Any] | None], *, silent: bool
) -> Callable[[Page], Any]:
    """The function that reads the answer of a versioned write; it returns None instead of a result if ``silent``."""

    def read_version(page: Page) -> LWTResult[M] | None:
        result = read(page)
        if not result.applied and (error := conflict(result.rows)) is not None:
            raise error
        return None if silent else result

    return read_version


@record
class Guard:
    """The version that a write expects its row to have, None for none, and where it comes from."""

    version: Any
    is_named: bool = False
    """Whether the user's conditions name it, so that the outcome is the user's to look at."""

    is_alone: bool = False
    """Whether the user gave no conditions."""


def guarded(mapper: Mapper[M], document: M, conditions: tuple[Condition, ...]) -> tuple[tuple[Condition, ...], Guard]:
    """The conditions of a write of a document, with that on its version unless they name one themselves.

    Raises `InvalidQueryError` if the version is neither known nor named.
    """
    named = named_version(mapper, conditions)
    if named is not UNSET:
        return conditions, Guard(named, is_named=True)
    writer, state = mapper.automatic, state_of(document)
    assert writer is not None
    version = UNSET if state is None else writer.version_in(state)
    if version is UNSET:
        raise writer.unknown_version()
    return (condition_on(mapper, version), *conditions), Guard(version, is_alone=not conditions)


def condition_on(mapper: Mapper[Any], version: Any) -> Condition:
    """``IF version = ?``."""
    return Condition(Relation(Ref(_version(mapper).column.name), "="), (version,), False)


def named_version(mapper: Mapper[Any], conditions: Sequence[Condition]) -> Any:
    """The version in the user's own conditions; `UNSET` if they do not name it.

    Raises `InvalidQueryError` for a comparison that leaves open which version the row has.
    """
    field = _version(mapper)
    for condition in conditions:
        if condition.relation.left == Ref(field.column.name):
            if condition.relation.operator != "=":
                raise InvalidQueryError(
                    f"{mapper.model.__name__}.{field.name} is counted from the version in the condition, so it has to "
                    f"be compared by =, not by {condition.relation.operator}"
                )
            return condition.values[0]
    return UNSET


def check_named(mapper: Mapper[Any], conditions: Sequence[Condition], what: str) -> Any:
    """The version in the conditions of a write by a query. Raises `InvalidQueryError` if they do not name it."""
    version = named_version(mapper, conditions)
    if version is UNSET:
        name = _version(mapper).name
        raise InvalidQueryError(
            f"{what}() of {mapper.model.__name__} by a query would pass over {name!r}, by which other writers see "
            f"that a row was changed; name the version, {what}(..., if_conditions={{{name!r}: ...}}), or load the "
            f"documents and call their {what}()"
        )
    return version


def _version(mapper: Mapper[Any]) -> Field:
    assert mapper.version is not None
    return mapper.version
