"""Matches requests against rules, and describes the differences.

Matching and failure messages use the same list of differences, so that a message always explains the real reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches
from enum import Enum
from typing import Any, Final, Protocol, runtime_checkable

from coodie._errors import InvalidQueryError
from coodie._words import a_type
from coodie.cql.lexer import same_text
from coodie.cql.message import UNSET, Batch, Kind, Request, Statement, mark_names
from coodie.cql.show import batch_text
from coodie.cql.types import CqlType
from coodie.tables.table import Table
from coodie.testing.arguments import a_flag
from coodie.testing.calls import value_text
from coodie.testing.reading import SUFFIXES, read, reading
from coodie.testing.tape import Entry, columns_in

VERBS: Final = ("select", "insert", "update", "delete", "batch", "create", "alter", "drop", "truncate")


@runtime_checkable
class HasTable(Protocol):
    """A model class, as far as rules need it."""

    def table_name(self) -> str:
        """The name of its table."""
        ...


@runtime_checkable
class HasColumnTypes(Protocol):
    """A model class that also provides the types of its columns."""

    def column_types(self) -> Mapping[str, CqlType]:
        """The type of each column by its name."""
        ...


@runtime_checkable
class HasTableDefinition(Protocol):
    """A model class that provides the definition of its table."""

    def table_definition(self) -> Table:
        """The table, with its keys and indexes."""
        ...


def _no_types() -> Mapping[str, CqlType]:
    return {}


@dataclass(frozen=True, slots=True)
class Matcher:
    """The criteria of a rule; those that are None match anything.

    ``definition`` is the table of the model and ``types`` are the types of its columns, as far as they are known.
    """

    verb: str | None = None
    keyspace: str | None = None
    table: str | None = None
    where: Mapping[str, Any] | None = None
    values: Mapping[str, Any] | Sequence[Any] | None = None
    conditional: bool | None = None
    cql: str | None = None
    replays: Entry | None = None
    types: Mapping[str, CqlType] = field(default_factory=_no_types)
    definition: Table | None = None

    def matches(self, request: Request) -> bool:
        """Whether the request matches."""
        return next(self._found(request), None) is None

    def differences(self, request: Request) -> list[str]:
        """One line for each criterion that ``request`` does not meet."""
        return list(self._found(request))

    def _found(self, request: Request) -> Iterator[str]:
        if self.cql is not None and _folded(self.cql) != _folded(_text(request)):
            yield f"text: {_text(request)}"
        if self.verb is not None and self.verb != verb_of(request):
            yield f"{verb_of(request)}, not {self.verb}"
        if self.table is not None and not self._is_of_table(request):
            found = " and ".join(sorted(filter(None, (name for _, name in _tables(request, None))))) or "none"
            yield f"table: {found}"
        if self.conditional is not None and self.conditional != is_conditional(request):
            yield "it has no condition" if self.conditional else "it has a condition"
        if self.replays is not None:
            yield from _replay(self.replays, request)
        if isinstance(request, Statement):
            yield from self._values(request)
        elif self.where is not None or self.values is not None:
            yield from self._nearest_member(request)

    def _nearest_member(self, batch: Batch) -> Iterator[str]:
        """Nothing if a statement of the batch matches, else the differences of the most similar one."""
        members = [one for one in batch.statements if self.table is None or self._is_of_table(one)]
        found = [list(self._values(one)) for one in members]
        yield from min(found, key=len, default=["no statement of the batch is on that table"])

    def _is_of_table(self, request: Request) -> bool:
        return (self.keyspace, self.table) in _tables(request, self.keyspace)

    def _values(self, request: Statement) -> Iterator[str]:
        says = reading(request.cql)
        if self.where is not None and not says.parsed:
            yield "where: the text cannot be read"
        elif self.where is not None:
            # An INSERT has no WHERE; it is matched by some of its columns.
            terms = says.sets if says.verb == "insert" else says.where
            found = {name: term.value(request.values) for name, term in terms.items()}
            yield from _compared("where ", self.where, found, exact=says.verb != "insert")
        if isinstance(self.values, Mapping):
            sets = {name: term.value(request.values) for name, term in says.sets.items()}
            yield from _compared("", self.values, {**_params(request), **sets}, exact=False)
        elif self.values is not None:
            yield from _in_order(self.values, request)

    def __repr__(self) -> str:
        if self.replays is not None:
            return f"recorded({'; '.join(text for text, _ in self.replays.statements)})"
        table = f"{self.keyspace}.{self.table}" if self.keyspace else self.table
        options = {
            "table": table,
            "where": self.where,
            "values": self.values,
            "conditional": self.conditional,
            "cql": self.cql,
        }
        named = [f"{name}={value!r}" for name, value in options.items() if value is not None]
        return f"on({', '.join([repr(self.verb)] * (self.verb is not None) + named)})"


def matcher(
    verb: str | None,
    table: object,
    where: Mapping[str, Any] | None,
    values: Mapping[str, Any] | Sequence[Any] | None,
    conditional: bool | None,
    cql: str | None,
) -> Matcher:
    """The matcher of ``on(...)``.

    Raises ValueError or TypeError for criteria that no request could meet, such as a column that the model lacks.
    """
    if verb is not None and not isinstance(verb, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"on() takes a verb as a text, not {a_type(verb)}")
    if verb is not None and verb.lower() not in VERBS:
        raise ValueError(f"on() knows {', '.join(VERBS)}, not {verb!r}; for a whole text use on(cql=...)")
    if conditional is not None:
        a_flag("conditional", conditional)
    if verb is None and table is None and cql is None:
        raise TypeError("on() wants to know what it is for: a verb, a table or a text")
    keyspace, name = _named(table) if table is not None else (None, None)
    types = table.column_types() if isinstance(table, HasColumnTypes) else _no_types()
    if types:
        _check_columns(table, types, where or (), values if isinstance(values, Mapping) else ())
    verb = verb.lower() if verb is not None else None
    definition = table.table_definition() if isinstance(table, HasTableDefinition) else None
    return Matcher(verb, keyspace, name, where, values, conditional, cql, types=types, definition=definition)


def _check_columns(table: object, types: Mapping[str, CqlType], where: Iterable[str], values: Iterable[str]) -> None:
    """Refuse a rule that no statement on the model's table could match."""
    for option, keys, is_known in (("where", where, _is_lookup), ("values", values, _is_written)):
        for key in keys:
            if key in types or is_known(key.partition("#")[0], types):
                continue
            near = get_close_matches(key.partition("__")[0], types, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"it has: {', '.join(types)}"
            raise ValueError(
                f"{option}={{{key!r}: ...}}: {getattr(table, '__name__', table)} has no such column or lookup; {hint}"
            )


def _is_lookup(key: str, types: Mapping[str, CqlType]) -> bool:
    base, _, lookup = key.rpartition("__")
    base = base.removesuffix("__entry").removesuffix("__token")
    columns = columns_in(base) if base.startswith("(") else [base]
    known = base == "token" or lookup == "expr" or all(column in types for column in columns)
    return key in types or (lookup in SUFFIXES and known)


def _is_written(key: str, types: Mapping[str, CqlType]) -> bool:
    """Whether it names a column, or a mark such as ``[ttl]`` or ``value(tags)``."""
    return key.startswith("[") or any(column in types for column in columns_in(key))


def _replay(entry: Entry, request: Request) -> Iterator[str]:
    """The differences from a recorded call, which is matched by everything that was sent except its options."""
    statements = request.statements if isinstance(request, Batch) else (request,)
    kind = request.kind.value if isinstance(request, Batch) else None
    if [text for text, _ in entry.statements] != [one.cql for one in statements] or kind != entry.batch:
        yield f"text: {_text(request)}"
        return
    if entry.paging_state != request.options.paging_state:
        yield "it goes on from another page"
    for (_, values), one in zip(entry.statements, statements, strict=True):
        yield from _in_order(values, one)


def verb_of(request: Request) -> str:
    """The first word of a statement in lower case, or ``batch``."""
    if isinstance(request, Batch):
        return "batch"
    found = read(request.cql)
    verb = found[0].text.lower() if found else request.cql[:20]
    return "batch" if verb == "begin" else verb


def is_conditional(request: Request) -> bool:
    """Whether the request has a condition, so that its answer has ``[applied]``."""
    if isinstance(request, Batch):
        return request.conditional
    return request.kind is Kind.CONDITIONAL


def _named(table: object) -> tuple[str | None, str]:
    """The keyspace and name of a model class or a text; the parts of a text are taken literally."""
    if not isinstance(table, str) and not isinstance(table, HasTable):
        raise TypeError(f"a table is a model class or a name, not {table!r}")
    text = table if isinstance(table, str) else table.table_name()
    parts = [token.identifier if token.kind == "name" else token.text for token in read(text) if token.text != "."]
    names = [part for part in parts if part is not None] or [text]
    return (names[0], names[1]) if len(names) > 1 else (None, names[0])


def _tables(request: Request, keyspace: str | None) -> set[tuple[str | None, str | None]]:
    statements = request.statements if isinstance(request, Batch) else (request,)
    readings = [reading(statement.cql) for statement in statements]
    return {(says.keyspace if keyspace is not None else None, says.table) for says in readings}


def _text(request: Request) -> str:
    return batch_text(request) if isinstance(request, Batch) else request.cql


def _folded(text: str) -> tuple[str, ...]:
    try:
        return same_text(text)
    except InvalidQueryError:
        return (text,)


def _params(request: Statement) -> dict[str, Any]:
    return dict(zip(mark_names(request), request.values, strict=False))


def _compared(where: str, wanted: Mapping[str, Any], found: Mapping[str, Any], *, exact: bool) -> Iterator[str]:
    for name, value in wanted.items():
        if name not in found:
            yield f"{where}{name}: not in the statement"
        elif not _equal(value, found[name]):
            yield f"{where}{name}: {_apart(found[name], value)}"
    for name in [name for name in found if name not in wanted] if exact else ():
        yield f"{where}{name}: {value_text(found[name])}, of which the rule says nothing"


def _in_order(wanted: Sequence[Any], request: Statement) -> Iterator[str]:
    """The differences between all bound values, in order."""
    if len(wanted) != len(request.values):
        yield f"{len(request.values)} values, the rule wants {len(wanted)}"
        return
    for name, value, found in zip(mark_names(request), wanted, request.values, strict=True):
        if not _equal(value, found):
            yield f"value of {name}: {_apart(found, value)}"


def _apart(found: Any, wanted: Any) -> str:
    """Both values as literals, or by their repr if the literals are equal, as for a naive datetime and one in UTC."""
    texts = value_text(found), value_text(wanted)
    one, other = texts if texts[0] != texts[1] else (repr(found), repr(wanted))
    return f"{one}, the rule wants {other}"


def _equal(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, int) and isinstance(found, int) and isinstance(wanted, bool) != isinstance(found, bool):
        return False  # in Python True == 1, but they are encoded differently
    if isinstance(wanted, Enum) and wanted is not UNSET:
        wanted = wanted.value  # the bound value of an Enum's member
    if isinstance(wanted, float) and isinstance(found, Decimal):
        found = float(found)  # a number that is written into the text
    # NaN is not equal to itself, and may occur at any depth
    return bool(wanted == found) or ("nan" in (text := repr(wanted)) and text == repr(found))
