"""From documents to rows: what a save sends, and what the document remembers of it once it has happened.

The counterpart of ``rows.py``. All that is compared are border values, so a change of a list, a dictionary or a nested
model in place is found as an assignment is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property, lru_cache
from typing import Any, Generic, NoReturn, TypeAlias, TypeVar

from coodie._compiled import compiled
from coodie._errors import DecodeError, InvalidQueryError
from coodie._raise import raise_alone
from coodie.cql.message import UNSET
from coodie.mapping.columns import Field, Row
from coodie.mapping.compare import column_key, differ
from coodie.mapping.faithful import stays_equal
from coodie.mapping.natives import Convert
from coodie.mapping.rows import RowReader
from coodie.mapping.state import Default, Origin, State, Stateful, is_null, plain, set_state, state_of
from coodie.mapping.validation import UNENCODABLE, Unfit, Validators, misfit

M = TypeVar("M", bound=Stateful)


Outgoing: TypeAlias = tuple[Row, State | None]
"""What one save sends for the columns of the model, `UNSET` for those that it leaves as they are; and what the document
remembers then, if it is another row than before. A plain tuple, since each save makes one."""


class RowWriter(Generic[M]):
    """Makes rows of the documents of one class."""

    def __init__(
        self,
        model: type[M],
        fields: Sequence[Field],
        key: Sequence[Field],
        encoders: Sequence[Convert | None],
        reader: Callable[[tuple[str, ...]], RowReader[M]],
        validators: Validators,
        *,
        checks: bool = True,
    ) -> None:
        self._model, self._fields, self._reader, self._validators = model, tuple(fields), reader, validators
        names = [field.name for field in fields]
        self._columns = tuple(field.column.name for field in fields)
        self._origin = Origin(self._columns)
        self._checks = checks
        self._names = frozenset(names)
        self._places = {name: place for place, name in enumerate(names)}
        self._encoders = tuple(zip(names, encoders, strict=True))
        self._keys = tuple(column_key(field.column.type) for field in fields)
        self.key_places: tuple[int, ...] = tuple(self._places[field.name] for field in key)
        told = [place for place, field in enumerate(fields) if field.discriminator]
        self._always = (*self.key_places, *told)
        self._arranged = lru_cache(maxsize=64)(self._arranging)
        self._encode_all = encoder_of_all(model.__name__, self._encoders, [field.name for field in key])

    def row(self, document: M, state: State | None) -> tuple[Row, Row]:
        """The whole row, all that is known; and all that the document holds.

        What was never set is left out of the row if it is None or an empty collection, or a default that stands for a
        null. Raises `InvalidQueryError` for what does not fit, and for a missing key.
        """
        assigned = document.model_fields_set
        if assigned >= self._names:
            try:
                values = self._encode_all(document.__dict__)
            except UNENCODABLE:
                pass  # the longer way says what is wrong
            else:
                return values, values
        held = self.held(document)
        for place in self.key_places:
            if held[place] is None or held[place] is UNSET:
                missing_key(self._model, self._fields[place].name)
        return self._known_of(held, assigned, state), held

    def outgoing(self, document: M, state: State | None, *, full: bool) -> Outgoing | None:
        """What a save sends: what changed since, with the key; None if nothing did.

        Of a new document, and of one whose key changed, it is the whole row, and always if ``full``. Raises as
        ``row()`` does, and for a row that could not be loaded again.
        """
        values, held = self.row(document, state)
        if values is held and (state is None or full):  # nearly always: all goes, whatever is known
            self.check(held, anew=True)
            return values, self.anew(state, values, held)
        sent = self._changed_or_new(state, values, held, full)
        if sent is not None:
            self.check(held, anew=sent[1] is not None)
        return sent

    def check(self, held: Row, *, anew: bool) -> None:
        """Raise `InvalidQueryError` if what the document holds could not be loaded again.

        Of a row that is ``anew``, a column without a value will be null; of another one nobody knows.
        """
        if not self._checks or self._is_sure(held):
            return
        if UNSET not in held:
            self._check_whole(held)
        elif anew:
            self._check_nothing_is_missing(held)
            self._check_whole(tuple([None if value is UNSET else value for value in held]))
        else:
            there = {c: value for c, value in zip(self._columns, held, strict=True) if value is not UNSET}
            self._reader(tuple(there)).check(tuple(there.values()))

    def _check_nothing_is_missing(self, held: Row) -> None:
        for field, value in zip(self._fields, held, strict=True):
            if value is UNSET and not field.takes_null:
                raise InvalidQueryError(
                    f"{self._model.__name__} is not saved as a new row, since it could not be loaded again: "
                    f"{field.name!r} was neither loaded nor set, and the model allows no null there; load the whole "
                    "document first, or change single columns by update()"
                )

    @cached_property
    def _is_sure(self) -> Callable[[Row], bool]:
        return self._reader(self._columns).is_sure

    @cached_property
    def _check_whole(self) -> Callable[[Row], None]:
        return self._reader(self._columns).check

    def _changed_or_new(self, state: State | None, values: Row, held: Row, full: bool) -> Outgoing | None:
        if state is None or not state[0].exists:
            return values, self.anew(state, values, held)
        known = self.known(state)
        changed = self._changed(state, values, self.key_places if full else range(len(values)))
        if self._is_another(changed, known):
            return values, self.anew(state, values, held)
        if full:
            return values, None
        if not changed:
            return None
        sent: list[Any] = [UNSET] * len(values)
        for place in (*self._always, *changed):
            sent[place] = values[place]
        return tuple(sent), None

    def _is_another(self, changed: Sequence[int], known: Row) -> bool:
        """Whether the key is among what changed, so that it is another row."""
        return any(known[place] is not UNSET for place in changed if place in self.key_places)

    def anew(self, state: State | None, values: Row, held: Row, *, inserted: bool = False) -> State:
        """What a document remembers after a save of this row; with ``inserted``, if there was none before."""
        known = values if values is held else self._with_defaults(values, held, inserted)
        if state is None or state[0].home is None:
            return self._origin, known
        return Origin(self._columns, state[0].home), known

    def changes(self, document: M, *, full: bool) -> set[str]:
        """The names of the fields that ``outgoing()`` sends; of a new document all. Raises for what does not fit."""
        state = state_of(document)
        if state is None or self.key_in(state) is None:
            return set(self._names)
        held = self.held(document)
        values, known = self._known_of(held, document.model_fields_set, state), self.known(state)
        changed: Sequence[int] = self._changed(state, values, range(len(values)))
        if full or self._is_another(changed, known) or not state[0].exists:
            changed = [place for place, value in enumerate(values) if value is not UNSET]
        return {self._fields[place].name for place in changed}

    def held(self, document: M) -> Row:
        """A border value for all that the document holds, `UNSET` for the rest."""
        data = document.__dict__
        values: list[Any] = []
        name, value = "", None
        try:
            for name, encode in self._encoders:
                value = data.get(name, UNSET)
                if encode is not None and value is not None and value is not UNSET:
                    value = encode(value)
                values.append(value)
        except UNENCODABLE as error:
            raise_alone(misfit(f"{self._model.__name__}.{name}", value, error))
        return tuple(values)

    def known(self, state: State) -> Row:
        """What the state tells of each column of the model."""
        origin, values = state
        return values if origin.columns == self._columns else self._arranged(origin.columns)(values)

    def whole(self, state: State) -> State:
        """The same state, of all columns of the model."""
        origin = state[0]
        if origin.columns == self._columns:
            return state
        return Origin(self._columns, origin.home, origin.exists, origin.loaded), self.known(state)

    def key_in(self, state: State) -> Row | None:
        """The key of the row that the document remembers; None if it was neither loaded nor saved."""
        known = self.known(state)
        key = tuple([known[place] for place in self.key_places])
        return None if UNSET in key else key

    @cached_property
    def _exact(self) -> frozenset[int]:
        """The columns whose values are the same after the way to the document and back."""
        return frozenset(
            [
                place
                for place, field in enumerate(self._fields)
                if field.codec.decode is None and stays_equal(self._validators, field.name)
            ]
        )

    def place(self, field: Field) -> int:
        """Where the values of the field stand in a row."""
        return self._places[field.name]

    def is_change(self, place: int, value: Any, assigned: bool, known: Any) -> bool:
        """Whether a save would send this value of the column at that place."""
        sent = value is not UNSET and (assigned or self._counts(place, value, known))
        return sent and differ(self._keys[place], value, known)

    def differ(self, place: int, one: Any, other: Any) -> bool:
        """Whether two values of the column at that place are not the same to the server."""
        return differ(self._keys[place], one, other)

    def remembered(self, state: State) -> tuple[str, ...]:
        """The columns that the document is about: those that were loaded or sent, or hold a default."""
        return tuple(
            [column for column, known in zip(self._columns, self.known(state), strict=True) if known is not UNSET]
        )

    def saved(self, document: M, values: Row, _: object = None) -> None:
        """Let the document remember that these values of its row were written."""
        state = state_of(document)
        if state is not None:
            origin, known = self.whole(state)
            merged = [k if v is UNSET else v for v, k in zip(values, known, strict=True)]
            set_state(document, (origin, tuple(merged)))

    def _with_defaults(self, values: Row, held: Row, inserted: bool) -> Row:
        if inserted:
            return tuple(map(_known_of_inserted, self._fields, values, held))
        return tuple(
            [
                value if value is not UNSET or there is UNSET else Default(there)
                for value, there in zip(values, held, strict=True)
            ]
        )

    def pristine(self, state: State) -> M:
        """A document as it was when the state was made. Raises `DecodeError` if it cannot be read."""
        known = dict(zip(self._columns, self.known(state), strict=True))
        there = {
            field.column.name: value
            for field in self._fields
            if (value := plain(known[field.column.name])) is not UNSET and (value is not None or field.takes_null)
        }
        document = self._reader(tuple(there))([tuple(there.values())])[0]
        for field in self._fields:
            if isinstance(known[field.column.name], Default):
                document.model_fields_set.discard(field.name)
        return document

    def _known_of(self, held: Row, assigned: set[str], state: State | None) -> Row:
        known = None if state is None else self.known(state)
        return tuple(
            [
                value
                if field.name in assigned or self._counts(place, value, UNSET if known is None else known[place])
                else UNSET
                for place, (field, value) in enumerate(zip(self._fields, held, strict=True))
            ]
        )

    def _counts(self, place: int, value: Any, known: Any) -> bool:
        """Whether a value that nobody assigned is sent nevertheless."""
        if isinstance(known, Default):
            return differ(self._keys[place], value, known.value)
        if known is not None and known is not UNSET:
            return True
        if self._fields[place].is_collection:
            return bool(value)  # it was changed in place, if it is not a new document's default
        return value is not None and known is UNSET

    def _changed(self, state: State, values: Row, places: Iterable[int]) -> list[int]:
        known = self.known(state)
        changed = self._differing(values, known, places)
        if state[0].loaded and not self._exact.issuperset(changed):
            # What was loaded may look otherwise after the way there and back: validators may have changed it.
            with suppress(DecodeError, InvalidQueryError):
                pristine = self.held(self.pristine(state))
                there = [value if is_null(value) else other for value, other in zip(known, pristine, strict=True)]
                return self._differing(values, there, changed)
        return changed

    def _differing(self, values: Row, known: Sequence[Any], places: Iterable[int]) -> list[int]:
        keys = self._keys
        return [
            place
            for place in places
            if (value := values[place]) is not (old := known[place])
            and value is not UNSET
            and differ(keys[place], value, old)
        ]

    def _arranging(self, columns: tuple[str, ...]) -> Callable[[Row], Row]:
        places = [columns.index(column) if column in columns else len(columns) for column in self._columns]
        return lambda values: tuple(map((*values, UNSET).__getitem__, places))


def _known_of_inserted(field: Field, value: Any, held: Any) -> Any:
    """What is known of a column after an insert: null if it was unset, but of a static one nobody knows."""
    if value is not UNSET or held is UNSET:
        return value
    if not field.is_static and (held is None or (field.is_collection and not held)):
        return None
    return Default(held, not field.is_static)


def missing_key(model: type[Any], name: str) -> NoReturn:
    """Raise the error for a document without a value in its key."""
    raise InvalidQueryError(
        f"{model.__name__}.{name} belongs to the primary key and has no value; set it before writing"
    )


def encoder_of_all(
    model: str, encoders: Sequence[tuple[str, Convert | None]], keys: Sequence[str]
) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """A tuple written out for these fields, all of them set: a third of what a loop takes.

    It raises one of `UNENCODABLE` for a value that is missing or does not fit, and for a null in the key.
    """
    scope: dict[str, Any] = {"no_null": _no_null}
    items: list[str] = []
    for place, (name, encode) in enumerate(encoders):
        item, bound = f"data[{name!r}]", "v"
        if encode is not None:
            scope[f"e{place}"], bound = encode, f"e{place}(v)"
        if encode is not None or name in keys:
            item = f"{bound} if (v := {item}) is not None else {'no_null()' if name in keys else None}"
        items.append(item)
    lines = ",\n    ".join(items)
    maker: Callable[[Mapping[str, Any]], tuple[Any, ...]] = compiled(
        f"lambda data: (\n    {lines},\n)", scope, f"values of {model}"
    )
    return maker


def _no_null() -> NoReturn:
    raise Unfit("no part of a key can be null")
