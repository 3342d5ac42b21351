"""The tests of the sync door are those of the async door."""

from pathlib import Path

import derive


def test_the_tests_of_the_sync_door_are_those_of_the_async_door() -> None:
    assert derive.differing(Path("tests_integration/doors/aio"), Path("tests_integration/doors/sync")) == []
