# Derived by tests/derive.py: edit tests/doors/aio/test_many_writes.py,
# then run `tox -e sync`.
"""Many writes at once: which are done, which failed, which are unknown, and what is read and sent meanwhile."""

from typing import Annotated

import pytest
from doors.sync.many_documents import Event, Row, numbers, rows

from coodie.sync import CounterDocument, MaterializedView, delete_many, insert_many, save_many, update_many
from coodie.bulk import Failure, Report
from coodie.drivers.registry import replaced
from coodie.exceptions import (
    BulkWriteError,
    ConditionNotMet,
    ConfigurationError,
    InvalidQueryError,
    OutcomeUnknown,
    Overloaded,
    RequestRejected,
)
from coodie.fields import Counter, PrimaryKey
from coodie.testing import MemoryDriver, RecordingDriver, faults


class Views(CounterDocument):
    url: Annotated[str, PrimaryKey()]
    views: Annotated[int, Counter()] = 0


class ByName(MaterializedView):
    name: Annotated[str, PrimaryKey()]
    id: Annotated[int, PrimaryKey(clustering=True)]

    class Settings:
        base_table = Row


def test_every_document_is_saved_as_by_its_own_save():
    documents = rows(250)
    with RecordingDriver() as recorder:
        report = save_many(documents, ttl=60, consistency="QUORUM")
    assert numbers(report) == (250, 0, 0)
    assert sorted(call.params["id"] for call in recorder.executed) == list(range(250))
    assert len(recorder.prepared) == 1
    assert recorder.last.params["[ttl]"] == 60
    assert recorder.last.request.options.consistency == "QUORUM"
    report.raise_if_failed()


def test_a_saved_document_has_no_changes_and_one_that_failed_keeps_them():
    documents = rows(3)
    with RecordingDriver() as recorder:
        recorder.on("insert", table=Row, values={"id": 1}).raises(faults.invalid())
        save_many(documents)
    assert [bool(each.changes()) for each in documents] == [False, True, False]


def test_what_did_not_change_is_done_and_not_sent():
    documents = rows(3)
    with RecordingDriver() as recorder:
        save_many(documents)
        documents[1].name = "new"
        assert numbers(save_many(documents)) == (3, 0, 0)
    assert len(recorder.executed) == 4


def test_a_failed_one_is_reported_with_its_error_and_the_others_are_done():
    documents = rows(5)
    with RecordingDriver() as recorder:
        recorder.on("insert", table=Row, values={"id": 3}).raises(faults.invalid())
        report = save_many(documents)
    assert numbers(report) == (4, 1, 0)
    assert report.total == 5
    (item, error) = report.failed[0]
    assert item is documents[3]
    assert isinstance(error, RequestRejected)
    assert list(report.failed) == [Failure(item, error)]


def test_raise_if_failed_tells_the_numbers_and_carries_the_report():
    with RecordingDriver() as recorder:
        recorder.on("insert", table=Row, values={"id": 1}).raises(faults.invalid())
        report = save_many(rows(3))
    with pytest.raises(BulkWriteError, match=r"of 3 items, 1 failed and 0 may .*RequestRejected") as caught:
        report.raise_if_failed()
    assert caught.value.report is report
    assert caught.value.__cause__ is report.failed[0].error
    assert repr(report) == "<Report: 2 done, 1 failed, 0 unknown>"
    assert repr(report.failed) == "<1 failures: RequestRejected>"


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(faults.overloaded(), id="overloaded"),
        pytest.param(faults.unavailable(), id="unavailable"),
        pytest.param(faults.no_hosts(), id="no hosts"),
        pytest.param(faults.write_timeout(), id="unknown"),
        pytest.param(faults.connection_lost(), id="lost"),
    ],
)
def test_an_idempotent_write_is_tried_again_after_a_growing_pause(fault):
    with RecordingDriver() as recorder:
        recorder.on("insert", table=Row, values={"id": 1}).raises(fault).times(3)
        start = recorder.clock.now()
        report = save_many(rows(2))
        assert (recorder.clock.now() - start).total_seconds() == pytest.approx(0.25 + 0.5 + 1)
    assert numbers(report) == (2, 0, 0)
    assert len(recorder.executed) == 5


