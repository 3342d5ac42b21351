"""Tells in the last lines of a run what it left out for want of a Cassandra."""

from __future__ import annotations

import atexit

from tox.plugin import impl
from tox.tox_env.api import ToxEnv


@impl
def tox_after_run_commands(tox_env: ToxEnv) -> None:
    """Read what the tests of an environment have written down, to be told after tox's own summary."""
    left_out = tox_env.env_tmp_dir / "left_out"
    if left_out.exists():
        atexit.register(print, f"{tox_env.name}: {left_out.read_text(encoding='utf-8')}")
