"""Opens a cluster: checks contact points and the vendor's options, and turns failures into errors that name the
cause.
"""

from __future__ import annotations

import inspect
import socket
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final, cast

from coodie._errors import ConfigurationError, CoodieError
from coodie._words import a_type, option, word
from coodie.cql.options import check_flag
from coodie.drivers.adapters import ConnectionSettings
from coodie.drivers.cassandra.driver import CassandraDriver, check_protocol
from coodie.drivers.cassandra.errors import causes_of, sort_of
from coodie.drivers.cassandra.vendor import (
    EXEC_PROFILE_DEFAULT,
    Cluster,
    ExecutionProfile,
    NoHostAvailable,
    ProtocolVersion,
    UnresolvableContactPoints,
    default_lbp_factory,
)
from coodie.drivers.errors import RequestRejected, Unavailable

DEFAULT_PORT: Final = 9042
_PARAMETERS: Final = inspect.signature(Cluster.__init__).parameters
VENDOR_OPTIONS: Final = frozenset(_PARAMETERS) - {"self", "contact_points"}
NO_DELAY: Final = (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
"""Disables Nagle's algorithm. With it, a message of more than one packet, such as a larger batch, waits some 40 ms for
the server's delayed acknowledgement of the first packet. The vendor leaves this setting to its users."""
OWN_OPTIONS: Final = ("log_values", "prepared_size", "schema_timeout", "execution_profile")
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
_CREDENTIALS: Final = "; for a user and a password give auth_provider=PlainTextAuthProvider(user, password)"
_PROFILE: Final = "; for a whole connection it is in execution_profile="
_INSTEAD: Final = {
    "contact_points": "; did you mean 'hosts'?",
    "user": _CREDENTIALS,
    "username": _CREDENTIALS,
    "password": _CREDENTIALS,
    "consistency": _PROFILE,
    "serial_consistency": _PROFILE,
    "timeout": _PROFILE,
}
"""Hints for option names that people try and that the vendor does not have."""
_NUMBERS: Final = frozenset(name for name, each in _PARAMETERS.items() if type(each.default) in (int, float))
# The errors that the vendor runs into when it uses an invalid option.
_MISFITS: Final = (TypeError, ValueError, AttributeError, ImportError)


def check_options(options: Mapping[str, Any], known: Iterable[str] = VENDOR_OPTIONS) -> None:
    """Raise `ConfigurationError` for an unknown option, naming the nearest known one, and for invalid numbers."""
    names = {*known, *OWN_OPTIONS}
    for name, value in options.items():
        if name not in names:
            raise ConfigurationError(f"there is no option {name!r} for a connection{_hint(name, names)}")
        if name in _NUMBERS and value is not None and (isinstance(value, bool) or not isinstance(value, (int, float))):
            raise ConfigurationError(f"the option {name!r} must be a number, not {a_type(value)}")
    if not isinstance(version := options.get("protocol_version", 4), int):
        raise ConfigurationError(f"the option 'protocol_version' must be a number, not {a_type(version)}")
    check_protocol(version)
    check_flag("log_values", options.get("log_values", False), ConfigurationError)
    size = options.get("prepared_size", 1)
    if type(size) is not int or size < 1:
        raise ConfigurationError(f"prepared_size must be an int of at least 1, not {option(size)}")
    seconds = options.get("schema_timeout", 1)
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not seconds > 0:
        raise ConfigurationError(f"schema_timeout must be a positive number of seconds, not {option(seconds)}")


def _hint(name: str, names: set[str]) -> str:
    if name in _INSTEAD:
        return _INSTEAD[name]
    near = get_close_matches(name, [*_ARGUMENTS, *names], 1)
    return f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(sorted(names))}"


def contact_points(hosts: Any, port: int) -> list[tuple[str, int]]:
    """Hosts with ports, from ``"a,b:9043"`` or a sequence of hosts; IPv6 is written ``::1`` or ``[::1]:9043``."""
    if not isinstance(hosts, (str, list, tuple)):
        raise ConfigurationError(f"hosts must be a str such as 'db1:9042,db2', or a list of hosts, not {a_type(hosts)}")
    listed = cast("Sequence[Any]", hosts.split(",") if isinstance(hosts, str) else hosts)
    if not listed:
        raise ConfigurationError("hosts is empty; name at least one host")
    return [_contact_point(host, port) for host in listed]


def _contact_point(text: object, port: int) -> tuple[str, int]:
    if not isinstance(text, str) or not text.strip():
        raise ConfigurationError(f"{word(text)} is not a host; give 'host' or 'host:port'")
    if "@" in text:  # a URL, perhaps with a password, which must not end up in the message
        raise ConfigurationError(f"a host has no user and no password{_CREDENTIALS}")
    host, separator, number = text.strip().rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif not separator or ":" in host:
        return text.strip().strip("[]"), port
    if not number.isdecimal() or not 0 < int(number) < 65536:
        raise ConfigurationError(f"{text!r} has no valid port; give 'host' or 'host:port'")
    return host, int(number)