@pytest.mark.parametrize("write", [save_many, delete_many], ids=["save", "delete"])
def test_attempts_limits_how_often_it_is_sent(write):
    with RecordingDriver() as recorder:
        recorder.otherwise.raises(faults.overloaded())
        report = write(rows(1), attempts=3)
        assert len(recorder.executed) == 3
        assert isinstance(report.failed[0].error, Overloaded)
        write(rows(1), attempts=1)
    assert len(recorder.executed) == 4


def test_an_error_that_another_attempt_cannot_help_is_not_tried_again():
    with RecordingDriver() as recorder:
        recorder.on("insert", table=Row).raises(faults.syntax())
        save_many(rows(1))
    assert len(recorder.executed) == 1


def test_a_write_that_may_have_happened_stays_unknown_whatever_comes_later():
    with RecordingDriver() as recorder:
        recorder.on("insert", table=Row).raises(faults.write_timeout())
        recorder.on("insert", table=Row).raises(faults.unavailable())
        report = save_many(rows(1), attempts=2)
    assert numbers(report) == (0, 0, 1)
    assert isinstance(report.unknown[0].error, OutcomeUnknown)


def test_an_unknown_one_that_succeeds_later_is_done():
    with RecordingDriver() as recorder:
        recorder.on("insert", table=Row).raises(faults.write_timeout())
        assert numbers(save_many(rows(1))) == (1, 0, 0)


def test_an_insert_of_a_row_that_exists_is_failed_with_the_row():
    with RecordingDriver() as recorder:
        recorder.on("insert", table=Row, values={"id": 0}).applied(True)
        recorder.on("insert", table=Row, values={"id": 1}).applied(False, {"id": 1, "name": "old", "tags": None})
        documents = rows(2)
        report = insert_many(documents)
    assert numbers(report) == (1, 1, 0)
    error = report.failed[0].error
    assert isinstance(error, ConditionNotMet)
    assert error.existing.name == "old"
    assert [bool(each.changes()) for each in documents] == [False, True]


def test_an_insert_whose_outcome_is_unknown_is_not_sent_again():
    with RecordingDriver() as recorder:
        recorder.on("insert", table=Row).raises(faults.cas_write_unknown())
        report = insert_many(rows(1))
    assert numbers(report) == (0, 0, 1)
    assert len(recorder.executed) == 1


def test_an_update_that_adds_up_is_not_sent_again():
    with RecordingDriver() as recorder:
        recorder.on("update", table=Row).raises(faults.write_timeout())
        report = update_many([(Row(id=1), {"tags__append": ["a"]})])
    assert numbers(report) == (0, 0, 1)
    assert len(recorder.executed) == 1


def test_update_many_takes_pairs_and_changes_the_documents():
    documents = rows(2)
    with RecordingDriver() as recorder:
        recorder.on("update", table=Row, where={"id": 1}).raises(faults.invalid())
        report = update_many([(each, {"name": "bo"}) for each in documents], ttl=5)
    assert numbers(report) == (1, 1, 0)
    assert report.failed[0].item == (documents[1], {"name": "bo"})
    assert [each.name for each in documents] == ["bo", "n"]


def test_an_update_whose_condition_was_not_met_is_failed():
    with RecordingDriver() as recorder:
        recorder.on("update", table=Row).applied(False, {"name": "x"})
        report = update_many([(Row(id=1), {"name": "bo"})], if_conditions={"name": "y"})
    assert isinstance(report.failed[0].error, ConditionNotMet)


def test_delete_many_deletes_rows_and_takes_counters():
    with RecordingDriver() as recorder:
        assert numbers(delete_many([Row(id=1), Views(url="/")])) == (2, 0, 0)
    assert recorder.cql == ["DELETE FROM row WHERE id = ?", "DELETE FROM views WHERE url = ?"]


