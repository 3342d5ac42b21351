"""Fields whose values coodie itself sets when a document is written: their rules, and the rows that contain them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from coodie import fields as markers
from coodie._errors import InvalidQueryError, ModelError
from coodie.cql.message import UNSET
from coodie.cql.types import NATIVE, TIMESTAMP
from coodie.mapping.annotations import field_annotation
from coodie.mapping.columns import Field, Row
from coodie.mapping.row_writer import RowWriter
from coodie.mapping.state import Origin, State, Stateful, is_null, set_state

M = TypeVar("M", bound=Stateful)

FIRST: Final = 1
"""The version of a new row."""

_COUNTING: Final = tuple(NATIVE[name] for name in ("bigint", "int", "varint"))


@dataclass(frozen=True, slots=True)
class Automatic:
    """The fields of a model that coodie sets."""

    version: Field | None = None
    created: Field | None = None
    updated: Field | None = None


_KINDS: Final[dict[str, type[markers.Marker]]] = {
    "version": markers.Version,
    "created": markers.CreatedAt,
    "updated": markers.UpdatedAt,
}


def automatic_of(model: type[BaseModel], fields: Sequence[Field]) -> Automatic | None:
    """The fields of a model that coodie sets; None if there are none. Raises `ModelError`."""
    found: dict[str, Field] = {}
    for field in fields:
        annotation = field_annotation(model, field.name)
        for kind, marker in _KINDS.items():
            if annotation.marker(marker) is None:
                continue
            if kind in found:
                raise ModelError(
                    f"{model.__name__}.{field.name} and .{found[kind].name} are both marked {marker.__name__}(); only "
                    "one field can be"
                )
            if why := _unfit(field, model.model_fields[field.name], marker):
                raise ModelError(f"{model.__name__}.{field.name}: {marker.__name__}() {why}")
            found[kind] = field
    return Automatic(**found) if found else None


def _unfit(field: Field, info: FieldInfo, marker: type[markers.Marker]) -> str | None:
    """The reason why coodie cannot set the field; None if it can."""
    is_version = marker is markers.Version
    if is_version and field.column.type not in _COUNTING:
        return f"counts in a bigint, an int or a varint, not in a {field.column.type}"
    if not is_version and field.column.type != TIMESTAMP:
        return f"sets a timestamp, as of a datetime, not a {field.column.type}"
    if field.is_key or field.discriminator:
        return "is set when the row is written, which no part of a key and no Discriminator() can be"
    if field.is_static:
        return "belongs to a row, and a Static() column to all rows of a partition"
    if field.frozen:
        return "is set when the row is written, so the field and its class cannot be frozen"
    if not is_version:
        return "needs a default, for documents that were not saved yet, such as None" if field.required else None
    if type(info.default) is int and info.default == FIRST:
        return None
    if info.default is None and field.optional and info.default_factory is None:
        return None
    return (
        "needs the default 1, the version of a new row: Annotated[int, Version()] = 1; with int | None, it can be None"
    )


Present: TypeAlias = Callable[[Field], tuple[Any, Any]]
"""Returns the present as a document holds it in the field, and as it is bound."""


class Saving(NamedTuple):
    """What a save sends for a document with automatic fields, and what it makes of the document."""

    values: Row
    own: tuple[tuple[Field, Any, Any], ...]
    """The automatic fields with their new values, in the document and as they are bound."""

    version: Any
    """The version that the row must have, None if it must have none; `UNSET` if there must be no row."""

    origin: Origin | None
    known: Row
    """As in `Outgoing`."""


class AutomaticWriter(RowWriter[M]):
    """Makes rows from the documents of a class with automatic fields."""

    def __init__(self, *arguments: Any, automatic: Automatic, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields: Automatic = automatic

    def saving(
        self, document: M, state: State | None, present: Present, *, full: bool, inserted: bool = False
    ) -> Saving | None:
        """What a save sends; None if nothing changed. With ``inserted``, what an insert of a new row sends.

        Raises `InvalidQueryError` as ``outgoing()`` does, and for a version that was set by the user or not loaded.
        """
        values, held = self.row(document, state)
        sent = (
            (values, *self.anew(state, values, held, inserted=True))
            if inserted
            else self._changed_or_new(state, values, held, full)
        )
        if sent is None:
            return None
        values, origin, known = sent
        anew = origin is not None
        version = self._expected(state, held, anew=anew)
        own = tuple(self._own(document, version, present, anew=anew))
        bound = {self.place(field): value for field, _, value in own}
        self.check(_with(held, bound), anew=anew)
        return Saving(_with(values, bound), own, version, origin, _with(known, bound))

    def _own(self, document: M, version: Any, present: Present, *, anew: bool) -> Iterator[tuple[Field, Any, Any]]:
        fields = self.fields
        if fields.version is not None:
            yield fields.version, after(version), after(version)
        created = fields.created
        if created is not None and anew:
            given = document.__dict__.get(created.name) if created.name in document.model_fields_set else None
            if given is None:
                yield created, *present(created)
        if fields.updated is not None:
            yield fields.updated, *present(fields.updated)

    def _expected(self, state: State | None, held: Row, *, anew: bool) -> Any:
        field = self.fields.version
        if field is None:
            return UNSET
        known = UNSET if state is None else self.version_in(state)
        given = held[self.place(field)]
        usual = (UNSET, None, FIRST) if known is UNSET else (UNSET, known, *([FIRST] if known is None else []))
        if given not in usual:
            raise InvalidQueryError(
                f"{self._model.__name__}.{field.name} is counted by coodie and cannot be set; to write only if the row "
                f"has a certain version, give it to update(..., if_conditions={{{field.name!r}: ...}})"
            )
        if anew:
            return UNSET
        if known is UNSET:
            raise self.unknown_version()
        return known

    def version_in(self, state: State) -> Any:
        """The version that a document was loaded or last written with, None for null; `UNSET` if it is not known."""
        field = self.fields.version
        known = UNSET if field is None else self.known(state)[self.place(field)]
        return None if is_null(known) else known if type(known) is int else UNSET

    def unknown_version(self) -> InvalidQueryError:
        """The error for a document whose version is not known."""
        field = self.fields.version
        name = "" if field is None else field.name
        return InvalidQueryError(
            f"{self._model.__name__}.{name} was not loaded, so it is not known which version of the row to write to; "
            f"load it, or give it to update(..., if_conditions={{{name!r}: ...}})"
        )

    def settle(self, document: M, saving: Saving, _: object = None) -> None:
        """Bring a document up to date once it was written."""
        if saving.origin is None:
            self.saved(document, saving.values)
        else:
            set_state(document, saving.origin, saving.known)
        held: dict[str, Any] = document.__dict__  # pyright: ignore[reportAssignmentType] - it is a document's, no class's
        for field, value, _ in saving.own:
            held[field.name] = value
            document.model_fields_set.add(field.name)


def after(version: Any) -> int:
    """The version of a row after a write, if it had this one before: `UNSET` for no row, None for no version."""
    return FIRST if version is UNSET or version is None else version + 1


def _with(row: Row, values: dict[int, Any]) -> Row:
    return tuple([values.get(place, value) for place, value in enumerate(row)])
