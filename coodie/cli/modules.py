"""Finds what settings name: the models in modules and packages, and functions such as ``app.db:connect``."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable, Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

from coodie._errors import CoodieError, ModelError
from coodie.cli.stop import Stop
from coodie.mapping.model import Model, mapper_of


def models_in(names: Iterable[str]) -> tuple[type[Model], ...]:
    """The documents, counter documents and views of these modules, and of everything in these packages, by their names.

    Abstract classes do not count, nor do classes that a module only imports from elsewhere. Raises `Stop` if a module
    cannot be imported, and if there is no model in it.
    """
    found: dict[type[Model], None] = {}
    for name in names:
        here = {each: None for module in modules_in(name) for each in _models(module, name)}
        if not here:
            raise Stop(f"{name} has no models")
        found |= here
    return tuple(sorted(found, key=lambda each: (each.__module__, each.__qualname__)))


def modules_in(name: str) -> Iterator[ModuleType]:
    """The module of that name and, if it is a package, all in it. Raises `Stop` for one that cannot be imported."""
    module = imported(name)
    yield module
    for each in pkgutil.walk_packages(getattr(module, "__path__", ()), f"{name}."):
        if not each.name.endswith(".__main__"):
            yield imported(each.name)


def _models(module: ModuleType, name: str) -> Iterator[type[Model]]:
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, Model) and f"{value.__module__}.".startswith(f"{name}."):
            try:
                mapper_of(value)
            except ModelError:
                continue
            yield value


def imported(name: str) -> ModuleType:
    """The module of that name. Raises `Stop` if it cannot be imported."""
    try:
        return import_module(name)
    except CoodieError as error:
        raise Stop(f"{name} cannot be imported: {error}") from error
    except Exception as error:
        raise Stop(f"{name} cannot be imported: {type(error).__name__}: {error}") from error


def named(path: str) -> Any:
    """What ``package.module:name`` names. Raises `Stop` if there is no such thing."""
    module, _, name = path.partition(":")
    found = getattr(imported(module), name, None) if module and name else None
    if not callable(found):
        raise Stop(f"{path!r} does not name a function; write it as app.db:connect")
    return found
