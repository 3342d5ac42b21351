"""Snapshots as users keep them: files that are written, compared, found to differ and found unused.

Each run is a process of its own, since syrupy keeps its session in a global.
"""

from importlib.metadata import entry_points

import pytest

pytest_plugins = ["pytester"]

INSTALLED = any(entry.value == "coodie.testing.plugin" for entry in entry_points(group="pytest11"))
OTHERS = ("cacheprovider", "benchmark", "hypothesispytest", "pytest_cov")

HEAD = """
import os
from datetime import datetime, timezone
from uuid import UUID, uuid4

import pytest
from coodie.cql.message import Batch, Kind, Mark, Statement
from coodie.cql.types import parse_type
from coodie.drivers.registry import sync_driver
from coodie.testing import Clock, faults

def now():
    now = datetime.now(timezone.utc)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)

def insert(id, **columns):
    marks = (Mark("id", parse_type("uuid")), *(Mark(name, parse_type(type)) for name, (type, _) in columns.items()))
    values = (id, *(value for _, value in columns.values()))
    names = ", ".join(mark.name for mark in marks)
    return Statement(f"INSERT INTO t ({names}) VALUES ({', '.join('?' for _ in marks)})", values, marks)

def send(*requests):
    for request in requests:
        sync_driver().execute(request)
"""


@pytest.fixture
def run(pytester, monkeypatch):
    # The run inside is nobody's worker, even when this one is.
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)

    def run(body, *options, name="test_app", ini=""):
        pytester.makeini(f"[pytest]\nasyncio_default_fixture_loop_scope = function\n{ini}")
        pytester.makepyfile(**{name: HEAD + body})
        plugin = () if INSTALLED else ("-p", "coodie.testing.plugin")
        without = [word for other in OTHERS for word in ("-p", f"no:{other}")]
        return pytester.runpytest_subprocess(*without, *plugin, *options)

    return run


@pytest.fixture
def written(pytester):
    """The snapshot files by the name of their test, without the head that each has."""

    def written():
        texts = {path.stem: path.read_text() for path in (pytester.path / "__snapshots__").rglob("*.cql")}
        head = "-- coodie cql snapshot 1\n"
        assert all(text.startswith(head) for text in texts.values())
        return {name: text.removeprefix(head).strip() for name, text in texts.items()}

    return written


def test_one_readable_file_per_test_that_is_the_same_in_the_next_run(run, written):
    body = """
def test_it(coodie_recorder, cql_snapshot):
    one, other = uuid4(), uuid4()
    coodie_recorder.on("batch").raises(faults.write_timeout(write_type="BATCH_LOG"))
    send(insert(one, at=("timestamp", now()), friend=("uuid", other)))
    with pytest.raises(Exception):
        send(Batch((insert(other), insert(one))))
    assert coodie_recorder == cql_snapshot
"""
    run(body, "--snapshot-update").assert_outcomes(passed=1)

    assert (
        written()["test_it"]
        == """\
-- [1] execute
INSERT INTO t (id, at, friend) VALUES (?, ?, ?);
--   id      uuid       <uuid#1>
--   at      timestamp  <now#1>
--   friend  uuid       <uuid#2>

-- [2] batch  logged  2 statements
-- [2.1]
INSERT INTO t (id) VALUES (?);
--   id  uuid  <uuid#2>
-- [2.2]
INSERT INTO t (id) VALUES (?);
--   id  uuid  <uuid#1>

-- [3] error  OutcomeUnknown  write_type=BATCH_LOG"""
    )
    run(body).assert_outcomes(passed=1)


def test_a_difference_fails_and_shows_the_lines(run):
    body = """
def test_it(coodie_recorder, cql_snapshot):
    send(insert(UUID(int=7), n=("int", {n})))
    assert coodie_recorder == cql_snapshot
"""
    run(body.format(n=1), "--snapshot-update").assert_outcomes(passed=1)
    result = run(body.format(n=2))

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*- --   n   int   1", "*+ --   n   int   2"])


def test_calls_and_requests_can_be_compared_too(run, written):
    body = """
def test_it(coodie_recorder, cql_snapshot):
    request = insert(UUID(int=7))
    send(request, request)
    assert request == cql_snapshot(name="request")
    assert coodie_recorder.calls == cql_snapshot(name="calls")
    assert coodie_recorder.last == cql_snapshot(name="last")
    assert [request, Batch((request,))] == cql_snapshot(name="both")
    coodie_recorder.clear()
    assert coodie_recorder == cql_snapshot(name="nothing")
"""
    run(body, "--snapshot-update").assert_outcomes(passed=1)

    files = written()
    one = "-- [1] execute\nINSERT INTO t (id) VALUES (?);\n--   id  uuid  00000000-0000-0000-0000-000000000007"
    assert files["test_it[request]"] == files["test_it[last]"] == one
    assert files["test_it[calls]"] == one + "\n\n" + one.replace("[1]", "[2]")
    assert "-- [2] batch  logged  1 statement\n-- [2.1]" in files["test_it[both]"]
    assert files["test_it[nothing]"] == ""
    run(body).assert_outcomes(passed=1)


