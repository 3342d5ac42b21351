"""Rule 22: a document belongs where it was loaded from or created in; `Model.using()` is the model in another place."""

import copy
import pickle
import re
from typing import Annotated

import pytest

from coodie.aio import AsyncBatchQuery, CounterDocument, Document, MaterializedView
from coodie.drivers import UNSET, register_driver, unregister_driver
from coodie.exceptions import ConditionNotMet, DocumentNotFound, InvalidQueryError, ModelError, SchemaMismatch
from coodie.fields import ClusteringKey, Counter, Discriminator, PrimaryKey
from coodie.testing import RecordingDriver


class User(Document):
    id: Annotated[int, PrimaryKey()]
    name: str = ""
    note: str | None = None

    class Settings:
        name = "users"
        keyspace = "main"


class Pair(Document):
    a: Annotated[int, PrimaryKey()]
    b: Annotated[int, ClusteringKey()]
    value: int = 0

    class Settings:
        name = "pairs"


class Animal(Document):
    id: Annotated[int, PrimaryKey()]
    kind: Annotated[str, Discriminator()] = ""
    name: str = ""

    class Settings:
        name = "animals"


class Dog(Animal):
    class Settings:
        discriminator_value = "dog"


class Views(CounterDocument):
    url: Annotated[str, PrimaryKey()]
    views: Annotated[int | None, Counter()] = None


class ByName(MaterializedView):
    name: Annotated[str, PrimaryKey()]
    id: Annotated[int, ClusteringKey()]

    class Settings:
        base_table = User


USER = {"id": 1, "name": "ann", "note": "x"}
DOG = {"id": 1, "kind": "dog", "name": "rex"}


@pytest.fixture
def elsewhere():
    """A second connection, with a keyspace of its own."""
    recorder = RecordingDriver(strict=False)
    register_driver("elsewhere", recorder, keyspace="ks")
    yield recorder
    unregister_driver("elsewhere")


def places(recorder):
    """The table of each statement that was sent."""
    texts = [statement.cql for call in recorder.calls for statement in call.statements or [call.request]]
    return [re.search(r"(?:INTO|UPDATE|FROM|TABLE|VIEW)(?: IF(?: NOT)? EXISTS)? ([\w.]+)", text)[1] for text in texts]


def repickled(user):
    return pickle.loads(pickle.dumps(user))


async def everything_with(user, batch=None):
    """All that a document of this door can do to its row."""
    user.name += "x"
    await user.save(batch=batch)
    await user.update(name="bo", batch=batch)
    await user.delete_columns("note", batch=batch)
    await user.delete(batch=batch)
    if batch is None:
        await user.insert()
        await user.update(name="bo", if_conditions={"name": "x"})
        await user.delete(if_exists=True)


async def everything_of(users):
    """All that a document class of this door can do; the documents that come of it."""
    found = [await users.get(id=1), await users.get({"id": "1"}), await users.find_one(id=1)]
    found += [user async for user in users.find(id=1)]
    found += await users.find(id=1).all()
    found += [await users.find(id=1).one(), *(await users.find(id=1).paged_all())]
    found.append(await users.find(id=1).only("name").first())
    await users.find(id=1).update(name="bo")
    await users.find(id=1).delete()
    await users.find(id=1).exists()
    await users.find(id=1).count()
    await users.find(id=1).values_list("name").all()
    found += [await users.create(id=1), await users.create({"id": 1}, name="ann"), await users.find().create(id=1)]
    found += [await users.find().if_not_exists().create(id=1), users(id=1, name="ann")]
    saved, inserted = User(id=1), User(id=1)
    await users.save(saved, ttl=5)
    assert await users.insert(inserted, ttl=5)
    await users.truncate()
    await users.drop_table()
    assert await users.sync_table(dry_run=True)
    with pytest.raises(SchemaMismatch):
        await users.verify_table()
    return [*found, saved, inserted]


ELSEWHERE = [
    ({"keyspace": "t42"}, "t42"),
    ({"connection": "elsewhere"}, "main"),
    ({"keyspace": "t42", "connection": "elsewhere"}, "t42"),
]


