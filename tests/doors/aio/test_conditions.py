"""What the answer to a condition makes of the document, and the answers that are none."""

from typing import Annotated

import pytest

from coodie.aio import AsyncBatchQuery, Document
from coodie.drivers import Page
from coodie.drivers.registry import replaced
from coodie.exceptions import DecodeError
from coodie.fields import PrimaryKey


class Player(Document):
    id: Annotated[int, PrimaryKey()]
    name: str = ""
    tries: int = 0


class Answering:
    def __init__(self, page):
        self.page = page

    async def aexecute(self, request):
        return self.page

    async def aclose(self):
        pass


async def batched(write):
    async with AsyncBatchQuery() as batch:
        await write(batch=batch)


@pytest.mark.parametrize("told", [None, "true", 1, 0])
@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda: Player(id=1).insert(), id="insert"),
        pytest.param(lambda: Player(id=1).update(tries=1, if_exists=True), id="update"),
        pytest.param(lambda: batched(Player(id=1).insert), id="batch"),
    ],
)
async def test_an_answer_that_is_neither_yes_nor_no_is_an_error(write, told):
    with replaced("default", Answering(Page(("[applied]",), [(told,)]))), pytest.raises(DecodeError):
        await write()


@pytest.mark.parametrize("told", [[True, False], [False, True]])
async def test_what_was_applied_in_part_was_not_applied(told):
    player = Player(id=1, name="ann")
    batch = AsyncBatchQuery(allow_multiple_conditions=True)
    await player.update(name="bo", if_conditions={"tries": 5}, batch=batch)
    with replaced("default", Answering(Page(("[applied]", "id"), [(each, 1) for each in told]))):
        await batch.execute()
    assert (batch.result.applied, len(batch.result.rows), player.name) == (False, 2, "ann")
