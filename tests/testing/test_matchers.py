"""What stands for a value that a test does not know: ANY, Approx, Where."""

from datetime import datetime, timedelta, timezone
from uuid import UUID, uuid4

import pytest

from coodie.cql.message import UNSET
from coodie.testing import (
    ANY,
    Approx,
    Where,
)

NOW = datetime(2030, 1, 1, tzinfo=timezone.utc)


class TestMatchers:
    @pytest.mark.parametrize("value", [None, 5, "x", UUID(int=7), NOW, [], object()])
    def test_any_equals_everything_on_either_side(self, value):
        assert value == ANY
        assert ANY == value  # noqa: SIM300 - the other side
        assert {"a": value} == {"a": ANY}

    @pytest.mark.parametrize(
        ("matcher", "near", "far"),
        [
            (Approx(5, 0.5), 5.5, 5.6),
            (Approx(NOW, 1), NOW.replace(second=1), NOW.replace(second=2)),
            (Approx(NOW, timedelta(minutes=1)), NOW.replace(minute=1), NOW.replace(minute=2)),
            (Approx(5, 1), 4, None),
            (Where(lambda value: value > 5), 6, 5),
            (Where(lambda value: value > 5), 6, None),
            (Where(lambda value: value.hex), uuid4(), UNSET),
            (Where(lambda value: value["k"] == int("5")), {"k": 5}, {}),
            (Where(lambda value: int(value) == 5), "5", "x"),
        ],
    )
    def test_the_others_take_what_is_near_enough(self, matcher, near, far):
        assert matcher == near
        assert not matcher == far  # noqa: SIM201 - what == says is what is tested

    def test_they_say_what_they_take(self):
        def positive(value):
            return value > 0

        assert repr([ANY, Approx(5, 1), Where(positive), Where(positive, "a number above 0")]) == (
            "[ANY, Approx(5, 1), Where(positive), Where(a number above 0)]"
        )
