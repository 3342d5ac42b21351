"""User-defined types as Pydantic models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, GetCoreSchemaHandler
from pydantic_core import CoreSchema

from coodie._errors import InvalidQueryError, ModelError
from coodie.cql.names import UNREADABLE_TYPES, check_type_name
from coodie.mapping.datetimes import with_cql_datetimes
from coodie.mapping.settings import Owner, read_settings, sharing, snake_case, source_of


class UserType(BaseModel):
    """A user-defined type (UDT): a model that is the value of one column.

    Its name is that of the class in snake case, or ``Settings.type_name``. If the snake-case name would be that of a
    CQL type or function, as for ``Duration`` or ``Json``, the capitals of the class name are kept. A column of the type
    is frozen, that is, written and read as one value, unless it is annotated ``Annotated[Address, Frozen(False)]``. To
    be an element of a set or a key of a dictionary, the model must be hashable: give it ``model_config =
    ConfigDict(frozen=True)``.

    .. code-block:: python

        from typing import Annotated
        from uuid import UUID
        from coodie import Document, UserType
        from coodie.fields import PrimaryKey

        class Address(UserType):
            street: str
            zip: str

        class Customer(Document):
            id: Annotated[UUID, PrimaryKey()]
            address: Address | None = None
    """

    __coodie_owner__: ClassVar[Owner] = "user-defined type"
    __coodie_source__: ClassVar[object] = None

    # lets Pydantic accept ``Settings = Common``, which it would otherwise take for a field without annotation
    if not TYPE_CHECKING:
        Settings: ClassVar[Any]

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        cls.__coodie_source__ = source_of(cls, "type_name")
        name = cls.type_name()
        for other in sharing(cls, UserType):
            raise ModelError(
                f"{cls.__name__} inherits the type name {name!r}, and {other.__name__} has that type; give "
                f"{cls.__name__} a Settings.type_name of its own"
            )

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema: CoreSchema = with_cql_datetimes(handler(source))
        return schema

    @classmethod
    def type_name(cls) -> str:
        """The name of the type in CQL."""
        given = read_settings(cls).type_name
        if given is None:
            usual = snake_case(cls.__name__)
            given = cls.__name__ if usual in UNREADABLE_TYPES else usual
        try:
            return check_type_name(given)
        except InvalidQueryError as error:
            raise ModelError(f"{cls.__name__}: {error}; see Settings.type_name") from None