def test_another_value_is_refused_with_a_word_on_what_is_taken(run):
    result = run("def test_it(cql_snapshot): assert 5 == cql_snapshot")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*TypeError: a snapshot takes a RecordingDriver*not an int"])


def test_exact_prints_everything_and_holds_for_one_comparison(run, written):
    body = """
def test_it(coodie_clock, coodie_recorder, cql_snapshot):
    send(insert(coodie_clock.uuid4()))
    assert coodie_recorder == cql_snapshot(exact=True)
    assert coodie_recorder == cql_snapshot
"""
    run(body, "--snapshot-update").assert_outcomes(passed=1)

    assert "uuid  <uuid#1>" in written()["test_it.1"]
    assert "<uuid" not in written()["test_it"]
    run(body).assert_outcomes(passed=1)


def test_an_instant_of_a_fixture_belongs_to_the_test_and_one_of_the_clock_is_fixed(run, written):
    body = """
@pytest.fixture
def made():
    return now()

def test_it(made, coodie_clock, coodie_recorder, cql_snapshot):
    send(insert(UUID(int=7), a=("timestamp", made), b=("timestamp", coodie_clock.now())))
    assert coodie_recorder == cql_snapshot
"""
    run(body, "--snapshot-update").assert_outcomes(passed=1)

    assert written()["test_it"].splitlines()[-2:] == [
        "--   a   timestamp  <now#1>",
        "--   b   timestamp  '2030-01-01T00:00:00.000Z'",
    ]


SEVERAL = """
@pytest.mark.parametrize("n", range(6))
def test_it(n, coodie_recorder, cql_snapshot):
    send(insert(uuid4(), n=("int", n)))
    assert coodie_recorder == cql_snapshot
"""


def test_it_works_in_random_order_and_in_several_processes(run, written):
    run(SEVERAL, "--snapshot-update", "-n", "2").assert_outcomes(passed=6)
    assert len(written()) == 6

    run(SEVERAL, "-n", "2").assert_outcomes(passed=6)
    run(SEVERAL, "-p", "no:xdist").assert_outcomes(passed=6)


def test_an_unused_file_is_found_and_removed_on_update(run, written):
    run(SEVERAL, "--snapshot-update").assert_outcomes(passed=6)
    fewer = SEVERAL.replace("range(6)", "range(5)")

    result = run(fewer)
    assert result.ret != 0
    result.stdout.fnmatch_lines(["*1 snapshot unused*"])
    assert run(fewer, "--snapshot-update").ret == 0
    assert len(written()) == 5


ALIKE = """
LONG = ["x" * 300 + end for end in "abc"] + ["x" * 238 + end for end in "abc"]

@pytest.mark.parametrize("n", range(10), ids=["a/b", "a:b", "ab", "a*b", "a|b", "Ab", "aB", "AB", "a][b", "a"])
def test_it(n, coodie_recorder, cql_snapshot):
    for at, name in enumerate(["b", "B", "b/c", "b:c", LONG[0], LONG[1]]):
        send(insert(UUID(int=n), n=("int", at)))
        assert coodie_recorder == cql_snapshot(name=name)
    assert coodie_recorder == cql_snapshot
    assert coodie_recorder == cql_snapshot

@pytest.mark.parametrize("n", range(8), ids=[*LONG, "é" * 120 + "a", "é" * 120 + "b"])
def test_long(n, coodie_recorder, cql_snapshot):
    send(insert(UUID(int=n)))
    assert coodie_recorder == cql_snapshot

def test_It(coodie_recorder, cql_snapshot):
    assert coodie_recorder == cql_snapshot

class TestThese:
    def test_it(self, coodie_recorder, cql_snapshot):
        send(insert(UUID(int=8)))
        assert coodie_recorder == cql_snapshot

class Testthese:
    def test_it(self, coodie_recorder, cql_snapshot):
        send(insert(UUID(int=9)))
        assert coodie_recorder == cql_snapshot
"""


def test_rule_29_each_test_has_a_file_of_its_own_whatever_its_name(run, written):
    ini = "disable_test_id_escaping_and_forfeit_all_rights_to_community_support = true"
    run(ALIKE, "--snapshot-update", ini=ini).assert_outcomes(passed=21)

    files = written()
    assert len(files) == len(set(map(str.casefold, files))) == 10 * 8 + 8 + 3
    assert max(len(f"{name}.cql".encode()) for name in files) <= 255
    # One of them alone has the same files, and an update of it leaves those of the others.
    result = run(ALIKE, "test_app.py::test_it[a/b]", "test_app.py::TestThese", "--snapshot-update", ini=ini)
    result.assert_outcomes(passed=2)
    assert written() == files
    # The files of a test that is gone are found unused.
    assert run(ALIKE.replace('"a:b"', '"ac"'), "--snapshot-update", ini=ini).ret == 0
    gone = files.keys() - written().keys()
    assert (len(written()), len(gone)) == (len(files), 8)


