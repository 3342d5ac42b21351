"""Functions that save, for documents of either API: ``save(event)`` does what ``event.save()`` does."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, TypeVar, overload

from typing_extensions import Unpack

from coodie.aio._run import write
from coodie.cql.message import Consistency, SerialConsistency
from coodie.mapping.model import DocumentModel, mapper_of
from coodie.mapping.state import settled
from coodie.plans import writes
from coodie.plans.arguments import together
from coodie.plans.batches import BatchBase
from coodie.plans.conditions import Conditions
from coodie.plans.plan import InsertOptions, Placed, SaveOptions, placed
from coodie.results import LWTResult, Trace

D = TypeVar("D", bound=DocumentModel)


@overload
async def save(
    document: DocumentModel,
    /,
    *,
    full: bool = False,
    ttl: int | None = None,
    timestamp: int | datetime | None = None,
    consistency: Consistency | None = None,
    timeout: float | None = None,
    warn: bool | None = None,
    batch: BatchBase | None = None,
    trace: Literal[False] = False,
) -> None: ...


@overload
async def save(document: DocumentModel, /, *, trace: Literal[True], **options: Unpack[SaveOptions]) -> Trace: ...


async def save(
    document: DocumentModel,
    /,
    *,
    full: bool = False,
    ttl: int | None = None,
    timestamp: int | datetime | None = None,
    consistency: Consistency | None = None,
    timeout: float | None = None,
    warn: bool | None = None,
    batch: BatchBase | None = None,
    trace: bool = False,
) -> Trace | None:
    """Write the row, whether it exists or not: ``INSERT INTO ... VALUES (...)``. See `Document.save`.

    Raises `InvalidQueryError` for a counter document and for a row of a view, as the other functions do for documents
    without such a method.
    """
    plan = writes.save(
        document, full=full, ttl=ttl, timestamp=timestamp, consistency=consistency, timeout=timeout, warn=warn
    )
    return await write(plan, batch, trace)


async def create(
    model: type[D] | Placed[D],
    values: dict[str, Any] | None = None,
    /,
    *,
    batch: BatchBase | None = None,
    **fields: Any,
) -> D:
    """Create a document with these fields, save it, and return it. See `Document.create`."""
    cls, home = placed(model, "create")
    mapper_of(cls)  # which tells what is no document
    document = settled(cls(**together(values, fields)), home)
    await save(document, batch=batch)
    return document


@overload
async def insert(document: D, /, *, batch: None = None, **options: Unpack[InsertOptions]) -> LWTResult[D]: ...


@overload
async def insert(document: DocumentModel, /, *, batch: BatchBase, **options: Unpack[InsertOptions]) -> None: ...


@overload
async def insert(
    document: D, /, *, batch: BatchBase | None = None, **options: Unpack[InsertOptions]
) -> LWTResult[D] | None: ...


@overload
async def insert(document: DocumentModel, /, *, trace: Literal[True], **options: Unpack[InsertOptions]) -> Trace: ...


async def insert(
    document: D,
    /,
    *,
    ttl: int | None = None,
    consistency: Consistency | None = None,
    serial_consistency: SerialConsistency | None = None,
    timeout: float | None = None,
    warn: bool | None = None,
    batch: BatchBase | None = None,
    trace: bool = False,
) -> LWTResult[D] | Trace | None:
    """Write the row only if none exists with its key: ``INSERT INTO ... IF NOT EXISTS``. See `Document.insert`."""
    plan = writes.insert(
        document, ttl=ttl, consistency=consistency, serial_consistency=serial_consistency, timeout=timeout, warn=warn
    )
    return await write(plan, batch, trace)


@overload
async def update(
    document: DocumentModel,
    values: dict[str, Any] | None = None,
    /,
    *,
    if_conditions: None = None,
    if_exists: Literal[False] = False,
    ttl: int | None = None,
    timestamp: int | datetime | None = None,
    consistency: Consistency | None = None,
    serial_consistency: SerialConsistency | None = None,
    timeout: float | None = None,
    warn: bool | None = None,
    batch: BatchBase | None = None,
    trace: Literal[False] = False,
    **sets: Any,
) -> None: ...


@overload
async def update(
    document: D,
    values: dict[str, Any] | None = None,
    /,
    *,
    if_conditions: None = None,
    if_exists: Literal[True],
    ttl: int | None = None,
    timestamp: int | datetime | None = None,
    consistency: Consistency | None = None,
    serial_consistency: SerialConsistency | None = None,
    timeout: float | None = None,
    warn: bool | None = None,
    batch: None = None,
    trace: Literal[False] = False,
    **sets: Any,
) -> LWTResult[D]: ...


@overload
async def update(
    document: D,
    values: dict[str, Any] | None = None,
    /,
    *,
    if_conditions: Conditions,
    if_exists: Literal[False] = False,
    ttl: int | None = None,
    timestamp: int | datetime | None = None,
    consistency: Consistency | None = None,
    serial_consistency: SerialConsistency | None = None,
    timeout: float | None = None,
    warn: bool | None = None,
    batch: None = None,
    trace: Literal[False] = False,
    **sets: Any,
) -> LWTResult[D]: ...


@overload
async def update(
    document: D,
    values: dict[str, Any] | None = None,
    /,
    *,
    if_conditions: Conditions | None = None,
    if_exists: bool = False,
    ttl: int | None = None,
    timestamp: int | datetime | None = None,
    consistency: Consistency | None = None,
    serial_consistency: SerialConsistency | None = None,
    timeout: float | None = None,
    warn: bool | None = None,
    batch: BatchBase | None = None,
    trace: Literal[False] = False,
    **sets: Any,
) -> LWTResult[D] | None: ...


@overload
async def update(
    document: DocumentModel,
    values: dict[str, Any] | None = None,
    /,
    *,
    trace: Literal[True],
    if_conditions: Conditions | None = None,
    if_exists: bool = False,
    ttl: int | None = None,
    timestamp: int | datetime | None = None,
    consistency: Consistency | None = None,
    serial_consistency: SerialConsistency | None = None,
    timeout: float | None = None,
    warn: bool | None = None,
    **sets: Any,
) -> Trace: ...


async def update(
    document: D,
    values: dict[str, Any] | None = None,
    /,
    *,
    if_conditions: Conditions | None = None,
    if_exists: bool = False,
    ttl: int | None = None,
    timestamp: int | datetime | None = None,
    consistency: Consistency | None = None,
    serial_consistency: SerialConsistency | None = None,
    timeout: float | None = None,
    warn: bool | None = None,
    batch: BatchBase | None = None,
    trace: bool = False,
    **sets: Any,
) -> LWTResult[D] | Trace | None:
    """Write only these columns: ``UPDATE ... SET ... WHERE <key>``. See `Document.update`."""
    plan = writes.update(
        document,
        values,
        sets,
        if_conditions=if_conditions,
        if_exists=if_exists,
        ttl=ttl,
        timestamp=timestamp,
        consistency=consistency,
        serial_consistency=serial_consistency,
        timeout=timeout,
        warn=warn,
    )
    return await write(plan, batch, trace)
