"""What ``update()`` and ``if_conditions`` are given, read into the parts of a statement.

A key is a field's name, alone or with an operator: ``tags__add``, ``attrs__put``, ``score__gt``. Each value goes
through the field's own validator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final, NamedTuple, TypeGuard, cast

from coodie._value import record
from coodie.cql.nodes import Assignment, Element, FieldOf, Ref, Relation
from coodie.cql.types import List, Map, Set, Udt, is_multicell
from coodie.exceptions import InvalidQueryError
from coodie.mapping.columns import Field, encoded
from coodie.mapping.mapper import Mapper
from coodie.tables.table import ColumnKind

UNKNOWN: Final = object()
"""What a part of a column makes of a value in memory that does not tell what the rest of the column is."""


class Change(NamedTuple):
    """The shape of one assignment: the column, the operator of `Assignment`, and which part of the column."""

    column: str
    operator: str = "="
    part: str | None = None
    """None for the whole column, ``[]`` for an element, else the field of a user-defined type."""

    def assignment(self) -> Assignment:
        """The node for it."""
        if self.part is None:
            return Assignment(Ref(self.column), self.operator)
        target = Element(self.column) if self.part == "[]" else FieldOf(self.column, self.part)
        return Assignment(target, self.operator)


@record
class Step:
    """One assignment with its values, and what it makes of the value in memory: another value, or `UNKNOWN`."""

    field: Field
    change: Change
    values: tuple[Any, ...]
    after: Callable[[Any], Any]
    idempotent: bool = True


@dataclass(frozen=True, slots=True)
class Changes:
    """All that one statement assigns or deletes."""

    steps: tuple[Step, ...]

    @classmethod
    def cleared(cls, fields: Iterable[Field]) -> Changes:
        """The deletion of whole columns."""
        return cls(tuple(Step(field, Change(field.column.name), (), _cleared(field)) for field in fields))

    @property
    def shape(self) -> tuple[Change, ...]:
        """What the text depends on."""
        return tuple(step.change for step in self.steps)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that get a value of their own; two such in one batch contest each other."""
        return tuple(c.column for c in self.shape if c.part is None and c.operator == "=")

    @property
    def values(self) -> tuple[Any, ...]:
        """The bound values, from left to right."""
        return tuple(value for step in self.steps for value in step.values)

    @property
    def idempotent(self) -> bool:
        """Whether sending it twice leaves the same data."""
        return all(step.idempotent for step in self.steps)

    @property
    def static(self) -> bool:
        """Whether only static columns are written."""
        return bool(self.steps) and all(step.field.column.kind is ColumnKind.STATIC for step in self.steps)

    def apply_to(self, document: Any) -> Callable[[], None] | None:
        """The function that brings ``document`` up to date once the write has happened."""
        if not self.steps:
            return None

        def apply() -> None:
            # Pydantic may have put another dictionary there since, where it validates assignments.
            data, assigned = document.__dict__, document.model_fields_set
            for step in self.steps:
                name, whole = step.field.name, step.change.operator == "=" and step.change.part is None
                if not whole and name not in data:
                    continue  # what was not loaded stays unknown
                value = step.after(None if whole else data[name])
                # Past Pydantic's setters: the write has happened, whatever a frozen model or a validator would say.
                if value is UNKNOWN:
                    # Not sent by a save(), which would overwrite what is there now. A None was as unknown before.
                    assigned.discard(name)
                    if data[name] is not None:
                        del data[name]
                else:
                    data[name] = value
                    assigned.add(name)

        return apply


def together(given: Mapping[str, Any] | None, named: dict[str, Any]) -> dict[str, Any]:
    """The fields of a positional mapping, and those that were given by keyword.

    Raises `InvalidQueryError` for what is no mapping of names, and for a name that is given twice.
    """
    if given is None:
        return named
    if not _is_mapping(given) or not all(isinstance(name, str) for name in given):
        raise InvalidQueryError(
            f"fields are given by keyword, or in a mapping by their names; a {type(given).__name__} is no such mapping"
        )
    if twice := given.keys() & named.keys():
        raise InvalidQueryError(f"{min(twice)!r} is given twice, in the mapping and by keyword")
    return {**given, **named}


