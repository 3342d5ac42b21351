"""The state of a document in memory: how writes change it, and how it is rolled back or refreshed.

A field holds the value known to be on the server, or a change that was not saved yet, or a default, for which the value
on the server is unknown. Writing a whole column makes its value known. Writing a part of it does not change which of
the three the field is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from coodie._errors import InvalidQueryError
from coodie.cql.message import UNSET, Consistency, Kind, Page, Statement
from coodie.cql.types import Native
from coodie.mapping.columns import Field
from coodie.mapping.mapper import Mapper
from coodie.mapping.model import Model, mapper_of
from coodie.mapping.state import FORGOTTEN, Default, become, home_of, is_null, set_state, state_of
from coodie.plans.changes import UNKNOWN, Changes, Setter, Step
from coodie.plans.plan import Plan, destination_of
from coodie.plans.reads import BY_KEY, select_text, the_one


def changes(document: Model) -> set[str]:
    """The names of the fields that a save would send because they changed; all for a new document."""
    mapper = mapper_of(type(document))
    return mapper.writer.changes(document, full=mapper.expires)


def roll_back(document: Model) -> None:
    """Restore the values that were loaded or last sent. Raises `InvalidQueryError` if there are none."""
    mapper = mapper_of(type(document))
    _check_changeable(mapper, "rollback")
    state = state_of(document)
    if state is None or mapper.writer.key_in(state) is None:
        raise InvalidQueryError(f"this {mapper.model.__name__} was neither loaded nor saved, so there is no way back")
    become(document, mapper.writer.pristine(state), mapper.not_stored)
    if mapper.hooks.after_load is not None:
        mapper.hooks.after_load(document)


def refresh(document: Model, *, consistency: Consistency | None = None, timeout: float | None = None) -> Plan[None]:
    """Load the columns of the document again: ``SELECT ... WHERE <key>``; for a new document the whole row."""
    mapper = mapper_of(type(document))
    _check_changeable(mapper, "refresh")
    home = home_of(document)
    keyspace, connection, options = destination_of(mapper, home, consistency, None, timeout)
    state = state_of(document)
    key = None if state is None else mapper.writer.key_in(state)
    columns = mapper.columns if state is None or key is None else mapper.writer.remembered(state)
    cql, marks = mapper.cached(
        select_text,
        keyspace,
        None if columns == mapper.columns else columns,
        mapper.key_names,
        (),
        (),
        None,
        BY_KEY,
    )
    bound = mapper.key_values(document) if key is None else key

    def decode(page: Page) -> None:
        found = the_one(mapper.model, mapper.key_names, mapper.read_page(page, home))
        loaded, hook = state_of(found), mapper.hooks.after_load
        # Of the document, whose private attributes the method may set, and not of the one that is thrown away.
        bare = found if hook is None or loaded is None else mapper.writer.pristine(loaded)
        become(document, bare, mapper.not_stored)
        if loaded is not None:
            set_state(document, *loaded)
        if hook is not None:
            hook(document)

    return Plan(Statement(cql, bound, marks, Kind.READ, True, options, mapper.model), decode, connection)


def _check_changeable(mapper: Mapper[Any], what: str) -> None:
    if mapper.model.model_config.get("frozen"):
        raise InvalidQueryError(f"{mapper.model.__name__} is frozen, and {what}() would change it; load another one")


_Cell: TypeAlias = tuple[Any, bool, Any]
"""One field of a document: its value, whether it counts as set, and the known value of its column, `UNSET` if none."""


def after_update(mapper: Mapper[Any], document: Model, changes: Changes, key: tuple[Any, ...]) -> Callable[..., None]:
    """The function that brings ``document`` up to date once these columns of the row, or partition, were written.

    It has the signature of a reader of answers, but ignores the answer; so does that of `after_delete`.
    """
    before: dict[str, Any] = document.__dict__  # pyright: ignore[reportAssignmentType] - it is a document's, no class's
    shape = changes.shape
    held = [before.get(name, UNSET) for name in shape.names]
    bound = None if shape.is_plain else [_in_place(mapper, *each) for each in zip(shape.setters, held, strict=True)]

    def apply(_: object = None) -> None:
        state = state_of(document)
        origin, was = mapper.writer.whole(state)
        known = list(was)
        exists = origin.exists and _is_about(mapper, was, key)
        # Read anew, since Pydantic replaces the dictionary if it validates assignments.
        data: dict[str, Any] = document.__dict__  # pyright: ignore[reportAssignmentType] - as above
        assigned = document.model_fields_set
        for number, (setter, place, name) in enumerate(shape.targets):
            step = changes.steps[number]
            if setter.is_plain and data.get(name, UNSET) is held[number]:  # the usual case
                data[name] = step.value
                assigned.add(name)
                if exists:
                    known[place] = step.values[0]
                continue
            cell = (data.get(name, UNSET), name in assigned, known[place])
            planned = (held[number], UNSET if bound is None else bound[number])
            now, is_assigned, known[place] = _Column(mapper, exists).after(setter, step, cell, planned)
            if now is not UNSET:
                data[name] = now
            else:
                data.pop(name, None)
            (assigned.add if is_assigned else assigned.discard)(name)
        if state is not None or known.count(UNSET) < len(known):
            set_state(document, origin, tuple(known))

    return apply


def check_elements(mapper: Mapper[Any], document: Model, changes: Changes) -> None:
    """Raise `InvalidQueryError` for a partial change after which the whole field would be invalid, as far as known."""
    for setter, step in zip(changes.shape.setters, changes.steps, strict=True):
        name = setter.field.name
        if setter.whole or name not in document.model_fields_set or name not in document.__dict__:
            continue
        value = step.after(document.__dict__[name])
        if value is not UNKNOWN and value is not None:
            # Validated in the form in which it would be loaded, which for types such as Json is not that in a document.
            mapper.from_bound(setter.field, mapper.bound(setter.field, value))


def after_delete(mapper: Mapper[Any], document: Model, key: tuple[Any, ...]) -> Callable[..., None]:
    """The function that marks the row of ``document`` as deleted, so that the next save inserts a new one."""

    def apply(_: object = None) -> None:
        state = state_of(document)
        if state is not None and _is_about(mapper, mapper.writer.known(state), key):
            set_state(document, state[0].without_row(), state[1])

    return apply


def _is_about(mapper: Mapper[Any], known: tuple[Any, ...], key: tuple[Any, ...]) -> bool:
    """Whether ``key`` is that of the remembered row, or of its partition; the user may have set another one since."""
    return tuple(map(known.__getitem__, mapper.writer.key_places[: len(key)])) == key


class _Column:
    """Updates one field of a document after a write; ``exists`` is whether its row is known to exist."""

    def __init__(self, mapper: Mapper[Any], exists: bool) -> None:
        self._mapper, self.exists = mapper, exists

    def after(self, setter: Setter, step: Step, cell: _Cell, planned: tuple[Any, Any]) -> _Cell:
        """The field after the write. ``planned`` is its value when the write was planned."""
        field, (held, assigned, _) = setter.field, cell
        if (field.frozen or not setter.whole) and self._is_default(field, cell):
            return held, assigned, Default(self._bound(field, held))
        if field.frozen:
            return cell
        return self._whole(field, step, cell, planned) if setter.whole else self._part(field, step, cell)

    def _whole(self, field: Field, step: Step, cell: _Cell, planned: tuple[Any, Any]) -> _Cell:
        deleted = not step.values
        # A deleted column is treated like a loaded null.
        held, known = (self._mapper.null_of(field), None) if deleted else (step.after(None), step.values[0])
        if deleted and held is not UNSET and held is not None and not field.is_collection:
            known = Default(self._bound(field, held), null=True)
        if self._was_set_since(field, cell, planned):
            return cell[0], cell[1], known if self.exists else cell[2]
        return held, not deleted, known if self.exists else cell[2]

    def _was_set_since(self, field: Field, cell: _Cell, planned: tuple[Any, Any]) -> bool:
        """Whether the user set the field after the write was planned, so that the next save must send it."""
        before, bound = planned
        if cell[0] is before and bound is UNSET:
            return False
        now = self._bound(field, cell[0])
        if not self._differ(field, now, self._bound(field, before) if bound is UNSET else bound):
            return False
        return not self.exists or self._is_change(field, cell)

    def _part(self, field: Field, step: Step, cell: _Cell) -> _Cell:
        held, assigned, known = cell
        if held is UNSET:
            return held, assigned, known if known is UNSET else FORGOTTEN
        if self.exists and not self._is_change(field, cell):
            value = step.after(None if is_null(known) else held)
            return (UNSET, False, FORGOTTEN) if value is UNKNOWN else (value, True, self._bound(field, value))
        value = UNKNOWN if self._bound(field, held) is _NO_BOUND else step.after(held)
        known = self._known(field, step, known) if self.exists else known
        return (UNSET, False, known) if value is UNKNOWN else (value, True, known)

    def _known(self, field: Field, step: Step, known: Any) -> Any:
        """The known value on the server after a partial change, if the document holds another value."""
        if known is UNSET or (isinstance(known, Default) and not known.null):
            return known
        try:
            value = step.after(None if is_null(known) else self._mapper.from_bound(field, known))
            return FORGOTTEN if value is UNKNOWN else self._mapper.bound(field, value)
        except InvalidQueryError:
            return FORGOTTEN

    def _is_default(self, field: Field, cell: _Cell) -> bool:
        """Whether the field holds a default that may not be on the server."""
        held, assigned, known = cell
        if assigned or held is UNSET or is_null(known):
            return False
        if isinstance(known, Default):
            return not self._differ(field, self._bound(field, held), known.value)
        default = self._mapper.default_of(field)
        return known is UNSET and not self._differ(field, self._bound(field, held), self._bound(field, default))

    def _is_change(self, field: Field, cell: _Cell) -> bool:
        held, assigned, known = cell
        return self._mapper.writer.is_change(
            self._mapper.writer.place(field), self._bound(field, held), assigned, known
        )

    def _differ(self, field: Field, one: Any, other: Any) -> bool:
        return self._mapper.writer.differ(self._mapper.writer.place(field), one, other)

    def _bound(self, field: Field, value: Any) -> Any:
        return _bound(self._mapper, field, value)


_NO_BOUND: Final = object()


def _in_place(mapper: Mapper[Any], setter: Setter, value: Any) -> Any:
    """The border value of a value that could be changed in place; else `UNSET`."""
    if setter.is_plain or isinstance(setter.field.column.type, Native):
        return UNSET
    return _bound(mapper, setter.field, value)


def _bound(mapper: Mapper[Any], field: Field, value: Any) -> Any:
    """The border value; for a value that does not fit, as assigned without validation, an object unequal to any
    other.
    """
    if value is UNSET:
        return UNSET
    try:
        return mapper.bound(field, value)
    except InvalidQueryError:
        return _NO_BOUND
