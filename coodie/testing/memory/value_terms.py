"""Values in a statement: of INSERT, SET, WHERE and IF. Each is checked against what it is assigned to.

A term is first read as it stands, which gives its marks their numbers, and asked how well a type takes it; what takes
it then prepares it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isinf
from typing import Any

from coodie.cql.codecs.codec import InvalidBytes
from coodie.cql.message import UNSET
from coodie.cql.terms import (
    Arithmetic,
    Bind,
    Cast,
    Entries,
    Fields,
    Hint,
    Items,
    Literal,
    Negative,
    Term,
    TokenCall,
)
from coodie.cql.terms import Call as CallTerm
from coodie.cql.types import UUID_TYPE, CqlType, List, Map, Set, Tuple, Udt, Vector, freeze
from coodie.cql.validate import validator_of
from coodie.testing.memory.assignment import assigned
from coodie.testing.memory.errors import terms as errors
from coodie.testing.memory.errors.base import CqlError, NotSupportedByMemoryDriver
from coodie.testing.memory.functions.registry import OPERATORS, Function, resolve, run_function
from coodie.testing.memory.functions.tokens import token_of
from coodie.testing.memory.literal_types import Match, fits, literal_bytes, literal_text, preferred
from coodie.testing.memory.packing import pack_fields, pack_list, pack_map, pack_set, pack_vector
from coodie.testing.memory.typed import Evaluate, Receiver, Run, Scope, Typed, Value, given


class Raw:
    """A term as it stands, before anything says what it is assigned to."""

    text: str
    is_mark = False

    def test(self, cql_type: CqlType) -> Match:
        """How well a type takes it."""
        raise NotImplementedError

    def known(self) -> CqlType | None:
        """Its type, if that is certain."""
        return None

    def preferred(self) -> CqlType | None:
        """Its type, or the one that it would have if nothing else said so."""
        return self.known()

    def prepare(self, receiver: Receiver) -> Typed:
        """Ready for that receiver. Raises the server's error if that does not take it."""
        raise NotImplementedError


class _Mark(Raw):
    is_mark = True

    def __init__(self, bind: Bind, scope: Scope) -> None:
        self.text = "?"
        self._bind, self._marks = bind, scope.marks
        self._number = scope.marks.number()

    def test(self, cql_type: CqlType) -> Match:
        return Match.WEAK

    def prepare(self, receiver: Receiver) -> Typed:
        self._marks.note(self._number, self._bind, receiver)
        return Typed(receiver.type, read_mark(self._number, receiver.type), self._number, True)


def read_mark(number: int, cql_type: CqlType) -> Evaluate:
    """What gives the value that was bound to a mark, and checks it unless coodie encoded it."""
    validate = validator_of(cql_type)

    def evaluate(run: Run, row: object) -> Value:
        value = run.values[number]
        if not run.trusted and isinstance(value, bytes):
            try:
                validate(value)
            except InvalidBytes as error:
                raise CqlError(error.code, str(error)) from None
        return value

    return evaluate


class _Literal(Raw):
    def __init__(self, literal: Literal) -> None:
        if literal.kind == "float" and literal.text.strip("-")[0].isdigit() and isinf(float(literal.text)):
            raise errors.BEYOND_DOUBLE(literal.shown)
        self._literal = literal
        self.text = literal_text(literal)[1]

    def test(self, cql_type: CqlType) -> Match:
        return fits(self._literal, cql_type)

    def preferred(self) -> CqlType | None:
        return preferred(self._literal)

    def prepare(self, receiver: Receiver) -> Typed:
        return constant(receiver.type, literal_bytes(self._literal, *receiver))


def constant(cql_type: CqlType, value: Value) -> Typed:
    """A term that has the same value always."""
    return Typed(cql_type, lambda run, row: value, is_constant=True)


def composed(cql_type: CqlType, parts: Sequence[Typed], make: Callable[[list[Value]], Value]) -> Typed:
    """A term made of others: at once, if they are constants."""
    bound = any(part.bound for part in parts)
    if all(part.is_constant for part in parts):
        return constant(cql_type, make([part.evaluate(_NO_RUN, None) for part in parts]))
    evaluates = [part.evaluate for part in parts]
    return Typed(cql_type, lambda run, row: make([each(run, row) for each in evaluates]), bound=bound)


_NO_RUN: Any = None


