"""The programs that the tests start."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from signal import SIGTERM
from socket import create_connection
from threading import Thread, Timer

HERE = Path(__file__).parent

# Its standard input is a pipe that the tests hold open, and which the kernel closes however the tests end. Then the
# program is killed, with all processes that it has started.
LEASH = 'exec 3<&0 </dev/null; (read -r _ <&3; kill -9 -$$) >/dev/null 2>&1 & exec "$@" 3<&-'


class Program:
    """A program that runs, and what it writes."""

    def __init__(self, pid: int, output: Iterable[str]) -> None:
        self.pid = pid
        self._output = output
        self._lines: SimpleQueue[str] = SimpleQueue()
        # A program whose output nobody reads would wait.
        self.reader = Thread(target=self._read)
        self.reader.start()

    def _read(self) -> None:
        for line in self._output:
            print(line, end="")  # pytest shows it when the test fails
            self._lines.put(line)
        self._lines.put("")

    def line(self, pattern: str) -> re.Match[str]:
        """Wait for the next line that has this."""
        while line := self._lines.get():
            if found := re.search(pattern, line):
                return found
        raise AssertionError(f"the program has ended without {pattern!r}")

    def wait_listening(self, place: str) -> None:
        """Wait until it accepts connections: the workers of uvicorn have no line for that."""
        host, port = place.split(":")
        while True:
            with suppress(ConnectionRefusedError), create_connection((host, int(port))):
                return
            self.reader.join(0.05)
            assert self.reader.is_alive(), f"the program has ended, and never listened on {place}"


@contextmanager
def started(*arguments: str, limit: float = 600) -> Iterator[Program]:
    """Python with these arguments, ended by SIGTERM; by SIGKILL when the test fails, or after ``limit`` seconds."""
    process = subprocess.Popen(
        ["/bin/sh", "-c", LEASH, "sh", sys.executable, *arguments],
        cwd=HERE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    timer = Timer(limit, process.stdin.close)
    timer.start()
    program = Program(process.pid, process.stdout)
    try:
        yield program
        process.terminate()
        status = process.wait()
    finally:
        timer.cancel()
        process.stdin.close()
        process.wait()
        program.reader.join()
        process.stdout.close()
    assert status in (0, -SIGTERM), status
