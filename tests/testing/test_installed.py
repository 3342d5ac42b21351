"""A recorder as the connection of a program: of both doors, of threads and loops."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Annotated

import pytest
from testing.tags import SELECT, Inner, insert

from coodie import aio, sync
from coodie.drivers.registry import get_driver, names, register_driver, replaced
from coodie.fields import PrimaryKey
from coodie.testing import RecordingDriver, UnexpectedCall


class Visit(sync.Document):
    id: Annotated[int, PrimaryKey()]

    class Settings:
        name = "visits"


class AsyncVisit(aio.Document):
    id: Annotated[int, PrimaryKey()]

    class Settings:
        name = "visits"


def test_a_program_of_both_doors_with_threads_and_loops_has_one_recorder():
    async def visit(first):
        await asyncio.gather(*(AsyncVisit(id=number).save() for number in range(first, first + 10)))
        return await AsyncVisit.find().warn(False).all()

    with RecordingDriver() as recorder:
        recorder.on("select", table=Visit).returns([{"id": 1}]).times(3)
        found = [asyncio.run(visit(first)) for first in (0, 10)]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda number: Visit(id=number).save(), range(20, 40)))
        found.append(Visit.find().warn(False).all())

    assert found == [[AsyncVisit(id=1)], [AsyncVisit(id=1)], [Visit(id=1)]]
    inserts = [call.params["id"] for call in recorder.executed if call.cql.startswith("INSERT")]
    assert inserts[:20] == list(range(20))
    assert sorted(inserts) == list(range(40))
    assert len(recorder.prepared) == 2


class TestAsTheDefaultConnection:
    def test_for_the_block_and_no_longer(self):
        before = names()
        with RecordingDriver() as recorder:
            assert get_driver() is recorder

        assert names() == before

    def test_it_stands_in_for_the_default_and_its_keyspace(self):
        from coodie.connections import connection_names

        with replaced("main", Inner(), keyspace="shop"):
            with RecordingDriver() as recorder:
                assert get_driver("main") is recorder
                assert connection_names.keyspace_of(None) == "shop"
            with RecordingDriver(keyspace="other"):
                assert connection_names.keyspace_of(None) == "other"
            assert isinstance(get_driver(), Inner)

    def test_blocks_nest(self):
        with RecordingDriver() as outer:
            with RecordingDriver() as inner:
                get_driver().execute(insert())
            assert get_driver() is outer

        assert (len(inner.calls), len(outer.calls)) == (1, 0)

    def test_a_swallowed_failure_is_raised_at_the_end(self):
        def block():
            with RecordingDriver() as recorder, suppress(Exception):  # as applications do
                recorder.execute(SELECT)

        with pytest.raises(UnexpectedCall):
            block()

    def test_clear_does_not_hide_it(self):
        recorder = RecordingDriver()
        with pytest.raises(UnexpectedCall):
            recorder.execute(SELECT)
        recorder.clear()

        with pytest.raises(UnexpectedCall):
            recorder.verify()

    def test_a_test_that_expects_it_says_so(self):
        with RecordingDriver() as recorder:
            with pytest.raises(UnexpectedCall):
                recorder.execute(SELECT)
            recorder.failures.clear()

    def test_an_error_of_the_block_comes_first(self):
        def block():
            with RecordingDriver() as recorder:
                recorder.on("select")
                raise KeyError("mine")

        with pytest.raises(KeyError, match="mine"):
            block()

    def test_what_was_registered_in_the_block_goes_with_it(self):
        with RecordingDriver():
            register_driver("another", Inner())

        assert "another" not in names()
