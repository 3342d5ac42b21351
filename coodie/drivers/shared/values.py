"""What every adapter checks of the values of a request, with the text that it says."""

from __future__ import annotations

from collections.abc import Sequence

from coodie._errors import InvalidQueryError
from coodie.cql.codecs.codec import Encoder
from coodie.cql.message import UNSET, Statement, mark_names


def wrong_count(request: Statement, count: int) -> InvalidQueryError:
    """The error for a number of values that is not that of the marks."""
    return InvalidQueryError(
        f"{count} values are needed, one for each mark, but {len(request.values)} were given\n  {request.cql}"
    )


def first_misfit(request: Statement, encoders: Sequence[Encoder]) -> tuple[int, str] | None:
    """The index of the first value that its encoder refuses, and why."""
    for index, (value, encode) in enumerate(zip(request.values, encoders, strict=True)):
        if value is None or value is UNSET:
            continue
        try:
            encode(value)
        except (TypeError, ValueError, OverflowError) as error:
            return index, str(error)
    return None


def about_value(request: Statement, index: int, name: str, kind: object, why: str) -> str:
    """What is wrong with one value, by the name and type of its mark; never the value."""
    mark = mark_names(request)[index] if request.marks else name
    return f"value {index + 1}, {mark} ({kind}): {why}\n  {request.cql}"
