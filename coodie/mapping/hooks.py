"""Methods of documents that users override, and that coodie calls around saving, deleting and loading."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any, Final, TypeAlias, TypeVar

from coodie._errors import ModelError
from coodie._functions import is_plain
from coodie.mapping.columns import Row
from coodie.mapping.rows import RowReader
from coodie.mapping.settings import Owner
from coodie.mapping.state import Home, Stateful

M = TypeVar("M", bound=Stateful)

Hook: TypeAlias = Callable[[Any], object]

_CALLED: Final[dict[str, tuple[Owner, ...]]] = {
    "before_save": ("document",),
    "after_save": ("document",),
    "before_delete": ("document", "counter document"),
    "after_load": ("document", "counter document", "view"),
}
"""The methods, each with the kinds of classes for which it is called."""


@dataclass(frozen=True, slots=True)
class Hooks:
    """The methods that a class overrides; None for the others."""

    before_save: Hook | None = None
    after_save: Hook | None = None
    before_delete: Hook | None = None
    after_load: Hook | None = None


def hooks_of(model: type[Any], owner: Owner) -> Hooks:
    """The methods that a class overrides.

    Raises `ModelError` for one that is not a plain method, or would never be called.
    """
    found = {name: hook for name in _CALLED if (hook := _overridden(model, name)) is not None}
    for name, hook in found.items():
        if not isinstance(hook, FunctionType) or not is_plain(hook):
            raise ModelError(
                f"{model.__name__}.{name} must be a plain method, def {name}(self), which does its work at once: "
                "coodie calls it in both APIs, so it cannot wait for anything"
            )
        if owner not in _CALLED[name]:
            raise ModelError(f"{model.__name__}.{name}() would never be called, since the class is a {owner}")
    return Hooks(**found)


def _overridden(model: type[Any], name: str) -> Any:
    """What the class or one of its bases has under that name, unless that is coodie's own."""
    base = next((base for base in model.__mro__ if name in vars(base)), None)
    return None if base is None or base.__module__.partition(".")[0] == "coodie" else vars(base)[name]


class HookedReader(RowReader[M]):
    """Makes documents from rows, and calls ``after_load()`` of each."""

    def __init__(self, *arguments: Any, hook: Hook) -> None:
        super().__init__(*arguments)
        self._hook = hook

    def read(self, rows: Sequence[Row], home: Home | None = None) -> list[M]:
        """The documents, after the user's method was called for each."""
        documents = self.bare(rows, home)
        for document in documents:
            self._hook(document)
        return documents

    def bare(self, rows: Sequence[Row], home: Home | None = None) -> list[M]:
        """The documents, without calling the user's method."""
        return super().read(rows, home)
