"""Opens and closes connections by name: the work of ``init_coodie()`` and ``close()`` in both APIs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from coodie._errors import ConfigurationError
from coodie.cql.options import check_flag
from coodie.drivers import registry
from coodie.drivers.connect import aconnect, connect
from coodie.drivers.hooks import Hook, check_hooks, hooked
from coodie.drivers.log import check_slow
from coodie.drivers.protocol import AnyDriver, SyncDriver
from coodie.drivers.shared.running_loop import running_loop
from coodie.drivers.shared.threads import aclosed
from coodie.tables.keyspaces import creation


def open(  # noqa: A001 - called as lifecycle.open()
    hosts: str | Sequence[str] | None = None,
    *,
    session: Any = None,
    driver: AnyDriver | str | None = None,
    keyspace: str | None = None,
    name: str = "default",
    lazy: bool = False,
    default: bool = False,
    hooks: Sequence[Hook] = (),
    slow: float | None = None,
    create_keyspace: bool | Mapping[str, Any] = False,
    **options: Any,
) -> None:
    """Connect and register the connection as ``name``, like ``coodie.sync.init_coodie`` but for any driver.

    A connection that coodie had opened under that name is closed. A test double for it (`coodie.testing`) stays in
    place: nothing is opened, and the double receives the statement that creates the keyspace. Blocks, and raises the
    same errors as `connect`.
    """
    _check(name, hooks, lazy, default, slow)
    first = creation(keyspace, create_keyspace)
    opened = driver is None or isinstance(driver, str)
    if opened and registry.keeps_double(name, _keyspace(session, keyspace), default=default):
        if first is not None:
            registry.sync_driver(name).execute(first)
        return
    registry.check_closable(name)
    made = connect(
        hosts, session=session, driver=driver, keyspace=keyspace, lazy=lazy, create_keyspace=first, **options
    )
    known = hooked(made, hooks, connection=name)
    old = registry.put(name, known, _keyspace(session, keyspace), default=default, opened=opened, slow=slow)
    if isinstance(old, SyncDriver):
        old.close()


async def aopen(
    hosts: str | Sequence[str] | None = None,
    *,
    session: Any = None,
    driver: AnyDriver | str | None = None,
    keyspace: str | None = None,
    name: str = "default",
    lazy: bool = False,
    default: bool = False,
    hooks: Sequence[Hook] = (),
    slow: float | None = None,
    create_keyspace: bool | Mapping[str, Any] = False,
    **options: Any,
) -> None:
    """`open`, without blocking the event loop."""
    _check(name, hooks, lazy, default, slow)
    first = creation(keyspace, create_keyspace)
    opened = driver is None or isinstance(driver, str)
    if opened and registry.keeps_double(name, _keyspace(session, keyspace), default=default):
        if first is not None:
            await registry.async_driver(name).aexecute(first)
        return
    made = await aconnect(
        hosts, session=session, driver=driver, keyspace=keyspace, lazy=lazy, create_keyspace=first, **options
    )
    known = hooked(made, hooks, connection=name)
    old = registry.put(name, known, _keyspace(session, keyspace), default=default, opened=opened, slow=slow)
    if old is not None:
        await aclosed(old)


def close(name: str | None = None) -> None:
    """Unregister the connection, or all without a name, and close what coodie opened.

    Raises `ConfigurationError`, and changes nothing, if a driver can be closed only on an event loop. Blocks.
    """
    registry.check_closable(name)
    for driver in registry.forget(name):
        if isinstance(driver, SyncDriver):
            driver.close()


async def aclose(name: str | None = None) -> None:
    """`close` without blocking the event loop. Raises `ConfigurationError` without a running asyncio loop."""
    if registry.opened(name):
        running_loop()  # checked before anything is unregistered
    for driver in registry.forget(name):
        await aclosed(driver)


def _check(name: Any, hooks: Sequence[Any], lazy: Any, default: Any, slow: Any) -> None:
    """Raise `ConfigurationError` for arguments that would otherwise fail after a cluster was opened, and leak it."""
    registry.check_name(name)
    check_flag("lazy", lazy, ConfigurationError)
    check_flag("default", default, ConfigurationError)
    check_hooks(hooks)
    check_slow(slow)


def _keyspace(session: Any, keyspace: str | None) -> str | None:
    """The keyspace of the connection. If the user's own session has one, it is used, so that tables stay qualified even
    if somebody sends USE over the session later.
    """
    return keyspace if keyspace is not None or session is None else getattr(session, "keyspace", None)
