"""Reads the answers to conditional writes. It fails closed: an answer without ``[applied]`` is not a success."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from coodie._errors import DecodeError
from coodie.cql.message import Page
from coodie.mapping.mapper import Mapper
from coodie.mapping.model import Model, mapper_of
from coodie.mapping.rows import uneven
from coodie.mapping.state import Home
from coodie.results import LWTResult

M = TypeVar("M", bound=Model)

APPLIED = "[applied]"


def lwt_reader(
    mapper: Mapper[M], key: Mapping[str, Any], home: Home | None, applied: Callable[[], None] | None = None
) -> Callable[[Page], LWTResult[M]]:
    """The function that reads the answer to a conditional write to the row with ``key``.

    The server returns only the columns of the condition, so ``key`` completes the existing row, which is at ``home``.
    ``applied`` is called if the write was applied.
    """

    def read(page: Page) -> LWTResult[M]:
        happened, rows = read_answer(page, f"on table {mapper.table.name}")
        if happened:
            if applied is not None:
                applied()
            return LWTResult(True, None, rows)
        return LWTResult(False, _existing(mapper, rows[0], key, home) if rows else None, rows)

    return read


def by_name(page: Page, what: str) -> list[dict[str, Any]]:
    """The rows as dictionaries. Raises `DecodeError`, naming ``what``, for a row with a wrong number of values."""
    try:
        return [dict(zip(page.columns, row, strict=True)) for row in page.rows]
    except ValueError:
        row = next(row for row in page.rows if len(row) != len(page.columns))
        raise DecodeError(uneven(what, page.columns, row)) from None


def rows_of(page: Page, columns: tuple[str, ...]) -> Sequence[tuple[Any, ...]]:
    """The rows with only these columns, in this order. Raises `DecodeError` if the answer lacks one of them."""
    if page.columns == columns or not page.rows:
        return page.rows
    missing = [column for column in columns if column not in page.columns]
    if missing:
        raise DecodeError(f"the answer has no column {', '.join(missing)}, only {', '.join(page.columns)}")
    return [tuple(row[column] for column in columns) for row in by_name(page, "a row of the answer")]


def read_answer(page: Page, where: str) -> tuple[bool, list[dict[str, Any]]]:
    """The value of ``[applied]`` in the answer to a condition, and the other columns of its rows by name.

    Raises `DecodeError` if there is no such column or no row, or if the value is not a boolean.
    """
    what = f"the answer to a condition {where}"
    if APPLIED not in page.columns or not page.rows:
        raise DecodeError(f"{what} has no [applied] column; taken as not applied")
    rows = by_name(page, what)
    told = [row.pop(APPLIED) for row in rows]
    if any(each is not True and each is not False for each in told):
        raise DecodeError(f"{what} has neither true nor false in [applied]")
    return all(told), [row for row in rows if row]


def existing_row(mapper: Mapper[M], row: Mapping[str, Any], home: Home | None) -> M | Exception | None:
    """The existing row that made the condition fail, as a model; None if the server returned no columns of it.

    If several classes share the table, it is of the class that the row belongs to, which may not be that of the write.
    For a row that does not fit the model it is the error, which must not hide the outcome of the condition.
    """
    if mapper.family is not None:
        mapper = mapper_of(mapper.family.of_row(mapper.member, row).model)
    # A null that the model does not allow counts as not loaded: what matters here is the condition, not the row.
    known = {name: value for name, value in row.items() if name in mapper.by_column and mapper.allows(name, value)}
    try:
        return mapper.read_alone(tuple(known), [tuple(known.values())], home)[0] if known else None
    except Exception as error:  # noqa: BLE001 - of the model's own validators, too
        return error


def _existing(
    mapper: Mapper[M], row: Mapping[str, Any], key: Mapping[str, Any], home: Home | None
) -> M | Exception | None:
    # A row of nulls only, or none at all, means that the row does not exist: the answer to an UPDATE ... IF of such a
    # row.
    if all(value is None for value in row.values()):
        return None
    return existing_row(mapper, {**key, **row}, home)
