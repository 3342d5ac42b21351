"""One of several runners of migrations: `python -m tests_integration.migration_worker HOST PORT KEYSPACE FOLDER ...`.

It connects, says so, waits for a line, and then applies what is pending. `EVENT ACTION` is what it does at the first
event of that kind: `kill` itself as `kill -9` would, a moment later with `shoot`; `stop` itself as SIGSTOP would; or
`wait` for a line. `HOURS` is how wrong its clock is.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from threading import Timer

from coodie.migrations import Event
from coodie.sync import Migrations, close

from .workers import connect, ready


def _wait() -> None:
    print("waits", flush=True)
    sys.stdin.readline()


ACTIONS: dict[str, Callable[[], object]] = {
    "": lambda: None,
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "shoot": lambda: Timer(0.02, os.kill, [os.getpid(), signal.SIGKILL]).start(),
    "stop": lambda: os.kill(os.getpid(), signal.SIGSTOP),
    "wait": _wait,
}


def main(host: str, port: str, keyspace: str, folder: str, event: str = "", action: str = "", hours: str = "0") -> None:
    clock, wrong = time.time, float(hours) * 3600
    time.time = lambda: clock() + wrong
    connect(host, int(port), keyspace=keyspace)
    ready()
    waited_for = [event]

    def listen(event: Event) -> None:
        if event.happening.value in waited_for:
            waited_for.clear()
            ACTIONS[action]()

    report = Migrations(folder).up(progress=listen)
    print(" ".join(each.revision for each in report.done))
    close()


if __name__ == "__main__":
    main(*sys.argv[1:])
