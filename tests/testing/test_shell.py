from datetime import datetime, timezone
from uuid import UUID

import pytest

from coodie.cql.message import UNSET, Batch, Mark, Statement
from coodie.cql.types import parse_type
from coodie.exceptions import InvalidQueryError
from coodie.testing import RecordingDriver


def pasted(request):
    recorder = RecordingDriver(strict=False)
    recorder.execute(request)
    return recorder.to_cqlsh()


@pytest.mark.parametrize(
    ("cql", "values", "written"),
    [
        ("UPDATE t SET a = ? WHERE b = ?", ("it's", UUID(int=7)), f"UPDATE t SET a = 'it''s' WHERE b = {UUID(int=7)};"),
        ("SELECT a FROM t WHERE b IN ? LIMIT ?", ([1, 2], 5), "SELECT a FROM t WHERE b IN (1, 2) LIMIT 5;"),
        ("SELECT a FROM t WHERE b IN ?", (None,), "SELECT a FROM t WHERE b IN null;"),
        ("UPDATE t SET a = '?' WHERE b = :b", (5,), "UPDATE t SET a = '?' WHERE b = 5;"),
        (
            "INSERT INTO t (a, b) VALUES (?, ?) USING TTL ? AND TIMESTAMP ?",
            (None, datetime(2030, 1, 1, tzinfo=timezone.utc), 60, 5),
            "INSERT INTO t (a, b) VALUES (null, '2030-01-01T00:00:00.000Z') USING TTL 60 AND TIMESTAMP 5;",
        ),
        ("INSERT INTO t (a, b, c) VALUES (?, ?, ?)", (UNSET, 2, UNSET), "INSERT INTO t (b) VALUES (2);"),
        (
            "INSERT INTO t (a, b, c) VALUES (?, f(?, ?), ?) IF NOT EXISTS",
            (1, 2, 3, UNSET),
            "INSERT INTO t (a, b) VALUES (1, f(2, 3)) IF NOT EXISTS;",
        ),
        (
            "UPDATE t USING TTL ? SET a = ?, m[?] = ?, c = c + ? WHERE k = ? IF a = ?",
            (60, UNSET, "k", 1, UNSET, 7, 1),
            "UPDATE t USING TTL 60 SET m['k'] = 1 WHERE k = 7 IF a = 1;",
        ),
    ],
)
def test_values_are_written_where_their_marks_stand(cql, values, written):
    assert pasted(Statement(cql, values)) == written


def test_the_type_of_a_mark_decides_between_list_and_tuple():
    marks = (Mark("a", parse_type("list<int>")), Mark("b", parse_type("tuple<int, int>")))

    assert pasted(Statement("UPDATE t SET a = ?, b = ?", ([1], (1, 2)), marks)) == "UPDATE t SET a = [1], b = (1, 2);"


def test_a_batch_is_one_text():
    batch = Batch((Statement("UPDATE t SET a = ?", (1,)), Statement("UPDATE t SET a = ?", (2,))), timestamp=5)

    assert pasted(batch) == (
        "BEGIN BATCH USING TIMESTAMP 5\n  UPDATE t SET a = 1;\n  UPDATE t SET a = 2;\nAPPLY BATCH;"
    )


def test_what_stands_like_a_timestamp_in_a_value_stays():
    batch = Batch((Statement("UPDATE t SET a = ?", ("USING TIMESTAMP ?",)),))

    assert "'USING TIMESTAMP ?'" in pasted(batch)


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (Statement("DELETE FROM t WHERE a = ?", (UNSET,)), "unset value cannot be left out here"),
        (Statement("UPDATE t SET a = ? WHERE b = ?", (UNSET, UNSET)), "unset value cannot be left out here"),
        (Statement("UPDATE t SET a = ?", (UNSET,)), "all its values are unset"),
        (Statement("UPDATE t SET a = ?", (object(),)), "an object is not a CQL value"),
        (Statement("UPDATE 't", ()), "a string begins here"),
    ],
)
def test_what_cannot_be_written_is_a_comment_that_says_why(request_, why):
    written = pasted(request_)

    assert written.startswith("-- cannot be written")
    assert why in written
    assert "\n" not in written


def test_what_was_refused_before_it_was_sent_is_not_written():
    recorder = RecordingDriver()
    recorder.execute(Statement("UPDATE t SET a = 1"))
    with pytest.raises(InvalidQueryError):
        recorder.execute(Statement("UPDATE t SET a = ?", ("x",), (Mark("a", parse_type("int")),)))

    assert recorder.to_cqlsh() == "UPDATE t SET a = 1;"


def test_all_calls_one_after_another():
    recorder = RecordingDriver()
    recorder.execute(Statement("UPDATE t SET a = 1"))
    recorder.execute(Statement("UPDATE t SET a = 2"))

    assert recorder.to_cqlsh() == "UPDATE t SET a = 1;\nUPDATE t SET a = 2;"
