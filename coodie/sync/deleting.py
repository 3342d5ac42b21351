# Derived by tests/derive.py: edit coodie/aio/deleting.py,
# then run `tox -e sync`.
"""Functions that delete, for documents of either API: ``delete(event)`` does what ``event.delete()`` does."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, TypeVar, overload

from typing_extensions import Unpack

from coodie.sync._run import write
from coodie.cql.message import Consistency, SerialConsistency
from coodie.mapping.model import DocumentModel, TableModel
from coodie.plans import writes
from coodie.plans.batches import BatchBase
from coodie.plans.conditions import Conditions
from coodie.plans.plan import WriteOptions
from coodie.results import LWTResult, Trace

D = TypeVar("D", bound=DocumentModel)
T = TypeVar("T", bound=TableModel)


@overload
def delete(
    document: TableModel,
    /,
    *,
    if_exists: Literal[False] = False,
    if_conditions: None = None,
    batch: BatchBase | None = None,
    **options: Unpack[WriteOptions],
) -> None: ...


@overload
def delete(
    document: T,
    /,
    *,
    if_exists: Literal[True],
    if_conditions: None = None,
    batch: None = None,
    **options: Unpack[WriteOptions],
) -> LWTResult[T]: ...


@overload
def delete(
    document: T,
    /,
    *,
    if_exists: Literal[False] = False,
    if_conditions: Conditions,
    batch: None = None,
    **options: Unpack[WriteOptions],
) -> LWTResult[T]: ...


@overload
def delete(
    document: T,
    /,
    *,
    if_exists: bool = False,
    if_conditions: Conditions | None = None,
    batch: BatchBase | None = None,
    **options: Unpack[WriteOptions],
) -> LWTResult[T] | None: ...


@overload
def delete(
    document: TableModel,
    /,
    *,
    trace: Literal[True],
    if_exists: bool = False,
    if_conditions: Conditions | None = None,
    **options: Unpack[WriteOptions],
) -> Trace: ...


def delete(
    document: T,
    /,
    *,
    if_exists: bool = False,
    if_conditions: Conditions | None = None,
    timestamp: int | datetime | None = None,
    consistency: Consistency | None = None,
    serial_consistency: SerialConsistency | None = None,
    timeout: float | None = None,
    batch: BatchBase | None = None,
    trace: bool = False,
) -> LWTResult[T] | Trace | None:
    """Delete the row: ``DELETE FROM ... WHERE <key>``. See `Document.delete`."""
    plan = writes.delete(
        document,
        if_exists=if_exists,
        if_conditions=if_conditions,
        timestamp=timestamp,
        consistency=consistency,
        serial_consistency=serial_consistency,
        timeout=timeout,
    )
    return write(plan, batch, trace)


@overload
def delete_columns(
    document: DocumentModel,
    /,
    *names: str | tuple[str, Any],
    if_exists: Literal[False] = False,
    if_conditions: None = None,
    batch: BatchBase | None = None,
    **options: Unpack[WriteOptions],
) -> None: ...


@overload
def delete_columns(
    document: D,
    /,
    *names: str | tuple[str, Any],
    if_exists: Literal[True],
    if_conditions: None = None,
    batch: None = None,
    **options: Unpack[WriteOptions],
) -> LWTResult[D]: ...


@overload
def delete_columns(
    document: D,
    /,
    *names: str | tuple[str, Any],
    if_exists: Literal[False] = False,
    if_conditions: Conditions,
    batch: None = None,
    **options: Unpack[WriteOptions],
) -> LWTResult[D]: ...


@overload
def delete_columns(
    document: D,
    /,
    *names: str | tuple[str, Any],
    if_exists: bool = False,
    if_conditions: Conditions | None = None,
    batch: BatchBase | None = None,
    **options: Unpack[WriteOptions],
) -> LWTResult[D] | None: ...


@overload
def delete_columns(
    document: DocumentModel,
    /,
    *names: str | tuple[str, Any],
    trace: Literal[True],
    if_exists: bool = False,
    if_conditions: Conditions | None = None,
    **options: Unpack[WriteOptions],
) -> Trace: ...


def delete_columns(
    document: D,
    /,
    *names: str | tuple[str, Any],
    if_exists: bool = False,
    if_conditions: Conditions | None = None,
    timestamp: int | datetime | None = None,
    consistency: Consistency | None = None,
    serial_consistency: SerialConsistency | None = None,
    timeout: float | None = None,
    batch: BatchBase | None = None,
    trace: bool = False,
) -> LWTResult[D] | Trace | None:
    """Delete the values of these columns: ``DELETE a, b FROM ... WHERE <key>``. See `Document.delete_columns`."""
    plan = writes.delete(
        document,
        names,
        if_exists=if_exists,
        if_conditions=if_conditions,
        timestamp=timestamp,
        consistency=consistency,
        serial_consistency=serial_consistency,
        timeout=timeout,
    )
    return write(plan, batch, trace)
