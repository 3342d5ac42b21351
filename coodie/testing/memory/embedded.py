"""``init_coodie("memory:")``: an engine as the connection of an application, which may be kept in a file.

``memory:dev.cql`` loads that file if it is there, and saves it when the connection is closed: beside it first, then in
its place. A file that does not load stays as it is.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from coodie._errors import ConfigurationError
from coodie.cql.message import Kind, Statement
from coodie.cql.names import quote
from coodie.drivers.adapters import Adapter, ConnectionSettings
from coodie.drivers.errors import DriverError
from coodie.testing.memory.driver import MemoryDriver
from coodie.testing.memory.script import statements_of

PREFIX: Final = "memory:"
_KNOWN: Final = ("log_values",)


class EmbeddedDriver(MemoryDriver):
    """A `MemoryDriver` that is loaded from a file and saved when it is closed."""

    def __init__(self, path: Path | None, *, keyspace: str | None, log_values: bool) -> None:
        super().__init__(log_values=log_values)
        self._path = path
        self._load()
        self.keyspace = keyspace
        if keyspace is not None:
            self.run(
                f"CREATE KEYSPACE IF NOT EXISTS {quote(keyspace)} "
                "WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}"
            )

    def close(self) -> None:
        """Save what it holds, the first time, and take no more requests."""
        if not self.is_closed:
            self._save()
        super().close()

    async def aclose(self) -> None:
        """Save what it holds, the first time, and take no more requests."""
        self.close()

    def _load(self) -> None:
        if self._path is None or not self._path.exists():
            return
        number = 0
        try:
            for text in statements_of(self._path.read_text("utf-8")):
                number += 1
                self.execute(Statement(text, kind=Kind.SCHEMA))
        except (DriverError, NotImplementedError) as error:
            raise ConfigurationError(f"{self._path}, statement {number}: {error}") from error

    def _save(self) -> None:
        if self._path is None:
            return
        beside = self._path.with_name(f"{self._path.name}.new")
        beside.write_text(self.dump(), "utf-8")
        beside.replace(self._path)


def connect(settings: ConnectionSettings) -> EmbeddedDriver:
    """The engine that the connection is."""
    name = str(settings.hosts).removeprefix(PREFIX)
    made = EmbeddedDriver(
        Path(name) if name else None,
        keyspace=settings.keyspace,
        log_values=bool(settings.options.get("log_values", False)),
    )
    if settings.create_keyspace is not None:
        made.execute(settings.create_keyspace)
    return made


def check(settings: ConnectionSettings) -> None:
    """Refuse options that mean something to a cluster only."""
    unknown = [name for name in settings.options if name not in _KNOWN]
    if unknown:
        raise ConfigurationError(f"a connection in memory takes no {', '.join(unknown)}; known: {', '.join(_KNOWN)}")


ADAPTER: Final = Adapter(connect=connect, check=check)
