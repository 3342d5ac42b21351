"""Shutting a cluster down so that whoever waits for an answer is told at once.

The vendor first waits for its heartbeat, and that for an answer: half a minute when the server hangs. Only then does it
close the connections, and so end what is under way on them.
"""

from __future__ import annotations

import time
from threading import Thread
from typing import Any, Final

_STEP: Final = 0.001


def shut_down(cluster: Any, session: Any) -> None:
    """Shut both down, whatever the vendor waits for. Blocks until all is done."""
    vendors = Thread(target=cluster.shutdown, name="coodie-close")
    try:
        vendors.start()
    except RuntimeError:  # the interpreter is about to end, and starts no threads any more
        cluster.shutdown()
        return
    # until then a lost connection would be taken for a host that is down, and reported
    while not cluster.is_shutdown and vendors.is_alive():
        time.sleep(_STEP)
    cluster.control_connection.shutdown()
    session.shutdown()
    vendors.join()