def _test_all(parts: Sequence[Raw], cql_type: CqlType) -> Match:
    found = Match.EXACT
    for part in parts:
        match = part.test(cql_type)
        if match is Match.NOT:
            return match
        found = max(found, match)
    return found


def _elements(values: Sequence[Value], null: Callable[[], CqlError] = errors.NULL_IN_COLLECTION) -> list[bytes] | None:
    """The bytes of all elements; None if one of them is unset."""
    found: list[bytes] = []
    for value in values:
        if value is None:
            raise null()
        if not isinstance(value, bytes):
            return None
        found.append(value)
    return found


class _Array(Raw):
    """``[1, 2]``: a list, or a vector."""

    def __init__(self, parts: list[Raw]) -> None:
        self._parts = parts
        self.text = f"[{', '.join(part.text for part in parts)}]"

    def test(self, cql_type: CqlType) -> Match:
        if not isinstance(cql_type, (List, Vector)):
            raise errors.NOT_A_LIST(cql_type)
        return _test_all(self._parts, cql_type.element) if self._parts else Match.WEAK

    def known(self) -> CqlType | None:
        found = next(filter(None, (part.known() for part in self._parts)), None)
        return List(freeze(found)) if found is not None else None

    def preferred(self) -> CqlType | None:
        found = next(filter(None, (part.preferred() for part in self._parts)), None)
        return List(freeze(found), True) if found is not None else None

    def prepare(self, receiver: Receiver) -> Typed:
        match receiver.type:
            case List(element):
                parts = _prepared("list", "value", self._parts, receiver, element)
                return composed(receiver.type, parts, _packed_list)
            case Vector() as vector:
                return self._vector(receiver, vector)
            case _:
                raise errors.NOT_A_LIST(receiver.type)

    def _vector(self, receiver: Receiver, vector: Vector) -> Typed:
        if len(self._parts) != vector.dimension:
            raise errors.WRONG_DIMENSION(receiver.name, vector, vector.dimension, len(self._parts))
        inner = Receiver(f"value({receiver.name})", vector.element)
        prepared: list[Typed] = []
        for part in self._parts:
            if part.test(vector.element) is Match.NOT:
                raise errors.WRONG_ELEMENT("vector", receiver.name, "value", part.text, vector.element)
            prepared.append(part.prepare(inner))

        def make(values: list[Value]) -> Value:
            found = _elements(list(map(given, values)), errors.NULL_IN_VECTOR)
            return UNSET if found is None else pack_vector(found, vector.element)

        return composed(vector, prepared, make)


def _packed_list(values: list[Value]) -> Value:
    found = _elements(values)
    return UNSET if found is None else pack_list(found)


def _prepared(kind: str, role: str, parts: Sequence[Raw], receiver: Receiver, element: CqlType) -> list[Typed]:
    """The elements of a collection: first all are checked, then all prepared; none may be a mark."""
    for part in parts:
        if part.test(element) is Match.NOT:
            raise errors.WRONG_ELEMENT(kind, receiver.name, role, part.text, element)
    return [_unbound(kind, receiver, part.prepare(Receiver(f"{role}({receiver.name})", element))) for part in parts]


def _unbound(kind: str, receiver: Receiver, part: Typed) -> Typed:
    if part.bound:
        raise errors.MARK_IN_COLLECTION(kind, receiver.name)
    return part


class _Set(Raw):
    """``{1, 2}``; the empty one is a map's, too."""

    def __init__(self, parts: list[Raw]) -> None:
        self._parts = parts
        self.text = f"{{{', '.join(part.text for part in parts)}}}"

    def test(self, cql_type: CqlType) -> Match:
        match cql_type:
            case Map() if not self._parts:
                return Match.WEAK
            case Set(element):
                return _test_all(self._parts, element) if self._parts else Match.WEAK
            case _:
                return Match.NOT

    def known(self) -> CqlType | None:
        found = next(filter(None, (part.known() for part in self._parts)), None)
        return Set(freeze(found)) if found is not None else None

    def preferred(self) -> CqlType | None:
        found = next(filter(None, (part.preferred() for part in self._parts)), None)
        return Set(freeze(found), True) if found is not None else None

    def prepare(self, receiver: Receiver) -> Typed:
        match receiver.type:
            case Map() if not self._parts:
                return constant(receiver.type, pack_list([]))
            case Set(element):
                parts = _prepared("set", "value", self._parts, receiver, element)
                return composed(receiver.type, parts, lambda values: packed_set(values, element))
            case _:
                raise errors.WRONG_LITERAL("set", receiver.name, receiver.type)


