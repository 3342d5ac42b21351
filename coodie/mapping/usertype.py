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

    It is called as the class is in snake case, or as ``Settings.type_name`` says. One that would then have the name of
    a CQL type or function, as ``Duration`` or ``Json``, keeps the capitals of its class. A column of it is frozen, that
    is written and read as one value, unless it is ``Annotated[Address, Frozen(False)]``. To stand in a set, or as the
    key of a dictionary, the model must be hashable: give it ``model_config = ConfigDict(frozen=True)``.

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

    if not TYPE_CHECKING:  # so that Pydantic takes ``Settings = Common``, which else would be a field without a type
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
