"""Opens a cluster: checks hosts and the vendor's options, and turns failures into errors that name the cause."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Mapping
from typing import Any, Final, cast

from coodie._errors import ConfigurationError, CoodieError, InvalidQueryError
from coodie._words import a_type
from coodie.cql.message import Options
from coodie.cql.names import check_name, quote
from coodie.cql.options import checked
from coodie.drivers.acsylla.driver import AcsyllaDriver
from coodie.drivers.acsylla.errors import sort_of
from coodie.drivers.acsylla.loop_thread import LoopThread
from coodie.drivers.acsylla.vendor import CassException, UnableToSetKeyspace, create_cluster
from coodie.drivers.adapters import ConnectionSettings
from coodie.drivers.errors import RequestRejected, Unavailable
from coodie.drivers.shared.connection_options import (
    DEFAULT_PORT,
    OWN,
    check_names,
    check_numbers,
    check_own,
    contact_points,
)
from coodie.drivers.shared.loop_wakeup import LoopWakeups

_PARAMETERS: Final = inspect.signature(create_cluster).parameters
# Version 5 of the protocol is a beta in the vendor's driver, and the others do not know unset values.
VENDOR_OPTIONS: Final = frozenset(_PARAMETERS) - {"contact_points", "protocol_version", "use_beta_protocol_version"}
_NUMBERS: Final = frozenset(name for name, each in _PARAMETERS.items() if type(each.default) in (int, float))
_CREDENTIALS: Final = "for a user and a password give username= and password="
_INSTEAD: Final = {
    "auth_provider": f"; {_CREDENTIALS}",
    "user": f"; {_CREDENTIALS}",
    "contact_points": "; did you mean 'hosts'?",
    "execution_profile": "; acsylla has the options of a connection instead, such as consistency= and request_timeout=",
    "protocol_version": "; acsylla speaks version 4",
}
_REQUEST_TIMEOUT: Final[float] = _PARAMETERS["request_timeout"].default


def check(settings: ConnectionSettings) -> None:
    """Raise `ConfigurationError` for settings that are wrong whatever the cluster."""
    options = settings.options
    check_names(options, {*VENDOR_OPTIONS, *OWN}, _INSTEAD)
    check_numbers(options, _NUMBERS)
    check_own(options)
    _check_levels(options)
    if settings.hosts is not None:
        _points(settings)
    elif not options.get("cloud_secure_connection_bundle"):
        raise ConfigurationError("a connection with acsylla needs hosts=")


def _check_levels(options: Mapping[str, Any]) -> None:
    # What is no text may be of the vendor's own type.
    given: list[Any] = [options.get(name) for name in ("consistency", "serial_consistency")]
    level, serial = (each if isinstance(each, str) else None for each in given)
    try:
        checked(Options(cast("Any", level), cast("Any", serial)))
    except InvalidQueryError as error:
        raise ConfigurationError(f"the options of the connection do not fit: {error}") from None


def _points(settings: ConnectionSettings) -> tuple[list[str], int]:
    """The hosts, and the one port that the vendor takes for all of them."""
    points = contact_points(settings.hosts, settings.options.get("port", DEFAULT_PORT), _CREDENTIALS)
    ports = {port for _, port in points}
    if len(ports) > 1:
        raise ConfigurationError(f"acsylla takes one port for all hosts, not {', '.join(map(str, sorted(ports)))}")
    return [host for host, _ in points], ports.pop()


async def aconnect(settings: ConnectionSettings) -> AcsyllaDriver:
    """Connect, create and use the keyspace, and return the driver, which owns the cluster.

    If any step fails, or the caller is cancelled, everything is closed again.
    """
    thread = LoopThread()
    opening = thread.run(_open(settings, thread))
    try:
        # the vendor hangs if it is cancelled while it connects, so only the waiting is
        return await LoopWakeups().outcome(opening)
    except asyncio.CancelledError:
        opening.add_done_callback(lambda done: None if done.exception() else thread.run(done.result().shut_down()))
        raise


async def _open(settings: ConnectionSettings, thread: LoopThread) -> AcsyllaDriver:
    own = {name: value for name, value in settings.options.items() if name in OWN}
    vendors = {name: value for name, value in settings.options.items() if name not in OWN}
    try:
        cluster = _cluster(settings, vendors)
    except ConfigurationError:
        thread.stop()
        raise
    try:
        session = await cluster.create_session()
    except BaseException as error:
        cluster.destroy()
        thread.stop()
        raise _refused(error, settings) from error
    timeout: float = vendors.get("request_timeout") or _REQUEST_TIMEOUT
    port = None if settings.hosts is None else _points(settings)[1]
    driver = AcsyllaDriver(cluster, session, thread, request_timeout=timeout, port=port, **own)
    try:
        if settings.create_keyspace is not None:
            await driver.aexecute(settings.create_keyspace)
        if settings.keyspace is not None:
            await driver.use_keyspace(settings.keyspace, quote(check_name(settings.keyspace, "keyspace")))
    except BaseException as error:
        await driver.shut_down()
        raise _refused(error, settings) from error
    return driver


def _cluster(settings: ConnectionSettings, options: dict[str, Any]) -> Any:
    if settings.hosts is not None:
        hosts, port = _points(settings)
        options = {**options, "contact_points": hosts, "port": port}
    try:
        # The vendor's usual policy retries on another host, and then reports that no host is left instead of what the
        # first one answered.
        return create_cluster(**{"protocol_version": 4, "retry_policy": "fallthrough", **options})
    except (TypeError, ValueError, AttributeError, OverflowError, CassException) as error:
        raise ConfigurationError(f"the options of the connection do not fit: {error}") from error


def _refused(error: BaseException, settings: ConnectionSettings) -> BaseException:
    if isinstance(error, CoodieError) or not isinstance(error, Exception):
        return error
    text, hosts, keyspace = " ".join(str(error).split()) or a_type(error), settings.hosts, settings.keyspace
    if isinstance(error, UnableToSetKeyspace) or (keyspace is not None and "keyspace" in text.lower()):
        return RequestRejected(
            f"keyspace {keyspace!r} cannot be used: {text}; create it first, or connect with create_keyspace=True"
        )
    if sort_of(error) != "rejected":
        return Unavailable(f"no connection to {hosts!r}: {text}; check that the hosts are up and the port is right")
    return RequestRejected(f"the server refused the connection: {text}; check the credentials and the options")
