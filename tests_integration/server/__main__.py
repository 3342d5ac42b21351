"""Runs a command with a Cassandra of its own:  python -m tests_integration.server [--nodes N] [--auth] [-- CMD ...]

CMD finds the server in $COODIE_HOSTS; its exit code is passed on. Without CMD, the server runs until Ctrl-C.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import subprocess
import sys
from contextlib import suppress

from .cluster import cluster
from .errors import NoCluster, NodeFailed
from .find import HOSTS


def main() -> int:
    """Parse the command line and do what it says."""
    parser = argparse.ArgumentParser(prog="python -m tests_integration.server", description=__doc__)
    parser.add_argument("--nodes", type=int, default=1, help="how many nodes (default 1)")
    parser.add_argument("--auth", action="store_true", help="ask for a login; the first user is cassandra/cassandra")
    parser.add_argument("command", nargs="*", metavar="CMD")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("cassandra").setLevel(logging.ERROR)
    try:
        with cluster(options.nodes, authentication=options.auth) as nodes:
            hosts = ",".join(f"{node.host}:{node.port}" for node in nodes)
            return run(options.command, hosts) if options.command else wait(hosts)
    except (NoCluster, NodeFailed) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def run(command: list[str], hosts: str) -> int:
    """Run the command to its end, and return its exit code as a shell would."""
    # Ctrl-C reaches the command too, which says when it is over. A handler, unlike SIG_IGN, is not inherited.
    signal.signal(signal.SIGINT, lambda *_: None)
    code = subprocess.run(command, env={**os.environ, HOSTS: hosts}).returncode
    return code if code >= 0 else 128 - code


def wait(hosts: str) -> int:
    """Say where the server is, and wait for Ctrl-C."""
    print(hosts, flush=True)
    with suppress(KeyboardInterrupt):
        signal.pause()
    return 0


if __name__ == "__main__":
    sys.exit(main())
