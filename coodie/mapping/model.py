"""What every document is underneath: a Pydantic model that knows its mapper.

The doors add the methods that send something. Nothing here does.
"""

from __future__ import annotations

import copyreg
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from pydantic import GetCoreSchemaHandler
from pydantic.errors import PydanticUndefinedAnnotation
from pydantic_core import CoreSchema

from coodie._errors import FieldNotLoaded, InvalidQueryError, ModelError
from coodie._words import a_class
from coodie.cql.message import UNSET
from coodie.cql.types import CqlType
from coodie.mapping.datetimes import with_cql_datetimes
from coodie.mapping.mapper import Mapper
from coodie.mapping.polymorphism import discriminator_of, with_discriminator
from coodie.mapping.settings import Owner, Settings, read_settings, sharing, source_of
from coodie.mapping.slips import OF_DOCUMENTS, Hinted, of_document
from coodie.mapping.state import ORIGIN
from coodie.tables.table import Table

M = TypeVar("M", bound="Model")


class Model(Hinted):
    """A Pydantic model with a table."""

    __coodie_mapper__: ClassVar[Mapper[Any] | None] = None
    __coodie_owner__: ClassVar[Owner] = "document"
    __coodie_source__: ClassVar[object] = None

    if not TYPE_CHECKING:  # so that Pydantic takes ``Settings = Common``, which else would be a field without a type
        Settings: ClassVar[Any]

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        cls.__coodie_mapper__ = None
        cls.__coodie_source__ = source_of(cls, "name")
        # A class that waits for a forward reference, or that a type argument made, gets its mapper at its first use.
        if cls.__pydantic_complete__ and _has_table(cls):
            mapper_of(cls)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema: CoreSchema = with_cql_datetimes(handler(source))
        value = read_settings(cls).discriminator_value
        return schema if value is None else with_discriminator(schema, cls, value)

    @classmethod
    def table_name(cls) -> str:
        """The name of the table, without its keyspace."""
        return mapper_of(cls).table.name

    @classmethod
    def column_types(cls) -> dict[str, CqlType]:
        """The CQL type of each column, by the name that it has in the table; ``str`` of a type is its CQL.

        The test harness checks scripted rows against them. The columns of classes that share the table are among them.
        """
        mapper = mapper_of(cls)
        return dict(mapper.table.types) if mapper.family is None else mapper.family.types(mapper.member)

    @classmethod
    def table_definition(cls) -> Table:
        """The table as a value: its columns, keys and indexes, without its keyspace.

        The test harness tells by it what a cluster would refuse.
        """
        return mapper_of(cls).table

    def column_values(self) -> dict[str, Any]:
        """The row that it is: a value for each column, as drivers take and give it, None for what was never set.

        The test harness takes a document for a row: ``rule.returns([user])``. Raises `InvalidQueryError` for a value
        that its column cannot hold, and for a key that is missing.
        """
        mapper = mapper_of(type(self))
        values = zip(mapper.columns, mapper.encode(self), strict=True)
        return {name: None if value is UNSET else value for name, value in values}

    def __repr__(self) -> str:
        try:
            return super().__repr__()
        except FieldNotLoaded:  # a computed field is made of one that was not loaded
            return f"{type(self).__name__}({_loaded(self, ', ')})"

    def __str__(self) -> str:
        try:
            return super().__str__()
        except FieldNotLoaded:
            return _loaded(self, " ")

    if not TYPE_CHECKING:  # for a checker, an attribute that is not declared does not exist

        def __getattr__(self, name: str) -> Any:
            if name == ORIGIN:  # of a new document: asked for by each save, and an error that is caught takes longer
                return None
            if name in type(self).model_fields:
                raise FieldNotLoaded(
                    f"{type(self).__name__}.{name} was not loaded; ask for its column in the query, or set it first"
                )
            if name in OF_DOCUMENTS and not hasattr(type(self), name):
                raise of_document(type(self), name)
            return super().__getattr__(name)


def _loaded(document: Model, between: str) -> str:
    held = document.__dict__
    shown = [name for name, info in type(document).model_fields.items() if info.repr and name in held]
    return between.join(f"{name}={held[name]!r}" for name in shown)