def packed_set(values: list[Value], element: CqlType) -> Value:
    """A set of these values."""
    found = _elements(values)
    return UNSET if found is None else pack_set(found, element)


class _Map(Raw):
    """``{1: 2}``."""

    def __init__(self, pairs: list[tuple[Raw, Raw]]) -> None:
        self._pairs = pairs
        self.text = f"{{{', '.join(f'{key.text}: {value.text}' for key, value in pairs)}}}"

    def test(self, cql_type: CqlType) -> Match:
        if not isinstance(cql_type, Map):
            return Match.NOT
        keys, values = [key for key, _ in self._pairs], [value for _, value in self._pairs]
        matches = _test_all(keys, cql_type.key), _test_all(values, cql_type.value)
        return max(matches)

    def known(self) -> CqlType | None:
        key = next(filter(None, (key.known() for key, _ in self._pairs)), None)
        value = next(filter(None, (value.known() for _, value in self._pairs)), None)
        return Map(freeze(key), freeze(value)) if key is not None and value is not None else None

    def preferred(self) -> CqlType | None:
        return None

    def prepare(self, receiver: Receiver) -> Typed:
        kind = receiver.type
        if not isinstance(kind, Map):
            raise errors.WRONG_LITERAL("map", receiver.name, kind)
        for key, value in self._pairs:
            for part, role, cql_type in ((key, "key", kind.key), (value, "value", kind.value)):
                if part.test(cql_type) is Match.NOT:
                    raise errors.WRONG_ELEMENT("map", receiver.name, role, part.text, cql_type)
        names = Receiver(f"key({receiver.name})", kind.key), Receiver(f"value({receiver.name})", kind.value)
        pairs = [(key.prepare(names[0]), value.prepare(names[1])) for key, value in self._pairs]
        parts = [_unbound("map", receiver, part) for pair in pairs for part in pair]

        def make(values: list[Value]) -> Value:
            found = _elements(values)
            return UNSET if found is None else pack_map(zip(found[::2], found[1::2], strict=True), kind.key)

        return composed(kind, parts, make)


class _Tuple(Raw):
    """``(1, 'a')``; of one term in brackets the receiver says whether it is a tuple."""

    def __init__(self, parts: list[Raw]) -> None:
        self._parts = parts
        self.text = f"({', '.join(part.text for part in parts)})"

    def _is_other(self, cql_type: CqlType) -> bool:
        return len(self._parts) == 1 and not isinstance(cql_type, (Tuple, Udt))

    def test(self, cql_type: CqlType) -> Match:
        if self._is_other(cql_type):
            return self._parts[0].test(cql_type)
        try:
            self._check(Receiver("", cql_type))
        except CqlError:
            return Match.NOT
        return Match.WEAK

    def _check(self, receiver: Receiver) -> None:
        if not isinstance(receiver.type, (Tuple, Udt)):
            raise errors.WRONG_LITERAL("tuple type", receiver.name, receiver.type)
        types = component_types(receiver.type)
        for at, part in enumerate(self._parts):
            if at >= len(types):
                raise errors.TUPLE_TOO_LONG(receiver.name, receiver.type, len(types), len(self._parts))
            if part.test(types[at]) is Match.NOT:
                raise errors.WRONG_COMPONENT(receiver.name, at, types[at])

    def known(self) -> CqlType | None:
        found = [part.known() for part in self._parts]
        return Tuple(tuple(freeze(each) for each in found if each is not None)) if all(found) else None

    def preferred(self) -> CqlType | None:
        return self.known()

    def prepare(self, receiver: Receiver) -> Typed:
        if self._is_other(receiver.type):
            return self._parts[0].prepare(receiver)
        self._check(receiver)
        types = component_types(receiver.type)
        names = [Receiver(f"{receiver.name}[{at}]", kind) for at, kind in enumerate(types)]
        parts = [part.prepare(name) for part, name in zip(self._parts, names, strict=False)]
        if isinstance(receiver.type, Udt) and not receiver.type.frozen:
            raise errors.TUPLE_FOR_UDT()
        return composed(receiver.type, parts, _packed_fields)


