"""Making a driver out of what the user has: hosts, a session, or a driver.

This is the only place that loads the vendor's driver, and only when a connection is made with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from coodie._errors import ConfigurationError
from coodie.cql.message import Statement
from coodie.cql.options import check_flag
from coodie.drivers.protocol import AnyDriver

if TYPE_CHECKING:
    from types import ModuleType


def connect(
    hosts: str | Sequence[str] | None = None,
    *,
    session: Any = None,
    driver: AnyDriver | None = None,
    keyspace: str | None = None,
    lazy: bool = False,
    create_keyspace: Statement | None = None,
    **options: Any,
) -> AnyDriver:
    """A driver for ``hosts``, for a session of cassandra-driver that the user has, or the driver given.

    ``hosts`` is ``"host"``, ``"host:port"``, several with commas between, or a sequence. ``options`` go to the
    vendor's ``Cluster``; besides, ``log_values`` shows bound values in errors, ``prepared_size`` bounds the cache of
    prepared statements, ``schema_timeout`` is how many seconds a change of the schema may take (120 if not given),
    ``execution_profile`` names the profile to use. With ``lazy`` it connects at first use, and
    anew after a fork. The statement ``create_keyspace`` is sent before the keyspace is used. A session or driver that
    is given is used as it is and never closed.

    Blocks. Raises `ConfigurationError` for an option that does not exist or does not fit, or a missing driver,
    `Unavailable` when no host answers, `RequestRejected` for wrong credentials or an unknown keyspace.
    """
    check_flag("lazy", lazy, ConfigurationError)
    given = [name for name, value in (("hosts", hosts), ("session", session), ("driver", driver)) if value is not None]
    if len(given) > 1:
        raise ConfigurationError(f"give one of hosts, session and driver, not {' and '.join(given)}")
    if driver is not None:
        return _as_it_is(driver, lazy, create_keyspace, options)
    if not given and not options.get("cloud"):
        raise ConfigurationError("a connection needs hosts=, session= or driver=")
    vendor = _vendor()
    if session is not None:
        if lazy:
            raise ConfigurationError("a session that is given is connected already; lazy= does not go with it")
        vendor.cluster.check_options(options, known=())
        return vendor.cluster.over(session, keyspace, options, create_keyspace)  # type: ignore[no-any-return]
    return vendor.cluster.connected(hosts, keyspace, options, create_keyspace, lazy=lazy)  # type: ignore[no-any-return]


def _as_it_is(driver: AnyDriver, lazy: bool, create: Statement | None, options: dict[str, Any]) -> AnyDriver:
    names = [*options, *(["lazy"] if lazy else []), *(["create_keyspace"] if create is not None else [])]
    if names:
        raise ConfigurationError(f"a driver that is given is used as it is; it takes no {', '.join(names)}")
    return driver


def _vendor() -> ModuleType:
    try:
        import coodie.drivers.cassandra as adapter  # noqa: PLC0415 - the vendor's driver is optional, and slow to load
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != "cassandra":
            raise
        raise ConfigurationError(
            "a connection to a cluster needs the driver of its vendor: pip install cassandra-driver (or scylla-driver)"
        ) from error
    return adapter
