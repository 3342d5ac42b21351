"""Opening and closing connections by name: what ``init_coodie()`` and ``close()`` do in both doors."""

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
    """Connect and make the connection known as ``name``: the same as ``coodie.sync.init_coodie``, for any driver.

    What coodie had opened under that name is closed. A double that stands in for it (`coodie.testing`) stays, and
    nothing is opened; it is sent what makes the keyspace. Blocks, and raises, as `connect` does.
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
    """Forget the connection, or without a name all of them, and close what coodie had opened.

    Raises `ConfigurationError`, and forgets nothing, where that takes an event loop.
    """
    registry.check_closable(name)
    for driver in registry.forget(name):
        if isinstance(driver, SyncDriver):
            driver.close()


async def aclose(name: str | None = None) -> None:
    """`close`, without blocking the event loop. Raises `ConfigurationError` where none of asyncio runs."""
    if registry.opened(name):
        running_loop()  # before anything is forgotten
    for driver in registry.forget(name):
        await aclosed(driver)


def _check(name: Any, hooks: Sequence[Any], lazy: Any, default: Any, slow: Any) -> None:
    """Raise `ConfigurationError` for what would fail once a cluster is open, and leave it open."""
    registry.check_name(name)
    check_flag("lazy", lazy, ConfigurationError)
    check_flag("default", default, ConfigurationError)
    check_hooks(hooks)
    check_slow(slow)


def _keyspace(session: Any, keyspace: str | None) -> str | None:
    """A session of the user's may have a keyspace: then that is the connection's, so that its tables are qualified
    even if somebody sends USE over the session later.
    """
    return keyspace if keyspace is not None or session is None else getattr(session, "keyspace", None)