def mapper_of(cls: type[M]) -> Mapper[M]:
    """The mapper of a document class, made once. Raises `ModelError` for a class that has no table."""
    # Each class has an attribute of its own, None until it is known, so none is inherited.
    try:
        mapper: Mapper[M] | None = cls.__coodie_mapper__
    except AttributeError:
        raise InvalidQueryError(
            f"{a_class(cls)} is no document and no view, so it has no table; a user-defined type comes with the tables "
            "that have it, or by sync_type()"
        ) from None
    if mapper is None:
        mapper = cls.__coodie_mapper__ = _make_mapper(cls)
    return mapper


def _again(mapper: Mapper[Any]) -> tuple[Any, ...]:
    return mapper_of, (mapper.model,)


copyreg.pickle(Mapper, _again)  # one per class, so copies and pickles of what holds one find that of the class


def _make_mapper(cls: type[M]) -> Mapper[M]:
    if not _concrete(cls):
        raise ModelError(f"{cls.__name__} is abstract and has no table; use a class derived from it")
    if not cls.__pydantic_complete__:
        _complete(cls)
    _check_names(cls)
    settings, parent = read_settings(cls), _parent(cls)
    counters = cls.__coodie_owner__ == "counter document"
    if parent is None or parent.family is None:
        _check_own_table(cls, settings)
        return Mapper(cls, settings, counters=counters)
    if settings.name is None:
        settings = replace(settings, name=parent.table.name)
    return Mapper(cls, settings, parent.family, counters=counters)


def _check_own_table(cls: type[Model], settings: Settings) -> None:
    """Refuse a class that inherits the name of a table which another class has."""
    for other in sharing(cls, Model):
        its = read_settings(other)
        same = (its.connection, its.keyspace, its.name) == (settings.connection, settings.keyspace, settings.name)
        # One that was refused has no mapper, one that waits for a forward reference has none yet.
        there = other.__coodie_mapper__ is not None or (not other.__pydantic_complete__ and _has_table(other))
        if same and there:
            raise ModelError(
                f"{cls.__name__} inherits the table name {settings.name!r}, and {other.__name__} has that table; give "
                f"{cls.__name__} a Settings.name of its own. Classes share a table where the one that they are derived "
                "from has a field marked with Discriminator()"
            )


def _has_table(cls: type[Model]) -> bool:
    """Whether the class is a table by itself; one that a type argument made is one once it is used."""
    return _concrete(cls) and not cls.__pydantic_generic_metadata__["args"]


def _complete(cls: type[Model]) -> None:
    try:
        cls.model_rebuild()
    except PydanticUndefinedAnnotation as error:
        raise ModelError(
            f"{cls.__name__} refers to {error.name!r}, which is not defined yet; define it, or call model_rebuild()"
        ) from error


def _parent(cls: type[Model]) -> Mapper[Any] | None:
    """The mapper of the nearest class above that has a table, and so may share it."""
    if discriminator_of(cls) is None:
        return None
    above = (base for base in cls.__mro__[1:] if issubclass(base, Model) and _concrete(base))
    nearest = next(above, None)
    return None if nearest is None else mapper_of(nearest)


def _concrete(cls: type[Model]) -> bool:
    generic = cls.__pydantic_generic_metadata__
    origin = generic["origin"] or cls  # ``Base[int]`` is as abstract as ``Base`` is
    return not (_is_coodies(cls) or generic["parameters"] or read_settings(origin).abstract)


def _check_names(cls: type[Model]) -> None:
    for name in cls.model_fields:
        for base in cls.__mro__:
            if _is_coodies(base) and callable(_attribute(base, name)):
                raise ModelError(
                    f"{cls.__name__}.{name} has the name of the method {base.__name__}.{name}(); "
                    f"call the field otherwise and give it Column(name={name!r})"
                )


def _is_coodies(cls: type) -> bool:
    """Whether coodie itself has the class, such as ``Document``."""
    return cls.__module__.partition(".")[0] == "coodie"


def _attribute(base: type, name: str) -> Any:
    found: Any = base.__dict__.get(name)
    return cast("Any", found).__func__ if isinstance(found, (classmethod, staticmethod)) else found
