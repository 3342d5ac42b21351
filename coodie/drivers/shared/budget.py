"""The time of one call, all that it takes included, and what the call has cost so far."""

from __future__ import annotations

from time import monotonic


class Budget:
    """What one call may take, and what it took.

    ``seconds`` counts from ``started`` on, by the clock of `monotonic`; None is what the vendor gives a request, until
    that is known. ``attempts`` is how often the request was sent before the try that is under way, ``prepared`` how
    many texts the server was asked to prepare, ``anew`` how often that was because a server said other types.
    """

    __slots__ = ("anew", "attempts", "prepared", "seconds", "started")

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        self.started: float = monotonic()
        self.attempts = 0
        self.prepared = 0
        self.anew = 0

    def left(self) -> float | None:
        """How many seconds are left, perhaps none; None where nobody has set a time."""
        return None if self.seconds is None else self.started + self.seconds - monotonic()
