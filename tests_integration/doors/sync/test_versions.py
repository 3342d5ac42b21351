# Derived by tests/derive.py: edit tests_integration/doors/aio/test_versions.py,
# then run `tox -e sync`.
"""Versions on a real cluster: whatever many writers do at once, no change is lost without its writer knowing."""

from __future__ import annotations

from typing import Annotated

import pytest

from coodie import LWTResult, VersionConflict
from coodie.sync import BatchQuery, Document, delete_many, execute_raw, save_many, update_many
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
def table(connection):
    Account.sync_table()
    Account.truncate()


def fresh(account):
    return Account.find(bank=account.bank, number=account.number).consistency("SERIAL").one()


def test_a_lost_write_carries_the_row_that_won_and_leaves_the_document():
    ours = Account.create(bank=2, attrs={"a": 1})
    theirs = Account.get(bank=2)
    theirs.update(attrs__put=("b", 2), city="Bonn")
    assert (theirs.version, theirs.attrs) == (2, {"a": 1, "b": 2})
    ours.credits = 5
    for write in (ours.save, ours.delete, lambda: ours.update(attrs={})):
        with pytest.raises(VersionConflict) as lost:
            write()
        assert (lost.value.existing.bank, lost.value.existing.number, lost.value.existing.version) == (2, 0, 2)
        assert (ours.version, ours.credits, ours.changes()) == (1, 5, {"credits"})
    assert fresh(ours) == theirs
    with pytest.raises(VersionConflict) as lost:
        Account(bank=2).save()
    assert lost.value.existing == theirs
    ours.refresh()
    ours.credits = 5
    ours.save()
    assert fresh(ours) == ours == Account(bank=2, credits=5, attrs={"a": 1, "b": 2}, city="Bonn", version=3)
    ours.delete()
    with pytest.raises(VersionConflict) as lost:
        theirs.save(full=True)
    assert lost.value.existing is None
    assert Account.find(bank=2).count() == 1  # of the static value alone: nothing came back
    assert Account.find(bank=2).first() is None


def test_a_condition_beside_the_version():
    account = Account.create(bank=3, credits=5)
    lost = account.update(credits=6, if_conditions={"credits": 4})
    assert type(lost) is LWTResult
    assert (lost.applied, lost.existing.credits, lost.existing.version, account.version) == (False, 5, 1, 1)
    assert account.update(credits=6, if_conditions={"credits": 5})
    assert Account.find(bank=3, number=0).update(credits=7, if_conditions={"version": 2})
    assert (fresh(account)).version == 3
    with pytest.raises(VersionConflict):
        account.update(credits=8, if_conditions={"credits": 7})
    assert not Account.find(bank=3, number=0).delete(if_conditions={"version": 2})
    assert Account.find(bank=3, number=0).delete(if_conditions={"version": 3})


def test_rows_from_before_the_field():
    name = Account.table_name()
    execute_raw(f"INSERT INTO {name} (bank, number, credits) VALUES (4, 0, 5)")
    one, other = Account.get(bank=4), Account.get(bank=4)
    one.credits = other.credits = 6
    one.save()
    assert (fresh(one)).version == one.version == 1
    with pytest.raises(VersionConflict) as lost:
        other.save()
    assert lost.value.existing.version == 1
    column = execute_raw(f"SELECT version FROM {name} WHERE bank = 4")
    assert column == [{"version": 1}]


def test_batches_have_versions_as_their_conditions():
    one, other = Account.create(bank=5), Account.create(bank=5, number=1)
    for loser in (None, one, other):
        one, other = Account.get(bank=5, number=0), Account.get(bank=5, number=1)
        if loser is not None:
            (fresh(loser)).update(tags__add={"x"})
        batch = BatchQuery(allow_multiple_conditions=True)
        one.update(credits=one.credits + 1, batch=batch)
        other.update(credits=other.credits + 1, batch=batch)
        if loser is None:
            assert batch.execute()
            assert (one.version, other.version, one.credits, other.credits) == (2, 2, 1, 1)
            continue
        with pytest.raises(VersionConflict) as lost:
            batch.execute()
        assert (batch.outcome, batch.result.applied) == ("done", False)
        assert (lost.value.existing.number, lost.value.existing.version) == (loser.number, (fresh(loser)).version)
    assert [each.credits for each in Account.find(bank=5)] == [1, 1]
    batch = BatchQuery(allow_multiple_conditions=True)
    one, other = Account.get(bank=5, number=0), Account.get(bank=5, number=1)
    one.update(credits=9, batch=batch)
    other.update(credits=9, if_conditions={"credits": 12345}, batch=batch)
    assert (batch.execute()).applied is False


def test_many_writes_keep_the_versions():
    accounts = [Account(bank=6, number=number) for number in range(20)]
    report = save_many(accounts, by_partition=True)
    assert (report.done, len(report.failed)) == (20, 0)
    (fresh(accounts[3])).update(credits=9)
    report = update_many((account, {"credits": 1}) for account in accounts)
    assert (report.done, [each.item[0].number for each in report.failed]) == (19, [3])
    report = delete_many(accounts)
    assert (report.done, [type(each.error) for each in report.failed]) == (19, [VersionConflict])


def test_a_row_with_a_ttl_is_kept_alive_by_saves():
    account = Account.create(bank=7)
    account.save(ttl=1000)
    for query in (Account.find(bank=7).column_ttl("credits"), Account.find(bank=7).column_ttl("version")):
        assert 0 < query <= 1000
    assert (fresh(account)).version == account.version == 2
