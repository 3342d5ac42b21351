"""Many writes at once on a real cluster, checked by reading the tables without coodie."""

from __future__ import annotations

from typing import Annotated

import pytest

from coodie import ConditionNotMet, PrimaryKey, RequestRejected
from coodie.aio import Document, delete_many, insert_many, save_many, update_many

COUNT = 5000


class Row(Document):
    id: Annotated[int, PrimaryKey()]
    name: str = ""
    tags: list[str] = []

    class Settings:
        name = "many_rows"


class Reading(Document):
    sensor: Annotated[int, PrimaryKey()]
    hour: Annotated[int, PrimaryKey(clustering=True)]
    note: str = ""

    class Settings:
        name = "many_readings"


class Gone(Document):
    id: Annotated[int, PrimaryKey()]

    class Settings:
        name = "many_without_a_table"


@pytest.fixture(autouse=True)
async def tables(connection):
    for model in (Row, Reading):
        await model.sync_table()
        await model.truncate()


async def test_every_row_is_written_once_with_its_values(look):
    report = await save_many(Row(id=number, name=f"name {number}") for number in range(COUNT))
    assert (report.done, report.total) == (COUNT, COUNT)
    found = look("SELECT id, name FROM {}.many_rows")
    assert sorted(found) == [(number, f"name {number}") for number in range(COUNT)]


async def test_inserts_updates_and_deletes(look):
    documents = [Row(id=number, name="old") for number in range(300)]
    await save_many(documents)
    report = await insert_many(Row(id=number, name="new") for number in range(250, 350))
    assert (report.done, len(report.failed)) == (50, 50)
    assert {type(error) for _, error in report.failed} == {ConditionNotMet}
    assert {error.existing.name for _, error in report.failed if isinstance(error, ConditionNotMet)} == {"old"}
    changes = ((each, {"name": "newer", "tags__append": ["a"]}) for each in documents)
    assert (await update_many(changes)).done == 300
    assert look("SELECT name, tags FROM {}.many_rows WHERE id = 7") == [("newer", ["a"])]
    assert (await delete_many(documents)).done == 300
    assert len(look("SELECT id FROM {}.many_rows")) == 50


async def test_batches_of_one_partition_each_write_every_row(look):
    readings = (Reading(sensor=number // 60, hour=number % 60) for number in range(COUNT))
    report = await save_many(readings, 200, by_partition=True)
    assert report.done == COUNT
    found = look("SELECT sensor, hour FROM {}.many_readings")
    assert sorted(found) == [(number // 60, number % 60) for number in range(COUNT)]


async def test_what_the_server_refuses_is_failed():
    documents = [*(Row(id=number) for number in range(20)), *(Gone(id=number) for number in range(5))]
    report = await save_many(documents)
    assert (report.done, len(report.failed)) == (20, 5)
    assert {type(error) for _, error in report.failed} == {RequestRejected}
