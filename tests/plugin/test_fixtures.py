"""The plugin as its users meet it: pytest inside pytest."""

from importlib.metadata import entry_points

import pytest

# pytester forgets what a run inside imported; what the plugin resolves late must not be among that.
import coodie.testing.counting
import coodie.testing.network  # noqa: F401

pytest_plugins = ["pytester"]

INSTALLED = any(entry.value == "coodie.testing.plugin" for entry in entry_points(group="pytest11"))

# syrupy keeps its session in a global, which is this run's; the others only take time.
OTHERS = ("syrupy", "cacheprovider", "randomly", "benchmark", "hypothesispytest", "xdist", "pytest_cov")

HEAD = """
import pytest
from coodie.cql.message import Kind, Statement
from coodie.drivers.registry import async_driver, get_driver, names, sync_driver
from coodie.testing import RecordingDriver

SELECT = Statement("SELECT id FROM t", kind=Kind.READ)
WRITE = Statement("UPDATE t SET a = ? WHERE id = ?", (1, 2))
"""


@pytest.fixture
def run(pytester):
    """Run a test file in a pytest of its own; gives its result."""

    def run(body, *options, ini=""):
        pytester.makeini(f"[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n{ini}")
        pytester.makepyfile(HEAD + body)
        plugin = () if INSTALLED else ("-p", "coodie.testing.plugin")
        without = [word for name in OTHERS for word in ("-p", f"no:{name}")]
        return pytester.runpytest_inprocess("-Werror", *without, *plugin, *options)

    return run


class TestRecorder:
    def test_it_is_the_default_connection_for_the_test_in_both_flavours(self, run):
        result = run(
            """
def test_sync(coodie_recorder):
    sync_driver().execute(WRITE)
    assert coodie_recorder.last.values == (1, 2)

async def test_async(coodie_recorder):
    await async_driver().aexecute(WRITE)
    assert coodie_recorder.cql == [WRITE.cql]

def test_without():
    assert names() == ()
"""
        )
        result.assert_outcomes(passed=3)

    def test_it_stands_around_the_driver_that_a_project_gives(self, run):
        result = run(
            """
@pytest.fixture
def coodie_inner():
    with RecordingDriver(strict=False) as inner:
        yield inner

def test_it(coodie_recorder, coodie_inner):
    sync_driver().execute(SELECT)
    assert coodie_inner.cql == coodie_recorder.cql == [SELECT.cql]

def test_single_calls_fail_all_the_same(coodie_recorder, coodie_inner):
    coodie_recorder.on("update").raises(OSError(), applied=True)
    with pytest.raises(OSError):
        sync_driver().execute(WRITE)
    assert coodie_inner.cql == [WRITE.cql]
"""
        )
        result.assert_outcomes(passed=2)

    def test_it_is_strict_and_says_how_not_to_be(self, run):
        result = run("def test_it(coodie_recorder): sync_driver().execute(SELECT)")

        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines(["*UnexpectedCall: nothing was scripted*", "*@pytest.mark.coodie(strict=False)*"])

    def test_a_failure_that_the_application_swallowed_is_raised_at_the_end(self, run):
        result = run(
            """
def test_it(coodie_recorder):
    try:
        sync_driver().execute(SELECT)
    except Exception:
        pass
"""
        )
        result.assert_outcomes(passed=1, errors=1)
        result.stdout.fnmatch_lines(["*ERROR at teardown of test_it*", "*UnexpectedCall*"])

    def test_an_unused_reply_is_a_failure_that_says_how_to_allow_it(self, run):
        result = run("def test_it(coodie_recorder): coodie_recorder.on('select').returns([])")

        result.assert_outcomes(passed=1, errors=1)
        result.stdout.fnmatch_lines(["*UnusedReply*", "*@pytest.mark.coodie(unused='ignore')*"])

    def test_a_test_that_failed_does_not_fail_twice(self, run):
        result = run(
            """
def test_it(coodie_recorder):
    coodie_recorder.on("select").returns([])
    assert 0
"""
        )
        result.assert_outcomes(failed=1)

    def test_one_whose_setup_failed_does_not_fail_twice(self, run):
        result = run(
            """
@pytest.fixture
def broken(coodie_recorder):
    coodie_recorder.on("select").returns([])
    raise KeyError("mine")

def test_it(broken):
    pass
"""
        )
        result.assert_outcomes(errors=1)
        result.stdout.no_fnmatch_line("*UnusedReply*")

    def test_one_that_is_expected_to_fail_or_is_skipped_is_not_verified(self, run):
        result = run(
            """
@pytest.mark.xfail(raises=AssertionError, strict=True)
def test_fails(coodie_recorder):
    coodie_recorder.on("select").returns([])
    sync_driver().execute(SELECT.with_options(SELECT.options))
    sync_driver().execute(SELECT)

def test_skips(coodie_recorder):
    coodie_recorder.on("select").returns([])
    pytest.skip("not today")
"""
        )
        result.assert_outcomes(xfailed=1, skipped=1)

    def test_the_marker_changes_it(self, run):
        result = run(
            """
from coodie.connections import connection_names

pytestmark = pytest.mark.coodie(strict=False)

def test_loose(coodie_recorder):
    assert sync_driver().execute(SELECT).rows == ()

@pytest.mark.coodie(unused="ignore", keyspace="shop")
def test_nearest_first(coodie_recorder):
    coodie_recorder.on("select").returns([]).times(2)
    sync_driver().execute(SELECT)
    assert connection_names.keyspace_of(None) == "shop"

@pytest.mark.coodie(strict=True)
def test_strict_again(coodie_recorder):
    with pytest.raises(AssertionError):
        sync_driver().execute(SELECT)
    coodie_recorder.failures.clear()
""",
            "--strict-markers",
        )
        result.assert_outcomes(passed=3)

    @pytest.mark.parametrize("arguments", ["stict=False", "unused='no'", "unawaited=True", "False"])
    def test_a_marker_with_a_slip_in_it_is_an_error(self, run, arguments):
        result = run(f"@pytest.mark.coodie({arguments})\ndef test_it(coodie_recorder): pass")

        result.assert_outcomes(errors=1)
        result.stdout.fnmatch_lines(["*@pytest.mark.coodie does not take *"])

    def test_the_clock_is_the_recorder_s_and_new_in_each_test(self, run):
        result = run(
            """
@pytest.mark.parametrize("again", [1, 2])
def test_it(coodie_clock, coodie_recorder, again):
    before = coodie_clock.now()
    assert before.year == 2030 and before.second == 0
    coodie_recorder.on("select").returns([]).delay(5)
    sync_driver().execute(SELECT)
    assert (coodie_clock.now() - before).seconds == 5
"""
        )
        result.assert_outcomes(passed=2)

    def test_the_marker_is_explained(self, run):
        result = run("", "--markers")

        result.stdout.fnmatch_lines(["@pytest.mark.coodie(strict=True, unused='fail', *"])


