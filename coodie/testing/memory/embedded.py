"""``init_coodie("memory:")``: an engine as the connection of an application, which may be kept in a file.

``memory:dev.cql`` loads that file if it is there, and saves it when the connection is closed: beside it first, then in
its place. A file that does not load stays as it is.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from coodie._errors import ConfigurationError
from coodie.cql.names import quote
from coodie.drivers.adapters import Adapter, ConnectionSettings
from coodie.testing.memory.driver import MemoryDriver
from coodie.testing.memory.files import check_place, load, save

PREFIX: Final = "memory:"
_KNOWN: Final = ("log_values",)


class EmbeddedDriver(MemoryDriver):
    """A `MemoryDriver` that is loaded from a file and saved when it is closed."""

    def __init__(self, path: Path | None, *, keyspace: str | None, log_values: bool) -> None:
        super().__init__(log_values=log_values)
        self._path = path
        if path is not None and path.exists():
            load(self, path)
        self.keyspace = keyspace
        if keyspace is not None:
            self.run(
                f"CREATE KEYSPACE IF NOT EXISTS {quote(keyspace)} "
                "WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}"
            )

    def close(self) -> None:
        """Save what it holds, the first time, and take no more requests. Where nothing is, no file is made."""
        if not self.is_closed and self._path is not None and (self._path.exists() or self.dump()):
            save(self, self._path)
        super().close()

    async def aclose(self) -> None:
        """Save what it holds, the first time, and take no more requests."""
        self.close()


def connect(settings: ConnectionSettings) -> EmbeddedDriver:
    """The engine that the connection is."""
    made = EmbeddedDriver(
        _path(settings), keyspace=settings.keyspace, log_values=settings.options.get("log_values", False)
    )
    if settings.create_keyspace is not None:
        made.execute(settings.create_keyspace)
    return made


def check(settings: ConnectionSettings) -> None:
    """Refuse options that mean something to a cluster only, and a file that could not be saved in the end."""
    unknown = [name for name in settings.options if name not in _KNOWN]
    if unknown:
        raise ConfigurationError(f"a connection in memory takes no {', '.join(unknown)}; known: {', '.join(_KNOWN)}")
    path = _path(settings)
    if path is not None:
        check_place(path)


def _path(settings: ConnectionSettings) -> Path | None:
    name = str(settings.hosts).removeprefix(PREFIX)
    return Path(name) if name else None


ADAPTER: Final = Adapter(connect=connect, check=check)
