"""``writetime``, ``maxwritetime`` and ``ttl``: when a cell was written, and when it expires."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from struct import Struct
from typing import Any, Final

from coodie.cql.order import sort_key
from coodie.cql.terms import Element, FieldOf, Range, Ref, Term
from coodie.cql.types import BIGINT, INT, CqlType, List, Map, Set, Udt, is_multicell
from coodie.tables.table import ColumnKind
from coodie.testing.memory.errors import gaps
from coodie.testing.memory.errors import terms as errors
from coodie.testing.memory.errors.statements import NO_SUCH_COLUMN
from coodie.testing.memory.packing import pack_list
from coodie.testing.memory.raw_terms import constants
from coodie.testing.memory.selected_parts import end_of, key_of
from coodie.testing.memory.storage.cells import Cell, Complex
from coodie.testing.memory.type_names import column_text
from coodie.testing.memory.typed import Receiver, Run, Scope, Typed, Value
from coodie.testing.memory.value_terms import raw_term

_KEYS: Final = (ColumnKind.PARTITION_KEY, ColumnKind.CLUSTERING)
_long: Final = Struct(">q").pack
_int: Final = Struct(">i").pack


def written_term(function: str, term: Term, scope: Scope) -> tuple[Typed, str]:
    """The term, and the server's name for it."""
    match term:
        case Ref(name):
            text, select = name, None
        case FieldOf(name, field):
            text, select = f"{name}.{field}", None
        case Element(name, _):
            text, select = name, None
        case _:
            raise gaps.WRITTEN(function)
    table = scope.table
    if table is None or name not in table.columns:
        raise NO_SUCH_COLUMN(column_text(name), table)
    column = table.columns[name]
    if column.kind in _KEYS:
        raise errors.TIME_OF_KEY(function, name)
    if isinstance(term, FieldOf):
        select = _field(term, column.type)
    if isinstance(term, Element):
        select, shown = _element(term, column.type, scope)
        text = f"{name}[{shown}]"
    several = is_multicell(column.type) and (
        select is None or (isinstance(term, Element) and isinstance(term.key, Range))
    )
    one: CqlType = INT if function == "ttl" else BIGINT
    kind = List(one, frozen=True) if several and function != "maxwritetime" else one
    return Typed(kind, _evaluator(function, name, column.type, select, several)), f"{function}({text})"


def type_inside(function: str, term: Term, scope: Scope) -> CqlType:
    """The type that a server assumes inside other terms: of each part of a collection it thinks that it is a list."""
    one: CqlType = INT if function == "ttl" else BIGINT
    column = term.column if isinstance(term, (Ref, FieldOf, Element)) else ""
    several = function != "maxwritetime" and scope.table is not None and is_multicell(scope.table.columns[column].type)
    return List(one, frozen=True) if several else one


def _check_constant(ends: list[Typed | None]) -> None:
    known = constants([end for end in ends if end is not None])
    if known is None:
        raise errors.NOT_TERMINAL()
    if ends[0] is not None and known[0] is None:
        raise errors.NULL_IN_SET()


Select = Callable[[Run], Callable[[Complex], "list[Cell | None]"]]


def _evaluator(
    function: str, name: str, cql_type: CqlType, select: Select | None, several: bool
) -> Callable[[Run, Any], Value]:
    tell = _ttl if function == "ttl" else _time
    latest = function == "maxwritetime"
    fields = len(cql_type.fields) if isinstance(cql_type, Udt) else 0

    def evaluate(run: Run, row: Any) -> Value:
        chosen = select(run) if select is not None else None
        held = row.cells(name)
        if held is None:
            return None
        if isinstance(held, Cell):
            return tell(held, run)
        cells = chosen(held) if chosen is not None else _all(held, fields)
        if latest:
            return _latest(cells)
        if several:
            return pack_list([None if cell is None else tell(cell, run) for cell in cells])
        return tell(cells[0], run) if cells and cells[0] is not None else None

    return evaluate


def _all(held: Complex, fields: int) -> list[Cell | None]:
    if fields:
        return [held.cells.get(at.to_bytes(2, "big")) for at in range(fields)]
    return list(held.cells.values())


def _latest(cells: Iterable[Cell | None]) -> bytes | None:
    times = [cell.timestamp for cell in cells if cell is not None]
    return _long(max(times)) if times else None


def _time(cell: Cell, run: Run) -> bytes | None:
    return _long(cell.timestamp)


def _ttl(cell: Cell, run: Run) -> bytes | None:
    return _int(cell.expires - run.now) if cell.expires is not None else None


def _field(term: FieldOf, cql_type: CqlType) -> Select:
    if not isinstance(cql_type, Udt):
        raise errors.NOT_A_UDT(term.column, cql_type)
    names = [name for name, _ in cql_type.fields]
    if term.field not in names:
        raise errors.NO_FIELD(term.column, cql_type, term.field)
    path = names.index(term.field).to_bytes(2, "big")
    return lambda run: lambda held: [held.cells.get(path)]


def _element(term: Element, cql_type: CqlType, scope: Scope) -> tuple[Select, str]:
    match cql_type:
        case Map(key, _):
            receiver = Receiver(f"key({term.column})", key)
        case Set(element):
            receiver = Receiver(f"value({term.column})", element)
        case List():
            slices = isinstance(term.key, Range)
            raise (errors.SLICE_OF_LIST if slices else errors.ELEMENT_OF_LIST)(term.column)
        case _:
            slices = isinstance(term.key, Range)
            raise (errors.NOT_SLICED if slices else errors.NOT_A_COLLECTION)(term.column, cql_type)
    terms = [term.key.first, term.key.last] if isinstance(term.key, Range) else [term.key]
    raws = [None if each is None else raw_term(each, scope) for each in terms]
    ends = [None if each is None else each.prepare(receiver) for each in raws]
    if is_multicell(cql_type):
        _check_constant(ends)
    place = sort_key(receiver.type)

    def select(run: Run) -> Callable[[Complex], list[Cell | None]]:
        if ends[0] is not None and len(ends) == 1:
            first = last = place(key_of(ends[0], run, None, term.column))
        else:
            first, last = [end_of(end, run, None, term.column, place) for end in ends]
        return lambda held: [
            cell
            for path, cell in held.cells.items()
            if (first is None or first <= place(path)) and (last is None or place(path) <= last)
        ]

    return select, "..".join(each.text if each is not None else "" for each in raws)