def test_rule_29_names_that_no_other_test_has_are_as_they_were(run, written):
    body = """
@pytest.mark.parametrize("n", range(6), ids=["GET", "10:30", "a/c", "after noon", "50%", "x~1"])
def test_it(n, coodie_recorder, cql_snapshot):
    assert coodie_recorder == cql_snapshot
    assert coodie_recorder == cql_snapshot(name="After")

class TestThese:
    def test_it(self, coodie_recorder, cql_snapshot):
        assert coodie_recorder == cql_snapshot
        assert coodie_recorder == cql_snapshot
"""
    run(body, "--snapshot-update").assert_outcomes(passed=7)
    ids = ["GET", "1030", "ac", "after noon", "50%", "x~1"]
    named = {f"test_it[{name}]{after}" for name in ids for after in ("", "[After]")}
    assert written().keys() == {*named, "TestThese.test_it", "TestThese.test_it.1"}


# Each way to put another clock in place of the real one, before and after any day on which this runs.
TRAVEL = """
import time_machine
from freezegun import freeze_time

PAST, FUTURE = datetime(1999, 1, 2, tzinfo=timezone.utc), datetime(2199, 1, 2, tzinfo=timezone.utc)
WAYS = [
    way
    for at in (PAST, FUTURE)
    for way in (lambda at=at: freeze_time(at), lambda at=at: time_machine.travel(at, tick=False))
]
DATES = [datetime(year, 1, 1, tzinfo=timezone.utc) for year in (1999, 2026, 2030, 2198)]

def send_now(recorder):
    send(insert(UUID(int=7), now=("timestamp", now()), **{f"y{at.year}": ("timestamp", at) for at in DATES}))

@pytest.fixture(params=range(4))
def travelled(request):
    with WAYS[request.param]():
        yield

@pytest.fixture(scope="class", params=range(4))
def all_travelled(request):
    with WAYS[request.param]():
        yield

@pytest.mark.parametrize("way", range(4))
def test_block(way, coodie_recorder, cql_snapshot):
    with WAYS[way]():
        send_now(coodie_recorder)
    assert coodie_recorder == cql_snapshot

@pytest.mark.parametrize("way", range(4))
def test_whole(way, coodie_recorder, cql_snapshot):
    with WAYS[way]():
        send_now(coodie_recorder)
        assert coodie_recorder == cql_snapshot

def test_fixture(travelled, coodie_recorder, cql_snapshot):
    send_now(coodie_recorder)
    assert coodie_recorder == cql_snapshot

class TestAll:
    def test_class(self, all_travelled, coodie_recorder, cql_snapshot):
        send_now(coodie_recorder)
        assert coodie_recorder == cql_snapshot

def test_present(coodie_recorder, cql_snapshot):
    for way in WAYS:
        with way():
            send(insert(UUID(int=7)))
    send(insert(UUID(int=7), at=("timestamp", now())))
    assert coodie_recorder == cql_snapshot
"""


def test_rule_30_what_is_literal_stays_literal_where_the_clock_is_another(run, written):
    run(TRAVEL, "--snapshot-update").assert_outcomes(passed=17)

    files = written()
    assert files.pop("test_present").endswith("--   at  timestamp  <now#1>")
    assert len(files) == 16
    for name, text in files.items():
        times = [line.split()[3] for line in text.splitlines() if "timestamp" in line]
        years = ["1999" if name[-2] in "01" else "2199", "1999", "2026", "2030", "2198"]
        days = ["02", "01", "01", "01", "01"]
        assert times == [f"'{year}-01-{day}T00:00:00.000Z'" for year, day in zip(years, days, strict=True)]
    run(TRAVEL).assert_outcomes(passed=17)


def test_a_text_that_the_user_wrote_in_lines_is_compared_as_it_is(run):
    body = """
def test_it(coodie_recorder, cql_snapshot):
    send(Statement("UPDATE t\\n  SET a = ?\\r\\n", ("x\\r\\ny",)), Statement("UPDATE t\\n  SET a = ?", ("\\u2028",)))
    assert coodie_recorder == cql_snapshot
"""
    run(body, "--snapshot-update").assert_outcomes(passed=1)
    run(body).assert_outcomes(passed=1)


def test_the_extension_serves_a_plain_syrupy_snapshot(run, written):
    body = """
from coodie.testing.snapshot import CqlSnapshotExtension

def test_it(snapshot):
    assert insert(uuid4()) == snapshot.use_extension(CqlSnapshotExtension)
"""
    run(body, "--snapshot-update").assert_outcomes(passed=1)

    assert "<uuid#1>" in written()["test_it"]
    run(body).assert_outcomes(passed=1)