@pytest.mark.parametrize(
    ("write", "item"),
    [
        pytest.param(save_many, 5, id="number"),
        pytest.param(save_many, Views(url="/"), id="counter"),
        pytest.param(save_many, ByName(name="a", id=1), id="view"),
        pytest.param(delete_many, ByName(name="a", id=1), id="delete a view"),
        pytest.param(update_many, Row(id=1), id="no pair"),
        pytest.param(update_many, (Row(id=1), {"nmae": 1}), id="unknown field"),
        pytest.param(update_many, (5, {"name": "a"}), id="pair of a number"),
    ],
)
def test_what_cannot_be_written_is_failed_and_not_sent(write, item):
    with RecordingDriver() as recorder:
        report = write([item])
    assert isinstance(report.failed[0].error, InvalidQueryError)
    assert report.failed[0].item is item
    assert recorder.executed == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"concurrency": 0}, "concurrency must be a number of at least 1, not 0"),
        ({"concurrency": True}, "concurrency must be a number of at least 1"),
        ({"attempts": 0}, "attempts must be a number of at least 1, not 0"),
        ({"rate": 0}, "rate takes a positive number, not 0"),
        ({"rate": "5"}, "rate takes a positive number, not a str"),
        ({"stop_on_error": 1}, "stop_on_error must be True or False"),
        ({"by_partition": "x"}, "by_partition must be True or False"),
        ({"progress": 5}, "progress must be a plain function, not an int"),
        ({"on_failure": "x"}, "on_failure must be a plain function, not a str"),
        ({"ttl": -1}, "a TTL must be a number of seconds"),
        ({"consistency": "MOST"}, "is no consistency"),
        ({"timeout": -1}, "timeout must be a positive number"),
        ({"full": "x"}, "full must be True or False"),
        ({"warn": 1}, "warn must be True or False"),
    ],
)
def test_an_invalid_argument_is_refused_before_anything_is_sent(arguments, message):
    with RecordingDriver() as recorder, pytest.raises(InvalidQueryError, match=message):
        save_many(rows(1), **arguments)
    assert recorder.executed == []


@pytest.mark.parametrize("write", [insert_many, lambda items, **options: update_many([(items[0], {})], **options)])
def test_warn_is_refused_likewise_by_the_others(write):
    with RecordingDriver() as recorder, pytest.raises(InvalidQueryError, match="warn must be True or False"):
        write(rows(1), warn="x")
    assert recorder.executed == []


@pytest.mark.parametrize("items", ["abc", {"a": 1}, 5, None, Row(id=1)], ids=["str", "dict", "int", "none", "document"])
def test_what_is_no_iterable_of_documents_is_refused(items):
    with RecordingDriver(), pytest.raises(InvalidQueryError, match=r"save_many\(\) takes an iterable"):
        save_many(items)