def over(session: Any, settings: ConnectionSettings) -> CassandraDriver:
    """A driver over a session of the user's. Blocks if there is a keyspace to create, which is done without one in
    use.
    """
    options, first = settings.options, settings.create_keyspace
    check_options(options, known=())
    if first is not None:
        driver = CassandraDriver(session, **options)
        try:
            driver.execute(first)
        finally:
            driver.close()
    return CassandraDriver(session, keyspace=settings.keyspace, **options)


def check(settings: ConnectionSettings) -> None:
    """Raise `ConfigurationError` for settings that are wrong whatever the cluster."""
    check_options(settings.options)
    if settings.hosts is None and not settings.options.get("cloud"):
        raise ConfigurationError("a connection needs hosts=, session= or driver=")
    if settings.hosts is not None:
        contact_points(settings.hosts, settings.options.get("port", DEFAULT_PORT))


def connect(settings: ConnectionSettings) -> CassandraDriver:
    """Connect, create and use the keyspace, and return the driver, which owns the cluster. Blocks.

    If any step fails, everything is closed again.
    """
    hosts, keyspace, options, first = settings.hosts, settings.keyspace, settings.options, settings.create_keyspace
    own = {name: options[name] for name in OWN_OPTIONS if name in options}
    vendors = {name: value for name, value in options.items() if name not in OWN_OPTIONS}
    cluster = _cluster(hosts, _with_chosen(vendors, own.get("execution_profile")))
    try:
        session = cluster.connect()
        driver = CassandraDriver(session, owned=True, **own)
        if first is not None:
            driver.execute(first)
        if keyspace is not None:
            session.set_keyspace(keyspace)
        return driver
    except Exception as error:
        cluster.shutdown()
        raise _refused(error, hosts, keyspace) from error
    except BaseException:
        cluster.shutdown()
        raise


def _cluster(hosts: str | Sequence[str] | None, options: dict[str, Any]) -> Any:
    if hosts is not None:
        points = contact_points(hosts, options.get("port", DEFAULT_PORT))
        # The vendor assumes one port for all nodes that it discovers; use that of the first contact point.
        options = {"port": points[0][1], **options, "contact_points": points}
    try:
        cluster = Cluster(**_with_profile({"sockopts": [NO_DELAY], **options}))
    except UnresolvableContactPoints as error:
        raise Unavailable(f"none of the hosts {hosts!r} has an address; check the names") from error
    except _MISFITS as error:
        raise _misfit(error) from error
    if "protocol_version" not in options:
        # The vendor starts with the protocol versions of DSE, and logs a warning for each step down from there.
        cluster.protocol_version = min(cluster.protocol_version, ProtocolVersion.V5)
    return cluster


def _with_chosen(options: dict[str, Any], profile: Any) -> dict[str, Any]:
    """The options with the chosen profile among the cluster's: the vendor finds no hosts for a profile it was not
    given.
    """
    profiles: dict[Any, Any] = options.get("execution_profiles") or {}
    if not isinstance(profile, ExecutionProfile) or profile in profiles.values():
        return options
    key = "coodie" if EXEC_PROFILE_DEFAULT in profiles else EXEC_PROFILE_DEFAULT
    return {**options, "execution_profiles": {**profiles, key: profile}}


def _with_profile(options: dict[str, Any]) -> dict[str, Any]:
    """The options with an explicit profile: the vendor warns without one, and about the legacy policy arguments."""
    if "execution_profiles" in options or "cloud" in options:
        return options
    rest = dict(options)
    profile = ExecutionProfile(
        load_balancing_policy=rest.pop("load_balancing_policy", None) or default_lbp_factory(),
        retry_policy=rest.pop("default_retry_policy", None),
    )
    return {**rest, "execution_profiles": {EXEC_PROFILE_DEFAULT: profile}}


def _misfit(error: BaseException) -> ConfigurationError:
    return ConfigurationError(f"the options of the connection do not fit: {error}")


def _refused(error: Exception, hosts: object, keyspace: str | None) -> CoodieError:
    if isinstance(error, CoodieError):
        return error
    causes = causes_of(error) if isinstance(error, NoHostAvailable) else [error]
    # An ssl.SSLError is both an OSError and a ValueError; it is about a certificate, not about an option.
    if causes and all(isinstance(cause, _MISFITS) and not isinstance(cause, OSError) for cause in causes):
        return _misfit(causes[0])
    text = " ".join(str(error).split())
    if sort_of(error) != "rejected":
        return Unavailable(f"no connection to {hosts!r}: {text}; check that the hosts are up and the port is right")
    if keyspace is not None and "keyspace" in text.lower():
        return RequestRejected(
            f"keyspace {keyspace!r} cannot be used: {text}; create it first, or connect with create_keyspace=True"
        )
    return RequestRejected(f"the server refused the connection: {text}; check the credentials and the options")
