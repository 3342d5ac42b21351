"""What does not grow on a real cluster: texts with the values of queries, memory with the rows of an iteration."""

from __future__ import annotations

import gc
import tracemalloc
from typing import Annotated
from uuid import uuid4

import pytest

from coodie import ClusteringKey, PrimaryKey
from coodie.aio import AsyncBatchQuery, Document, execute_raw


class Item(Document):
    box: Annotated[str, PrimaryKey()]
    number: Annotated[int, ClusteringKey()]
    note: str = ""

    class Settings:
        name = "items"


@pytest.fixture(autouse=True)
async def table(connection):
    await Item.sync_table()


async def filled(rows):
    """A box with so many items."""
    box = str(uuid4())
    for start in range(0, rows, 500):
        async with AsyncBatchQuery(logged=False, warn_statements=None, warn_bytes=None) as batch:
            for number in range(start, min(start + 500, rows)):
                await Item(box=box, number=number, note="x" * 200).save(batch=batch)
    return box


async def test_a_thousand_finds_are_as_many_texts_as_shapes(prepared):
    before, box = set(prepared()), str(uuid4())
    items = Item.find(box=box)
    for number in range(1, 251):
        await items.filter(number__in=list(range(number))).limit(number).all()
        await items.filter(number__gt=number, number__lte=2 * number).per_partition_limit(number).all()
        await items.order_by("-number").limit(number + 1000).fetch_size(number).values_list("number").all()
        await Item.find(box__in=[str(each) for each in range(number % 20 + 1)]).limit(number).only("note").all()
    assert len(set(prepared()) - before) == 4


ROWS = 2000
FULL = {}


@pytest.fixture
async def full(keyspace):
    """A box of items, made once."""
    if keyspace not in FULL:
        FULL[keyspace] = await filled(ROWS)
    return FULL[keyspace]


async def peak(box, read):
    """The most memory, in bytes, that reading a box took. It is read in part before, to fill what is cached."""
    await read(Item.find(box=box).limit(200).fetch_size(100))
    gc.collect()
    tracemalloc.start()
    try:
        assert await read(Item.find(box=box).fetch_size(100)) == ROWS
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def counted(count):
    """The next number; once a page what is garbage goes, since the vendor's futures hold themselves and their rows."""
    if count % 100 == 0:
        gc.collect()
    return count + 1


async def iterated(query):
    count = 0
    async for _ in query:
        count = counted(count)
    return count


async def values_iterated(query):
    count = 0
    async for _ in query.values_list("number", "note"):
        count = counted(count)
    return count


async def by_hand(query):
    count, state = 0, None
    while True:
        page = await query.page(state).paged_all()
        for _ in page:
            count = counted(count)
        state = page.paging_state
        if state is None:
            return count


async def all_at_once(query):
    return len(await query.all())


@pytest.mark.needs_server("the engine's memory is that of the test")
@pytest.mark.parametrize("read", [iterated, values_iterated, by_hand])
async def test_memory_does_not_grow_with_the_rows(full, read):
    # The vendor's threads use memory too, when somebody changes a schema meanwhile: hence the least of three.
    by_page = min([await peak(full, read) for _ in range(3)])
    assert 4 * by_page < await peak(full, all_at_once)


async def test_an_iteration_may_end_early_and_leaves_nothing_behind(spy):
    box = await filled(500)
    spy.clear()
    async for item in Item.find(box=box).fetch_size(100):
        if item.number == 150:
            break
    assert len(spy.calls) == 2
    assert (await Item.find(box=box).fetch_size(100).first()).number == 0


async def test_all_pages_are_read_by_sealed_tokens():
    secret, box = "a secret of some length", await filled(500)
    token, numbers = None, []
    for size in (200, 90, 150, 200):
        page = await Item.find(box=box).fetch_size(size).page_token(token, secret, context=box).paged_all()
        numbers += [item.number for item in page]
        token = page.token(secret, ttl=600, context=box)
    assert (numbers, token) == (list(range(500)), None)


async def test_a_page_may_be_resumed_by_another_query_object_and_goes_on_there():
    box = await filled(500)
    state = (await Item.find(box=box).fetch_size(200).paged_all()).paging_state
    rest = [item.number async for item in Item.find(box=box).fetch_size(90).page(bytes(bytearray(state)))]
    assert rest == list(range(200, 500))
    values = await Item.find(box=box).values_list("number").fetch_size(200).paged_all()
    more = await Item.find(box=box).values_list("number").page(values.paging_state).all()
    assert [number for (number,) in (*values, *more)] == list(range(500))


async def test_pages_that_are_empty_are_not_the_end(keyspace):
    box = await filled(500)
    query = Item.find(box=box, note="none").allow_filtering().fetch_size(50)
    assert await query.all() == []
    await execute_raw(f"UPDATE {keyspace}.items SET note = 'last' WHERE box = ? AND number = 499", [box])
    last = Item.find(box=box, note="last").allow_filtering().fetch_size(50)
    assert [item.number async for item in last] == [499]
    assert [item.number for item in await last.all()] == [499]
