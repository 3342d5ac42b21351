"""The mapper of a model: its table, and the conversion of its values, computed once per class."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from functools import cached_property, lru_cache, partial
from typing import Any, Concatenate, Generic, NoReturn, ParamSpec, Protocol, TypeVar, cast

from pydantic import BaseModel, ValidationError

from coodie._errors import DecodeError, InvalidQueryError, ModelError
from coodie._raise import raise_alone
from coodie._words import a_type, word
from coodie.cql.message import DEFAULTS, UNSET, Options, Page
from coodie.cql.options import check_threshold, checked
from coodie.cql.types import Udt
from coodie.mapping.automatic import AutomaticWriter, automatic_of
from coodie.mapping.choices import enum_value
from coodie.mapping.columns import Field, build_table, encoded, read_fields
from coodie.mapping.elements import ElementCodec, element_codec, key_codec, udt_field_codec, udt_parts, with_udt_field
from coodie.mapping.faithful import is_native
from coodie.mapping.hooks import HookedReader, Hooks, hooks_of
from coodie.mapping.natives import Convert
from coodie.mapping.polymorphism import Family, Member
from coodie.mapping.row_code import encoder_of_all
from coodie.mapping.row_writer import RowWriter, missing_key
from coodie.mapping.rows import RowReader, read_rows, without_keyless
from coodie.mapping.settings import Owner, Settings
from coodie.mapping.state import Home, Stateful, state_of
from coodie.mapping.validation import UNENCODABLE, Unfit, Validators, misfit, refusal
from coodie.tables.table import Table

M = TypeVar("M", bound=Stateful)
P = ParamSpec("P")
R = TypeVar("R")


class Cached(Protocol):
    """Calls ``make`` with a mapper and the arguments, or returns the cached result for the same arguments."""

    def __call__(self, make: Callable[Concatenate[Mapper[Any], P], R], /, *args: P.args, **kwargs: P.kwargs) -> R: ...  # noqa: D102


class Mapper(Generic[M]):
    """Everything that plans need to know about a model. It is made once per class and never changes."""

    def __init__(
        self, model: type[M], settings: Settings, family: Family | None = None, *, owner: Owner = "document"
    ) -> None:
        counters = owner == "counter document"
        self.model = model
        self.settings = settings
        self.fields: tuple[Field, ...] = read_fields(model)
        self.table: Table = build_table(model, self.fields, settings, counters=counters)
        self.by_name: dict[str, Field] = {field.name: field for field in self.fields}
        self.not_stored: frozenset[str] = frozenset(model.model_fields.keys() - self.by_name.keys())
        self.longest_name: int = max(map(len, self.by_name))
        self.by_column: dict[str, Field] = {field.column.name: field for field in self.fields}
        self.columns: tuple[str, ...] = tuple(field.column.name for field in self.fields)
        self.key: tuple[Field, ...] = tuple(self.by_column[column] for column in self.table.primary_key)
        self.key_names: tuple[str, ...] = tuple(field.name for field in self.key)
        self.data_columns: tuple[str, ...] = tuple(field.column.name for field in self.fields if not field.is_key)
        self.static_columns: frozenset[str] = frozenset(field.column.name for field in self.fields if field.is_static)
        self.row_columns: tuple[str, ...] = tuple(name for name in self.data_columns if name not in self.static_columns)
        self.counters = counters
        self.is_view: bool = owner == "view"
        self.member = Member(model, settings, self.table, self.columns, self.read_alone)
        self.family = family
        self.options: Options = _options(model, settings)
        self.expires: bool = bool(dict(self.table.options).get("default_time_to_live"))
        self.hooks: Hooks = hooks_of(model, model.__coodie_owner__)
        self._validators = Validators(model)
        self._clustering = next(iter(self.table.clustering_key), None)
        self._reader = lru_cache(maxsize=64)(self._make_reader)
        self._alone = lru_cache(maxsize=None)(self._make_alone)
        # The cache belongs to the mapper: a global one would keep models alive, and everything that they refer to.
        self.cached: Cached = cast("Cached", lru_cache(maxsize=2048)(self._make))
        self.writer: RowWriter[M] = self._make_writer()
        self.automatic: AutomaticWriter[M] | None = self.writer if isinstance(self.writer, AutomaticWriter) else None
        """The writer, if there are fields that coodie sets."""
        hooks = self.hooks
        self.saves_specially: bool = (settings.warn_nulls or settings.warn_overwrites) or any(
            each is not None for each in (self.automatic, hooks.before_save, hooks.after_save)
        )
        """Whether a save does more than send the row: it sets fields, calls methods of the user's, or may warn."""
        self.version: Field | None = None if self.automatic is None else self.automatic.fields.version
        self.element_codec: Callable[[Field, str], ElementCodec] = lru_cache(maxsize=256)(self._element_codec)
        self._join()

    def _make_writer(self) -> RowWriter[M]:
        encoders = [self._encoder(field) for field in self.fields]
        arguments = (self.model, self.fields, self.key, encoders, self._reader, self._validators)
        checks, automatic = self.settings.validate_on_save, automatic_of(self.model, self.fields)
        if automatic is None:
            return RowWriter(*arguments, checks=checks)
        return AutomaticWriter(*arguments, checks=checks, automatic=automatic)

    def _encoder(self, field: Field) -> Convert | None:
        own = self.settings.discriminator_value
        if own is None or not field.discriminator:
            return field.codec.encode
        only = self._own_value(field, own)

        def encode(value: Any) -> Any:
            if encoded(field, value) != only:
                raise Unfit(f"it is {own!r} in every {self.model.__name__}")
            return only

        return encode

    def _own_value(self, field: Field, own: Any) -> Any:
        """The discriminator value in rows of this class. Raises `ModelError` for a value that is not valid for the
        field.
        """
        try:
            value = self.in_memory(field, own)
        except InvalidQueryError as error:
            raise ModelError(f"{error}, and that is its discriminator_value") from None
        if not isinstance(enum_value(own), type(enum_value(value))):
            raise ModelError(
                f"{self.model.__name__}.{field.name}: the discriminator_value is {a_type(own)}, which the field takes, "
                f"but makes {a_type(value)} of it; write that"
            )
        return encoded(field, value)

    def _join(self) -> None:
        discriminator = next((field for field in self.fields if field.discriminator), None)
        if discriminator is not None:
            self.family = self.family or Family(self.member, discriminator)
            self.family.join(self.member)

    @cached_property
    def own_of_updates(self) -> tuple[Field, ...]:
        """The fields that coodie sets with each change of a row."""
        own = () if self.automatic is None else (self.automatic.fields.version, self.automatic.fields.updated)
        return tuple(field for field in own if field is not None)

    @cached_property
    def always_loaded(self) -> frozenset[str]:
        """The columns that every document needs: the key, the discriminator and the version."""
        others = (field.column.name for field in self.fields if field.discriminator or field is self.version)
        return frozenset((*self.table.primary_key, *others))

    def is_shared(self, column: str) -> bool:
        """Whether all rows of a partition share the column, because it is static or in the partition key."""
        found = self.by_column.get(column)
        return found is not None and (found.is_static or column in self.table.partition_key)

    @property
    def selected(self) -> tuple[str, ...]:
        """The columns that a query loads: those of the model, and of derived classes that share its table."""
        return self.columns if self.family is None else self.family.columns(self.member)

    def encode(self, document: M) -> tuple[Any, ...]:
        """The values of a full-row INSERT, one for each of `columns`. Raises as `RowWriter.row` does."""
        return self.writer.row(document, state_of(document))[0]

    def key_values(self, document: M, count: int | None = None) -> tuple[Any, ...]:
        """The values of the primary key, or of its first ``count`` columns.

        Raises `InvalidQueryError` if one is missing.
        """
        try:
            return self._encode_key(document.__dict__)[:count]
        except UNENCODABLE:
            pass  # the slow path below finds out what is wrong, or that nothing is
        values: list[Any] = []
        for field in self.key[:count]:
            value = document.__dict__.get(field.name)
            if value is None:
                missing_key(self.model, field.name)
            values.append(self.bound(field, value))
        return tuple(values)

    @cached_property
    def _encode_key(self) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
        keys = [(field.name, field.codec.encode) for field in self.key]
        return encoder_of_all(self.model.__name__, keys, self.key_names)

    def field(self, name: str) -> Field:
        """The field with that name. Raises `InvalidQueryError`, which names the nearest one."""
        if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidQueryError(f"the name of a field of {self.model.__name__} must be a str, not {a_type(name)}")
        field = self.by_name.get(name)
        if field is None:
            if name in self.not_stored:
                raise InvalidQueryError(f"{self.model.__name__}.{name} is NotStored(), so it is not a column")
            near = get_close_matches(name[:100], self.by_name, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"it has: {', '.join(self.by_name)}"
            raise InvalidQueryError(f"{self.model.__name__} has no field {word(name)}; {hint}")
        return field

    def read_page(
        self, page: Page, home: Home | None = None, unreadable: Callable[[DecodeError], object] | None = None
    ) -> list[M]:
        """The documents of a page, loaded from ``home``.

        The server returns the static values of a partition without rows as a row of their own, which is skipped. A row
        that does not fit raises `DecodeError`, or is passed to ``unreadable``.
        """
        if not page.rows:
            return []
        rows = without_keyless(page, self._clustering) if self.static_columns else page.rows
        try:
            if self.family is not None:
                return self.family.read(self.member, page.columns, rows, home)
            return self._reader(page.columns).read(rows, home)
        except DecodeError as error:
            # Also for static columns that the model does not have.
            rest = without_keyless(page, self._clustering)
            if unreadable is None and len(rest) == len(rows):
                error.paging_state = page.paging_state
                raise
        family, columns = self.family, page.columns
        alone = self._reader(columns).read if family is None else partial(family.read, self.member, columns)
        return read_rows(lambda rows: alone(rows, home), page, rest, unreadable)

    def read_alone(
        self, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]], home: Home | None = None
    ) -> list[M]:
        """The documents of rows that all belong to exactly this class. Raises as `read_page` does."""
        return self._reader(columns).read(rows, home)

    def read_values(self, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """The values of these columns in their annotated types. Raises `DecodeError` for a value that does not fit."""
        return self._reader(columns).values(rows) if rows else []

    def allows(self, column: str, value: Any) -> bool:
        """Whether a row may have this value in the column; null only if the field is optional or a collection."""
        return value is not None or self.by_column[column].takes_null

    def in_memory(self, field: Field, value: Any) -> Any:
        """``value`` as a document holds it, after validation by the field.

        Raises `InvalidQueryError` with Pydantic's reason, but without the value.
        """
        if (validate := self._alone(field.name)) is not None:
            try:
                return validate(value)
            except ValidationError:
                pass  # validated again below, for an error that says where
        try:
            return self._validators.some({field.name: value})[field.name]
        except (ValidationError, KeyError) as error:
            raise_alone(refusal(f"{self.model.__name__}.{field.name}", error, field.column.type, 1))

    def from_bound(self, field: Field, bound: Any) -> Any:
        """A border value as a document holds it. Raises as `in_memory` does."""
        decode = field.codec.decode
        return self.in_memory(field, bound if decode is None else decode(bound))

    def default_of(self, field: Field) -> Any:
        """The value of the field in a new document that is created without it; `UNSET` if it is required."""
        info = self.model.model_fields[field.name]
        return UNSET if field.required else info.get_default(call_default_factory=True, validated_data={})

    def null_of(self, field: Field) -> Any:
        """The value of the field in a document loaded with a null; `UNSET` if null is not possible."""
        return field.empty if field.optional or field.is_collection else self.default_of(field)

    def binder(self, names: tuple[str, ...]) -> Callable[[Mapping[str, Any]], tuple[Any, ...] | None]:
        """The function that validates the values of all these fields at once and returns their border values.

        It returns None if any value is invalid or None; `validated`, called for each field, then tells which.
        """
        alone = {name: validate for name in names if (validate := self._alone(name)) is not None}
        together = self._validators.some if len(alone) < len(names) else None
        encoders = [(name, self.by_name[name].codec.encode) for name in names]
        encode = encoder_of_all(self.model.__name__, encoders, names, {} if together else alone)

        def bind(given: Mapping[str, Any]) -> tuple[Any, ...] | None:
            try:
                return encode(given if together is None else together(given))
            except (ValidationError, *UNENCODABLE):
                return None

        return bind

    def validated(self, field: Field, value: Any) -> Any:
        """``value`` as a border value, after validation by the field. Raises as `in_memory` does."""
        return self.bound(field, self.in_memory(field, value))

    def bound(self, field: Field, value: Any) -> Any:
        """The border value for a value that a document holds. Raises `InvalidQueryError` if it does not fit."""
        try:
            return encoded(field, value)
        except UNENCODABLE as error:
            self._misfit(field.name, value, error)

    def udt_parts(self, field: Field) -> dict[str, str]:
        """The fields of a user-defined type: their names on the server by their names in its class."""
        return udt_parts(self.model, field.name)

    def with_udt_field(self, field: Field, old: Any, part: str, value: Any) -> Any:
        """The value of a user-defined type with one of its fields changed; None if the rest of it is unknown."""
        return with_udt_field(self.model, field.name, old, part, value)

    def _make(self, make: Callable[..., Any], *args: Any) -> Any:
        return make(self, *args)

    def _make_alone(self, name: str) -> Callable[[Any], Any] | None:
        return self._validators.alone(name) if is_native(self._validators, name) else None

    def _make_reader(self, columns: tuple[str, ...]) -> RowReader[M]:
        arguments = (self.model, self.table, self.by_column, columns, self._validators)
        hook = self.hooks.after_load
        return RowReader(*arguments) if hook is None else HookedReader(*arguments, hook=hook)

    def _element_codec(self, field: Field, part: str) -> ElementCodec:
        """The codec of ``key`` or ``element`` of a collection, else of the field of that name of a user-defined
        type.
        """
        if isinstance(field.column.type, Udt):
            return udt_field_codec(self.model, field.name, part)
        return (key_codec if part == "key" else element_codec)(self.model, field.name)

    def _misfit(self, name: str, value: Any, error: Exception) -> NoReturn:
        raise_alone(misfit(f"{self.model.__name__}.{name}", value, error))


def _options(model: type[BaseModel], settings: Settings) -> Options:
    try:
        chosen = checked(Options(settings.consistency, settings.serial_consistency, settings.timeout))
        check_threshold("warn_in_partitions", settings.warn_in_partitions)
        check_threshold("warn_statements", settings.warn_statements)
        check_threshold("warn_bytes", settings.warn_bytes)
        check_threshold("warn_partitions", settings.warn_partitions)
    except InvalidQueryError as error:
        raise ModelError(f"{model.__name__}.Settings: {error}") from None
    return DEFAULTS if chosen == DEFAULTS else chosen
