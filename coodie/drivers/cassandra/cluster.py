"""Opens a cluster: checks contact points and the vendor's options, and turns failures into errors that name the
cause.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from coodie._errors import ConfigurationError, CoodieError
from coodie._words import a_type
from coodie.drivers.adapters import ConnectionSettings
from coodie.drivers.cassandra.checks import NO_DELAY, check_protocol
from coodie.drivers.cassandra.driver import CassandraDriver
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
from coodie.drivers.shared.connection_options import (
    DEFAULT_PORT,
    OWN,
    check_names,
    check_numbers,
    check_own,
    contact_points,
)

_PARAMETERS: Final = inspect.signature(Cluster.__init__).parameters
VENDOR_OPTIONS: Final = frozenset(_PARAMETERS) - {"self", "contact_points"}
OWN_OPTIONS: Final = (*OWN, "execution_profile")
_CREDENTIALS: Final = "for a user and a password give auth_provider=PlainTextAuthProvider(user, password)"
_PROFILE: Final = "; for a whole connection it is in execution_profile="
_INSTEAD: Final = {
    "contact_points": "; did you mean 'hosts'?",
    "user": f"; {_CREDENTIALS}",
    "username": f"; {_CREDENTIALS}",
    "password": f"; {_CREDENTIALS}",
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
    check_names(options, {*known, *OWN_OPTIONS}, _INSTEAD)
    check_numbers(options, _NUMBERS)
    check_own(options)
    if not isinstance(version := options.get("protocol_version", 4), int):
        raise ConfigurationError(f"the option 'protocol_version' must be a number, not {a_type(version)}")
    check_protocol(version)


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
        contact_points(settings.hosts, settings.options.get("port", DEFAULT_PORT), _CREDENTIALS)


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
        points = contact_points(hosts, options.get("port", DEFAULT_PORT), _CREDENTIALS)
        # The vendor assumes one port for all nodes that it discovers; use that of the first contact point.
        options = {"port": points[0][1], **options, "contact_points": points}
    try:
        cluster = Cluster(**_with_profile({"sockopts": [NO_DELAY], **options}))
    except UnresolvableContactPoints as error:
        raise Unavailable(f"none of the hosts {hosts!r} has an address; check the names") from error
    except _MISFITS as error:
        raise _misfit(error) from error
    if "protocol_version" not in options:
        # In version 5 the vendor (3.30.1 and older) loses the bytes of a read that ends inside the header of a segment,
        # and so the connection.
        cluster.protocol_version = min(cluster.protocol_version, ProtocolVersion.V4)
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
