"""What the fixtures tell of calls that nobody awaited, and of trio: pytest inside pytest."""

pytest_plugins = ["pytester"]

USER = """
from typing import Annotated
from coodie.aio import AsyncBatchQuery, Document
from coodie.fields import PrimaryKey

class User(Document):
    id: Annotated[int, PrimaryKey()]
    name: str = ""

ANN = User(id=1)

"""


class TestAwaits:
    def test_rule_26_a_call_without_its_await_fails_the_test_that_made_it(self, run):
        calls = {
            "ANN.save()": "save",
            "User.get(id=1)": "get",
            "User.find(id=1).all()": "all",
            "User.find(id=1).update(name='x')": "update",
            "AsyncBatchQuery().execute()": "execute",
            "User.sync_table()": "sync_table",
            "sum(1 for call in [ANN.save()])": "save",
            "call = ANN.save()": "save",
        }
        tests = USER
        for at, call in enumerate(calls):
            tests += (
                f"def test_sync{at}(coodie_recorder):\n    {call}\ndef test_other{at}(coodie_recorder):\n    pass\n"
            )
            tests += f"async def test_async{at}(assert_cql_count):\n    {call}\n"
        result = run(tests)

        result.assert_outcomes(passed=3 * len(calls), errors=2 * len(calls))
        told = [
            rf"E .*MissingAwait: {name}\(\) was called at .*:\d+, in {test}{at}\(\), and never awaited, so it did"
            for at, name in enumerate(calls.values())
            for test in ("test_sync", "test_async")
        ]
        result.stdout.re_match_lines(told)

    def test_rule_26_it_is_found_behind_what_else_it_led_to(self, run):
        result = run(
            USER
            + """
async def test_unused(coodie_recorder):
    coodie_recorder.on("insert", table=User).returns_nothing()
    ANN.save()

async def test_caught(coodie_recorder):
    call = ANN.save()
    with pytest.raises(ZeroDivisionError) as caught:
        1 / 0

async def test_inside(coodie_recorder):
    async def helper():
        User.find().warn(False).all()
        await ANN.save()
    await helper()
"""
        )
        result.assert_outcomes(passed=3, errors=3)
        result.stdout.no_fnmatch_line("*UnusedReply*")
        result.stdout.fnmatch_lines(["*in helper(), and never awaited*"])

    def test_rule_26_what_is_awaited_closed_or_somebody_else_s_is_no_failure(self, run):
        result = run(
            USER
            + """
import asyncio

async def test_it(coodie_recorder):
    await ANN.save()
    await asyncio.gather(ANN.save(full=True), asyncio.create_task(ANN.save(full=True)))
    ANN.save().close()
    for call in (asyncio.ensure_future(ANN.save()),):
        call.cancel()

@pytest.mark.coodie(unawaited="ignore")
async def test_allowed(coodie_recorder):
    with pytest.warns(RuntimeWarning, match="never awaited"):
        ANN.save()

async def test_foreign(coodie_recorder):
    async def mine(): pass
    with pytest.warns(RuntimeWarning, match="mine.* never awaited"):
        mine()

async def test_that_failed(coodie_recorder):
    ANN.save()
    assert 1 == 2
"""
        )
        result.assert_outcomes(passed=3, failed=1)


TRIO = (
    USER
    + """
import anyio
import trio

async def two(recorder):
    async with trio.open_nursery() as nursery:
        for at in (1, 2):
            nursery.start_soon(User(id=at).save)
            assert len(recorder.calls) == 0
    recorder.on("select", table=User).pages([[{"id": 1}], [{"id": 2}]])
    assert [user.id async for user in User.find()] == [1, 2]
    with trio.move_on_after(0) as scope:
        await ANN.save()
    assert scope.cancelled_caught
    async with AsyncBatchQuery() as batch:
        await ANN.save(batch=batch)
    assert len(recorder.calls) == 6

def test_trio(coodie_recorder):
    trio.run(two, coodie_recorder)

@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["trio", "asyncio"])
async def test_anyio(coodie_recorder, anyio_backend):
    async with anyio.create_task_group() as group:
        for at in (1, 2):
            group.start_soon(User(id=at).save)
    coodie_recorder.on("select", table=User).returns([{"id": 1}])
    assert await User.get(id=1) == ANN
"""
)


def test_rule_31_the_recorder_works_under_trio_as_under_asyncio(run):
    run(TRIO, "--asyncio-mode=strict").assert_outcomes(passed=3)
