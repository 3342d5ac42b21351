# Derived by tests/derive.py: edit coodie/aio/batch.py,
# then run `tox -e sync`.
"""Batches of this door: statements that are collected and go as one request."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from typing_extensions import Self

from coodie.sync._run import run
from coodie.plans.batches import BatchBase
from coodie.results import LWTResult


class BatchQuery(BatchBase):
    """Collects writes and sends them as one protocol-level batch of prepared statements.

    Give it as ``batch=`` to whatever writes. Leaving the ``with`` block sends the batch; leaving it with an
    exception sends nothing and empties it. An empty batch sends nothing.

    What goes over the wire is, in the words of CQL::

        BEGIN BATCH
          INSERT INTO events (user_id, ts, event_type) VALUES (?, ?, ?);
          INSERT INTO events (user_id, ts, event_type) VALUES (?, ?, ?);
        APPLY BATCH

    ``logged=False`` sends ``BEGIN UNLOGGED BATCH``; ``batch_type`` is ``"LOGGED"``, ``"UNLOGGED"`` or ``"COUNTER"``
    and wins over ``logged``. ``timestamp`` is in microseconds since 1970, or a datetime. ``consistency``,
    ``serial_consistency`` and ``timeout`` (seconds) are those of the whole batch. ``connection`` is by default that
    of the first document. A batch of over ``warn_statements`` statements, about ``warn_bytes`` bytes or
    ``warn_partitions`` partitions makes a `BatchWarning`; None switches a threshold off.

    What the server would refuse is refused when it is added, as `InvalidQueryError`.
    """

    def execute(self, *, again: bool = False) -> LWTResult[Any] | None:
        """Send what was added, as one request, and empty the batch.

        Gives an `LWTResult` if a condition was in it. After an error the statements are kept, nothing can be added,
        and ``outcome`` tells whether the batch may have happened. If it is "failed", it did not, and ``execute()`` can
        be called again. If it is "unknown", it can be if it does no harm to send each statement twice, as of saves and
        deletions; ``again=True`` sends the others too, which may then count or append twice.

        Raises what the driver raises, `OutcomeUnknown` if the batch may or may not have happened, and
        `InvalidQueryError` while it is being sent by another task or thread.
        """
        with self._execution(again):
            plan = self._plan()
            return None if plan is None else run(plan)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is not None:
            self._empty()
        elif not self._is_kept:
            self.execute()
