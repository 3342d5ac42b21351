"""The functions of the async door, on models and documents of the sync one."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import assert_type

from coodie import aio, sync
from coodie.aio import (
    batch,
    create,
    decrement,
    delete,
    delete_columns,
    drop_table,
    find,
    find_one,
    get,
    get_or_none,
    increment,
    insert,
    raw,
    refresh,
    save,
    scan,
    sync_table,
    truncate,
    update,
    verify_table,
)
from coodie.fields import Counter, PrimaryKey
from coodie.results import LWTResult, Trace


class Row(sync.Document):
    id: Annotated[int, PrimaryKey()]
    name: str = ""


class Views(sync.CounterDocument):
    url: Annotated[str, PrimaryKey()]
    views: Annotated[int | None, Counter()] = None


async def reads(row: Row) -> None:
    assert_type(find(Row, Row.name == "x"), aio.QuerySet[Row])
    assert_type(await find(Row, id=1).all(), list[Row])
    assert_type([each async for each in find(Row)], list[Row])
    assert_type(await find_one(Row, id=1), Row | None)
    assert_type(await get(Row.using(keyspace="k"), id=1), Row)
    assert_type(await get_or_none(Row, id=1), Row | None)
    assert_type(await raw(Row, "SELECT * FROM row").first(), Row | None)
    assert_type([each async for each in scan(Row)], list[Row])
    await refresh(row)
    await get(row, id=1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def writes(row: Row, views: Views) -> None:
    async with batch() as together:
        await save(row, batch=together)
    assert_type(together, aio.AsyncBatchQuery)
    assert_type(await insert(row), LWTResult[Row])
    assert_type(await insert(row, batch=together), None)
    assert_type(await update(row, {}, if_exists=True), LWTResult[Row])
    assert_type(await delete(row), None)
    assert_type(await delete(views), None)
    assert_type(await delete_columns(row, "name"), None)
    assert_type(await create(Row, id=1), Row)
    await increment(views, views=1)
    await decrement(views, views=1)
    assert_type(await save(row, trace=True), Trace)
    assert_type(await decrement(views, views=1, trace=True), Trace)
    await save(views)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
    await increment(row, id=1)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]


async def tables() -> None:
    assert_type(await sync_table(Row), list[str])
    await verify_table(Row)
    await truncate(Views)
    await drop_table(Row)
