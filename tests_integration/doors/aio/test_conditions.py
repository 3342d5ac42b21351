"""Conditional writes on a real cluster: each gives a typed result, and none is ever taken for done that was not."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID, uuid4

import pytest

from coodie import ConditionNotMet, InvalidQueryError, LWTResult, OutcomeUnknown, PrimaryKey, Static
from coodie.aio import AsyncBatchQuery, Document
from coodie.fields import ClusteringKey
from coodie.testing import faults

from .kinds import exactly


class Account(Document):
    bank: Annotated[UUID, PrimaryKey()]
    number: Annotated[int, ClusteringKey()]
    limit_: Annotated[int | None, Static()] = None
    owner: str
    credits: int = 0
    plan: str | None = None
    tags: set[str] = set()

    class Settings:
        name = "accounts"
        serial_consistency = "SERIAL"


@pytest.fixture(autouse=True)
async def table(connection):
    await Account.sync_table()


@pytest.fixture
async def account():
    made = Account(bank=uuid4(), number=1, owner="ann", credits=5, plan="free", tags={"t"})
    assert await made.insert()
    return made


async def fresh(account):
    return await Account.find(bank=account.bank, number=account.number).consistency("SERIAL").one()


WRITES = {
    "update": lambda a, **how: a.update(plan="pro", **how),
    "delete": lambda a, **how: a.delete(**how),
    "delete_columns": lambda a, **how: a.delete_columns("plan", **how),
    "query_update": lambda a, **how: query(a, how).update(plan="pro", **conditions(how)),
    "query_delete": lambda a, **how: query(a, how).delete(**conditions(how)),
}


def query(account, how):
    found = Account.find(bank=account.bank, number=account.number)
    return found.if_exists() if "if_exists" in how else found


def conditions(how):
    return {"if_conditions": how["if_conditions"]} if "if_conditions" in how else {}


LOST = {"if_conditions": {"credits": 4, "owner": "ann"}}


@pytest.mark.parametrize("write", WRITES)
async def test_a_lost_condition_gives_the_row_and_changes_nothing(account, write):
    before = exactly(account)
    result = await WRITES[write](account, **LOST)
    assert type(result) is LWTResult
    assert (result.applied, bool(result)) == (False, False)
    assert type(result.existing) is Account
    assert (result.existing.bank, result.existing.number) == (account.bank, 1)
    assert (result.existing.credits, result.existing.owner) == (5, "ann")
    assert result.rows == [{"credits": 5, "owner": "ann"}]
    with pytest.raises(ConditionNotMet) as lost:
        result.raise_if_lost()
    assert lost.value.existing is result.existing
    assert exactly(account) == before == exactly(await fresh(account))


@pytest.mark.parametrize(
    "how", [{"if_exists": True}, {"if_conditions": {"credits__gte": 5, "plan__in": ["free", "x"]}}]
)
@pytest.mark.parametrize("write", WRITES)
async def test_a_condition_that_holds_is_applied(account, write, how):
    result = await WRITES[write](account, **how)
    assert (result.applied, result.existing) == (True, None)
    result.raise_if_lost()
    found = await Account.find_one(bank=account.bank, number=1)
    if "delete" in write and write != "delete_columns":
        assert found is None
    else:
        assert found.plan == (None if write == "delete_columns" else "pro")
    if write in ("update", "delete_columns"):
        assert account.plan == found.plan


@pytest.mark.parametrize("how", [{"if_exists": True}, LOST])
@pytest.mark.parametrize("write", WRITES)
async def test_a_row_that_is_not_there_is_no_existing_row(write, how):
    result = await WRITES[write](Account(bank=uuid4(), number=1, owner="x"), **how)
    assert (result.applied, result.existing) == (False, None)
    with pytest.raises(ConditionNotMet) as lost:
        result.raise_if_lost()
    assert lost.value.existing is None


@pytest.mark.parametrize(
    ("asked", "applied"),
    [
        ({"credits": 5}, True),
        ({"credits__ne": 5}, False),
        ({"credits__gt": 4}, True),
        ({"credits__gt": 5}, False),
        ({"credits__gte": 5}, True),
        ({"credits__lt": 5}, False),
        ({"credits__lte": 5}, True),
        ({"credits__in": [1, 5]}, True),
        ({"credits__in": []}, False),
        ({"plan": None}, False),
        ({"plan__ne": None}, True),
        ({"limit_": None}, True),
        ({"tags": {"t"}}, True),
        ({"tags__ne": {"t"}}, False),
        ({"owner": "ann", "credits": 5, "plan": "free"}, True),
        ({"owner": "ann", "credits": 5, "plan": "pro"}, False),
    ],
)
async def test_what_conditions_can_ask(account, asked, applied):
    assert (await account.update(plan="x", if_conditions=asked)).applied is applied
    assert (await fresh(account)).plan == ("x" if applied else "free")


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"number": 1},
        {"bank__in": [1]},
        {"credit": 1},
        {"credits__like": 1},
        {"credits": "x"},
        {"credits__in": "ab"},
    ],
)
async def test_what_conditions_cannot_ask_is_refused_before_anything_is_sent(spy, account, asked):
    spy.clear()
    for write in WRITES.values():
        with pytest.raises(InvalidQueryError):
            await write(account, if_conditions=asked)
    with pytest.raises(InvalidQueryError, match="exclude each other"):
        await account.update(plan="x", if_exists=True, if_conditions={"credits": 5})
    for options in ({"if_exists": True}, {"if_conditions": {"credits": 5}}):
        with pytest.raises(InvalidQueryError, match="takes no timestamp"):
            await account.update(plan="x", timestamp=1, **options)
    with pytest.raises(InvalidQueryError, match="number"):
        await Account.find(bank=account.bank).if_exists().delete()
    assert spy.calls == []


async def test_a_condition_on_static_columns_is_about_the_partition(account):
    assert await account.update(limit_=10, if_conditions={"limit_": None})
    other = Account(bank=account.bank, number=2, owner="bob")
    await other.save()
    lost = await other.update(limit_=20, if_conditions={"limit_": 11})
    assert (lost.applied, lost.existing.limit_) == (False, 10)
    assert await other.update(credits=1, if_conditions={"limit___gte": 10})
    assert [each.limit_ for each in await Account.find(bank=account.bank).all()] == [10, 10]


async def test_serial_consistency_is_the_models_or_the_calls(spy, account):
    spy.clear()
    await account.update(plan="a", if_exists=True)
    await account.update(plan="b", if_exists=True, serial_consistency="LOCAL_SERIAL", consistency="LOCAL_QUORUM")
    await Account(bank=uuid4(), number=1, owner="x").insert(serial_consistency="LOCAL_SERIAL")
    await account.delete_columns("plan", if_exists=True, serial_consistency="LOCAL_SERIAL")
    await account.delete(if_conditions={"credits": 5}, serial_consistency="LOCAL_SERIAL")
    await query(account, {"if_exists": True}).serial_consistency("LOCAL_SERIAL").update(plan="x")
    options = [call.request.options for call in spy.executed]
    assert [each.serial_consistency for each in options] == ["SERIAL", *["LOCAL_SERIAL"] * 5]
    assert options[1].consistency == "LOCAL_QUORUM"
    assert [call.request.idempotent for call in spy.executed] == [False] * 6
    spy.clear()
    with pytest.raises(InvalidQueryError, match="QUORUM"):
        await account.update(plan="x", if_exists=True, serial_consistency="QUORUM")
    assert spy.calls == []


async def test_a_ttl_of_a_conditional_write(look, account):
    assert await account.update(plan="x", if_exists=True, ttl=1000)
    other = Account(bank=account.bank, number=2, owner="bob")
    assert await other.insert(ttl=500)
    ttls = look("SELECT TTL(plan), TTL(owner) FROM {}.accounts WHERE bank = %s", account.bank)
    assert (ttls[0][0] in range(501, 1001), ttls[0][1], ttls[1][1] in range(1, 501)) == (True, None, True)


async def test_create_if_not_exists_gives_the_document_or_raises(account):
    with pytest.raises(ConditionNotMet) as lost:
        await Account.find().if_not_exists().create(bank=account.bank, number=1, owner="bob")
    assert exactly(lost.value.existing) == exactly(account)
    made = await Account.find().if_not_exists().ttl(1000).create(bank=account.bank, number=2, owner="bob")
    assert exactly(await Account.get(bank=made.bank, number=2)) == exactly(made)


async def test_a_conditional_batch_gives_every_row_and_is_all_or_nothing(account):
    other = Account(bank=account.bank, number=2, owner="bob", credits=7)
    third = Account(bank=account.bank, number=3, owner="eve")
    await other.save()
    async with AsyncBatchQuery(allow_multiple_conditions=True) as batch:
        await account.update(credits=4, if_conditions={"credits": 5}, batch=batch)
        await other.update(credits=8, if_conditions={"credits": 0}, batch=batch)
        await third.save(batch=batch)
    result = batch.result
    assert (result.applied, len(result.rows)) == (False, 2)
    assert {row["number"]: row["credits"] for row in result.rows} == {1: 5, 2: 7}
    assert (account.credits, other.credits) == (5, 7)
    assert await Account.find_one(bank=account.bank, number=3) is None
    with pytest.raises(ConditionNotMet):
        result.raise_if_lost()
    async with AsyncBatchQuery(allow_multiple_conditions=True) as batch:
        await account.update(credits=4, if_conditions={"credits": 5}, batch=batch)
        await other.update(credits=8, if_conditions={"credits": 7}, batch=batch)
        await third.save(batch=batch)
    assert (batch.result.applied, account.credits, other.credits) == (True, 4, 8)
    assert [each.credits for each in await Account.find(bank=account.bank).all()] == [4, 8, 0]


@pytest.mark.parametrize("happened", [True, False])
async def test_an_unknown_outcome_is_an_error_of_its_own_and_memory_stays(spy, account, happened):
    spy.on("update", conditional=True).raises(faults.cas_write_unknown(), applied=happened)
    with pytest.raises(OutcomeUnknown) as unknown:
        await account.update(plan="pro", if_conditions={"credits": 5})
    assert " IF credits = ?" in unknown.value.request.cql
    assert account.plan == "free", "nobody knows, so nothing is claimed"
    assert (await fresh(account)).plan == ("pro" if happened else "free")
    spy.on("insert", conditional=True).raises(faults.write_timeout(write_type="CAS"), applied=happened)
    other = Account(bank=account.bank, number=2, owner="bob")
    with pytest.raises(OutcomeUnknown):
        await other.insert()
    assert (await Account.find_one(bank=other.bank, number=2) is not None) is happened


async def test_of_two_who_try_the_same_one_wins():
    bank = uuid4()
    rivals = [Account(bank=bank, number=1, owner=name) for name in ("ann", "bob", "eve")]
    results = [await rival.insert() for rival in rivals]
    assert [result.applied for result in results] == [True, False, False]
    assert {result.existing.owner for result in results[1:]} == {"ann"}
    account = rivals[0]
    for _ in range(5):
        assert await account.update(credits=account.credits + 1, if_conditions={"credits": account.credits})
    assert (account.credits, (await fresh(account)).credits) == (5, 5)
