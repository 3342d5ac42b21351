"""Values made of others, as they stand in a statement: lists, sets, maps, tuples, user-defined types and vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from coodie.cql.message import UNSET
from coodie.cql.types import CqlType, List, Map, Set, Tuple, Udt, Vector, freeze
from coodie.testing.memory.assignment import common_type
from coodie.testing.memory.errors import terms as errors
from coodie.testing.memory.errors.base import CqlError, check_refusal
from coodie.testing.memory.java_sets import hash_of_bytes, in_a_set
from coodie.testing.memory.literal_types import Match
from coodie.testing.memory.packing import pack_fields, pack_list, pack_map, pack_set, pack_vector
from coodie.testing.memory.raw_terms import Raw, composed, constant
from coodie.testing.memory.type_names import class_name
from coodie.testing.memory.typed import Receiver, Typed, Value, given


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


class RawArray(Raw):
    """``[1, 2]``: a list, or a vector."""

    def __init__(self, parts: list[Raw]) -> None:
        self._parts = parts
        self.text = f"[{', '.join(part.text for part in parts)}]"

    def test(self, cql_type: CqlType) -> Match:
        """How well it can be assigned to a type."""
        if not isinstance(cql_type, (List, Vector)):
            raise errors.NOT_A_LIST(cql_type)
        if isinstance(cql_type, Vector) and len(self._parts) != cql_type.dimension:
            return Match.NOT
        return _test_all(self._parts, cql_type.element) if self._parts else Match.WEAK

    def known(self) -> CqlType | None:
        """Its type, or None if that is uncertain."""
        found = next(filter(None, (part.known() for part in self._parts)), None)
        return List(freeze(found)) if found is not None else None

    def preferred(self) -> CqlType | None:
        """A server assumes no type of a list here."""
        return None

    def prepare(self, receiver: Receiver) -> Typed:
        """The term prepared for assignment to the receiver."""
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


class RawSet(Raw):
    """``{1, 2}``; the empty one is a map's, too."""

    def __init__(self, parts: list[Raw]) -> None:
        self._parts = parts
        self.text = f"{{{', '.join(part.text for part in parts)}}}"

    def test(self, cql_type: CqlType) -> Match:
        """How well it can be assigned to a type."""
        match cql_type:
            case Map() if not self._parts:
                return Match.WEAK
            case Set(element):
                return _test_all(self._parts, element) if self._parts else Match.WEAK
            case _:
                return Match.NOT

    def known(self) -> CqlType | None:
        """Its type, or None if that is uncertain."""
        found = next(filter(None, (part.known() for part in self._parts)), None)
        return Set(freeze(found)) if found is not None else None

    def preferred(self) -> CqlType | None:
        """Its type if nothing else determines it."""
        found = common_type(part.preferred() for part in self._parts)
        return Set(freeze(found), True) if found is not None else None

    def prepare(self, receiver: Receiver) -> Typed:
        """The term prepared for assignment to the receiver."""
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


class RawMap(Raw):
    """``{1: 2}``."""

    def __init__(self, pairs: list[tuple[Raw, Raw]]) -> None:
        self._pairs = pairs
        self.text = f"{{{', '.join(f'{key.text}: {value.text}' for key, value in pairs)}}}"

    def test(self, cql_type: CqlType) -> Match:
        """How well it can be assigned to a type."""
        if not isinstance(cql_type, Map):
            raise errors.TERM_FOR_OTHER(class_name(cql_type), "MapType")
        keys, values = [key for key, _ in self._pairs], [value for _, value in self._pairs]
        matches = _test_all(keys, cql_type.key), _test_all(values, cql_type.value)
        return max(matches)

    def known(self) -> CqlType | None:
        """Its type, or None if that is uncertain."""
        key = next(filter(None, (key.known() for key, _ in self._pairs)), None)
        value = next(filter(None, (value.known() for _, value in self._pairs)), None)
        return Map(freeze(key), freeze(value)) if key is not None and value is not None else None

    def preferred(self) -> CqlType | None:
        """Its type if nothing else determines it."""
        key = common_type(key.preferred() for key, _ in self._pairs)
        value = common_type(value.preferred() for _, value in self._pairs)
        return Map(freeze(key), freeze(value), True) if key is not None and value is not None else None

    def prepare(self, receiver: Receiver) -> Typed:
        """The term prepared for assignment to the receiver."""
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


class RawTuple(Raw):
    """``(1, 'a')``; of one term in brackets the receiver says whether it is a tuple."""

    def __init__(self, parts: list[Raw]) -> None:
        self._parts = parts
        self.text = f"({', '.join(part.text for part in parts)})"

    def _is_other(self, cql_type: CqlType) -> bool:
        return len(self._parts) == 1 and not isinstance(cql_type, (Tuple, Udt))

    def test(self, cql_type: CqlType) -> Match:
        """How well it can be assigned to a type."""
        if self._is_other(cql_type):
            return self._parts[0].test(cql_type)
        try:
            self._check(Receiver("", cql_type))
        except CqlError as error:
            check_refusal(error)
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
        """Its type, or None if that is uncertain."""
        found = [part.known() for part in self._parts]
        return Tuple(tuple(freeze(each) for each in found if each is not None)) if all(found) else None

    def preferred(self) -> CqlType | None:
        """Its type if nothing else determines it."""
        return self.known()

    def prepare(self, receiver: Receiver) -> Typed:
        """The term prepared for assignment to the receiver."""
        if self._is_other(receiver.type):
            return self._parts[0].prepare(receiver)
        self._check(receiver)
        types = component_types(receiver.type)
        names = [Receiver(f"{receiver.name}[{at}]", kind) for at, kind in enumerate(types)]
        parts = [part.prepare(name) for part, name in zip(self._parts, names, strict=False)]
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


class RawFields(Raw):
    """``{street: 'High'}``: a user-defined type."""

    def __init__(self, fields: list[tuple[str, Raw]]) -> None:
        self._fields = dict(fields)
        names = in_a_set(self._fields, lambda name: hash_of_bytes(name.encode()))
        self.text = f"{{{', '.join(f'{name}: {self._fields[name].text}' for name in names)}}}"

    def _check(self, receiver: Receiver) -> Udt:
        if not isinstance(receiver.type, Udt):
            raise errors.WRONG_LITERAL("user type", receiver.name, receiver.type)
        for name, kind in receiver.type.fields:
            if name in self._fields and self._fields[name].test(kind) is Match.NOT:
                raise errors.WRONG_FIELD(receiver.name, name, kind)
        return receiver.type

    def test(self, cql_type: CqlType) -> Match:
        """How well it can be assigned to a type."""
        try:
            self._check(Receiver("", cql_type))
        except CqlError as error:
            check_refusal(error)
            return Match.NOT
        return Match.WEAK

    def prepare(self, receiver: Receiver) -> Typed:
        """The term prepared for assignment to the receiver."""
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
