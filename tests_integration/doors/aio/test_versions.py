"""Versions on a real cluster: whatever many writers do at once, no change is lost without its writer knowing."""

from __future__ import annotations

from typing import Annotated

import pytest

from coodie import LWTResult, VersionConflict
from coodie.aio import AsyncBatchQuery, Document, delete_many, execute_raw, save_many, update_many
from coodie.fields import ClusteringKey, PrimaryKey, Static, Version


class Account(Document):
    bank: Annotated[int, PrimaryKey()]
    number: Annotated[int, ClusteringKey()] = 0
    credits: int = 0
    tags: set[str] = set()
    attrs: dict[str, int] = {}
    city: Annotated[str | None, Static()] = None
    version: Annotated[int, Version()] = 1

    class Settings:
        name = "versioned_accounts"
        serial_consistency = "SERIAL"


@pytest.fixture(autouse=True)
async def table(connection):
    await Account.sync_table()
    await Account.truncate()


async def fresh(account):
    return await Account.find(bank=account.bank, number=account.number).consistency("SERIAL").one()


async def test_a_lost_write_carries_the_row_that_won_and_leaves_the_document():
    ours = await Account.create(bank=2, attrs={"a": 1})
    theirs = await Account.get(bank=2)
    await theirs.update(attrs__put=("b", 2), city="Bonn")
    assert (theirs.version, theirs.attrs) == (2, {"a": 1, "b": 2})
    ours.credits = 5
    for write in (ours.save, ours.delete, lambda: ours.update(attrs={})):
        with pytest.raises(VersionConflict) as lost:
            await write()
        assert (lost.value.existing.bank, lost.value.existing.number, lost.value.existing.version) == (2, 0, 2)
        assert (ours.version, ours.credits, ours.changes()) == (1, 5, {"credits"})
    assert await fresh(ours) == theirs
    with pytest.raises(VersionConflict) as lost:
        await Account(bank=2).save()
    assert lost.value.existing == theirs
    await ours.refresh()
    ours.credits = 5
    await ours.save()
    assert await fresh(ours) == ours == Account(bank=2, credits=5, attrs={"a": 1, "b": 2}, city="Bonn", version=3)
    await ours.delete()
    with pytest.raises(VersionConflict) as lost:
        await theirs.save(full=True)
    assert lost.value.existing is None
    assert await Account.find(bank=2).count() == 1  # of the static value alone: nothing came back
    assert await Account.find(bank=2).first() is None


async def test_a_condition_beside_the_version():
    account = await Account.create(bank=3, credits=5)
    lost = await account.update(credits=6, if_conditions={"credits": 4})
    assert type(lost) is LWTResult
    assert (lost.applied, lost.existing.credits, lost.existing.version, account.version) == (False, 5, 1, 1)
    assert await account.update(credits=6, if_conditions={"credits": 5})
    assert await Account.find(bank=3, number=0).update(credits=7, if_conditions={"version": 2})
    assert (await fresh(account)).version == 3
    with pytest.raises(VersionConflict):
        await account.update(credits=8, if_conditions={"credits": 7})
    assert not await Account.find(bank=3, number=0).delete(if_conditions={"version": 2})
    assert await Account.find(bank=3, number=0).delete(if_conditions={"version": 3})


async def test_rows_from_before_the_field():
    name = Account.table_name()
    await execute_raw(f"INSERT INTO {name} (bank, number, credits) VALUES (4, 0, 5)")
    one, other = await Account.get(bank=4), await Account.get(bank=4)
    one.credits = other.credits = 6
    await one.save()
    assert (await fresh(one)).version == one.version == 1
    with pytest.raises(VersionConflict) as lost:
        await other.save()
    assert lost.value.existing.version == 1
    column = await execute_raw(f"SELECT version FROM {name} WHERE bank = 4")
    assert column == [{"version": 1}]


async def test_batches_have_versions_as_their_conditions():
    one, other = await Account.create(bank=5), await Account.create(bank=5, number=1)
    for loser in (None, one, other):
        one, other = await Account.get(bank=5, number=0), await Account.get(bank=5, number=1)
        if loser is not None:
            await (await fresh(loser)).update(tags__add={"x"})
        batch = AsyncBatchQuery(allow_multiple_conditions=True)
        await one.update(credits=one.credits + 1, batch=batch)
        await other.update(credits=other.credits + 1, batch=batch)
        if loser is None:
            assert await batch.execute()
            assert (one.version, other.version, one.credits, other.credits) == (2, 2, 1, 1)
            continue
        with pytest.raises(VersionConflict) as lost:
            await batch.execute()
        assert (batch.outcome, batch.result.applied) == ("done", False)
        assert (lost.value.existing.number, lost.value.existing.version) == (loser.number, (await fresh(loser)).version)
    assert [each.credits async for each in Account.find(bank=5)] == [1, 1]
    batch = AsyncBatchQuery(allow_multiple_conditions=True)
    one, other = await Account.get(bank=5, number=0), await Account.get(bank=5, number=1)
    await one.update(credits=9, batch=batch)
    await other.update(credits=9, if_conditions={"credits": 12345}, batch=batch)
    assert (await batch.execute()).applied is False


async def test_many_writes_keep_the_versions():
    accounts = [Account(bank=6, number=number) for number in range(20)]
    report = await save_many(accounts, by_partition=True)
    assert (report.done, len(report.failed)) == (20, 0)
    await (await fresh(accounts[3])).update(credits=9)
    report = await update_many((account, {"credits": 1}) for account in accounts)
    assert (report.done, [each.item[0].number for each in report.failed]) == (19, [3])
    report = await delete_many(accounts)
    assert (report.done, [type(each.error) for each in report.failed]) == (19, [VersionConflict])


async def test_a_row_with_a_ttl_is_kept_alive_by_saves():
    account = await Account.create(bank=7)
    await account.save(ttl=1000)
    for query in (Account.find(bank=7).column_ttl("credits"), Account.find(bank=7).column_ttl("version")):
        assert 0 < await query <= 1000
    assert (await fresh(account)).version == account.version == 2
