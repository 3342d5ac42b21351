"""The base class of all documents: a Pydantic model that knows its mapper.

The methods that send something are added in ``coodie.aio`` and ``coodie.sync``.
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
    __coodie_source__: ClassVar[object] = None

    # lets Pydantic accept ``Settings = Common``, which it would otherwise take for a field without annotation
    if not TYPE_CHECKING:
        Settings: ClassVar[Any]

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        cls.__coodie_mapper__ = None
        cls.__coodie_source__ = source_of(cls, "name")
        # A class with an unresolved forward reference, and a parametrised generic, get their mapper on first use.
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
        """The CQL type of each column, by its name in the table; ``str`` of a type is its CQL.

        It includes the columns of other classes that share the table. The test harness checks scripted rows with it.
        """
        mapper = mapper_of(cls)
        return dict(mapper.table.types) if mapper.family is None else mapper.family.types(mapper.member)

    @classmethod
    def table_definition(cls) -> Table:
        """The table as a value: its columns, keys and indexes, without the keyspace.

        The test harness uses it to tell what a cluster would refuse.
        """
        return mapper_of(cls).table

    def column_values(self) -> dict[str, Any]:
        """The row of this document: the value of each column as drivers take and return it, None if it was never set.

        The test harness accepts a document as a row: ``rule.returns([user])``. Raises `InvalidQueryError` for a value
        that its column cannot hold, and for a missing key.
        """
        mapper = mapper_of(type(self))
        values = zip(mapper.columns, mapper.encode(self), strict=True)
        return {name: None if value is UNSET else value for name, value in values}

    def __repr__(self) -> str:
        try:
            return super().__repr__()
        except FieldNotLoaded:  # a computed field depends on a field that was not loaded
            return f"{type(self).__name__}({_loaded(self, ', ')})"

    def __str__(self) -> str:
        try:
            return super().__str__()
        except FieldNotLoaded:
            return _loaded(self, " ")

    if not TYPE_CHECKING:  # hidden from type checkers, which should report undeclared attributes

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
    """The mapper of a document class, created once. Raises `ModelError` for a class without a table."""
    # Each class sets the attribute itself, to None until the mapper is made, so it is never inherited.
    try:
        mapper: Mapper[M] | None = cls.__coodie_mapper__
    except AttributeError:
        given: Any = cls
        if isinstance(given, type) and issubclass(given, type):
            raise InvalidQueryError("a document is wanted here, not a class") from None
        raise InvalidQueryError(
            f"{a_class(cls)} is neither a document nor a view, so it has no table; a user-defined type is created with "
            "the tables that contain it, or by sync_type()"
        ) from None
    if mapper is None:
        mapper = cls.__coodie_mapper__ = _make_mapper(cls)
    return mapper


def _again(mapper: Mapper[Any]) -> tuple[Any, ...]:
    return mapper_of, (mapper.model,)


# there is one per class, so copies and pickles of objects that refer to a mapper look up that one
copyreg.pickle(Mapper, _again)


def _make_mapper(cls: type[M]) -> Mapper[M]:
    if not _concrete(cls):
        raise ModelError(f"{cls.__name__} is abstract and has no table; use a class derived from it")
    if not cls.__pydantic_complete__:
        _complete(cls)
    _check_names(cls)
    settings, parent = read_settings(cls), _parent(cls)
    if parent is None or parent.family is None:
        _check_own_table(cls, settings)
        return Mapper(cls, settings, owner=cls.__coodie_owner__)
    if settings.name is None:
        settings = replace(settings, name=parent.table.name)
    mapper = Mapper(cls, settings, parent.family, owner=cls.__coodie_owner__)
    if mapper.version is not None and parent.version is None:
        raise ModelError(
            f"{cls.__name__}.{mapper.version.name}: writes of a {parent.model.__name__}, whose table it is, would not "
            f"count; move Version() there"
        )
    return mapper


def _check_own_table(cls: type[Model], settings: Settings) -> None:
    """Refuse a class that inherits its table name from settings which already name the table of another class."""
    for other in sharing(cls, Model):
        its = read_settings(other)
        same = (its.connection, its.keyspace, its.name) == (settings.connection, settings.keyspace, settings.name)
        # A class that was refused has no mapper, and one with an unresolved forward reference has none yet.
        there = other.__coodie_mapper__ is not None or (not other.__pydantic_complete__ and _has_table(other))
        if same and there:
            raise ModelError(
                f"{cls.__name__} inherits the table name {settings.name!r}, and {other.__name__} has that table; give "
                f"{cls.__name__} a Settings.name of its own. Classes share a table where the one that they are derived "
                "from has a field marked with Discriminator()"
            )


def _has_table(cls: type[Model]) -> bool:
    """Whether the class itself is a table; a parametrised generic becomes one on first use."""
    return _concrete(cls) and not cls.__pydantic_generic_metadata__["args"]


def _complete(cls: type[Model]) -> None:
    try:
        cls.model_rebuild()
    except PydanticUndefinedAnnotation as error:
        raise ModelError(
            f"{cls.__name__} refers to {error.name!r}, which is not defined yet; define it, or call model_rebuild()"
        ) from error


def _parent(cls: type[Model]) -> Mapper[Any] | None:
    """The mapper of the nearest base class that has a table, which this class may share."""
    if discriminator_of(cls) is None:
        return None
    above = (base for base in cls.__mro__[1:] if issubclass(base, Model) and _concrete(base))
    nearest = next(above, None)
    return None if nearest is None else mapper_of(nearest)


def _concrete(cls: type[Model]) -> bool:
    generic = cls.__pydantic_generic_metadata__
    origin = generic["origin"] or cls  # ``Base[int]`` is abstract if ``Base`` is
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
    """Whether the class is one of coodie's own, such as ``Document``."""
    return cls.__module__.partition(".")[0] == "coodie"


def _attribute(base: type, name: str) -> Any:
    found: Any = base.__dict__.get(name)
    return cast("Any", found).__func__ if isinstance(found, (classmethod, staticmethod)) else found


class TableModel(Model):
    """The row of a table, which can be written; that of a view cannot."""


class DocumentModel(TableModel):
    """A row that is written as a whole: a document of either API."""


class CounterModel(TableModel):
    """A row of counters: a counter document of either API."""

    __coodie_owner__: ClassVar[Owner] = "counter document"
