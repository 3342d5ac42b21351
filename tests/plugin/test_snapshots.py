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

    def run(body, *options, name="test_app"):
        pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function")
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