def read_changes(mapper: Mapper[Any], values: Mapping[str, Any] | None, sets: dict[str, Any] | None) -> Changes:
    """What ``update(values, **sets)`` assigns. Raises `InvalidQueryError` for whatever cannot be assigned."""
    given = together(values, sets or {})
    if not given:
        raise InvalidQueryError(f"update() of {mapper.model.__name__} has nothing to set; name at least one field")
    steps = tuple(_step(mapper, key, value) for key, value in given.items())
    _check_overlap(steps)
    return Changes(steps)


def _check_overlap(steps: tuple[Step, ...]) -> None:
    whole: set[str] = set()
    seen: set[str] = set()
    for step in steps:
        column = step.change.column
        if column in whole or (column in seen and step.change.part is None and step.change.operator == "="):
            raise InvalidQueryError(f"column {column!r} is set twice in one update")
        seen.add(column)
        if step.change.operator == "=" and step.change.part is None:
            whole.add(column)


def _step(mapper: Mapper[Any], key: str, value: Any) -> Step:
    field, operator = split_key(mapper, key)
    if field.is_key:
        raise InvalidQueryError(
            f"{mapper.model.__name__}.{field.name} belongs to the primary key, which cannot be updated; "
            "save a new document and delete the old one"
        )
    if operator is None:
        return _plain(mapper, field, value)
    if isinstance(field.column.type, Udt):
        return _udt_field(mapper, field, operator, value)
    make = _OPERATORS.get((type(field.column.type), operator))
    if make is None or not is_multicell(field.column.type):
        raise InvalidQueryError(_no_operator(mapper, field, operator))
    return make(mapper, field, value)


def split_key(mapper: Mapper[Any], key: str) -> tuple[Field, str | None]:
    """The field and the operator of a key such as ``tags__add``; an exact field name wins over an operator."""
    if key in mapper.by_name:
        return mapper.by_name[key], None
    # A name may have "__" in it, and may end in "_": of class___in the field is class_. The longest one counts.
    place = key.rfind("__")
    while place >= 0 and key[:place] not in mapper.by_name:
        place = key.rfind("__", 0, place + 1)
    place = key.find("__") if place < 0 else place
    return mapper.field(key[:place] if place >= 0 else key), key[place + 2 :] if place >= 0 else None


def _plain(mapper: Mapper[Any], field: Field, value: Any) -> Step:
    if value is None and not (field.optional or field.is_collection):
        raise InvalidQueryError(
            f"{mapper.model.__name__}.{field.name} cannot be None; delete_columns() clears a column"
        )
    if value is None:
        return Step(field, Change(field.column.name), (None,), _cleared(field))
    in_memory = mapper.in_memory(field, value)
    bound = mapper.bound(field, in_memory)
    own = mapper.settings.discriminator_value if field.discriminator else None
    if own is not None and bound != encoded(field, own):
        raise InvalidQueryError(f"{field.name} is {own!r} in every {mapper.model.__name__} and cannot be updated")
    return Step(field, Change(field.column.name), (bound,), lambda _: in_memory)


def _cleared(field: Field) -> Callable[[Any], Any]:
    empty = field.container() if field.container is not None and not field.optional else None
    return lambda _: empty


def _udt_field(mapper: Mapper[Any], field: Field, name: str, value: Any) -> Step:
    udt = field.column.type
    assert isinstance(udt, Udt)
    if udt.frozen:
        raise InvalidQueryError(
            f"{mapper.model.__name__}.{field.name} is frozen, so it can only be set as a whole; "
            "annotate it with Frozen(False) to update single fields"
        )
    names = [known for known, _ in udt.fields]
    if name not in names:
        raise InvalidQueryError(f"type {udt.name} has no field {name!r}; it has: {', '.join(names)}")
    part = mapper.part(field, name)
    in_memory = part.in_memory(value)

    def after(old: Any) -> Any:
        changed = mapper.with_part(field, old, name, in_memory)
        return UNKNOWN if changed is None else changed

    return Step(field, Change(field.column.name, "=", name), (part.encoded(in_memory),), after)


