"""HTML for notebooks: escaped, and bounded in rows and in the length of each cell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any, Final

_MOST_ROWS: Final = 50
_LONGEST: Final = 200


def html_paragraph(text: str) -> str:
    """The text as a paragraph."""
    return f"<p>{_cell(text)}</p>"


def html_text(text: str) -> str:
    """The text with its own spaces and line breaks."""
    return f"<pre>{escape(text)}</pre>"


def html_table(rows: Sequence[Any]) -> str:
    """The first rows as a table: mappings and models by the names of their values, tuples by position."""
    shown = [_named(row) for row in rows[:_MOST_ROWS]]
    names = list(dict.fromkeys(name for row in shown for name in row))
    head = _row("th", names)
    body = "".join(_row("td", [row.get(name, "") for name in names]) for row in shown)
    more = len(rows) - len(shown)
    note = html_paragraph(f"and {more} more rows") if more > 0 else ""
    return f"<table><thead>{head}</thead><tbody>{body}</tbody></table>{note}"


def _named(row: Any) -> dict[str, Any]:
    held = row  # of which a type checker knows no more than before
    if isinstance(row, tuple):
        return {str(place): value for place, value in enumerate(held, 1)}
    if isinstance(row, Mapping):
        return {str(name): value for name, value in held.items()}
    try:
        return {str(name): value for name, value in held}  # a Pydantic model, which gives what was loaded
    except (TypeError, ValueError):
        return {"": row}


def _row(kind: str, values: Iterable[Any]) -> str:
    return f"<tr>{''.join(f'<{kind}>{_cell(value)}</{kind}>' for value in values)}</tr>"


def _cell(value: Any) -> str:
    text = str(value)
    return escape(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}...")