@pytest.mark.coodie(strict=False)
@pytest.mark.parametrize(("using", "keyspace"), ELSEWHERE)
async def test_rule_22_using_is_the_model_in_another_place(coodie_recorder, elsewhere, using, keyspace):
    there, other = (elsewhere, coodie_recorder) if "connection" in using else (coodie_recorder, elsewhere)
    there.on("select", table=User).returns([USER]).times(7)
    there.on("select", table=User).returns([{"id": 1, "name": "ann"}])
    documents = await everything_of(User.using(**using))
    for user in documents:
        await everything_with(user)
    assert other.calls == []
    names = places(there)
    assert len(names) > 100
    assert {name for name in names if "system" not in name} == {f"{keyspace}.users"}
    assert {call.values[0] for call in there.calls if "system" in call.cql} == {keyspace}


@pytest.mark.parametrize(("using", "keyspace"), ELSEWHERE)
async def test_rule_22_what_a_query_loads_or_makes_belongs_there(coodie_recorder, elsewhere, using, keyspace):
    there, other = (elsewhere, coodie_recorder) if "connection" in using else (coodie_recorder, elsewhere)
    there.on("select", table=User).returns([USER]).times(2)
    query = User.find().using(**using)
    for user in (await query.first(), await query.filter(id=1).one(), await query.create(id=1)):
        user.name += "x"
        await user.save()
        await user.update(name="bo")
        await user.delete()
    assert other.calls == []
    assert set(places(there)) == {f"{keyspace}.users"}


async def test_rule_22_using_may_be_given_bit_by_bit(coodie_recorder, elsewhere):
    users = User.using(keyspace="a").using(connection="elsewhere")
    await users.create(id=1)
    await users.using(keyspace="b").create(id=1)
    await User.using().create(id=1)
    assert (places(elsewhere), places(coodie_recorder)) == (["a.users", "b.users"], ["main.users"])
    assert repr(users) == "<User in keyspace 'a' over connection 'elsewhere'>"


@pytest.mark.parametrize(
    ("using", "message"),
    [
        ({"keyspace": "x; DROP"}, "letters, digits"),
        ({"keyspace": ""}, "empty"),
        ({"connection": 5}, "must be a str"),
    ],
)
def test_rule_22_using_refuses_what_can_be_no_name(using, message):
    for model in (User, User.using(), User.find(), Views, ByName):
        with pytest.raises(InvalidQueryError, match=message):
            model.using(**using)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda user: user.model_copy(), repickled])
async def test_rule_22_a_copy_belongs_where_its_original_does(coodie_recorder, copied):
    coodie_recorder.on("select", table=User).returns([USER])
    for user in (await User.using(keyspace="t42").get(id=1), User.using(keyspace="t42")(id=1)):
        twin = copied(user)
        assert twin == user
        await twin.delete()
    assert set(places(coodie_recorder)) == {"t42.users"}


async def test_rule_22_a_document_of_another_keyspace_is_equal_and_dumps_the_same(coodie_recorder):
    here, there = User(id=1, name="ann"), User.using(keyspace="t42")(id=1, name="ann")
    assert here == there
    assert (there.model_dump(), there.model_dump_json()) == (here.model_dump(), here.model_dump_json())
    assert (repr(there), there.model_fields_set) == (repr(here), here.model_fields_set)


async def test_rule_22_a_document_of_a_family_belongs_where_it_was_loaded_from(coodie_recorder):
    coodie_recorder.on("select", table=Animal).returns([DOG])
    dog = await Animal.using(keyspace="t42").get(id=1)
    assert type(dog) is Dog
    await dog.update(name="bo")
    assert set(places(coodie_recorder)) == {"t42.animals"}


@pytest.mark.parametrize("setting", ["keyspace", "connection"])
def test_rule_22_classes_that_share_a_table_are_in_one_place(setting):
    with pytest.raises(ModelError, match=f"Animal and Cat share the table 'animals', but not the {setting}"):

        class Cat(Animal):
            class Settings:
                discriminator_value = "cat"
                locals()[setting] = "other"


