"""Functions that count, for counter documents of either API, named as their methods."""

from __future__ import annotations

from typing import Literal, overload

from coodie.aio._run import write
from coodie.cql.message import Consistency
from coodie.mapping.model import CounterModel
from coodie.plans import writes
from coodie.plans.arguments import together
from coodie.plans.batches import BatchBase
from coodie.results import Trace


@overload
async def increment(
    document: CounterModel,
    amounts: dict[str, int] | None = None,
    /,
    *,
    consistency: Consistency | None = None,
    timeout: float | None = None,
    batch: BatchBase | None = None,
    trace: Literal[False] = False,
    **counters: int,
) -> None: ...


@overload
async def increment(
    document: CounterModel,
    amounts: dict[str, int] | None = None,
    /,
    *,
    trace: Literal[True],
    consistency: Consistency | None = None,
    timeout: float | None = None,
    batch: None = None,
    **counters: int,
) -> Trace: ...


async def increment(
    document: CounterModel,
    amounts: dict[str, int] | None = None,
    /,
    *,
    consistency: Consistency | None = None,
    timeout: float | None = None,
    batch: BatchBase | None = None,
    trace: bool = False,
    **counters: int,
) -> Trace | None:
    """Increment counters: ``UPDATE ... SET views = views + ? WHERE <key>``. See `CounterDocument.increment`."""
    plan = writes.increment(document, together(amounts, counters), consistency=consistency, timeout=timeout)
    return await write(plan, batch, trace)


@overload
async def decrement(
    document: CounterModel,
    amounts: dict[str, int] | None = None,
    /,
    *,
    consistency: Consistency | None = None,
    timeout: float | None = None,
    batch: BatchBase | None = None,
    trace: Literal[False] = False,
    **counters: int,
) -> None: ...


@overload
async def decrement(
    document: CounterModel,
    amounts: dict[str, int] | None = None,
    /,
    *,
    trace: Literal[True],
    consistency: Consistency | None = None,
    timeout: float | None = None,
    batch: None = None,
    **counters: int,
) -> Trace: ...


async def decrement(
    document: CounterModel,
    amounts: dict[str, int] | None = None,
    /,
    *,
    consistency: Consistency | None = None,
    timeout: float | None = None,
    batch: BatchBase | None = None,
    trace: bool = False,
    **counters: int,
) -> Trace | None:
    """Decrement counters: ``UPDATE ... SET views = views - ? WHERE <key>``. See `CounterDocument.decrement`."""
    plan = writes.increment(document, together(amounts, counters), sign=-1, consistency=consistency, timeout=timeout)
    return await write(plan, batch, trace)
