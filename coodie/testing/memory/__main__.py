"""``python -m coodie.testing.memory``: Cassandra 5.0 in memory, on a TCP port, for clients of any language."""

from __future__ import annotations

import sys

from coodie.testing.memory.serve import main

if __name__ == "__main__":
    sys.exit(main())
