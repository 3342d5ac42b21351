"""Requests with their values as literals, to paste into a shell. Never used for matching, and never sent.

There is no literal for "unset", so an unset column is left out of the text, which has the same effect.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from coodie._errors import InvalidQueryError
from coodie.cql.lexer import DEPTH, LexToken, clauses, marks, tokens
from coodie.cql.literals import literal
from coodie.cql.message import UNSET, Batch, Request, Statement
from coodie.cql.show import batch_text
from coodie.cql.types import CqlType


def pasted(request: Request) -> str:
    """The request as cqlsh accepts it, with a final ``;``.

    A request that cannot be written (with a value that is not CQL's, or unset where it cannot be left out) becomes a
    comment that says why.
    """
    if isinstance(request, Batch):
        text = batch_text(request, _written)
        head, line, rest = text.partition("\n")  # the first line has the only mark outside of the statements
        return f"{head.replace('?', str(request.timestamp))}{line}{rest};"
    return f"{_written(request)};"


class _Edit(NamedTuple):
    start: int
    end: int
    text: str


def _written(statement: Statement) -> str:
    try:
        found = tokens(statement.cql)
        values = dict(_values(statement, found))
        whole = list(_shortened(found, values, statement.cql))
        inside = [edit for edit in values.values() if not any(w.start <= edit.start < w.end for w in whole)]
        return _applied(statement.cql, [*whole, *inside])
    except (InvalidQueryError, TypeError, ValueError) as error:
        return f"-- cannot be written for a shell: {' '.join(f'{error}: {statement.cql}'.split())}"


_LEFT_OUT = "\0"
"""A placeholder for an unset value, until its column is removed."""


def _values(statement: Statement, found: tuple[LexToken, ...]) -> Iterator[tuple[int, _Edit]]:
    """The text for each mark, by the start position of the mark."""
    positions = [mark.start for mark in marks(statement.cql)]
    if len(positions) != len(statement.values):
        raise ValueError(f"the text takes {len(positions)} values, not {len(statement.values)}")
    at = {token.start: index for index, token in enumerate(found)}
    types = [mark.type for mark in statement.marks] or [None] * len(positions)
    for start, value, cql_type in zip(positions, statement.values, types, strict=True):
        index = at[start]
        end = found[index].end if found[index].text == "?" else found[index + 1].end
        yield start, _Edit(start, end, _literal(value, cql_type, found[index - 1] if index else None))


def _literal(value: Any, cql_type: CqlType | None, before: LexToken | None) -> str:
    if value is UNSET:
        return _LEFT_OUT
    text = literal(value, cql_type)
    # The list of an IN is bound as a list but written in parentheses.
    listed = before is not None and before.keyword == "IN" and value is not None
    return f"({text[1:-1]})" if listed else text


def _shortened(found: tuple[LexToken, ...], values: dict[int, _Edit], cql: str) -> Iterator[_Edit]:
    """The lists of an INSERT, or the assignments of an UPDATE, without unset columns."""
    unset = {start for start, edit in values.items() if edit.text == _LEFT_OUT}
    if not unset:
        return
    lists = _lists(found)
    values_list = lists[-1] if lists else []
    kept = [not any(token.start in unset for token in item) for item in values_list]
    if len(unset) != sum(token.start in unset for item in values_list for token in item):
        raise ValueError("an unset value cannot be left out here")
    if not any(kept):
        raise ValueError("all its values are unset")
    for items in lists:
        texts = [_part(cql, item, values) for item, keep in zip(items, kept, strict=True) if keep]
        yield _Edit(items[0][0].start, items[-1][-1].end, ", ".join(texts))


def _lists(found: tuple[LexToken, ...]) -> list[list[Sequence[LexToken]]]:
    """The names and the values of an INSERT; the assignments of an UPDATE."""
    starts = dict(clauses(found))
    if "SET" in starts:
        end = starts.get("WHERE", len(found))
        return [list(_split(found[starts["SET"] + 1 : end]))]
    if "INTO" in starts and "VALUES" in starts:
        return [_bracketed(found, starts["INTO"]), _bracketed(found, starts["VALUES"])]
    return []


def _bracketed(found: tuple[LexToken, ...], start: int) -> list[Sequence[LexToken]]:
    opening = next(at for at in range(start, len(found)) if found[at].text == "(")
    depth = 0
    for at in range(opening, len(found)):
        depth += DEPTH.get(found[at].text, 0)
        if depth == 0:
            return list(_split(found[opening + 1 : at]))
    raise ValueError("a bracket is not closed")


def _split(section: Sequence[LexToken]) -> Iterator[Sequence[LexToken]]:
    """The parts between commas outside of all brackets, without empty ones."""
    start = depth = 0
    for at, token in enumerate(section):
        depth += DEPTH.get(token.text, 0)
        if depth == 0 and token.text == ",":
            if at > start:
                yield section[start:at]
            start = at + 1
    if len(section) > start:
        yield section[start:]


def _part(cql: str, item: Sequence[LexToken], values: dict[int, _Edit]) -> str:
    start, end = item[0].start, item[-1].end
    inside = [edit for edit in values.values() if start <= edit.start < end]
    return _applied(cql[start:end], [_Edit(edit.start - start, edit.end - start, edit.text) for edit in inside])


def _applied(text: str, edits: Sequence[_Edit]) -> str:
    parts: list[str] = []
    end = 0
    for edit in sorted(edits):
        parts += [text[end : edit.start], edit.text]
        end = edit.end
    return "".join([*parts, text[end:]])
