"""Batches: statements that are collected and sent as one request."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Literal, overload

from typing_extensions import Self, Unpack

from coodie.aio._run import drive, run
from coodie.cql.options import check_flag
from coodie.plans.batches import BatchBase, BatchOptions
from coodie.plans.tracing import traced_plan
from coodie.results import LWTResult, Trace


class AsyncBatchQuery(BatchBase):
    """Collects writes and sends them as one protocol-level batch of prepared statements.

    Pass it as ``batch=`` to any write. Leaving the ``async with`` block sends the batch; leaving it with an exception
    sends nothing and empties it. An empty batch sends nothing.

    What is sent corresponds to this CQL::

        BEGIN BATCH
          INSERT INTO events (user_id, ts, event_type) VALUES (?, ?, ?);
          INSERT INTO events (user_id, ts, event_type) VALUES (?, ?, ?);
        APPLY BATCH

    ``logged=False`` sends ``BEGIN UNLOGGED BATCH``; ``batch_type`` is ``"LOGGED"``, ``"UNLOGGED"`` or ``"COUNTER"``
    and overrides ``logged``. ``timestamp`` is in microseconds since 1970, or a datetime. ``consistency``,
    ``serial_consistency`` and ``timeout`` (in seconds) apply to the whole batch. ``connection`` defaults to that of the
    first document. A batch of more than ``warn_statements`` statements, about ``warn_bytes`` bytes or
    ``warn_partitions`` partitions issues a `BatchWarning`; None disables a threshold.

    A statement that the server would refuse raises `InvalidQueryError` when it is added.
    """

    @overload
    async def execute(self, *, again: bool = False, trace: Literal[False] = False) -> LWTResult[Any] | None: ...

    @overload
    async def execute(self, *, again: bool = False, trace: Literal[True]) -> Trace: ...

    async def execute(self, *, again: bool = False, trace: bool = False) -> LWTResult[Any] | Trace | None:
        """Send the statements as one request, and empty the batch.

        Returns an `LWTResult` if any statement has a condition. After an error the statements are kept, none can be
        added, and ``outcome`` says whether the batch may have taken effect. If it is "failed", it had no effect, and
        ``execute()`` can be called again. If it is "unknown", that is allowed only if all statements can safely be sent
        twice, such as saves and deletions; ``again=True`` sends the batch anyway, so that counters may be incremented
        and list elements appended twice. With ``trace=True`` the server traces the request, and the trace is returned,
        which ``print()`` shows as a tree with times; the `LWTResult` is then in ``result``.

        Raises the errors of the driver, including `OutcomeUnknown` if the batch may or may not have taken effect, and
        `InvalidQueryError` while another task or thread is sending it.
        """
        if check_flag("trace", trace):
            return await self._traced(again)
        with self._execution(again):
            plan = self._plan()
            result: LWTResult[Any] | None = None if plan is None else await run(plan)
            return result

    async def _traced(self, again: bool) -> Trace:
        with self._execution(again):
            plan = traced_plan(self._plan())
            trace = await run(plan)
        return await drive(trace, plan.connection)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is not None:
            self._empty()
        elif not self._is_kept:
            await self.execute()


def batch(logged: bool = True, **options: Unpack[BatchOptions]) -> AsyncBatchQuery:
    """A new batch; the options are those of `AsyncBatchQuery`.

    It takes the writes of both APIs: ``save(event, batch=batch)``.
    """
    return AsyncBatchQuery(logged, **options)
