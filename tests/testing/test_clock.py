"""A clock that moves only when it is told to."""

from datetime import datetime, timezone
from uuid import uuid4

import pytest

from coodie.testing import Clock


class TestClock:
    def test_it_starts_at_one_instant_and_stands_still(self):
        clock = Clock()

        assert clock.now() == clock.now() == Clock().now() == datetime(2030, 1, 1, tzinfo=timezone.utc)

    def test_it_moves_when_told(self):
        clock = Clock(datetime(2031, 1, 1, tzinfo=timezone.utc))
        clock.tick(1.5)

        assert clock.now() == datetime(2031, 1, 1, 0, 0, 1, 500_000, tzinfo=timezone.utc)
        with pytest.raises(ValueError, match="forward"):
            clock.tick(-1)

    def test_now_is_what_a_timestamp_column_keeps(self):
        clock = Clock(datetime(2031, 1, 1, 0, 0, 0, 1999, tzinfo=timezone.utc))
        clock.tick(0.0004)

        assert clock.now().microsecond == 1000

    def test_microseconds_always_grow(self):
        clock = Clock()
        first, second = clock.micros(), clock.micros()
        clock.tick(1)

        assert (first, second) == (1_893_456_000_000_000, 1_893_456_000_000_001)
        assert clock.micros() == 1_893_456_001_000_000

    def test_identities_are_the_seed_s(self):
        one, same, other = Clock(), Clock(), Clock(seed=1)

        assert one.uuid4() == same.uuid4() != other.uuid4()
        assert one.uuid4().version == 4
        assert one.uuid4() != one.uuid4()

    def test_a_timeuuid_holds_the_instant_and_later_ones_come_after(self):
        clock = Clock()
        first, second = clock.uuid1(), clock.uuid1()

        assert first.version == 1
        assert first.variant == uuid4().variant
        assert (first.time - 0x01B21DD213814000) // 10 == 1_893_456_000_000_000
        assert first.time < second.time