class TestCount:
    def test_a_query_in_a_loop_fails_and_shows(self, run):
        result = run(
            """
def test_it(coodie_recorder, assert_cql_count):
    with assert_cql_count(at_most=2):
        for _ in range(11):
            sync_driver().execute(WRITE)
"""
        )
        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines(
            ["*11 statements sent, at most 2 expected", "*11 x UPDATE t SET a = ? WHERE id = ?"]
        )

    def test_the_right_number_passes(self, run):
        result = run(
            """
def test_it(coodie_recorder, assert_cql_count):
    with assert_cql_count(1):
        sync_driver().execute(WRITE)
"""
        )
        result.assert_outcomes(passed=1)


CONNECT = """
import socket

def connect():
    with socket.socket() as sock:
        sock.connect(("127.0.0.1", 9))
"""


class TestNetwork:
    def test_a_connect_fails_the_test(self, run):
        result = run(CONNECT + "def test_it(no_network): connect()")

        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines(["*NetworkRefused: the test tried to connect to ('127.0.0.1', 9)*network=True*"])

    @pytest.mark.parametrize(
        "call", ["socket.create_connection(('127.0.0.1', 9))", "socket.socket().connect_ex(('::1', 9))"]
    )
    def test_a_swallowed_one_too(self, run, call):
        result = run(
            CONNECT
            + f"""
def test_it(no_network):
    try:
        {call}
    except Exception:
        pass
"""
        )
        result.assert_outcomes(passed=1, errors=1)

    def test_by_ini_option_every_test_and_the_marker_allows_it(self, run):
        body = """
def test_it():
    connect()

class TestMore:
    def test_it(self):
        connect()

@pytest.mark.coodie(network=True)
def test_allowed():
    with pytest.raises(OSError):
        connect()

async def test_loops_still_start():
    pass
"""
        run(CONNECT + body, ini="coodie_no_network = true").assert_outcomes(passed=2, failed=2)

    def test_by_ini_option_before_any_other_fixture(self, run):
        body = """
@pytest.fixture
def connected():
    connect()

def test_it(connected):
    pass
"""
        result = run(CONNECT + body, ini="coodie_no_network = true")
        result.assert_outcomes(errors=1)
        result.stdout.fnmatch_lines(["*NetworkRefused*"])

    def test_without_the_option_nothing_is_refused(self, run):
        body = """
def test_it():
    with pytest.raises(OSError):
        connect()
"""
        run(CONNECT + body).assert_outcomes(passed=1)

    def test_afterwards_all_is_as_it_was(self, run):
        import socket

        before = socket.socket.connect
        run("def test_it(no_network): pass").assert_outcomes(passed=1)

        assert socket.socket.connect is before


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
        User.find().all()
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


@pytest.mark.parametrize("how", ["not installed", "switched off"])
def test_rule_26_without_syrupy_the_snapshot_is_skipped_and_says_why(run, pytester, how):
    if how == "not installed":
        pytester.makeconftest("import sys\nsys.modules['syrupy'] = None")
    result = run("def test_it(cql_snapshot): pass", "-rs")  # which switches the plugin off

    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*cql_snapshot needs syrupy*"])
