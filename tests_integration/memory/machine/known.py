"""What the server does that the engine does not do after it: each a narrow case, and why."""

from __future__ import annotations

from tests_integration.memory import raw


def is_known(text: str, server: raw.Answer) -> bool:
    """Whether a difference is one of these."""
    # Groups of whole partitions, in a table without clustering columns: the server does not take back its own state.
    return server.code == 0x000A and "GROUP BY" in text