async def test_rule_22_the_row_in_the_way_belongs_where_it_is(coodie_recorder):
    users = User.using(keyspace="t42")
    coodie_recorder.on("insert").applied(False, {"id": 1, "name": "bo"}).times(3)
    coodie_recorder.on("batch").applied(False, {"id": 1, "name": "bo"})
    coodie_recorder.on("update").applied(False, {"name": "bo"}).times(2)
    coodie_recorder.on("delete").applied(False, {"name": "bo"}).times(2)
    found = [await users(id=1).insert(), await users.insert(User(id=1))]
    found.append(await users(id=1).update(name="x", if_conditions={"name": "y"}))
    found.append(await users.find(id=1).update(name="x", if_conditions={"name": "y"}))
    found.append(await users(id=1).delete(if_conditions={"name": "y"}))
    found.append(await users.find(id=1).delete(if_conditions={"name": "y"}))
    async with AsyncBatchQuery() as batch:
        await users(id=1).insert(batch=batch)
    existing = [result.existing for result in [*found, batch.result]]
    with pytest.raises(ConditionNotMet) as caught:
        await users.find().if_not_exists().create(id=1)
    for user in [*existing, caught.value.existing]:
        assert user.name == "bo"
        await user.update(name="ann")
    assert set(places(coodie_recorder)) == {"t42.users"}


@pytest.mark.filterwarnings("ignore::coodie.exceptions.BatchWarning")  # some of them are about one cell
async def test_rule_22_a_batch_takes_documents_of_several_keyspaces(coodie_recorder):
    coodie_recorder.on("select", table=User).returns([USER])
    loaded = await User.using(keyspace="a").get(id=1)
    coodie_recorder.clear()
    async with AsyncBatchQuery() as batch:
        await everything_with(loaded, batch)
        await everything_with(User.using(keyspace="b")(id=1), batch)
        made = await User.using(keyspace="c").create(id=1, batch=batch)
        await made.delete(batch=batch)
        await User.using(keyspace="d").save(User(id=1), batch=batch)
        await User(id=1).save(batch=batch)
    tables = ["a.users"] * 4 + ["b.users"] * 4 + ["c.users"] * 2 + ["d.users", "main.users"]
    assert (len(coodie_recorder.batches), places(coodie_recorder)) == (1, tables)


async def test_rule_22_a_batch_refuses_a_document_of_another_connection(coodie_recorder, elsewhere):
    user = User.using(connection="elsewhere")(id=1)
    batch = AsyncBatchQuery()
    await User(id=2).save(batch=batch)
    for add in (user.save, user.insert, user.delete):
        with pytest.raises(InvalidQueryError, match=r"another connection \(elsewhere\) than the batch"):
            await add(batch=batch)
    async with AsyncBatchQuery() as other:
        await user.save(batch=other)
    assert (len(elsewhere.batches), coodie_recorder.calls) == (1, [])


async def test_rule_22_a_new_document_belongs_where_it_is_saved_first(coodie_recorder):
    coodie_recorder.on("insert", conditional=True).applied()
    saved, inserted = User(id=1), User(id=2)
    await User.using(keyspace="t42").save(saved)
    assert await User.using(keyspace="t42").insert(inserted)
    await saved.update(name="x")
    await inserted.delete()
    assert places(coodie_recorder) == ["t42.users"] * 4


async def test_rule_22_a_document_of_elsewhere_is_copied_and_stays_where_it_is(coodie_recorder):
    coodie_recorder.on("select", table=User).returns([USER]).times(2)
    coodie_recorder.on("insert", conditional=True).applied().times(2)
    for keyspace in ("a", None):
        user = await User.using(keyspace=keyspace).get(id=1)
        await User.using(keyspace="b").save(user)
        assert coodie_recorder.last.params == USER
        assert await User.using(keyspace="c").insert(user)
        assert coodie_recorder.last.params == USER
        await user.delete()
        home = "main" if keyspace is None else "a"
        assert places(coodie_recorder) == [f"{home}.users", "b.users", "c.users", f"{home}.users"]
        coodie_recorder.clear()


async def test_rule_22_an_update_of_a_document_at_home_is_seen_by_it(coodie_recorder):
    coodie_recorder.on("select", table=User).returns([USER])
    user = await User.using(keyspace="main").get(id=1)
    await User.using().save(user)
    await user.update(name="bo")
    assert (user.name, set(places(coodie_recorder))) == ("bo", {"main.users"})