def _elements(
    operator: str, combine: Callable[[Any, list[Any]], Any], idempotent: bool = True
) -> Callable[[Mapper[Any], Field, Any], Step]:
    """A step that adds or takes elements of a list or set: each is validated, but not the collection as a whole."""

    def make(mapper: Mapper[Any], field: Field, value: Any) -> Step:
        part = mapper.part(field, "element")
        items = [part.in_memory(item) for item in _given_elements(mapper, field, value)]
        bound: list[Any] | set[Any] = [part.encoded(item) for item in items]
        if isinstance(field.column.type, Set):
            bound = set(bound)
        after = _after(field, lambda old: combine(old, items))
        return Step(field, Change(field.column.name, operator), (bound,), after, idempotent)

    return make


def _update_map(mapper: Mapper[Any], field: Field, value: Any) -> Step:
    if not _is_mapping(value):
        raise InvalidQueryError(f"{mapper.model.__name__}.{field.name}: a {type(value).__name__} is no mapping")
    keys, items = mapper.part(field, "key"), mapper.part(field, "element")
    in_memory = {keys.in_memory(key): items.in_memory(item) for key, item in value.items()}
    bound = {keys.encoded(key): items.encoded(item) for key, item in in_memory.items()}
    return Step(field, Change(field.column.name, "+"), (bound,), _after(field, lambda old: _merged(old, in_memory)))


def _after(field: Field, combine: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """What becomes of the collection in memory; one that is None is an empty one."""
    container = field.container or dict
    return lambda old: combine(container() if old is None else old)


def _put(mapper: Mapper[Any], field: Field, value: Any) -> Step:
    key, item = _pair(mapper, field, value, "put")
    keys, items = mapper.part(field, "key"), mapper.part(field, "element")
    in_memory = (keys.in_memory(key), items.in_memory(item))
    bound = (keys.encoded(in_memory[0]), items.encoded(in_memory[1]))
    after = _after(field, lambda old: _merged(old, dict([in_memory])))
    return Step(field, Change(field.column.name, "=", "[]"), bound, after)


def _merged(old: Mapping[Any, Any], new: Mapping[Any, Any]) -> dict[Any, Any]:
    return {**old, **new}


def _set_at(mapper: Mapper[Any], field: Field, value: Any) -> Step:
    place, item = _pair(mapper, field, value, "set")
    if isinstance(place, bool) or not isinstance(place, int) or place < 0:
        raise InvalidQueryError(f"{field.name}__set takes a place in the list from 0 up, not {place!r}")
    part = mapper.part(field, "element")
    in_memory = part.in_memory(item)

    def after(old: Any) -> Any:
        if old is None or place >= len(old):
            return UNKNOWN  # the server has a longer list, or it would have refused
        return type(old)([*old[:place], in_memory, *old[place + 1 :]])

    return Step(field, Change(field.column.name, "=", "[]"), (place, part.encoded(in_memory)), after)


def _remove_keys(mapper: Mapper[Any], field: Field, value: Any) -> Step:
    part, given = mapper.part(field, "key"), _given_elements(mapper, field, value)
    keys = {part.in_memory(key) for key in given}
    bound = set(map(part.encoded, keys))
    return Step(field, Change(field.column.name, "-"), (bound,), _after(field, lambda old: _without(old, keys)))


def _without(old: Mapping[Any, Any], keys: set[Any]) -> dict[Any, Any]:
    return {key: value for key, value in old.items() if key not in keys}


def _pair(mapper: Mapper[Any], field: Field, value: Any, operator: str) -> tuple[Any, Any]:
    if not is_tuple(value, 2):
        raise InvalidQueryError(f"{mapper.model.__name__}.{field.name}__{operator} takes a pair, as in ('key', value)")
    return value


def is_tuple(value: Any, length: int) -> TypeGuard[tuple[Any, ...]]:
    """Whether it is a tuple of so many values."""
    return isinstance(value, tuple) and len(cast("tuple[object, ...]", value)) == length


def _is_mapping(value: Any) -> TypeGuard[Mapping[Any, Any]]:
    return isinstance(value, Mapping)


def _are_elements(value: Any) -> TypeGuard[Iterable[Any]]:
    return isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping))