def component_types(cql_type: CqlType) -> tuple[CqlType, ...]:
    """The types of a tuple's parts, or of the fields of a user-defined type."""
    match cql_type:
        case Tuple(types):
            return types
        case Udt(_, fields):
            return tuple(kind for _, kind in fields)
        case _:
            return ()


def _packed_fields(values: list[Value]) -> Value:
    for at, value in enumerate(values):
        if value is UNSET:
            raise errors.UNSET_IN_TUPLE(at)
    return pack_fields(map(given, values))


class _Fields(Raw):
    """``{street: 'High'}``: a user-defined type."""

    def __init__(self, fields: list[tuple[str, Raw]]) -> None:
        self._fields = dict(fields)
        self.text = f"{{{', '.join(f'{name}: {part.text}' for name, part in fields)}}}"

    def _check(self, receiver: Receiver) -> Udt:
        if not isinstance(receiver.type, Udt):
            raise errors.WRONG_LITERAL("user type", receiver.name, receiver.type)
        for name, kind in receiver.type.fields:
            if name in self._fields and self._fields[name].test(kind) is Match.NOT:
                raise errors.WRONG_FIELD(receiver.name, name, kind)
        return receiver.type

    def test(self, cql_type: CqlType) -> Match:
        try:
            self._check(Receiver("", cql_type))
        except CqlError:
            return Match.NOT
        return Match.WEAK

    def prepare(self, receiver: Receiver) -> Typed:
        kind = self._check(receiver)
        parts: list[Typed] = []
        for name, field_type in kind.fields:
            part = self._fields.get(name)
            inner = Receiver(f"{receiver.name}.{name}", field_type)
            parts.append(part.prepare(inner) if part is not None else constant(field_type, None))
        unknown = next((name for name in self._fields if name not in dict(kind.fields)), None)
        if unknown is not None:
            raise errors.UNKNOWN_FIELD(unknown, kind.name)

        def make(values: list[Value]) -> Value:
            if kind.frozen and UNSET in values:
                raise errors.UNSET_FIELD(kind.fields[values.index(UNSET)][0], kind.name)
            # an unset field of a type whose fields are cells is written without a byte
            found = [b"" if value is UNSET else given(value) for value in values]
            # the server keeps nothing of a value without a field, unless it is one cell
            return pack_fields(found) if kind.frozen or any(part is not None for part in found) else None

        return composed(kind, parts, make)


class _Call(Raw):
    """A function, a cast or an operation."""

    def __init__(self, name: str, keyspace: str | None, parts: list[Raw], scope: Scope) -> None:
        self._name, self._keyspace, self._parts, self._scope = name, keyspace, parts, scope
        shown = f'system."{name}"' if name.startswith("_") else f"{keyspace}.{name}" if keyspace else name
        self.text = f"{shown}({', '.join(part.text for part in parts)})"

    def _found(self, receiver: CqlType | None) -> Function | None:
        return resolve(self._name, self._keyspace, self._parts, receiver, token_of(self._name, self._scope.table))

    def test(self, cql_type: CqlType) -> Match:
        try:
            found = self._found(cql_type)
        except CqlError:
            return Match.WEAK
        if found is None or found.name in ("from_json", "fromjson"):
            return Match.WEAK
        return assigned(found.returns, cql_type)

    def known(self) -> CqlType | None:
        try:
            found = self._found(None)
        except CqlError:
            return None
        return found.returns if found is not None else None

    def prepare(self, receiver: Receiver) -> Typed:
        found = self._found(receiver.type)
        if found is None:
            raise errors.UNKNOWN_CALLED(f"{self._keyspace}.{self._name}" if self._keyspace else self._name)
        if found.state is not None:
            raise errors.AGGREGATE_IN_WHERE()
        if assigned(found.returns, receiver.type) is Match.NOT or (found.strict and receiver.type == UUID_TYPE):
            raise errors.WRONG_RESULT(found.full_name, found.returns, *receiver)
        names = [f"arg{at}(system.{found.name})" for at in range(len(self._parts))]
        parts = [
            part.prepare(Receiver(name, kind))
            for part, name, kind in zip(self._parts, names, found.arguments, strict=True)
        ]
        return called(found, parts)


