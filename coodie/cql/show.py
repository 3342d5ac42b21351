"""The stable printed form of requests, used by snapshots, failure messages and docs.

It is for reading only: nothing is matched against it or sent from it. It contains the text of each request verbatim.
Any change to what this file prints changes every snapshot of every user: raise `FORMAT` then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias
from uuid import UUID

from coodie._errors import InvalidQueryError
from coodie.cql.codecs.texts import text_literal
from coodie.cql.lexer import clauses, tokens
from coodie.cql.literals import literal
from coodie.cql.message import UNSET, Batch, BatchKind, Kind, Mark, Options, Request, Statement, mark_names
from coodie.cql.rendering.statements import OPENERS
from coodie.cql.values import EPOCH, microseconds

FORMAT: Final = 1
"""The version of the printed form, written at the head of each snapshot file."""

WIDTH: Final = 80
"""Statements with more characters than this are broken into lines before their clauses."""

Shown: TypeAlias = Statement | Batch | BaseException
Window: TypeAlias = tuple[datetime, datetime]


def show(entries: Iterable[Shown], *, exact: bool = False, window: Window | None = None) -> str:
    """Requests and errors as text, numbered in order, each request with a table of its values.

    Random UUIDs are shown as ``<uuid#1>``, ``<uuid#2>`` ... in order of appearance, and instants inside ``window``
    (first and last, both included) as ``<now#1>`` ...; with ``exact`` every value is printed as it is.
    """
    names = _Names(window, exact)
    blocks = (_entry(number, entry, names) for number, entry in enumerate(entries, 1))
    return "\n\n".join("\n".join(block) for block in blocks)


def show_request(request: Request) -> str:
    """One request as `show` prints it, without a number and with every value as it is; used in error messages."""
    return "\n".join(_request("", request, _Names(None, exact=True)))


class _Names:
    """Names for values that differ from run to run. Each value gets one name when it first appears."""

    def __init__(self, window: Window | None, exact: bool) -> None:
        self._window = _in_microseconds(window) if window is not None else (1, 0)
        self._exact = exact
        self._names: dict[Any, str] = {}
        self._counts = {"uuid": 0, "now": 0}

    def __call__(self, value: Any, /) -> str | None:
        if isinstance(value, str):
            return None if value.isprintable() else _escaped(text_literal(value), "E")
        what = self._what(value)
        if what is not None and value not in self._names:
            self._counts[what] += 1
            self._names[value] = f"<{what}#{self._counts[what]}>"
        return self._names.get(value) if what is not None else None

    def rank(self, value: Any, /) -> int:
        """The sort position: named values first, in the order of their names; then those not yet named."""
        if self._what(value) is None:
            return 0
        known = list(self._names)
        return known.index(value) + 1 if value in self._names else len(known) + 1

    def timestamp(self, value: int) -> str:
        """The name of a number that is an instant in microseconds since 1970: a write timestamp of a mark or batch."""
        first, last = self._window
        return (first <= value <= last and self(EPOCH + timedelta(microseconds=value))) or str(value)

    def _what(self, value: Any) -> str | None:
        if self._exact:
            return None
        if isinstance(value, UUID):
            return "uuid" if value.version in (1, 4, 7) else None
        if isinstance(value, datetime):
            return "now" if self._window[0] <= microseconds(value) <= self._window[1] else None
        return None


def _in_microseconds(window: Window) -> tuple[int, int]:
    """The window in microseconds, from the start of its first millisecond, since columns keep whole milliseconds."""
    first, last = map(microseconds, window)
    return first - first % 1000, last


def _entry(number: int, entry: Shown, names: _Names) -> Iterator[str]:
    if isinstance(entry, BaseException):
        yield _head(f"[{number}]", ["error", type(entry).__name__, *_error_fields(entry)])
    else:
        yield from _request(str(number), entry, names)


def _error_fields(error: BaseException) -> list[str]:
    write_type = getattr(error, "write_type", None)
    return [f"write_type={write_type}"] if write_type is not None else []


def _request(number: str, request: Request, names: _Names) -> Iterator[str]:
    label = f"[{number}]" if number else ""
    if isinstance(request, Statement):
        parts = [kind_word(request), *_options(request.options), *_idempotent(request), *_as_written(request)]
        yield _head(label, parts)
        yield from _statement(request, names)
        return
    parts = ["batch", request.kind.value, _counted(request), *_timestamp(request, names), *_options(request.options)]
    yield _head(label, parts)
    for position, member in enumerate(request.statements, 1):
        yield _head(f"[{number}.{position}]" if number else f"[{position}]", _as_written(member))
        yield from _statement(member, names)


def kind_word(request: Request) -> str:
    """The word that describes the call: execute, batch, page or schema."""
    if isinstance(request, Batch):
        return "batch"
    if request.kind is Kind.SCHEMA:
        return "schema"
    return "page" if request.options.paging_state is not None else "execute"


def _head(label: str, parts: list[str]) -> str:
    return "-- " + one_line("  ".join(filter(None, [" ".join(filter(None, [label, *parts[:1]])), *parts[1:]])))


def _counted(batch: Batch) -> str:
    count = len(batch.statements)
    return f"{count} statement" if count == 1 else f"{count} statements"


def _timestamp(batch: Batch, names: _Names) -> list[str]:
    if batch.timestamp is None:
        return []
    return [f"timestamp={names.timestamp(batch.timestamp)}"]


def _options(options: Options) -> list[str]:
    named = {
        "cl": options.consistency,
        "serial": options.serial_consistency,
        "timeout": f"{options.timeout:g}s" if options.timeout is not None else None,
        "fetch": options.fetch_size,
    }
    shown = [f"{name}={value}" for name, value in named.items() if value is not None]
    return [*shown, "trace"] if options.trace else shown


def _idempotent(statement: Statement) -> list[str]:
    return ["idempotent"] if statement.idempotent else []


def _as_written(statement: Statement) -> list[str]:
    if statement.cql.isprintable():
        return []
    return ["verbatim"] if statement.cql.replace("\n", "").isprintable() else ["escaped"]


def _statement(statement: Statement, names: _Names) -> Iterator[str]:
    yield broken(statement.cql) + ";"
    yield from _table(statement, names)


def _table(statement: Statement, names: _Names) -> Iterator[str]:
    """A table of the name, type and value of each mark. A text that the user wrote has unknown types, shown as
    ``-``.
    """
    marks = (*statement.marks, *(_UNKNOWN,) * (len(statement.values) - len(statement.marks)))
    types = [str(mark.type) if mark.type is not None else "-" for mark in marks]
    values = [_value(value, mark, names) for value, mark in zip(statement.values, marks, strict=False)]
    rows = [tuple(map(one_line, row)) for row in zip(_mark_names(statement), types, values, strict=False)]
    wide, wider = (max((len(row[column]) for row in rows), default=0) for column in (0, 1))
    for name, cql_type, value in rows:
        yield f"--   {name:<{wide}}  {cql_type:<{wider}}  {value}"


_UNKNOWN: Final = Mark("")


def _mark_names(statement: Statement) -> tuple[str, ...]:
    # The printed form is what shows a wrong number of values to the reader, so it must not itself fail on one.
    names = mark_names(statement)
    return (*names, *(f"[{i}]" for i in range(len(names) + 1, len(statement.values) + 1)))


def _value(value: Any, mark: Mark, names: _Names) -> str:
    if value is UNSET:
        return "unset"
    if mark.name == "[timestamp]" and type(value) is int:
        return names.timestamp(value)
    try:
        return literal(value, mark.type, names)
    except (TypeError, ValueError, AttributeError, OverflowError):
        return f"<not a CQL value: {type(value).__name__}>"


_ESCAPES: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\"}


def one_line(text: str) -> str:
    """The text on one line, with line breaks and other unprintable characters escaped."""
    return text if text.isprintable() else _escaped(text, "")


def _escaped(text: str, prefix: str) -> str:
    """A literal on one line; a prefix, as in ``E'...'``, says that backslashes in it are escapes."""
    return prefix + "".join(map(_escape, text))


def _escape(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    return character if character.isprintable() else f"\\u{{{ord(character):x}}}"


def broken(cql: str) -> str:
    """The lines of a statement, broken if it is long; joined by single spaces they are the text that was sent.

    A text with line breaks of its own keeps those and gets no others; its head says ``verbatim``. A text with other
    unprintable characters is shown on one line, marked ``escaped``.
    """
    if not cql.isprintable():
        return cql if cql.replace("\n", "").isprintable() else _escaped(cql, "")
    if len(cql) < WIDTH:
        return cql
    starts = [start for start in _starts(cql) if cql[start - 1] == " "]
    lines = [cql[a:b].removesuffix(" ") if b else cql[a:] for a, b in zip([0, *starts], [*starts, 0], strict=True)]
    if " ".join(lines) != cql:  # pragma: no cover - the promise of the form, checked at each write
        raise AssertionError(f"the shown lines are not the text that was sent: {cql!r}")
    return "\n".join(lines)


_BROKEN: Final = frozenset({"VALUES", "SET", "WHERE", "USING", "IF", "ORDER", "LIMIT", "GROUP", "PER", "ALLOW"})
_SCHEMA: Final = frozenset({"CREATE", "ALTER", "DROP"})


def _starts(cql: str) -> list[int]:
    """The positions at which lines begin: at the clauses, or at the WITH of a schema statement."""
    try:
        found = tokens(cql)
    except InvalidQueryError:
        return []
    wanted = frozenset({"WITH"}) if found and found[0].keyword in _SCHEMA else _BROKEN
    return [found[at].start for word, at in clauses(found) if at and word in wanted]


_IN_A_LINE: Final = 3
"""The number of statements of a batch that one line of a log shows."""


def request_on_one_line(request: Request) -> str:
    """The text of a request without values, for a log; for a batch, the texts of its first statements."""
    if isinstance(request, Statement):
        return one_line(request.cql)
    texts = [one_line(statement.cql) for statement in request.statements[:_IN_A_LINE]]
    if (more := len(request.statements) - _IN_A_LINE) > 0:
        texts.append(f"and {more} more")
    kind = "" if request.kind is BatchKind.LOGGED else f"{request.kind.value} "
    return f"{kind}batch of {_counted(request)}: {'; '.join(texts)}"


def batch_text(batch: Batch, write: Callable[[Statement], str] = lambda statement: statement.cql) -> str:
    """The batch as one CQL text, for readers. On the wire it is sent as prepared statements.

    ``write`` gives the text of each statement.
    """
    using = " USING TIMESTAMP ?" if batch.timestamp is not None else ""
    members = "".join(f"  {write(statement)};\n" for statement in batch.statements)
    return f"{OPENERS[batch.kind]}{using}\n{members}APPLY BATCH"
