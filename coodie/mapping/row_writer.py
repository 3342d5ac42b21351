"""Turns documents into rows: what a save sends, and what the document remembers after the save.

It is the counterpart of ``rows.py``. Changes are detected by comparing border values, so a change in place of a list, a
dictionary or a nested model is found just like an assignment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property, lru_cache
from typing import Any, Generic, NoReturn, TypeAlias, TypeVar

from coodie._errors import DecodeError, InvalidQueryError
from coodie._raise import raise_alone
from coodie.cql.message import UNSET
from coodie.mapping.columns import Field, Row
from coodie.mapping.compare import column_key, differ
from coodie.mapping.faithful import stays_equal
from coodie.mapping.natives import Convert
from coodie.mapping.row_code import encoder_of_all, sure_encoder
from coodie.mapping.rows import RowReader
from coodie.mapping.state import Default, Origin, State, Stateful, is_null, plain, set_state, state_of
from coodie.mapping.validation import UNENCODABLE, Validators, misfit

M = TypeVar("M", bound=Stateful)


Outgoing: TypeAlias = tuple[Row, Origin | None, Row]
"""The values that a save sends for the columns of the model, with `UNSET` for unchanged ones; and the state of the
document after the save, if it replaces what was known of the row. A plain tuple for speed, since each save makes one.
"""


class RowWriter(Generic[M]):
    """Makes rows from the documents of one class."""

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
        self._of_new: State = (Origin(self._columns, exists=False), (UNSET,) * len(self._columns))
        self._checks = checks
        self._names = frozenset(names)
        self._places = {name: place for place, name in enumerate(names)}
        self._encoders = tuple(zip(names, encoders, strict=True))
        self._keys = tuple(column_key(field.column.type) for field in fields)
        self.key_places: tuple[int, ...] = tuple(self._places[field.name] for field in key)
        told = [place for place, field in enumerate(fields) if field.discriminator]
        self._always = (*self.key_places, *told)
        self._arranged = lru_cache(maxsize=64)(self._arranging)
        self._key_names = [field.name for field in key]
        self._encode_all = encoder_of_all(model.__name__, self._encoders, self._key_names)

    def row(self, document: M, state: State | None) -> tuple[Row, Row]:
        """The whole row as a save sends it; and the border values of everything that the document holds.

        A field that was never set is omitted from the row if it is None, an empty collection, or a default in place of
        a null. Raises `InvalidQueryError` for a value that does not fit and for a missing key.
        """
        values = self._all_set(document)
        if values is not None:
            return values, values
        held = self.held(document)
        for place in self.key_places:
            if held[place] is None or held[place] is UNSET:
                missing_key(self._model, self._fields[place].name)
        return self._known_of(held, document.model_fields_set, state), held

    def _all_set(self, document: M) -> Row | None:
        """The row of a document in which every field was set; None for any other document, or if a value does not
        fit.
        """
        if document.model_fields_set >= self._names:
            try:
                return self._encode_all(document.__dict__)
            except UNENCODABLE:
                pass  # the slow path below raises an error that says what is wrong
        return None

    @cached_property
    def _sure_row(self) -> Callable[[Mapping[str, Any], set[str]], Row | None]:
        types = self._reader(self._columns).sure_types if self._checks else ()
        return sure_encoder(self._model.__name__, self._encoders, self._key_names, types)

    def outgoing(self, document: M, state: State | None, full: bool) -> Outgoing | None:
        """The values that a save sends: those that changed, with the key; None if nothing changed.

        For a new document, for one whose key changed, and with ``full``, it is the whole row. Raises as ``row()`` does,
        and for a row that could not be loaded again.
        """
        if state is None or full:
            try:
                row = self._sure_row(document.__dict__, document.model_fields_set)
            except UNENCODABLE:
                row = None
            if row is None and (row := self._all_set(document)) is not None:
                self.check(row, anew=True)
            if row is not None:  # the usual case: the whole row is sent, whatever is known
                return row, self._origin_of(state), row
        values, held = self.row(document, state)
        sent = self._changed_or_new(state, values, held, full)
        if sent is not None:
            self.check(held, anew=sent[1] is not None)
        return sent

    def check(self, held: Row, *, anew: bool) -> None:
        """Raise `InvalidQueryError` if the document could not be loaded again after the save.

        In a row that is new (``anew``), columns without a value will be null; in an existing row they are unknown.
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
            return values, *self.anew(state, values, held)
        known = self.known(state)
        changed = self._changed(state, values, self.key_places if full else range(len(values)))
        if self._is_another(changed, known):
            return values, *self.anew(state, values, held)
        if full:
            return values, None, values
        if not changed:
            return None
        sent: list[Any] = [UNSET] * len(values)
        for place in (*self._always, *changed):
            sent[place] = values[place]
        return tuple(sent), None, values

    def _is_another(self, changed: Sequence[int], known: Row) -> bool:
        """Whether the key changed, so that it is another row."""
        return any(known[place] is not UNSET for place in changed if place in self.key_places)

    def anew(self, state: State | None, values: Row, held: Row, *, inserted: bool = False) -> State:
        """The state of a document after a save of this row; with ``inserted``, after an insert that was applied."""
        known = values if values is held else self._with_defaults(values, held, inserted)
        return self._origin_of(state), known

    def _origin_of(self, state: State | None) -> Origin:
        """The origin of a row that is written as a whole."""
        if state is None or state[0].home is None:
            return self._origin
        return Origin(self._columns, state[0].home)

    def changes(self, document: M, *, full: bool) -> set[str]:
        """The names of the fields that ``outgoing()`` would send; all for a new document. Raises as ``row()`` does."""
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
        """The border values of all fields that the document holds, and `UNSET` for the others."""
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
        """The remembered value of each column of the model."""
        origin, values = state
        return values if origin.columns == self._columns else self._arranged(origin.columns)(values)

    def whole(self, state: State | None) -> State:
        """The same state, of all columns of the model; for a new document one in which nothing is known."""
        if state is None:
            return self._of_new
        origin = state[0]
        if origin.columns == self._columns:
            return state
        return Origin(self._columns, origin.home, origin.exists, origin.loaded), self.known(state)

    def key_in(self, state: State) -> Row | None:
        """The remembered key of the row; None if the document was neither loaded nor saved."""
        known = self.known(state)
        key = tuple([known[place] for place in self.key_places])
        return None if UNSET in key else key

    @cached_property
    def _exact(self) -> frozenset[int]:
        """The columns whose values are certainly unchanged by validation and encoding."""
        return frozenset(
            [
                place
                for place, field in enumerate(self._fields)
                if field.codec.decode is None and stays_equal(self._validators, field.name)
            ]
        )

    def place(self, field: Field) -> int:
        """The index of the field in a row."""
        return self._places[field.name]

    def is_change(self, place: int, value: Any, assigned: bool, known: Any) -> bool:
        """Whether a save would send this value of the column at that index."""
        sent = value is not UNSET and (assigned or self._counts(place, value, known))
        return sent and differ(self._keys[place], value, known)

    def differ(self, place: int, one: Any, other: Any) -> bool:
        """Whether two values of the column at that index are different to the server."""
        return differ(self._keys[place], one, other)

    def remembered(self, state: State) -> tuple[str, ...]:
        """The columns that the document covers: those that were loaded or sent, or hold a default."""
        return tuple(
            [column for column, known in zip(self._columns, self.known(state), strict=True) if known is not UNSET]
        )

    def saved(self, document: M, values: Row, _: object = None) -> None:
        """Update the state of the document after these values were written."""
        state = state_of(document)
        if state is not None:
            origin, known = self.whole(state)
            merged = [k if v is UNSET else v for v, k in zip(values, known, strict=True)]
            set_state(document, origin, tuple(merged))

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
        """The document as it was when the state was recorded. Raises `DecodeError` if it cannot be read."""
        known = dict(zip(self._columns, self.known(state), strict=True))
        there = {
            field.column.name: value
            for field in self._fields
            if (value := plain(known[field.column.name])) is not UNSET and (value is not None or field.takes_null)
        }
        document = self._reader(tuple(there)).bare([tuple(there.values())])[0]
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
        """Whether a value that was not assigned is sent nevertheless."""
        if isinstance(known, Default):
            return differ(self._keys[place], value, known.value)
        if known is not None and known is not UNSET:
            return True
        if self._fields[place].is_collection:
            # a collection that is no longer empty was changed in place, unless it is the default of a new document
            return bool(value)
        return value is not None and known is UNSET

    def _changed(self, state: State, values: Row, places: Iterable[int]) -> list[int]:
        known = self.known(state)
        changed = self._differing(values, known, places)
        if state[0].loaded and not self._exact.issuperset(changed):
            # Validators may have changed what was loaded, so compare with the loaded value after the same conversion.
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
    """The known value of a column after an insert: null if it was unset, except that a static one is unknown."""
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
