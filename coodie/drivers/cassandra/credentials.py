"""Credentials as the vendor's driver takes them."""

from __future__ import annotations

from typing import Any

from cassandra.auth import PlainTextAuthProvider


def credentials(username: str, password: str) -> Any:
    """What ``auth_provider=`` takes for a user and a password."""
    return PlainTextAuthProvider(username, password)
