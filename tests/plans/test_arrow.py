"""Data of Arrow from queries and scans of the other API, and scans that go on with documents."""

import asyncio
from typing import Annotated

import pytest

from coodie import aio, sync
from coodie.fields import PrimaryKey

pytest.importorskip("pyarrow")


class Number(sync.Document):
    id: Annotated[int, PrimaryKey()]


class AsyncNumber(aio.Document):
    id: Annotated[int, PrimaryKey()]

    class Settings:
        name = "number"


def test_each_api_takes_queries_and_scans_of_the_other_one(coodie_recorder):
    coodie_recorder.on("select").returns([{"id": 1}, {"id": 2}]).times(4)
    for source in (AsyncNumber.find(), AsyncNumber.scan(concurrency=1)):
        assert sync.to_arrow(source).to_pylist() == [{"id": 1}, {"id": 2}]
    for source in (Number.find(), Number.scan(concurrency=1)):
        assert asyncio.run(aio.to_arrow(source)).to_pylist() == [{"id": 1}, {"id": 2}]


def test_a_scan_gives_documents_again_after_batches(coodie_recorder):
    coodie_recorder.on("select").returns([{"id": number} for number in range(5)]).times(2)
    scan = Number.scan(concurrency=1)
    batches = sync.arrow_batches(scan, rows=2)
    assert next(batches).to_pylist() == [{"id": 0}, {"id": 1}]
    assert [number.id for number in scan] == [2, 3, 4]
    batches.close()  # it was left behind: what was handed out since stays so
    assert list(scan) == []
