"""Shuts a cluster down so that requests in flight fail at once.

The vendor closes the connections, which ends the requests on them, only after waiting for its heartbeat thread. That
thread may itself wait for an answer: half a minute if the server hangs.
"""

from __future__ import annotations

import time
from threading import Thread
from typing import Any, Final

_STEP: Final = 0.001


def shut_down(cluster: Any, session: Any) -> None:
    """Shut both down, regardless of what the vendor waits for. Blocks until everything is closed."""
    vendors = Thread(target=cluster.shutdown, name="coodie-close")
    try:
        vendors.start()
    except RuntimeError:  # the interpreter is shutting down and cannot start threads
        cluster.shutdown()
        return
    # before that flag is set, the vendor would report each closed connection as a host that is down
    while not cluster.is_shutdown and vendors.is_alive():
        time.sleep(_STEP)
    cluster.control_connection.shutdown()
    session.shutdown()
    vendors.join()
