"""The plugin as its users meet it: pytest inside pytest."""

import pytest

pytest_plugins = ["pytester"]


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


@pytest.mark.parametrize("how", ["not installed", "switched off"])
def test_rule_26_without_syrupy_the_snapshot_is_skipped_and_says_why(run, pytester, how):
    if how == "not installed":
        pytester.makeconftest("import sys\nsys.modules['syrupy'] = None")
    result = run("def test_it(cql_snapshot): pass", "-rs")  # which switches the plugin off

    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*cql_snapshot needs syrupy*"])
