"""The raw door: cassandra-driver's own Cluster and Session on an engine, with no socket between.

Only the driver's connection is replaced. What a client sends is answered on a thread of the cluster's own, which runs
its timers too, as the thread of a real connection would.
"""

# pyright: basic

from __future__ import annotations

import socket
from collections.abc import Callable
from functools import partial
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from time import time
from typing import Any, Final

from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile, Session
from cassandra.connection import Connection, ConnectionShutdown, Timer, TimerManager
from cassandra.policies import RoundRobinPolicy

from coodie._queue import taken
from coodie.testing.memory.wire.frames import Frame
from coodie.testing.memory.wire.server import Server
from coodie.testing.memory.wire.stream import Exchange

_FOREVER: Final = float("inf")
_PATIENCE: Final = 60  # seconds
_OLD_OPTIONS: Final = ("load_balancing_policy", "default_retry_policy")
"""Options that stand for execution profiles; a Cluster takes one kind or the other."""


class _Loop:
    """The thread of one cluster. It ends with the cluster."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._timers = TimerManager()
        self._lock = Lock()
        self._is_running = self._is_over = False
        self._wakes_at = _FOREVER

    def start(self) -> None:
        """Run, if it does not yet. Raises `ConnectionShutdown` after the cluster's end."""
        with self._lock:
            if self._is_over:
                raise ConnectionShutdown("the cluster was shut down")
            if not self._is_running:
                self._is_running = True
                Thread(target=self._run, name="coodie-memory", daemon=True).start()

    def stop(self) -> None:
        """End the thread, when it has done what it was told before."""
        with self._lock:
            self._is_over = True
        self._queue.put(None)

    def call(self, function: Callable[[], None]) -> None:
        """Have a function called on the thread."""
        self._queue.put(function)

    def add_timer(self, timer: Timer) -> None:
        """Have a timer run."""
        self._timers.add_timer(timer)
        if timer.end < self._wakes_at:
            self._queue.put(_nothing)

    def _run(self) -> None:
        while True:
            # A timer that is added before the end of the wait is known wakes the thread, whenever it is due.
            self._wakes_at = _FOREVER
            self._wakes_at = self._timers.service_timeouts() or _FOREVER
            try:
                function = taken(self._queue, None if self._wakes_at == _FOREVER else self._wakes_at - time())
            except Empty:
                continue
            if function is None:
                return
            function()


def _nothing() -> None:
    """Wake up."""


class MemoryConnection(Connection):  # type: ignore[misc]
    """A connection of the driver that leads to a `Server` of this process."""

    server: Server
    loop: _Loop
    is_closed: bool
    lock: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.loop.start()
        self._exchange = Exchange(self.server, self._told)
        self._send_options_message()

    @classmethod
    def create_timer(cls, timeout: float, callback: Callable[[], None]) -> Timer:
        """A timer on the cluster's thread."""
        timer = Timer(timeout, callback)
        cls.loop.add_timer(timer)
        return timer

    def push(self, data: bytes) -> None:
        """What goes to the server."""
        self.loop.call(partial(self._take, data))

    def close(self) -> None:
        """End it; what still waits for an answer fails."""
        with self.lock:
            if self.is_closed:
                return
            self.is_closed = True
        self._exchange.close()
        if not self.is_defunct:
            self.error_all_requests(ConnectionShutdown(f"Connection to {self.endpoint} was closed"))
            self.connected_event.set()

    def _told(self, event: Frame) -> None:
        self.loop.call(partial(self._give, event))

    def _give(self, frame: Frame) -> None:
        if not self.is_closed:
            self.process_msg(frame, frame.body)

    def _take(self, data: bytes) -> None:
        try:
            for answer in self._exchange.answers(data):
                self._give(answer)
        except Exception as error:  # noqa: BLE001 - the thread serves other connections, too
            self.defunct(error)


def connect(server: Server, keyspace: str | None, options: dict[str, Any]) -> Session:
    """A Session of the driver, on a Cluster of its own; ``options`` are the Cluster's and go before ours."""
    engine, loop = server.engine, _Loop()
    made = type("MemoryConnection", (MemoryConnection,), {"server": server, "loop": loop})
    ours: dict[str, Any] = {
        "contact_points": [engine.place.host],
        "port": engine.place.port,
        "protocol_version": 5,
        "idle_heartbeat_interval": 0,
        # The driver's own limits are five seconds and two, which a machine that does much else may need for a thread.
        "connect_timeout": _PATIENCE,
        "control_connection_timeout": _PATIENCE,
        "timestamp_generator": engine.clock.micros,
        # Without a socket nothing is delayed, so coodie's adapter has nothing to warn of.
        "sockopts": [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
    }
    if not any(name in options for name in _OLD_OPTIONS):
        policy = ExecutionProfile(load_balancing_policy=RoundRobinPolicy(), request_timeout=_PATIENCE)
        ours["execution_profiles"] = {EXEC_PROFILE_DEFAULT: policy}
    cluster = MemoryCluster(**{**ours, **options, "connection_class": made})
    try:
        session = cluster.connect(keyspace)
    except BaseException:
        cluster.shutdown()
        raise
    session.__class__ = MemorySession
    return session


class MemoryCluster(Cluster):  # type: ignore[misc]
    """The driver's Cluster, with which its thread ends."""

    def shutdown(self) -> None:
        """End it, with its sessions."""
        super().shutdown()
        self.connection_class.loop.stop()


class MemorySession(Session):  # type: ignore[misc]
    """The driver's Session. As a context manager it ends its Cluster too, which serves it alone."""

    cluster: Any

    def __exit__(self, *error: object) -> None:
        self.cluster.shutdown()
