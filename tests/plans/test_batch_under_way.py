"""A batch that is being sent: only the async door can use it meanwhile."""

import asyncio
from typing import Annotated

import pytest

from coodie.aio import AsyncBatchQuery
from coodie.exceptions import InvalidQueryError
from coodie.fields import PrimaryKey
from coodie.sync import Document


class Login(Document):
    id: Annotated[int, PrimaryKey()]


async def test_a_batch_under_way_is_not_sent_twice(coodie_recorder):
    batch = AsyncBatchQuery(batch_type="COUNTER")
    batch.add("UPDATE visits SET n = n + 1 WHERE id = 1")
    sent, refused = await asyncio.gather(batch.execute(), batch.execute(), return_exceptions=True)
    assert sent is None
    assert isinstance(refused, InvalidQueryError)
    assert "being sent" in str(refused)
    assert len(coodie_recorder.batches) == 1


async def test_a_batch_under_way_takes_no_statement_and_is_free_afterwards(coodie_recorder):
    batch = AsyncBatchQuery()
    batch.add("INSERT INTO visits (id) VALUES (1)")
    under_way = asyncio.ensure_future(batch.execute())
    await asyncio.sleep(0)
    with pytest.raises(InvalidQueryError, match="being sent"):
        Login(id=1).save(batch=batch)
    await under_way
    Login(id=1).save(batch=batch)
    await batch.execute()
    assert [len(call.statements) for call in coodie_recorder.batches] == [1, 1]


async def test_rule_35_a_batch_whose_sending_was_cancelled_may_have_happened(coodie_recorder):
    batch = AsyncBatchQuery()
    batch.add("INSERT INTO visits (id) VALUES (1)")
    under_way = asyncio.ensure_future(batch.execute())
    await asyncio.sleep(0)
    under_way.cancel()
    with pytest.raises(asyncio.CancelledError):
        await under_way
    assert (len(batch.statements), batch.outcome) == (1, "unknown")
    with pytest.raises(InvalidQueryError, match="it is unknown whether this batch was executed"):
        await batch.execute()
    await batch.execute(again=True)
    assert (batch.statements, batch.outcome) == ((), "done")
