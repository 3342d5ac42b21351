"""Opens the connection that settings describe, and closes it when the command is done."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final

from coodie._errors import CoodieError
from coodie.cli.modules import named
from coodie.cli.settings import Settings
from coodie.cli.stop import Stop
from coodie.drivers import lifecycle
from coodie.drivers.protocol import AsyncDriver, SyncDriver
from coodie.drivers.registry import get_driver, register_driver
from coodie.sync.database import execute_raw, read_schema
from coodie.tables.table import Schema

NAME: Final = "default"
_MISSING: Final = "there is no keyspace {}; create it, or name another one with --keyspace"
_PATIENCE: Final = 30.0
_KEYSPACE: Final = "SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = ?"


@contextmanager
def connected(settings: Settings, timeout: float | None = None) -> Generator[None]:
    """The connection, open in the block as the default one, without a keyspace.

    ``timeout`` is how many seconds a change of the schema may take.

    Raises `Stop` if it cannot be opened: no host answers, the server refuses the credentials, or a setting is wrong.
    """
    made = None if settings.connect is None else _made(settings.connect)
    try:
        lifecycle.open(name=NAME, default=True, **(_hosts(settings, timeout) if made is None else _given(made)))
    except CoodieError as error:
        raise Stop(str(error)) from error
    try:
        yield
    finally:
        lifecycle.close(NAME)
        if made is not None:
            _end(made)


def use_keyspace(name: str) -> None:
    """Make it the keyspace of the connection. Raises `Stop` if there is no such keyspace."""
    if not has_keyspace(name):
        raise Stop(_MISSING.format(name))
    register_driver(NAME, get_driver(NAME), keyspace=name, default=True)


def found_schema(keyspace: str, connection: str | None = None) -> Schema:
    """The schema of a keyspace. Raises `Stop` if there is no such keyspace."""
    found = read_schema(keyspace, connection=connection)
    if found is None:
        raise Stop(_MISSING.format(keyspace))
    return found


def has_keyspace(name: str) -> bool:
    """Whether the cluster has a keyspace of that name."""
    return bool(execute_raw(_KEYSPACE, [name]))


def _hosts(settings: Settings, timeout: float | None) -> dict[str, Any]:
    if not settings.hosts:
        raise Stop("no host is given: --hosts HOST, COODIE_HOSTS, or hosts in [tool.coodie]")
    memory = [each for each in settings.hosts if each.startswith("memory:")]
    if memory and len(settings.hosts) > 1:
        raise Stop("memory: is one host, which cannot be given with others")
    if memory:
        return {"hosts": memory[0]}
    # The vendor gives up after two seconds, in which a busy cluster may not have told its schema.
    options: dict[str, Any] = {"hosts": list(settings.hosts), "control_connection_timeout": _PATIENCE}
    if timeout is not None:
        options["schema_timeout"] = timeout
    if settings.username is not None or settings.password is not None:
        # The vendor's driver is optional, and slow to load.
        from coodie.drivers.cassandra.credentials import credentials  # noqa: PLC0415

        options["auth_provider"] = credentials(settings.username or "", settings.password or "")
    return options


def _made(path: str) -> Any:
    function = named(path)
    try:
        return function()
    except CoodieError as error:
        raise Stop(f"{path} failed: {error}") from error
    except Exception as error:
        # Its message is not shown: it is the user's, and may contain a password.
        raise Stop(f"{path} raised {type(error).__name__}; call it in Python to see why") from error


def _given(made: Any) -> dict[str, Any]:
    return {"driver": made} if isinstance(made, (SyncDriver, AsyncDriver)) else {"session": made}


def _end(made: Any) -> None:
    """Close what the user's function has opened for this command."""
    if isinstance(made, SyncDriver):
        made.close()
    elif (cluster := getattr(made, "cluster", None)) is not None:
        cluster.shutdown()
