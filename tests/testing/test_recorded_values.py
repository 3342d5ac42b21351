"""The values of a recorded call: those of the moment, in a form that cannot change, and refused as a driver would."""

from typing import Annotated

import pytest

from coodie.cql.message import UNSET, Batch, Mark, Statement
from coodie.cql.types import parse_type
from coodie.exceptions import InvalidQueryError
from coodie.fields import PrimaryKey
from coodie.sync import Document, execute_raw
from coodie.testing import RecordingDriver


class Login(Document):
    id: Annotated[int, PrimaryKey()]
    tries: int = 0

    class Settings:
        validate_on_save = False  # so that a wrong value gets as far as the recorder


def login(tries):
    document = Login(id=1)
    document.tries = tries
    return document


def test_a_view_of_bytes_is_recorded_as_the_bytes_that_it_shows(coodie_recorder):
    data = bytearray(b"abcd")
    execute_raw("INSERT INTO t (a) VALUES (?)", [memoryview(data)[::2]])
    data[0] = 0
    assert coodie_recorder.last.values == (b"ac",)


def test_what_cannot_be_copied_is_refused_by_the_recorder_as_by_a_driver(coodie_recorder):
    with pytest.raises(InvalidQueryError, match="tries does not fit its type bigint"):
        login(each for each in "ab").save()


@pytest.mark.parametrize("value", ["\ud800", pytest.param(10**5000, id="5000 digits")])
def test_a_refusal_by_the_recorder_can_always_be_printed(coodie_recorder, value):
    with pytest.raises(InvalidQueryError) as caught:
        login(value).save()
    assert str(caught.value).encode()


INSERT = "INSERT INTO t (id, tags) VALUES (?, ?)"


def marks(**types):
    return tuple(Mark(name, parse_type(kind)) for name, kind in types.items())


def insert(number=1, tags=()):
    return Statement(INSERT, (number, set(tags)), marks(id="int", tags="set<text>"))


class TestValuesThatDoNotFit:
    def test_name_column_and_type_and_are_not_sent(self):
        recorder = RecordingDriver()
        with pytest.raises(InvalidQueryError, match="value of n does not fit its type tinyint: a number") as caught:
            recorder.execute(Statement("UPDATE t SET n = ?", (1000,), marks(n="tinyint")))

        assert recorder.last.error is caught.value
        assert (recorder.executed, recorder.cql) == ([], [])

    async def test_are_refused_in_the_async_flavour_too(self):
        with pytest.raises(InvalidQueryError, match="n does not fit"):
            await RecordingDriver().aexecute(Statement("UPDATE t SET n = ?", ("5",), marks(n="int")))

    def test_name_the_statement_of_a_batch(self):
        wrong = Statement("UPDATE t SET n = ?", ("5",), marks(n="int"))
        with pytest.raises(InvalidQueryError, match="statement 2 of the batch: the value of n"):
            RecordingDriver().execute(Batch((insert(), wrong)))

    def test_the_second_of_two_marks_for_one_column_is_told_apart(self):
        text, two = "UPDATE t SET n = ? WHERE n = ?", (Mark("n", parse_type("int")),) * 2
        with pytest.raises(InvalidQueryError, match="n#2"):
            RecordingDriver().execute(Statement(text, (1, "2"), two))

    @pytest.mark.parametrize("values", [(1,), (1, 2, 3)])
    def test_too_few_or_too_many_are_refused_in_any_text(self, values):
        with pytest.raises(InvalidQueryError, match=f"takes 2 values, not {len(values)}"):
            RecordingDriver().execute(Statement(INSERT, values))

    def test_marks_in_strings_names_and_comments_take_no_value(self):
        RecordingDriver().execute(Statement("UPDATE t SET a = '?', \"b?\" = :x -- ?\n WHERE c = $$ ? $$", (1,)))

    @pytest.mark.parametrize("nothing", [None, UNSET])
    def test_null_and_unset_are_no_values_to_check_and_what_follows_is(self, nothing):
        columns = marks(id="int", tags="set<text>")
        RecordingDriver().execute(Statement(INSERT, (nothing, nothing), columns))
        with pytest.raises(InvalidQueryError, match="tags"):
            RecordingDriver().execute(Statement(INSERT, (nothing, [1]), columns))

    def test_an_application_may_answer_them_as_in_production(self):
        with RecordingDriver() as recorder, pytest.raises(InvalidQueryError):
            recorder.execute(Statement("UPDATE t SET n = ?", ("5",), marks(n="int")))
