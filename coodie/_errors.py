"""The errors of what was asked, and those of what was found: all that need no request and no schema.

`coodie.exceptions` is where users find them, and the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Generic, TypeVar

from coodie._value import value_or_raise

M = TypeVar("M")

PUBLIC: Final = "coodie.exceptions"
"""Where users find the errors: what tracebacks and pickles say of them, wherever they are defined."""


class CoodieError(Exception):
    """The root of the tree: ``except CoodieError`` catches all that coodie raises."""

    __module__ = PUBLIC

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        if cls.__module__.startswith("coodie."):
            cls.__module__ = PUBLIC


class ConfigurationError(CoodieError):
    """No connection of that name, a closed one, or a driver that cannot serve this door.

    Raised before anything is sent. The message names the connection asked for and the ones that are known.
    """


class InvalidQueryError(CoodieError):
    """The request breaks a rule that can be seen without a server; nothing was sent.

    ``errors`` is what Pydantic found where it refused a value, as its ``errors()`` has it: with the value, and with the
    words of validators of your own. They may tell the value too, so the message has neither.
    """

    def __init__(self, message: str, errors: Iterable[Mapping[str, Any]] = ()) -> None:
        super().__init__(message)
        self.errors: tuple[Mapping[str, Any], ...] = tuple(errors)


class ModelError(InvalidQueryError):
    """The class cannot be a table; raised when the class is made, naming class and field."""


class DocumentNotFound(CoodieError):
    """``get()`` or ``one()`` found no row."""


class MultipleDocumentsFound(CoodieError):
    """``get()`` or ``one()`` found more than one row."""


class FieldNotLoaded(CoodieError, AttributeError):
    """The field was read, but the query that loaded the document did not ask for its column."""


class DecodeError(CoodieError):
    """A row does not fit the model, or a conditional answer has no ``[applied]`` column.

    ``column`` is the one that does not fit. ``key`` tells which row it is: the values of its key by column, or of a row
    that the driver could not read whatever it could. The message has only the names, since values are not for logs.
    ``errors`` is what Pydantic found, with the values, as in `InvalidQueryError`. ``paging_state`` is where the query
    goes on behind the page of the row: ``query.page(error.paging_state)``; None if it was the last page.
    """

    def __init__(
        self,
        message: str,
        key: Mapping[str, Any] | None = None,
        column: str | None = None,
        errors: Iterable[Mapping[str, Any]] = (),
    ) -> None:
        super().__init__(message)
        self.key = key
        self.column = column
        self.errors: tuple[Mapping[str, Any], ...] = tuple(errors)
        self.paging_state: bytes | None = None


class ConditionNotMet(CoodieError, Generic[M]):
    """A conditional write was not applied.

    Raised by ``LWTResult.raise_if_lost()``, and by ``create()`` of a query with ``if_not_exists()``.
    """

    def __init__(self, message: str, existing: M | Exception | None = None) -> None:
        super().__init__(message)
        self._existing = existing

    @property
    def existing(self) -> M | None:
        """The row that the server has, as a model, or None when it gave none.

        Raises `DecodeError` for a row that does not fit the model.
        """
        return value_or_raise(self._existing)


class MigrationError(CoodieError):
    """A migration cannot be applied as it stands. Nothing in this version raises it."""


class BatchWarning(UserWarning):
    """The batch is allowed, but hard on the cluster, or does not do what it seems to."""

    __module__ = PUBLIC


class QueryWarning(UserWarning):
    """The query is allowed, but makes every node of the cluster work for it; from a recorder: a cluster refuses it."""

    __module__ = PUBLIC
