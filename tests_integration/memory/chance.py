"""Seeds that chance draws: in CI the same each time, so that no change is blamed for what chance finds elsewhere."""

from __future__ import annotations

import os
from random import SystemRandom


def drawn_seed() -> int:
    """A seed that no run before has had; in CI always the same."""
    return 2 if os.environ.get("CI") else SystemRandom().randrange(10**9)
