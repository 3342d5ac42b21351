"""One of several runners of migrations: `python migration_worker.py HOST PORT KEYSPACE FOLDER [EVENT]`.

It connects, says so, waits for a line, and then applies what is pending. With an event, such as `sent`, it kills itself
at the first one of that kind, as `kill -9` would.
"""

from __future__ import annotations

import os
import signal
import sys

from cassandra.cluster import ExecutionProfile, default_lbp_factory

from coodie.migrations import Event
from coodie.sync import Migrations, close, init_coodie


def main(host: str, port: str, keyspace: str, folder: str, deadly: str = "") -> None:
    init_coodie(
        [host],
        port=int(port),
        keyspace=keyspace,
        protocol_version=5,
        connect_timeout=60,
        control_connection_timeout=60,
        execution_profile=ExecutionProfile(load_balancing_policy=default_lbp_factory(), request_timeout=60),
    )
    print("ready", flush=True)
    sys.stdin.readline()

    def listen(event: Event) -> None:
        if event.happening.value == deadly:
            os.kill(os.getpid(), signal.SIGKILL)

    report = Migrations(folder).up(progress=listen)
    print(" ".join(each.revision for each in report.done))
    close()


if __name__ == "__main__":
    main(*sys.argv[1:])
