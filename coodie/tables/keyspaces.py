"""Keyspaces as values, made of what a user says of them."""

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

# For pyright: what is tested by an unnamed class stays Any, instead of a mapping of unknown things.
_MAPPING: Final[type[Any]] = Mapping


def wanted_keyspace(
    name: str,
    replication_factor: int = 1,
    strategy: str = "SimpleStrategy",
    dc_replication_map: Mapping[str, int] | None = None,
    durable_writes: bool = True,
) -> Keyspace:
    """The keyspace as a value. Raises `InvalidQueryError` for a number of copies that is none."""
    check_name(name, "keyspace")
    check_flag("durable_writes", durable_writes)
    return Keyspace(name, replication(name, replication_factor, strategy, dc_replication_map), durable_writes)


def replication(name: str, factor: int, strategy: str, centres: Mapping[str, int] | None) -> Replication:
    """How many copies there are, and where. Raises `InvalidQueryError` for a number of copies that is none."""
    given: Any = {} if centres is None else centres
    if not isinstance(given, _MAPPING) or not all(isinstance(each, str) for each in (strategy, *given)):
        raise InvalidQueryError(f"keyspace {name!r}: strategy is a name, and dc_replication_map numbers by data centre")
    for copies in centres.values() if centres else [factor]:
        if type(copies) is not int or not (0 if centres else 1) <= copies < 2**31:
            raise InvalidQueryError(f"keyspace {name!r}: {option(copies)} is no number of copies")
    if centres and "class" in centres:
        raise InvalidQueryError(f"keyspace {name!r}: 'class' is the word for the strategy, and no data centre")
    if centres:
        return ("class", "NetworkTopologyStrategy"), *((centre, str(copies)) for centre, copies in centres.items())
    return ("class", strategy), ("replication_factor", str(factor))


_OPTIONS: Final = tuple(signature(wanted_keyspace).parameters)[1:]


def creation(keyspace: str | None, create: Any) -> Statement | None:
    """The ``CREATE KEYSPACE IF NOT EXISTS`` of a connection to ``keyspace``, or None if it is to be there already.

    ``create`` is True, False, or the options of ``create_keyspace()`` as a mapping. Raises `ConfigurationError` for
    anything else, and where no keyspace is named.
    """
    if create is False:
        return None
    names = ", ".join(_OPTIONS)
    if create is not True and not isinstance(create, _MAPPING):
        raise ConfigurationError(f"create_keyspace is True or False, or a dictionary of {names}; not {a_type(create)}")
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
