"""The time limit of one call, preparation and retries included, and what the call has done so far."""

from __future__ import annotations

from time import monotonic


class Budget:
    """The time limit of one call, and its counters.

    ``seconds`` counts from ``started``, by the clock of `monotonic`; None means the vendor's default, until that is
    known. ``attempts`` is how often the request was sent before the current attempt, ``prepared`` how many texts the
    server was asked to prepare, and ``anew`` how many times that was repeated because a server reported other types.
    """

    __slots__ = ("anew", "attempts", "prepared", "seconds", "started")

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        self.started: float = monotonic()
        self.attempts = 0
        self.prepared = 0
        self.anew = 0

    def left(self) -> float | None:
        """The seconds that are left, 0 or less if the time is over; None without a limit."""
        return None if self.seconds is None else self.started + self.seconds - monotonic()