def called(function: Function, parts: Sequence[Typed]) -> Typed:
    """A function of these arguments, evaluated anew each time."""
    evaluates = [part.evaluate for part in parts]

    def evaluate(run: Run, row: Any) -> Value:
        values: list[bytes | None] = []
        for each in evaluates:
            value = each(run, row)
            if value is UNSET:
                raise errors.UNSET_ARGUMENT(function.name)
            values.append(given(value))
        return run_function(function, values, run)

    return Typed(function.returns, evaluate, bound=any(part.bound for part in parts))


class _Hint(Raw):
    """``(int) ?``."""

    def __init__(self, cql_type: CqlType, part: Raw, scope: Scope) -> None:
        self._type, self._part = resolved(cql_type, scope), part
        self.text = f"({type_text(self._type, scope)}){part.text}"
        self.is_mark = part.is_mark

    def test(self, cql_type: CqlType) -> Match:
        return assigned(self._type, cql_type)

    def known(self) -> CqlType | None:
        return self._type

    def prepare(self, receiver: Receiver) -> Typed:
        if self._part.test(self._type) is Match.NOT:
            raise errors.CANNOT_CAST(self._part.text, self._type)
        if self.test(receiver.type) is Match.NOT:
            raise errors.CANNOT_ASSIGN(self.text, *receiver)
        return self._part.prepare(receiver)


def resolved(cql_type: CqlType, scope: Scope) -> CqlType:
    """A type that a statement names, with the fields of user-defined types in it."""
    match cql_type:
        case List(element, frozen):
            return List(resolved(element, scope), frozen)
        case Set(element, frozen):
            return Set(resolved(element, scope), frozen)
        case Map(key, value, frozen):
            return Map(resolved(key, scope), resolved(value, scope), frozen)
        case Tuple(types):
            return Tuple(tuple(resolved(each, scope) for each in types))
        case Vector(element, dimension):
            return Vector(resolved(element, scope), dimension)
        case Udt(name, _, frozen):
            found = scope.schema.types(scope.keyspace).get(name)
            if found is None:
                raise errors.UNKNOWN_TYPE(scope.keyspace, name)
            return Udt(name, found.fields, frozen)
        case _:
            return cql_type


def type_text(cql_type: CqlType, scope: Scope) -> str:
    """A type as a hint is printed: user-defined types with their keyspace."""
    match cql_type:
        case Udt(name, _, frozen):
            return f"frozen<{scope.keyspace}.{name}>" if frozen else f"{scope.keyspace}.{name}"
        case Tuple(types):
            return f"tuple<{', '.join(map(str, types))}>"
        case _:
            return str(cql_type)


def raw_term(term: Term, scope: Scope) -> Raw:
    """A term as it stands; its marks are numbered in the order of the text."""
    match term:
        case Bind():
            return _Mark(term, scope)
        case Literal():
            return _Literal(term)
        case Items(opening, items):
            parts = [raw_term(item, scope) for item in items]
            return _Array(parts) if opening == "[" else _Set(parts) if opening == "{" else _Tuple(parts)
        case Entries(entries):
            return _Map([(raw_term(key, scope), raw_term(value, scope)) for key, value in entries])
        case Fields(fields):
            return _Fields([(name, raw_term(value, scope)) for name, value in fields])
        case Hint(cql_type, inner):
            return _Hint(cql_type, raw_term(inner, scope), scope)
        case _:
            return _operation(term, scope)


def _operation(term: Term, scope: Scope) -> Raw:
    match term:
        case CallTerm(function, arguments, keyspace):
            return _Call(function, keyspace, [raw_term(each, scope) for each in arguments], scope)
        case TokenCall(arguments):
            return _Call("token", None, [raw_term(each, scope) for each in arguments], scope)
        case Cast(inner, cql_type):
            return _Call(f"cast_as_{cql_type}", None, [raw_term(inner, scope)], scope)
        case Arithmetic(left, operator, right):
            return _Call(OPERATORS[operator], None, [raw_term(left, scope), raw_term(right, scope)], scope)
        case Negative(inner):
            return _Call("_negate", None, [raw_term(inner, scope)], scope)
        case _:
            raise NotSupportedByMemoryDriver(f"{type(term).__name__} as a value")


def value_term(term: Term, receiver: Receiver, scope: Scope) -> Typed:
    """A value, ready for what it is assigned to. Raises the server's error if that does not take it."""
    return raw_term(term, scope).prepare(receiver)
