"""One Cassandra process, from its start to the deletion of its data, and what a test may do to it in between."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from types import TracebackType

from cassandra import DriverException
from cassandra.cluster import NoHostAvailable, Session
from cassandra.protocol import ConfigurationException
from cassandra.query import SimpleStatement

from . import client
from .errors import NodeFailed
from .jars import find_jars
from .java import find_java, jvm_flags
from .ports import free_ports
from .settings import cassandra_yaml

HERE = Path(__file__).parent

# The first token of Murmur3Partitioner's range.
FIRST_TOKEN = -(2**63)

SUPERUSER = ("cassandra", "cassandra")


class Node:
    """A Cassandra of its own on a loopback address. Used with `with`, it is ready in the block and gone after it.

    `ports` are the native and the storage port, free ones if not given; nodes of one cluster share both. `changes`
    are settings of `cassandra.yaml`, `properties` those of the JVM, `classes` folders of more classes. With
    `authentication`, users log in, and start as `login`. A `durable` node keeps what it acknowledged when it is
    killed; another one may lose its last ten seconds, and tables. Both keep everything when they are stopped.
    """

    def __init__(
        self,
        address: str = "127.0.0.1",
        *,
        ports: tuple[int, int] | None = None,
        seeds: Sequence[str] = (),
        initial_token: int = FIRST_TOKEN,
        authentication: bool = False,
        durable: bool = False,
        changes: Mapping[str, object] | None = None,
        properties: Mapping[str, str] | None = None,
        classes: Sequence[Path] = (),
    ) -> None:
        self.host = address
        self.port, storage_port = ports or free_ports(2, [address])
        self.login = SUPERUSER if authentication else None
        self._durable = durable
        told = (changes or {}).get("broadcast_rpc_address")
        self._told = None if told is None else str(told)
        self._properties, self._classes = properties or {}, classes
        self.directory = Path(tempfile.mkdtemp(prefix="coodie-cassandra-"))
        self._process: subprocess.Popen[bytes] | None = None
        settings = cassandra_yaml(
            directory=self.directory,
            address=address,
            native_port=self.port,
            storage_port=storage_port,
            seeds=seeds or [address],
            initial_token=initial_token,
            authentication=authentication,
            durable=durable,
            changes=changes or {},
        )
        self._config.write_text(json.dumps(settings, indent=2))

    def __enter__(self) -> Node:
        try:
            self.start()
            self.wait_ready()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Node {self.host}:{self.port}, process {self.pid}>"

    @property
    def pid(self) -> int | None:
        """The id of the server's process, or None when it was never started or was stopped."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the process, on the data it has, and return at once."""
        if self._process is not None:
            raise RuntimeError(f"{self} is started already")
        command = ["/bin/sh", str(HERE / "leash.sh"), str(self.directory), *self._command()]
        with self._log.open("ab") as log:
            # A session of its own keeps a Ctrl-C in the terminal from the server: whoever started it decides.
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.directory,
                start_new_session=True,
            )

    def wait_ready(self, timeout: float = 600) -> None:
        """Return when a CQL query is answered; raise `NodeFailed` after `timeout` seconds, or when the process ends."""
        self.wait_for("SELECT release_version FROM system.local", timeout)

    def wait_for(self, query: str | SimpleStatement, timeout: float) -> None:
        """Run a CQL query on this node until it succeeds, and raise as `wait_ready` does."""
        deadline = time.monotonic() + timeout
        while not self._answers(query):
            if self._process is None or self._process.poll() is not None:
                raise NodeFailed(f"{self} ended\n{self.log_tail()}")
            if time.monotonic() > deadline:
                raise NodeFailed(f"{self} did not answer in {timeout} s\n{self.log_tail()}")
            time.sleep(0.1)

    def session(self, login: tuple[str, str] | None = None) -> AbstractContextManager[Session]:
        """Open a driver session to this node only, for the length of a `with` block."""
        return client.session(self.host, self.port, login or self.login, told=self._told)

    def stop(self, timeout: float = 60) -> None:
        """End the process as an administrator would (SIGTERM), and keep the data.

        After `timeout` seconds the process is killed and `subprocess.TimeoutExpired` raised.
        """
        if self._process is not None:
            self.resume()  # A paused process would not see the SIGTERM.
            self._process.terminate()
            try:
                self._process.wait(timeout)
            finally:
                self.kill()

    def kill(self) -> None:
        """End the process by SIGKILL, and keep the data."""
        if self._process is not None:
            # The group is the server and leash.sh's watcher, which must not see the pipe close and delete the data.
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.communicate()
            self._process = None

    def pause(self) -> None:
        """Freeze the process (SIGSTOP): connections stay open, nothing answers. Returns when it stands still."""
        self._signal(signal.SIGSTOP)
        assert self._process is not None
        os.waitid(os.P_PID, self._process.pid, os.WSTOPPED)

    def resume(self) -> None:
        """Let a paused process go on (SIGCONT)."""
        self._signal(signal.SIGCONT)

    def restart(self) -> None:
        """Stop if it runs, start on the same data and ports, and return when it is ready."""
        self.stop()
        self.start()
        self.wait_ready()

    def close(self) -> None:
        """Kill the process and delete the data."""
        self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    def log_tail(self, lines: int = 40) -> str:
        """Return the last lines of the server's log."""
        if not self._log.exists():
            return "(no log)"
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-lines:])

    @property
    def _config(self) -> Path:
        return self.directory / "cassandra.yaml"

    @property
    def _log(self) -> Path:
        return self.directory / "system.log"

    def _command(self) -> list[str]:
        properties = {
            "cassandra.config": self._config.as_uri(),
            # A flush after each change of the schema takes most of its time.
            "cassandra.test.flush_local_schema_changes": str(self._durable).lower(),
            "cassandra.storagedir": str(self.directory),
            "logback.configurationFile": str(HERE / "logback.xml"),
            "java.io.tmpdir": str(self.directory),
            **self._properties,
        }
        classpath = os.pathsep.join(map(str, [find_jars() / "*", *self._classes]))
        return [find_java(), *jvm_flags(properties), "-cp", classpath, "org.apache.cassandra.service.CassandraDaemon"]

    def _signal(self, number: signal.Signals) -> None:
        if self._process is None:
            raise RuntimeError(f"{self} does not run")
        self._process.send_signal(number)

    def _answers(self, query: str | SimpleStatement) -> bool:
        # The driver logs a failed connection; a bare one first keeps the log for what is worth reading.
        try:
            socket.create_connection((self.host, self.port), timeout=1).close()
            with self.session() as session:
                session.execute(query)
        except (OSError, DriverException, NoHostAvailable):
            return False
        except ConfigurationException as error:
            if "not in normal state" not in str(error):  # a node that is about to be: its state is still going round
                raise
            return False
        return True