def _given_elements(mapper: Mapper[Any], field: Field, value: Any) -> Iterable[Any]:
    if not _are_elements(value):
        raise InvalidQueryError(
            f"{mapper.model.__name__}.{field.name}: a {type(value).__name__} is no collection of elements"
        )
    return value


_OPERATORS: Final[dict[tuple[type, str], Callable[[Mapper[Any], Field, Any], Step]]] = {
    (List, "append"): _elements("+", lambda old, new: type(old)([*old, *new]), idempotent=False),
    (List, "prepend"): _elements("prepend", lambda old, new: type(old)([*new, *old]), idempotent=False),
    (List, "remove"): _elements("-", lambda old, new: type(old)([item for item in old if item not in new])),
    (List, "set"): _set_at,
    (Set, "add"): _elements("+", lambda old, new: old.union(new)),
    (Set, "remove"): _elements("-", lambda old, new: old.difference(new)),
    (Map, "put"): _put,
    (Map, "update"): _update_map,
    (Map, "remove"): _remove_keys,
}


def _no_operator(mapper: Mapper[Any], field: Field, operator: str) -> str:
    known = [name for kind, name in _OPERATORS if kind is type(field.column.type)]
    if not is_multicell(field.column.type):
        return f"{mapper.model.__name__}.{field.name} ({field.column.type}) can only be set whole, not by __{operator}"
    near = get_close_matches(operator, known, n=1)
    hint = f"did you mean __{near[0]}?" if near else f"it has: {', '.join('__' + name for name in known)}"
    return f"{mapper.model.__name__}.{field.name} ({field.column.type}) has no operator __{operator}; {hint}"


class Condition(NamedTuple):
    """One part of an IF clause and its values; ``static`` if it is about a static column."""

    relation: Relation
    values: tuple[Any, ...]
    static: bool


_COMPARISONS: Final = {None: "=", "ne": "!=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "in": "IN"}


def read_conditions(mapper: Mapper[Any], given: Mapping[str, Any] | None) -> tuple[Condition, ...]:
    """What ``if_conditions`` asks for. Raises `InvalidQueryError` for an empty mapping or an unknown part of it."""
    if given is None:
        return ()
    given = together(given, {})
    if not given:
        raise InvalidQueryError("if_conditions is empty; leave it out, or use if_exists=True")
    return tuple(_condition(mapper, key, value) for key, value in given.items())


def _condition(mapper: Mapper[Any], key: str, value: Any) -> Condition:
    field, name = split_key(mapper, key)
    operator = _COMPARISONS.get(name)
    if operator is None:
        known = ", ".join(f"__{name}" for name in _COMPARISONS if name)
        raise InvalidQueryError(f"a condition has no operator __{name}; it has: {known}")
    if field.is_key:
        raise InvalidQueryError(f"{field.name} belongs to the primary key and cannot stand in a condition")
    if operator == "IN":
        bound: Any = list_of(mapper, field, key, value)
    else:
        bound = None if value is None else mapper.validated(field, value)
    static = field.column.kind is ColumnKind.STATIC
    return Condition(Relation(Ref(field.column.name), operator), (bound,), static)


def list_of(mapper: Mapper[Any], field: Field, key: str, value: Any) -> list[Any]:
    """The one bound list of an ``IN``. Raises `InvalidQueryError` for a string or what is no collection."""
    if not _are_elements(value):
        raise InvalidQueryError(f"{key} takes a list of values, not a {type(value).__name__}")
    return [mapper.validated(field, item) for item in value]
