"""Gates: ports that forward to a server, and that can be slow, lose bytes, cut connections and be shut."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from threading import Thread
from types import TracebackType
from typing import Any, TypeVar

R = TypeVar("R")

PIECE = 65536

# A connection between nodes begins with a magic number and flags, four bytes each, the length of the caller's address
# and port, and the address.
GREETING = 13


class Ends(Enum):
    """What becomes of a connection that passed half of a piece of bytes."""

    CUT = "cut"
    SILENT = "silent"


@dataclass(frozen=True)
class Weather:
    """How a gate treats bytes: those of requests, of answers, or of both. `delay` is in seconds for each piece."""

    delay: float = 0.0
    loses: bool = False
    halves: Ends | None = None
    requests: bool = True
    answers: bool = True
    callers: frozenset[str] | None = None
    """The nodes whose connections this is about, by their address; None is every connection."""


FINE = Weather()


class Net:
    """The thread in which all gates work."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="gates", daemon=True)

    def __enter__(self) -> Net:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def gate(self, here: tuple[str, int], there: tuple[str, int], *, greeted: bool = False) -> Gate:
        """Open a gate. A `greeted` one is between nodes, and knows the callers."""
        gate = Gate(self, here, there, greeted=greeted)
        gate.open()
        return gate

    def call(self, work: Coroutine[Any, Any, R]) -> R:
        """Have the thread do something, and wait until it is done."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


class Gate:
    """Forwards the connections to one address and port to another one, as its `weather` is."""

    def __init__(self, net: Net, here: tuple[str, int], there: tuple[str, int], *, greeted: bool) -> None:
        self.here = here
        self._net, self._there, self._greeted = net, there, greeted
        self._listener: asyncio.Server | None = None
        self._links: set[_Link] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.weather = FINE

    def open(self) -> None:
        """Take connections, if it does not."""
        self._net.call(self._open())

    def shut(self) -> None:
        """End all connections, and refuse new ones."""
        self._net.call(self._shut())

    def cut(self) -> None:
        """End all connections; new ones are taken."""
        self._net.call(self._cut(list(self._links)))

    def change(self, weather: Weather) -> None:
        """Treat bytes so from now on. With `FINE`, connections that lost bytes end: they can never be right again."""
        self._net.call(self._change(weather))

    def heal(self) -> None:
        """Be open, and forward all at once."""
        self.change(FINE)
        self.open()

    async def _open(self) -> None:
        if self._listener is None:
            self._listener = await asyncio.start_server(self._accept, *self.here)

    async def _shut(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _cut(self, links: Iterable[_Link]) -> None:
        for link in links:
            link.cut()

    async def _change(self, weather: Weather) -> None:
        self.weather = weather
        if weather == FINE:
            await self._cut([link for link in self._links if link.is_hurt])

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # No coroutine: those of a server that is closed would be waited for, or told of as an error.
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = _Link(self, writer)
        self._links.add(link)
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                greeting = await reader.readexactly(GREETING) if self._greeted else b""
                link.caller = ".".join(map(str, greeting[9:13]))
                answers, requests = await asyncio.open_connection(*self._there)
                link.ends.append(requests)
                if link.passes(greeting):
                    requests.write(greeting)
                await asyncio.gather(link.pump(reader, requests, True), link.pump(answers, writer, False))
        finally:
            link.cut()
            self._links.discard(link)


class _Link:
    """One connection through a gate."""

    def __init__(self, gate: Gate, client: asyncio.StreamWriter) -> None:
        self._gate = gate
        self.ends = [client]
        self.caller = ""
        self._hurt: set[bool] = set()  # the directions that lost bytes

    @property
    def is_hurt(self) -> bool:
        """Whether it lost bytes."""
        return bool(self._hurt)

    def cut(self) -> None:
        """End both sides at once, as when a machine is switched off."""
        for end in self.ends:
            end.transport.abort()

    def passes(self, data: bytes) -> bool:
        """Whether the greeting goes through; otherwise the connection stays and nothing ever comes of it."""
        if data and self._weather(is_request=True).loses:
            self._hurt.add(True)
        return not self._hurt

    async def pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, is_request: bool) -> None:
        """Forward one direction until its source ends."""
        with suppress(OSError):
            while data := await source.read(PIECE):
                weather = self._weather(is_request)
                if weather.delay:
                    await asyncio.sleep(weather.delay)
                    weather = self._weather(is_request)
                if weather.halves is not None and is_request not in self._hurt and len(data) > 1:
                    self._hurt.add(is_request)
                    target.write(data[: len(data) // 2])
                    if weather.halves is Ends.CUT:
                        break
                if weather.loses:
                    self._hurt.add(is_request)
                if is_request not in self._hurt:
                    target.write(data)
                    await target.drain()
        for end in self.ends:
            end.close()  # what was written still arrives

    def _weather(self, is_request: bool) -> Weather:
        weather = self._gate.weather
        if weather.callers is not None and self.caller not in weather.callers:
            return FINE
        return weather if (weather.requests if is_request else weather.answers) else FINE