@pytest.mark.parametrize("by_partition", [False, True])
def test_the_iterable_is_read_no_further_ahead_than_concurrency(by_partition):
    ahead = []
    known = Report()

    def told(report):
        nonlocal known
        known = report

    def read():
        for number in range(300):
            ahead.append(number + 1 - known.total)
            yield Event(user=number // 7, at=number)

    with RecordingDriver():
        save_many(read(), 20, progress=told, by_partition=by_partition)
    assert known.done == 300
    assert 10 < max(ahead) <= 20


def test_an_error_of_the_iterable_is_raised_after_what_it_gave_is_written():
    def read():
        yield from rows(7)
        raise ZeroDivisionError

    with RecordingDriver() as recorder:
        recorder.on("insert", table=Row, values={"id": 6}).raises(faults.overloaded())
        with pytest.raises(ZeroDivisionError):
            save_many(read(), 3)
    assert len({call.params["id"] for call in recorder.executed if call.error is None}) == 7


def test_with_stop_on_error_nothing_more_is_read_after_the_first_failure():
    read = iter(rows(100))
    with RecordingDriver() as recorder:
        recorder.on("insert", table=Row, values={"id": 4}).raises(faults.invalid())
        report = save_many(read, 2, stop_on_error=True)
    assert len(report.failed) == 1
    assert report.total == len(recorder.executed) <= 7
    assert next(read).id == report.total


def test_an_error_that_concerns_all_of_them_is_raised():
    with pytest.raises(ConfigurationError, match="no connection"):
        save_many(rows(3))


def test_rate_limits_the_documents_per_second():
    with RecordingDriver() as recorder:
        start = recorder.clock.now()
        save_many(rows(11), 4, rate=5)
        assert (recorder.clock.now() - start).total_seconds() == pytest.approx(2, abs=0.5)


def test_progress_is_called_with_the_report_after_each_document():
    seen = []
    with RecordingDriver() as recorder:
        recorder.on("insert", table=Row, values={"id": 1}).raises(faults.invalid())
        save_many(rows(4), progress=lambda report: seen.append(report.total))
    assert seen == [1, 2, 3, 4]


@pytest.mark.parametrize("argument", ["progress", "on_failure"])
def test_an_error_of_a_function_of_the_users_ends_the_call(argument):
    def fails(*_):
        raise ZeroDivisionError

    read = iter(rows(50))
    with RecordingDriver() as recorder:
        recorder.on("insert", table=Row, values={"id": 0}).raises(faults.invalid())
        with pytest.raises(ZeroDivisionError):
            save_many(read, 2, **{argument: fails})
    assert len(recorder.executed) < 10


def test_a_report_keeps_the_first_thousand_failures_and_on_failure_gets_all():
    lost = []
    with RecordingDriver() as recorder:
        recorder.otherwise.raises(faults.invalid())
        report = save_many(rows(1200), on_failure=lambda item, error: lost.append((item.id, type(error))))
    assert len(report.failed) == report.total == 1200
    assert len(list(report.failed)) == 1000
    assert sorted(lost) == [(number, RequestRejected) for number in range(1200)]


def test_documents_go_where_they_belong():
    with RecordingDriver() as recorder:
        save_many([Row.using(keyspace="t1")(id=1), Row(id=2), Row.using(keyspace="t2")(id=3)])
    assert sorted(cql.split()[2] for cql in recorder.cql) == ["row", "t1.row", "t2.row"]


def test_no_value_is_in_a_message():
    with RecordingDriver() as recorder:
        recorder.on("insert", table=Row).raises(faults.invalid(message="wrong"))
        report = save_many([Row(id=1, name="geheim")])
    with pytest.raises(BulkWriteError) as caught:
        report.raise_if_failed()
    assert "geheim" not in f"{caught.value} {report!r} {report.failed!r}"


def test_a_progress_bar_is_shown_where_rich_is_installed(capfd):
    with RecordingDriver() as recorder:
        recorder.on("insert", table=Row, values={"id": 1}).raises(faults.invalid())
        assert (save_many(rows(3), progress=True)).done == 2
    assert "rows, 1 not written" in (shown := capfd.readouterr().out)
    assert "3/3" in shown


def test_the_engine_has_what_was_written():
    engine = MemoryDriver()
    engine.run("CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
    with replaced(None, engine, keyspace="shop"):
        Row.sync_table()
        Event.sync_table()
        documents = rows(500)
        save_many(documents)
        assert len(engine.rows("shop.row")) == 500
        assert numbers(insert_many([Row(id=number) for number in range(490, 510)])) == (10, 10, 0)
        update_many((each, {"name": "new"}) for each in documents)
        assert {row["name"] for row in engine.rows("shop.row") if row["id"] < 490} == {"new"}
        delete_many(documents)
        assert len(engine.rows("shop.row")) == 10
        save_many((Event(user=number % 5, at=number) for number in range(300)), by_partition=True)
        assert len(engine.rows("shop.event")) == 300
