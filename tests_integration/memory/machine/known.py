"""What the server does that the engine does not do after it: each a narrow case, and why."""

from __future__ import annotations

from tests_integration.memory import raw


def is_known(text: str, server: raw.Answer) -> bool:
    """Whether a difference is one of these."""
    # Unset for what is appended to a list: the server runs into a cast of its own. Here it appends nothing.
    return server.code == 0 and "ClassCastException" in server.message and " + " in text
