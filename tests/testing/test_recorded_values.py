"""The values of a recorded call: those of the moment, in a form that cannot change, and refused as a driver would."""

from typing import Annotated

import pytest

from coodie.exceptions import InvalidQueryError
from coodie.fields import PrimaryKey
from coodie.sync import Document, execute_raw


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
