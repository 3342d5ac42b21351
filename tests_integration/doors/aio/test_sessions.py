"""Connections to a real cluster: several at once that never mix, and a session of the user's that stays as it was."""

from __future__ import annotations

from uuid import uuid4

import pytest

from coodie.aio import AsyncBatchQuery, close, execute_raw, init_coodie
from coodie.testing import RecordingDriver

from ...conftest import PATIENT  # noqa: TID252 - the checkout's root is not on the path
from .models import User


class Report(User):
    class Settings:
        name = "users"
        connection = "reports"


@pytest.fixture
async def two(session, keyspace, other_keyspace):
    """Two connections, each with a keyspace of its own."""
    await init_coodie(session=session, keyspace=keyspace)
    await init_coodie(session=session, keyspace=other_keyspace, name="reports")
    await User.sync_table()
    await Report.sync_table()
    yield
    await close()


@pytest.fixture
def emails(session, keyspace, other_keyspace):
    """The e-mail address of a user in either keyspace."""

    def ask(key):
        found = [
            session.execute(f"SELECT email FROM {name}.users WHERE id = %s", [key]).one()
            for name in (keyspace, other_keyspace)
        ]
        return [row and row.email for row in found]

    return ask


async def test_two_keyspaces_never_mix(two, emails):
    key = uuid4()
    one, other = User(id=key, email="one@x"), Report(id=key, email="other@x")
    await one.save()
    assert emails(key) == ["one@x", None]
    await other.save()
    assert emails(key) == ["one@x", "other@x"]
    assert ((await User.get(id=key)).email, (await Report.get(id=key)).email) == ("one@x", "other@x")
    assert not await User(id=key, email="z").insert()
    await other.update(email="new@x", if_exists=True)
    async with AsyncBatchQuery() as batch:
        await one.delete(batch=batch)
    async with AsyncBatchQuery() as batch:
        await other.update(nickname="bo", batch=batch)
    assert emails(key) == [None, "new@x"]


async def test_one_query_in_another_keyspace_or_over_another_connection(two, emails, other_keyspace):
    key = uuid4()
    await User.find().using(keyspace=other_keyspace).create(id=key, email="a@x")
    assert emails(key) == [None, "a@x"]
    assert await User.find_one(id=key) is None
    for query in (User.find(id=key).using(keyspace=other_keyspace), User.find(id=key).using(connection="reports")):
        assert (await query.one()).email == "a@x"
    await User.find(id=key).using(connection="reports").update(email="b@x")
    await User.find(id=key).delete()
    assert emails(key) == [None, "b@x"]


async def test_raw_text_runs_in_the_keyspace_of_its_connection(two, emails):
    key = uuid4()
    for name in (None, "reports"):
        await execute_raw("INSERT INTO users (id, email) VALUES (?, ?)", [key, f"{name}@x"], connection=name)
    assert emails(key) == ["None@x", "reports@x"]
    for name in (None, "reports"):
        found = await execute_raw("SELECT email FROM users WHERE id = ?", [key], connection=name)
        assert found == [{"email": f"{name}@x"}]
    batch = AsyncBatchQuery(connection="reports")
    batch.add("UPDATE users SET email = ? WHERE id = ?", ["batch@x", key])
    await batch.execute()
    assert emails(key) == ["None@x", "batch@x"]


async def test_the_session_of_the_user_stays_as_it_was(vendor_session, keyspace):
    session = vendor_session

    def state():
        profiles = {name: dict(vars(profile)) for name, profile in session.cluster.profile_manager.profiles.items()}
        names = ("keyspace", "row_factory", "default_timeout", "default_fetch_size", "use_client_timestamp")
        values = [getattr(session, name, None) for name in names]
        return profiles, values, session.encoder, session.client_protocol_handler

    def ask():
        return session.execute("SELECT key, cluster_name FROM system.local", trace=False).one()

    before, answer = state(), ask()
    await init_coodie(session=session, keyspace=keyspace)
    await User.sync_table()
    user = User(id=uuid4(), email="a@x", tags={"t"})
    await user.save()
    async with AsyncBatchQuery() as batch:
        await user.update(team="red", batch=batch)
    assert await User.find(id=user.id).fetch_size(1).consistency("ONE").timeout(5).all() == [user]
    assert state() == before
    row = session.execute(f"SELECT id, email, tags FROM {keyspace}.users WHERE id = %s", [user.id]).one()
    assert (row._fields, row.email, set(row.tags)) == (("id", "email", "tags"), "a@x", {"t"})
    assert type(row.tags).__module__.startswith("cassandra"), "the user's rows are read with the vendor's types"
    await close()
    assert state() == before
    assert ask() == answer
    assert not session.is_shutdown


async def test_a_connection_of_coodies_is_closed_with_it(cluster, keyspace):
    await init_coodie(cluster.hosts, port=cluster.port, keyspace=keyspace, **PATIENT)
    await User.sync_table()
    user = User(id=uuid4(), email="a@x")
    await user.save()
    assert await User.get(id=user.id) == user
    await init_coodie(cluster.hosts, port=cluster.port, keyspace=keyspace, **PATIENT)
    assert await User.get(id=user.id) == user
    await close("default")
    await close()


async def test_a_lazy_connection_connects_when_it_is_used(cluster, keyspace, closed_port):
    hosts = [f"{host}:{cluster.port}" for host in cluster.hosts]
    await init_coodie(hosts, keyspace=keyspace, lazy=True, **PATIENT)
    await init_coodie(f"127.0.0.1:{closed_port}", name="nobody", lazy=True)
    await User.sync_table()
    user = User(id=uuid4(), email="a@x")
    await user.save()
    assert await User.get(id=user.id) == user
    await close()


async def test_a_driver_that_is_given_is_used_as_it_is(two, keyspace):
    recorder = RecordingDriver()
    await init_coodie(driver=recorder, name="recorded", keyspace=keyspace)
    await User.find().using(connection="recorded").create(id=uuid4(), email="a@x")
    assert len(recorder.calls) == 1
    await close("recorded")
