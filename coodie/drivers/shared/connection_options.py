"""The hosts and options of a connection, as every adapter takes them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final, cast

from coodie._errors import ConfigurationError
from coodie._words import a_type, option, word
from coodie.cql.options import check_flag

DEFAULT_PORT: Final = 9042
OWN: Final = ("log_values", "prepared_size", "schema_timeout")
"""The options that every adapter takes besides those of its vendor."""

# The arguments that are not options of the vendor; they are offered as suggestions for a misspelled name.
_ARGUMENTS: Final = (
    "hosts",
    "session",
    "driver",
    "keyspace",
    "name",
    "lazy",
    "default",
    "hooks",
    "slow",
    "create_keyspace",
)


def check_names(options: Mapping[str, Any], names: Collection[str], instead: Mapping[str, str]) -> None:
    """Raise `ConfigurationError` for an unknown option, with the hint of ``instead`` or the nearest known name."""
    for name in options:
        if name not in names:
            raise ConfigurationError(f"there is no option {name!r} for a connection{_hint(name, names, instead)}")


def _hint(name: str, names: Collection[str], instead: Mapping[str, str]) -> str:
    if name in instead:
        return instead[name]
    near = get_close_matches(name, [*_ARGUMENTS, *names], 1)
    return f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(sorted(names))}"


def check_numbers(options: Mapping[str, Any], names: Collection[str]) -> None:
    """Raise `ConfigurationError` for one of these options that is no number."""
    for name, value in options.items():
        if name in names and value is not None and (isinstance(value, bool) or not isinstance(value, (int, float))):
            raise ConfigurationError(f"the option {name!r} must be a number, not {a_type(value)}")


def check_own(options: Mapping[str, Any]) -> None:
    """Raise `ConfigurationError` for an invalid value of one of `OWN`."""
    check_flag("log_values", options.get("log_values", False), ConfigurationError)
    size = options.get("prepared_size", 1)
    if type(size) is not int or size < 1:
        raise ConfigurationError(f"prepared_size must be an int of at least 1, not {option(size)}")
    seconds = options.get("schema_timeout", 1)
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not seconds > 0:
        raise ConfigurationError(f"schema_timeout must be a positive number of seconds, not {option(seconds)}")


def contact_points(hosts: Any, port: int, credentials: str) -> list[tuple[str, int]]:
    """Hosts with ports, from ``"a,b:9043"`` or a sequence of hosts; IPv6 is written ``::1`` or ``[::1]:9043``.

    ``credentials`` is the advice for whoever writes a user and a password into a host.
    """
    if not isinstance(hosts, (str, list, tuple)):
        raise ConfigurationError(f"hosts must be a str such as 'db1:9042,db2', or a list of hosts, not {a_type(hosts)}")
    listed = cast("Sequence[Any]", hosts.split(",") if isinstance(hosts, str) else hosts)
    if not listed:
        raise ConfigurationError("hosts is empty; name at least one host")
    return [_contact_point(host, port, credentials) for host in listed]


def _contact_point(text: object, port: int, credentials: str) -> tuple[str, int]:
    if not isinstance(text, str) or not text.strip():
        raise ConfigurationError(f"{word(text)} is not a host; give 'host' or 'host:port'")
    if "@" in text:  # a URL, perhaps with a password, which must not end up in the message
        raise ConfigurationError(f"a host has no user and no password; {credentials}")
    host, separator, number = text.strip().rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif not separator or ":" in host:
        return text.strip().strip("[]"), port
    if not number.isdecimal() or not 0 < int(number) < 65536:
        raise ConfigurationError(f"{text!r} has no valid port; give 'host' or 'host:port'")
    return host, int(number)
