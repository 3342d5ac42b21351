"""Keyspaces as values, made from the arguments of users."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import signature
from typing import Any, Final

from coodie._errors import ConfigurationError, InvalidQueryError
from coodie._words import a_type, option, word
from coodie.cql.message import Kind, Statement
from coodie.cql.names import check_name
from coodie.cql.options import check_flag
from coodie.cql.rendering.ddl import render_ddl
from coodie.tables.ddl import create_keyspace
from coodie.tables.table import Keyspace

Replication = tuple[tuple[str, str], ...]

# Typed as a plain class for pyright, which would otherwise narrow to a mapping of unknown types.
_MAPPING: Final[type[Any]] = Mapping


def wanted_keyspace(
    name: str,
    replication_factor: int = 1,
    strategy: str = "SimpleStrategy",
    dc_replication_map: Mapping[str, int] | None = None,
    durable_writes: bool = True,
) -> Keyspace:
    """The keyspace as a value. Raises `InvalidQueryError` for an invalid name or replication."""
    check_name(name, "keyspace")
    check_flag("durable_writes", durable_writes)
    return Keyspace(name, replication(name, replication_factor, strategy, dc_replication_map), durable_writes)


def replication(name: str, factor: int, strategy: str, centres: Mapping[str, int] | None) -> Replication:
    """The replication of a keyspace. Raises `InvalidQueryError` for an invalid strategy or number of copies."""
    given: Any = {} if centres is None else centres
    if not isinstance(given, _MAPPING) or not all(isinstance(each, str) for each in (strategy, *given)):
        raise InvalidQueryError(
            f"keyspace {name!r}: strategy must be a name, and dc_replication_map a mapping from data centres to numbers"
        )
    for copies in centres.values() if centres else [factor]:
        if type(copies) is not int or not (0 if centres else 1) <= copies < 2**31:
            raise InvalidQueryError(f"keyspace {name!r}: {option(copies)} is not a valid number of copies")
    if centres and "class" in centres:
        raise InvalidQueryError(f"keyspace {name!r}: 'class' names the strategy and cannot be a data centre")
    if centres:
        return ("class", "NetworkTopologyStrategy"), *((centre, str(copies)) for centre, copies in centres.items())
    return ("class", strategy), ("replication_factor", str(factor))


_OPTIONS: Final = tuple(signature(wanted_keyspace).parameters)[1:]


def creation(keyspace: str | None, create: Any) -> Statement | None:
    """The ``CREATE KEYSPACE IF NOT EXISTS`` to send when connecting to ``keyspace``; None if ``create`` is False.

    ``create`` is True, False, or a mapping with the options of ``create_keyspace()``. Raises `ConfigurationError` for
    anything else, and if no keyspace is named.
    """
    if create is False:
        return None
    names = ", ".join(_OPTIONS)
    if create is not True and not isinstance(create, _MAPPING):
        raise ConfigurationError(
            f"create_keyspace must be True, False or a dictionary of {names}, not {a_type(create)}"
        )
    if keyspace is None:
        raise ConfigurationError("create_keyspace= makes the keyspace of the connection; name it by keyspace=")
    options: dict[str, Any] = {} if create is True else dict(create)
    for name in options:
        if name not in _OPTIONS:
            raise ConfigurationError(f"create_keyspace has no option {word(name)}; there are: {names}")
    try:
        wanted = wanted_keyspace(keyspace, **options)
    except InvalidQueryError as error:
        raise ConfigurationError(f"create_keyspace: {error}") from None
    return Statement(render_ddl(create_keyspace(wanted)), (), (), Kind.SCHEMA)