@pytest.mark.coodie(strict=False)
async def test_rule_22_holds_for_counters(coodie_recorder):
    coodie_recorder.on("select", table=Views).returns([{"url": "/", "views": 3}]).times(2)
    views = Views.using(keyspace="t42")
    found = [await views.get(url="/"), await views.find(url="/").first(), views(url="/")]
    for page in found:
        await page.increment(views=1)
        await page.decrement(views=1)
        async with AsyncBatchQuery(batch_type="COUNTER") as batch:
            await page.increment(views=1, batch=batch)
        await page.delete()
    await views.truncate()
    await views.drop_table()
    assert await views.sync_table()
    assert {name for name in places(coodie_recorder) if "system" not in name} == {"t42.views"}


@pytest.mark.coodie(strict=False)
async def test_rule_22_holds_for_views(coodie_recorder):
    coodie_recorder.on("select", table=ByName).returns([{"name": "ann", "id": 1}]).times(3)
    by_name = ByName.using(keyspace="t42")
    assert await by_name.get(name="ann") == await by_name.find_one(name="ann") == await by_name.find(name="ann").first()
    (made,) = await by_name.sync_view(dry_run=True)
    assert made.startswith("CREATE MATERIALIZED VIEW IF NOT EXISTS t42.by_name AS SELECT name, id FROM t42.users")
    await by_name.drop_view()
    with pytest.raises(SchemaMismatch):
        await by_name.verify_view()
    assert {name for name in places(coodie_recorder) if "system" not in name} == {"t42.by_name"}


async def test_rule_22_composite_keys_are_found_the_short_and_the_long_way(coodie_recorder):
    pairs = Pair.using(keyspace="t42")
    coodie_recorder.on("select", table=Pair).returns([{"a": 1, "b": 2, "value": 3}]).times(2)
    for found in (await pairs.get(a=1, b=2), await pairs.get(a=1)):
        await found.delete()
    assert set(places(coodie_recorder)) == {"t42.pairs"}


async def test_rule_22_what_is_copied_elsewhere_stays_a_change_at_home(coodie_recorder):
    coodie_recorder.on("select", table=User).returns([USER])
    user = await User.using(keyspace="a").get(id=1)
    user.name = "bo"
    await User.using(keyspace="b").save(user, full=True)
    assert coodie_recorder.last.params == {**USER, "name": "bo"}
    assert user.changes() == {"name"}
    await user.save()
    assert coodie_recorder.last.params == {"id": 1, "name": "bo", "note": UNSET}
    assert places(coodie_recorder) == ["a.users", "b.users", "a.users"]


async def test_rule_22_a_document_is_loaded_again_from_where_it_belongs(coodie_recorder):
    coodie_recorder.on("select", table=User).returns([USER])
    user = User.using(keyspace="t42")(id=1)
    await user.refresh()
    await user.delete()
    assert (user.name, places(coodie_recorder)) == ("ann", ["t42.users"] * 2)


async def test_rule_22_a_new_document_that_was_updated_belongs_where_it_is_saved(coodie_recorder):
    class Tagged(User):
        tags: set[str] = set()

        class Settings:
            name = "tagged"

    tagged = Tagged(id=1)
    await tagged.update(tags__add={"a"})
    await Tagged.using(keyspace="t42").save(tagged)
    tagged.name = "bo"
    await tagged.save()
    assert coodie_recorder.cql[-1].startswith("INSERT INTO t42.tagged ")
    assert coodie_recorder.last.params["name"] == "bo"


async def test_rule_22_a_connection_with_another_keyspace_takes_its_documents_there(coodie_recorder, elsewhere):
    there, document = Pair.using(connection="elsewhere"), Pair(a=1, b=2)
    for keyspace in ("ks", "other", None):
        register_driver("elsewhere", elsewhere, keyspace=keyspace)
        await there.save(document)
        await document.save(full=True)
        with pytest.raises(DocumentNotFound):
            await there.get(a=1, b=2)
        await there.find(a=1).all()
        await document.update(value=3)
        await document.delete()
        assert places(elsewhere)[-6:] == ["pairs" if keyspace is None else f"{keyspace}.pairs"] * 6
    assert places(coodie_recorder) == []


async def test_rule_22_a_document_follows_the_default_connection(coodie_recorder, elsewhere):
    document = Pair(a=1, b=2)
    await document.save()
    register_driver("elsewhere", elsewhere, keyspace="ks", default=True)
    await document.save(full=True)
    assert (places(coodie_recorder), places(elsewhere)) == (["pairs"], ["ks.pairs"])
