"""Terms of a SELECT list: each has a type of its own, from its columns, its functions and its hints."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from coodie.cql.frames import cells
from coodie.cql.message import UNSET
from coodie.cql.order import sort_key
from coodie.cql.terms import (
    NULL,
    Arithmetic,
    Bind,
    Call,
    Cast,
    Element,
    Entries,
    FieldOf,
    Fields,
    Hint,
    Items,
    Literal,
    Negative,
    NestedElement,
    Range,
    Ref,
    Star,
    Term,
    TokenCall,
)
from coodie.cql.types import NATIVE, CqlType, List, Map, Set, Tuple, Udt, Vector, freeze
from coodie.testing.memory.assignment import assigned
from coodie.testing.memory.errors import terms as errors
from coodie.testing.memory.errors.base import NotSupportedByMemoryDriver
from coodie.testing.memory.functions.aggregates import COUNT_ROWS, count_of
from coodie.testing.memory.functions.registry import OPERATORS, Function, resolve
from coodie.testing.memory.functions.tokens import token_of
from coodie.testing.memory.literal_types import Match
from coodie.testing.memory.packing import items_of, pack_fields, pack_list, pack_map, pack_set, pack_vector, pairs_of
from coodie.testing.memory.type_names import class_name
from coodie.testing.memory.typed import Aggregate, Receiver, Run, Scope, Typed, Value, given
from coodie.testing.memory.value_terms import Raw, called, raw_term, resolved, type_text
from coodie.testing.memory.written import written_term


class Selectable:
    """A term of a SELECT list, before its type is certain."""

    text: str
    is_mark = False

    def test(self, cql_type: CqlType) -> Match:
        """How well a type takes it."""
        known = self.known()
        return Match.NOT if known is None else assigned(known, cql_type)

    def known(self) -> CqlType | None:
        """Its type, if that is certain."""
        return None

    def preferred(self) -> CqlType | None:
        """Its type, or the one that it would have if nothing else said so."""
        return self.known()

    def only(self) -> Selectable | None:
        """What stands alone in its brackets."""
        return None

    def ready(self, expected: CqlType | None) -> Typed:
        """Ready to be evaluated; ``expected`` is the type that it is to have, if something says so."""
        raise NotImplementedError


class _Column(Selectable):
    def __init__(self, name: str, scope: Scope) -> None:
        table = scope.table
        if table is None or name not in table.columns:
            raise errors.UNDEFINED_COLUMN(name, table)
        self.text, self._type = name, table.columns[name].type

    def known(self) -> CqlType | None:
        return self._type

    def ready(self, expected: CqlType | None) -> Typed:
        name = self.text

        def evaluate(run: Run, row: Any) -> Value:
            return row.value(name)  # type: ignore[no-any-return]

        return Typed(self._type, evaluate)


class _Value(Selectable):
    """A term without columns: a literal, a mark, or a hint of one."""

    def __init__(self, raw: Raw) -> None:
        self._raw, self.text, self.is_mark = raw, raw.text, raw.is_mark

    def test(self, cql_type: CqlType) -> Match:
        return self._raw.test(cql_type)

    def known(self) -> CqlType | None:
        return self._raw.known()

    def preferred(self) -> CqlType | None:
        return self._raw.preferred()

    def ready(self, expected: CqlType | None) -> Typed:
        kind = self.known() or expected
        if kind is None:
            raise errors.NOT_INFERRED(self.text)
        return self._raw.prepare(Receiver("[selection]", kind))


class _Function(Selectable):
    def __init__(self, function: Function, parts: Sequence[Selectable], aggregates: list[Aggregate], text: str) -> None:
        self._function, self._parts, self._aggregates, self.text = function, parts, aggregates, text

    def known(self) -> CqlType | None:
        return self._function.returns

    def ready(self, expected: CqlType | None) -> Typed:
        function, before = self._function, len(self._aggregates)
        parts = [part.ready(kind) for part, kind in zip(self._parts, function.arguments, strict=True)]
        if function.state is None:
            return called(function, parts)
        if len(self._aggregates) > before:
            raise errors.AGGREGATE_OF_AGGREGATE()
        slot = len(self._aggregates)
        self._aggregates.append(Aggregate(function.state, tuple(parts)))

        def evaluate(run: Run, row: Any) -> Value:
            return row.aggregates[slot]  # type: ignore[no-any-return]

        return Typed(function.returns, evaluate, bound=any(part.bound for part in parts))


class _Hint(Selectable):
    def __init__(self, cql_type: CqlType, part: Selectable, scope: Scope) -> None:
        self._shown = resolved(cql_type, scope)
        self._type, self._part = freeze(self._shown), part
        self.text = f"({type_text(self._shown, scope)}){part.text}"
        self.is_mark = part.is_mark

    def known(self) -> CqlType | None:
        return self._type

    def ready(self, expected: CqlType | None) -> Typed:
        if self._part.test(self._type) is Match.NOT:
            raise errors.CANNOT_ASSIGN(self.text, self.text, self._type)
        found = self._part.ready(self._type)
        return Typed(self._type, found.evaluate, found.mark, found.bound)


class _Items(Selectable):
    """A list, set, tuple, map or user-defined type that is made of other terms."""

    def __init__(self, kind: str, parts: list[Selectable], text: str) -> None:
        self._kind, self._parts, self.text = kind, parts, text

    def _first(self, of: Callable[[Selectable], CqlType | None]) -> CqlType | None:
        found = next(filter(None, map(of, self._parts)), None)
        return freeze(found) if found is not None else None

    def test(self, cql_type: CqlType) -> Match:
        match self._kind, cql_type:
            case "[", List(element) | Vector(element):
                return _all(self._parts, element)
            case "{", Set(element):
                return _all(self._parts, element)
            case "{", Map() if not self._parts:
                return Match.WEAK
            case "(", Tuple(types) if len(self._parts) <= len(types):
                matches = [part.test(kind) for part, kind in zip(self._parts, types, strict=False)]
                return Match.NOT if Match.NOT in matches else Match.WEAK
            case "(", _ if len(self._parts) == 1:
                return self._parts[0].test(cql_type)
            case "[", _:
                raise errors.LIST_FOR_OTHER(cql_type)
            case _:
                return Match.NOT

    def known(self) -> CqlType | None:
        return self._of(Selectable.known)

    def preferred(self) -> CqlType | None:
        found = self._of(Selectable.preferred)
        return freeze(found) if found is not None else None

    def only(self) -> Selectable | None:
        return self._parts[0] if self._kind == "(" and len(self._parts) == 1 else None

    @property
    def size(self) -> int:
        """How many elements it has."""
        return len(self._parts)

    def _of(self, ask: Callable[[Selectable], CqlType | None]) -> CqlType | None:
        if self._kind == "(":
            if len(self._parts) == 1:
                return None  # whether it is a tuple, only what takes it can tell
            found = [each.known() if ask is Selectable.known else each.preferred() for each in self._parts]
            return Tuple(tuple(freeze(each) for each in found if each is not None)) if all(found) else None
        first = self._first(lambda each: each.known() if ask is Selectable.known else each.preferred())
        if first is None:
            return None
        return List(first) if self._kind == "[" else Set(first)

    def ready(self, expected: CqlType | None) -> Typed:
        kind = expected or self.known()
        match kind:
            case None:
                raise errors.NOT_INFERRED(self.text)
            case Vector(element, dimension) if len(self._parts) != dimension:
                raise errors.VECTOR_SIZE(kind, len(self._parts))
            case List(element) | Set(element) | Vector(element):
                types: list[CqlType] = [element] * len(self._parts)
            case Tuple(elements):
                types = list(elements)
            case Map():
                types = []
            case _ if self._kind == "(" and len(self._parts) == 1:
                return self._parts[0].ready(kind)
            case _ if self._kind == "[":
                raise errors.LIST_FOR_OTHER(kind)
            case _:
                raise errors.NOT_INFERRED(self.text)
        parts = [part.ready(each) for part, each in zip(self._parts, types, strict=False)]
        return _made(kind, parts, _packer(kind))


def _all(parts: Sequence[Selectable], element: CqlType) -> Match:
    if not parts:
        return Match.WEAK
    return max(part.test(element) for part in parts)


def _packer(kind: CqlType) -> Callable[[list[bytes | None]], bytes]:
    match kind:
        case Set(element):
            return lambda values: pack_set([value or b"" for value in values], element)
        case Vector(element):
            return lambda values: pack_vector([value or b"" for value in values], element)
        case Tuple():
            return pack_fields
        case _:
            return pack_list


def _made(kind: CqlType, parts: Sequence[Typed], pack: Callable[[list[bytes | None]], bytes]) -> Typed:
    evaluates = [part.evaluate for part in parts]
    null_breaks = isinstance(kind, Set)

    def evaluate(run: Run, row: Any) -> Value:
        values = [given(each(run, row)) for each in evaluates]
        if null_breaks and None in values:
            raise errors.NULL_IN_SET()
        return pack(values)

    return Typed(kind, evaluate, bound=any(part.bound for part in parts))


class _Entries(Selectable):
    """A map, or by its names a user-defined type: only a hint can say of which type it is."""

    def __init__(self, parts: list[tuple[Selectable | str, Selectable]], text: str) -> None:
        self._parts, self.text = parts, text

    def test(self, cql_type: CqlType) -> Match:
        match cql_type:
            case Map(key, value):
                keys = [each for each, _ in self._parts if not isinstance(each, str)]
                matches = [*(each.test(key) for each in keys), *(each.test(value) for _, each in self._parts)]
                return max(matches) if len(keys) == len(self._parts) else Match.NOT
            case Udt(_, fields):
                kinds = dict(fields)
                named = [(kinds[name], part) for name, part in self._parts if isinstance(name, str) and name in kinds]
                return Match.NOT if any(part.test(kind) is Match.NOT for kind, part in named) else Match.WEAK
            case _:
                raise errors.MAP_FOR_OTHER(class_name(cql_type))

    def ready(self, expected: CqlType | None) -> Typed:
        match expected:
            case Map(key, value):
                pairs = [
                    (each.ready(key), part.ready(value)) for each, part in self._parts if not isinstance(each, str)
                ]
                parts = [part for pair in pairs for part in pair]

                def pack(values: list[bytes | None]) -> bytes:
                    flat = [each or b"" for each in values]
                    return pack_map(zip(flat[::2], flat[1::2], strict=True), key)

                return _made(expected, parts, pack)
            case Udt(name, fields):
                return self._udt(expected, name, dict(fields))
            case _:
                raise errors.NOT_INFERRED(self.text)

    def _udt(self, kind: Udt, name: str, fields: dict[str, CqlType]) -> Typed:
        given_parts = {str(key): part for key, part in self._parts}
        unknown = next((key for key in given_parts if key not in fields), None)
        if unknown is not None:
            raise errors.UNKNOWN_FIELD(unknown, name)
        parts = [
            given_parts[key].ready(each) if key in given_parts else Typed(each, lambda run, row: None)
            for key, each in fields.items()
        ]
        return _made(kind, parts, pack_fields)


class _Field(Selectable):
    def __init__(self, of: Selectable, field: str) -> None:
        self._of, self._field = of, field
        self.text = f"{of.text}.{field}"

    def _place(self, kind: CqlType | None) -> tuple[int, CqlType]:
        if not isinstance(kind, Udt):
            raise errors.NOT_A_UDT(self._of.text, kind)
        names = [name for name, _ in kind.fields]
        if self._field not in names:
            raise errors.NO_FIELD(self._of.text, kind, self._field)
        at = names.index(self._field)
        return at, kind.fields[at][1]

    def known(self) -> CqlType | None:
        kind = (self._of.only() or self._of).known()
        if not isinstance(kind, Udt):
            return None
        return dict(kind.fields).get(self._field)

    def ready(self, expected: CqlType | None) -> Typed:
        of = (self._of.only() or self._of).ready(None)
        at, kind = self._place(of.type)
        evaluate = of.evaluate

        def field(run: Run, row: Any) -> Value:
            value = given(evaluate(run, row))
            return None if value is None else list(cells(value, at + 1))[at]

        return Typed(kind, field, bound=of.bound)


class _Element(Selectable):
    """``m['a']``, ``s['a']`` and slices of them."""

    def __init__(self, of: Selectable, key: Term, scope: Scope) -> None:
        self._of, self._slice = of, isinstance(key, Range)
        terms = [key.first, key.last] if isinstance(key, Range) else [key]
        self._keys = [None if term is None else raw_term(term, scope) for term in terms]
        shown = "..".join("" if each is None else each.text for each in self._keys)
        self.text = f"{of.text}[{shown}]"

    def known(self) -> CqlType | None:
        match self._of.known():
            case Map(_, value) as kind:
                return kind if self._slice else value
            case Set(element) as kind:
                return kind if self._slice else element
            case _:
                return None

    def ready(self, expected: CqlType | None) -> Typed:
        of = self._of.ready(None)
        kind = of.type
        match kind:
            case Map(key, value):
                receiver, result = Receiver(f"key({self._of.text})", key), value
            case Set(element):
                receiver, result = Receiver(f"value({self._of.text})", element), element
            case List():
                raise (errors.SLICE_OF_LIST if self._slice else errors.ELEMENT_OF_LIST)(self._of.text)
            case _:
                raise errors.NOT_A_COLLECTION(self._of.text, kind)
        ends = [None if each is None else each.prepare(receiver) for each in self._keys]
        bound = of.bound or any(end is not None and end.bound for end in ends)
        if self._slice:
            return Typed(kind, _slicer(kind, receiver.type, of, ends, self._of.text), bound=bound)
        assert ends[0] is not None  # only a slice has open ends
        return Typed(result, _picker(kind, receiver.type, of, ends[0], self._of.text), bound=bound)


def _key_of(end: Typed, run: Run, row: Any, name: str) -> bytes:
    value = end.evaluate(run, row)
    if value is None:
        raise errors.NULL_IN_SET() if end.is_constant else errors.NULL_ELEMENT(name)
    if not isinstance(value, bytes):
        raise errors.UNSET_ELEMENT(name)
    return value


def _end_of(end: Typed | None, run: Run, row: Any, name: str, place: Callable[[bytes], Any]) -> Any:
    """Where a slice ends; one that is unset is open."""
    value = UNSET if end is None else end.evaluate(run, row)
    if value is None:
        raise errors.NULL_IN_SET() if end is not None and end.is_constant else errors.NULL_SLICE(name)
    return place(value) if isinstance(value, bytes) else None


def _picker(kind: CqlType, key: CqlType, of: Typed, end: Typed, name: str) -> Callable[[Run, Any], Value]:
    place = sort_key(key)

    def pick(run: Run, row: Any) -> Value:
        wanted = place(_key_of(end, run, row, name))
        value = given(of.evaluate(run, row))
        if value is None:
            return None
        if isinstance(kind, Map):
            return next((item for each, item in pairs_of(value) if place(each) == wanted), None)
        return next((each for each in items_of(value) if each is not None and place(each) == wanted), None)

    return pick


def _slicer(kind: CqlType, key: CqlType, of: Typed, ends: list[Typed | None], name: str) -> Callable[[Run, Any], Value]:
    place = sort_key(key)

    def cut(run: Run, row: Any) -> Value:
        first, last = [_end_of(end, run, row, name, place) for end in ends]
        value = given(of.evaluate(run, row))
        if value is None:
            return None

        def inside(each: bytes) -> bool:
            at = place(each)
            return bool((first is None or first <= at) and (last is None or at <= last))

        if isinstance(kind, Map):
            found = [pair for pair in pairs_of(value) if inside(pair[0])]
            return pack_map(found, key) if found or kind.frozen else None
        items = [each for each in items_of(value) if each is not None and inside(each)]
        return pack_list(items) if items or (isinstance(kind, Set) and kind.frozen) else None

    return cut


class _Ready(Selectable):
    """What has its type already."""

    def __init__(self, typed: Typed, text: str) -> None:
        self._typed, self.text = typed, text

    def known(self) -> CqlType | None:
        return self._typed.type

    def ready(self, expected: CqlType | None) -> Typed:
        return self._typed


class _Reader:
    """Reads the terms of one SELECT list."""

    def __init__(self, scope: Scope, aggregates: list[Aggregate]) -> None:
        self._scope, self._aggregates = scope, aggregates

    def read(self, term: Term) -> Selectable:
        scope = self._scope
        match term:
            case Ref(column):
                return _Column(column, scope)
            case Bind() | Literal():
                return _Value(raw_term(term, scope))
            case Element(column, key):
                return _Element(_Column(column, scope), key, scope)
            case FieldOf(column, field):
                return _Field(_Column(column, scope), field)
            case NestedElement(of, step):
                return _Field(self.read(of), step) if isinstance(step, str) else _Element(self.read(of), step, scope)
            case Hint(cql_type, Bind() | Literal() as inner):
                return _Hint(cql_type, _Value(raw_term(inner, scope)), scope)
            case Hint(cql_type, inner):
                return _Hint(cql_type, self.read(inner), scope)
            case Items(opening, items):
                parts = [self.read(item) for item in items]
                closing = {"[": "]", "{": "}", "(": ")"}[opening]
                return _Items(opening, parts, f"{opening}{', '.join(part.text for part in parts)}{closing}")
            case _:
                return self._composed(term)

    def _composed(self, term: Term) -> Selectable:
        match term:
            case Entries(entries):
                pairs = [(self.read(key), self.read(value)) for key, value in entries]
                text = ", ".join(f"{key.text}: {value.text}" for key, value in pairs)
                return _Entries([(key, value) for key, value in pairs], f"{{{text}}}")
            case Fields(fields):
                named = [(name, self.read(value)) for name, value in fields]
                text = ", ".join(f"{name}: {value.text}" for name, value in named)
                return _Entries([(name, value) for name, value in named], f"{{{text}}}")
            case Arithmetic(left, operator, right):
                parts = [self.read(left), self.read(right)]
                texts = _operand(left, operator, parts[0].text), _operand(right, operator, parts[1].text, True)
                text = f"{texts[0]} {operator} {texts[1]}"
                return self._function(OPERATORS[operator], None, parts, text)
            case Negative(inner):
                part = self.read(inner)
                return self._function("_negate", None, [part], f"-{_operand(inner, '-', part.text, True)}")
            case Cast(inner, cql_type):
                return self._cast(self.read(inner), cql_type)
            case TokenCall(arguments):
                return self._function("token", None, [self.read(each) for each in arguments])
            case Call(function, arguments, keyspace):
                return self._call(function, arguments, keyspace)
            case _:
                raise NotSupportedByMemoryDriver(f"{type(term).__name__} in a SELECT list")

    def _call(self, name: str, arguments: tuple[Term, ...], keyspace: str | None) -> Selectable:
        if name in ("writetime", "maxwritetime", "ttl") and keyspace is None:
            typed, text = written_term(name, arguments[0], self._scope)
            return _Ready(typed, text)
        if name == "count" and keyspace in (None, "system") and len(arguments) == 1:
            counted = arguments[0]
            if isinstance(counted, Star) or (isinstance(counted, Literal) and counted != NULL):
                return _Function(COUNT_ROWS, [], self._aggregates, "count")
        parts = [self.read(each) for each in arguments]
        if name == "count" and keyspace in (None, "system"):
            return self._count(parts)
        return self._function(name, keyspace, parts)

    def _count(self, parts: list[Selectable]) -> Selectable:
        if len(parts) != 1:
            raise errors.COUNT_OF_ARGUMENTS("system.count", 1, len(parts))
        kind = parts[0].known() or NATIVE["blob"]
        if parts[0].test(kind) is Match.NOT:
            raise errors.WRONG_ARGUMENT(parts[0].text, 0, "system.count", kind)
        function = count_of(kind)
        return _Function(function, parts, self._aggregates, f"system.count({parts[0].text})")

    def _function(self, name: str, keyspace: str | None, parts: list[Selectable], text: str = "") -> Selectable:
        found = resolve(name, keyspace, parts, None, token_of(name, self._scope.table))
        if found is None:
            raise errors.UNKNOWN_FUNCTION(f"{keyspace}.{name}" if keyspace else name)
        told = text or f"system.{found.name}({', '.join(part.text for part in parts)})"
        return _Function(found, parts, self._aggregates, told)

    def _cast(self, part: Selectable, cql_type: CqlType) -> Selectable:
        text = f"cast({part.text} as {cql_type})"
        if part.known() == cql_type:
            return part
        if part.known() is None:
            raise errors.NOT_INFERRED(part.text)
        found = resolve(f"cast_as_{cql_type}", None, [part], None)
        if found is None:
            raise errors.NO_CAST(part.text, cql_type)
        return _Function(found, [part], self._aggregates, text)


_RANKS = {"+": 1, "-": 1, "*": 2, "/": 2, "%": 2}


def _operand(term: Term, operator: str, text: str, right: bool = False) -> str:
    """An operand in brackets, if it would not stand there without."""
    if not isinstance(term, Arithmetic):
        return text
    inner, outer = _RANKS[term.operator], _RANKS[operator]
    return f"({text})" if inner < outer or (right and inner == outer) else text


def selected_term(term: Term, scope: Scope, aggregates: list[Aggregate]) -> Typed:
    """A term of a SELECT list. Its aggregates are added to the list; it reads their results from the row."""
    found = _Reader(scope, aggregates).read(term)
    return replace(found.ready(None), text=found.text)
