"""Tables and types that others alter, while the C++ driver has not heard of it, and so reads answers as before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from cassandra.cluster import Session

from coodie.cql.message import Kind, Options, Page, Statement
from coodie.cql.values import UdtValue
from coodie.drivers.connect import aconnect
from coodie.drivers.protocol import AsyncDriver
from coodie.exceptions import RequestRejected, Unavailable

from .server import Found

pytest.importorskip("acsylla")


@pytest.fixture
async def driver(cluster: Found, keyspace: str) -> AsyncIterator[AsyncDriver]:
    """A driver that hears of no change at all."""
    found = await aconnect(cluster.hosts, port=cluster.port, driver="acsylla", keyspace=keyspace, use_schema=False)
    assert isinstance(found, AsyncDriver)
    yield found
    await found.aclose()


@pytest.fixture
def other(session: Session, keyspace: str) -> Any:
    """Executes the text of another program, in which {} is the keyspace."""
    return lambda cql: session.execute(cql.replace("{}", keyspace))


async def read(driver: AsyncDriver, cql: str, *values: Any, **options: Any) -> Page:
    return await driver.aexecute(Statement(cql, values, kind=Kind.READ, options=Options(**options)))


def dicts(page: Page) -> list[dict[str, Any]]:
    return [dict(zip(page.columns, row, strict=True)) for row in page.rows]


async def test_no_answer_is_read_by_the_columns_that_were_there_before(driver: AsyncDriver, other: Any) -> None:
    """The C++ driver shifts the columns of the first answer to a prepared text, and so it does once for each caller."""
    other("CREATE TABLE {}.shifted (k int PRIMARY KEY, b text, c text)")
    other("INSERT INTO {}.shifted (k, b, c) VALUES (1, 'b', 'c')")
    select = "SELECT * FROM shifted WHERE k = ?"
    assert dicts(await read(driver, select, 1)) == [{"k": 1, "b": "b", "c": "c"}]

    other("ALTER TABLE {}.shifted ADD (a uuid, d text)")
    other("UPDATE {}.shifted SET a = 00000000-0000-0000-0000-000000000007 WHERE k = 1")
    row = {"k": 1, "a": UUID(int=7), "b": "b", "c": "c", "d": None}
    pages = await asyncio.gather(*[read(driver, select, 1) for _ in range(20)])
    assert [dicts(page) for page in pages] == [[row]] * 20

    other("ALTER TABLE {}.shifted DROP b")
    del row["b"]
    pages = await asyncio.gather(*[read(driver, select, 1) for _ in range(20)])
    assert [dicts(page) for page in pages] == [[row]] * 20


async def test_columns_that_are_named_stay_what_they_are(driver: AsyncDriver, other: Any) -> None:
    """Others come and go; one that is dropped is refused by the server."""
    other("CREATE TABLE {}.named (k int PRIMARY KEY, b text, c text)")
    other("INSERT INTO {}.named (k, b, c) VALUES (1, 'b', 'c')")
    select = "SELECT c, b FROM named WHERE k = ?"
    for change in ("ADD a text", "DROP a", "ADD bb int"):
        assert (await read(driver, select, 1)).rows == [("c", "b")]
        other("ALTER TABLE {}.named " + change)
    other("ALTER TABLE {}.named DROP b")
    with pytest.raises((Unavailable, RequestRejected)):  # the C++ driver says that no host was available
        await read(driver, select, 1)
    with pytest.raises(RequestRejected, match="Undefined column name b"):
        await read(driver, select, 1)


async def test_a_new_text_may_name_a_column_that_was_just_added(driver: AsyncDriver, other: Any) -> None:
    """What is known of the table from other texts does not hide it."""
    other("CREATE TABLE {}.grown (k int PRIMARY KEY, b text)")
    assert (await read(driver, "SELECT b FROM grown WHERE k = ?", 1)).rows == []
    other("ALTER TABLE {}.grown ADD (a uuid, c text)")
    await driver.aexecute(Statement("INSERT INTO grown (k, a) VALUES (?, ?)", (1, UUID(int=7))))
    assert (await read(driver, "SELECT a, c FROM grown WHERE k = ?", 1)).rows == [(UUID(int=7), None)]


async def test_an_added_column_between_two_pages(driver: AsyncDriver, other: Any) -> None:
    """The pages of one query have each its own columns."""
    other("CREATE TABLE {}.paged (k int, n int, b text, PRIMARY KEY (k, n))")
    for number in (1, 2, 3):
        other(f"INSERT INTO {{}}.paged (k, n, b) VALUES (1, {number}, 'b')")
    select = "SELECT * FROM paged WHERE k = ?"
    first = await read(driver, select, 1, fetch_size=2)
    other("ALTER TABLE {}.paged ADD a text")
    second = await read(driver, select, 1, fetch_size=2, paging_state=first.paging_state)
    assert dicts(first) == [{"k": 1, "n": number, "b": "b"} for number in (1, 2)]
    assert dicts(second) == [{"k": 1, "n": 3, "a": None, "b": "b"}]


async def test_the_answer_of_a_condition_has_the_columns_of_the_moment(driver: AsyncDriver, other: Any) -> None:
    """A value of a column that was just added is one of its type."""
    other("CREATE TABLE {}.claimed (k int PRIMARY KEY, b text)")
    insert = Statement("INSERT INTO claimed (k, b) VALUES (?, ?) IF NOT EXISTS", (1, "b"), kind=Kind.CONDITIONAL)
    await driver.aexecute(insert)
    other("ALTER TABLE {}.claimed ADD a uuid")
    other("UPDATE {}.claimed SET a = 00000000-0000-0000-0000-000000000007 WHERE k = 1")
    assert dicts(await driver.aexecute(insert)) == [{"[applied]": False, "k": 1, "a": UUID(int=7), "b": "b"}]


async def test_fields_that_are_added_and_renamed(driver: AsyncDriver, other: Any) -> None:
    """No field of a user-defined type is lost or takes the name of another one, once the vendor has the new names."""
    other("CREATE TYPE {}.place (city text, zip int)")
    other("CREATE TABLE {}.places (k int PRIMARY KEY, at frozen<place>, all list<frozen<place>>)")
    other("INSERT INTO {}.places (k, at, all) VALUES (1, {city: 'x', zip: 1}, [{city: 'y', zip: 2}])")
    named, every = "SELECT at FROM places WHERE k = ?", "SELECT * FROM places WHERE k = ?"
    for cql in (named, every):
        assert dicts(await read(driver, cql, 1))[0]["at"] == UdtValue(city="x", zip=1)
    other("ALTER TYPE {}.place ADD id uuid")
    other("UPDATE {}.places SET at = {city: 'x', zip: 1, id: 00000000-0000-0000-0000-000000000007} WHERE k = 1")
    (row,) = dicts(await read(driver, every, 1))
    assert (row["at"], row["all"]) == (UdtValue(city="x", zip=1, id=UUID(int=7)), [UdtValue(city="y", zip=2, id=None)])
    other("ALTER TYPE {}.place RENAME city TO town")
    (row,) = dicts(await read(driver, every, 1))
    assert (row["at"], row["all"]) == (UdtValue(town="x", zip=1, id=UUID(int=7)), [UdtValue(town="y", zip=2, id=None)])
    before, after = [(await read(driver, named, 1)).rows[0][0] for _ in range(2)]
    assert before in (UdtValue(city="x", zip=1), UdtValue(town="x", zip=1, id=UUID(int=7)))
    assert after == UdtValue(town="x", zip=1, id=UUID(int=7))
