# Derived by tests/derive.py: edit tests/doors/aio/test_homes.py,
# then run `tox -e sync`.
"""Rule 22: a document belongs where it was loaded from or created in; `Model.using()` is the model in another place."""

import copy
import pickle
import re
from typing import Annotated

import pytest

from coodie.sync import BatchQuery, CounterDocument, Document, MaterializedView
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


def everything_with(user, batch=None):
    """All that a document of this door can do to its row."""
    user.name += "x"
    user.save(batch=batch)
    user.update(name="bo", batch=batch)
    user.delete_columns("note", batch=batch)
    user.delete(batch=batch)
    if batch is None:
        user.insert()
        user.update(name="bo", if_conditions={"name": "x"})
        user.delete(if_exists=True)


def everything_of(users):
    """All that a document class of this door can do; the documents that come of it."""
    found = [users.get(id=1), users.get({"id": "1"}), users.find_one(id=1)]
    found += [user for user in users.find(id=1)]
    found += users.find(id=1).all()
    found += [users.find(id=1).one(), *(users.find(id=1).paged_all())]
    found.append(users.find(id=1).only("name").first())
    users.find(id=1).update(name="bo")
    users.find(id=1).delete()
    users.find(id=1).exists()
    users.find(id=1).count()
    users.find(id=1).values_list("name").all()
    found += [users.create(id=1), users.create({"id": 1}, name="ann"), users.find().create(id=1)]
    found += [users.find().if_not_exists().create(id=1), users(id=1, name="ann")]
    saved, inserted = User(id=1), User(id=1)
    users.save(saved, ttl=5)
    assert users.insert(inserted, ttl=5)
    users.truncate()
    users.drop_table()
    assert users.sync_table(dry_run=True)
    with pytest.raises(SchemaMismatch):
        users.verify_table()
    return [*found, saved, inserted]


ELSEWHERE = [
    ({"keyspace": "t42"}, "t42"),
    ({"connection": "elsewhere"}, "main"),
    ({"keyspace": "t42", "connection": "elsewhere"}, "t42"),
]


@pytest.mark.coodie(strict=False)
@pytest.mark.parametrize(("using", "keyspace"), ELSEWHERE)
def test_rule_22_using_is_the_model_in_another_place(coodie_recorder, elsewhere, using, keyspace):
    there, other = (elsewhere, coodie_recorder) if "connection" in using else (coodie_recorder, elsewhere)
    there.on("select", table=User).returns([USER]).times(7)
    there.on("select", table=User).returns([{"id": 1, "name": "ann"}])
    documents = everything_of(User.using(**using))
    for user in documents:
        everything_with(user)
    assert other.calls == []
    names = places(there)
    assert len(names) > 100
    assert {name for name in names if "system" not in name} == {f"{keyspace}.users"}
    assert {call.values[0] for call in there.calls if "system" in call.cql} == {keyspace}


@pytest.mark.parametrize(("using", "keyspace"), ELSEWHERE)
def test_rule_22_what_a_query_loads_or_makes_belongs_there(coodie_recorder, elsewhere, using, keyspace):
    there, other = (elsewhere, coodie_recorder) if "connection" in using else (coodie_recorder, elsewhere)
    there.on("select", table=User).returns([USER]).times(2)
    query = User.find().using(**using)
    for user in (query.first(), query.filter(id=1).one(), query.create(id=1)):
        user.name += "x"
        user.save()
        user.update(name="bo")
        user.delete()
    assert other.calls == []
    assert set(places(there)) == {f"{keyspace}.users"}


def test_rule_22_using_may_be_given_bit_by_bit(coodie_recorder, elsewhere):
    users = User.using(keyspace="a").using(connection="elsewhere")
    users.create(id=1)
    users.using(keyspace="b").create(id=1)
    User.using().create(id=1)
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
def test_rule_22_a_copy_belongs_where_its_original_does(coodie_recorder, copied):
    coodie_recorder.on("select", table=User).returns([USER])
    for user in (User.using(keyspace="t42").get(id=1), User.using(keyspace="t42")(id=1)):
        twin = copied(user)
        assert twin == user
        twin.delete()
    assert set(places(coodie_recorder)) == {"t42.users"}


def test_rule_22_a_document_of_another_keyspace_is_equal_and_dumps_the_same(coodie_recorder):
    here, there = User(id=1, name="ann"), User.using(keyspace="t42")(id=1, name="ann")
    assert here == there
    assert (there.model_dump(), there.model_dump_json()) == (here.model_dump(), here.model_dump_json())
    assert (repr(there), there.model_fields_set) == (repr(here), here.model_fields_set)


def test_rule_22_a_document_of_a_family_belongs_where_it_was_loaded_from(coodie_recorder):
    coodie_recorder.on("select", table=Animal).returns([DOG])
    dog = Animal.using(keyspace="t42").get(id=1)
    assert type(dog) is Dog
    dog.update(name="bo")
    assert set(places(coodie_recorder)) == {"t42.animals"}


@pytest.mark.parametrize("setting", ["keyspace", "connection"])
def test_rule_22_classes_that_share_a_table_are_in_one_place(setting):
    with pytest.raises(ModelError, match=f"Animal and Cat share the table 'animals', but not the {setting}"):

        class Cat(Animal):
            class Settings:
                discriminator_value = "cat"
                locals()[setting] = "other"


def test_rule_22_the_row_in_the_way_belongs_where_it_is(coodie_recorder):
    users = User.using(keyspace="t42")
    coodie_recorder.on("insert").applied(False, {"id": 1, "name": "bo"}).times(3)
    coodie_recorder.on("batch").applied(False, {"id": 1, "name": "bo"})
    coodie_recorder.on("update").applied(False, {"name": "bo"}).times(2)
    coodie_recorder.on("delete").applied(False, {"name": "bo"}).times(2)
    found = [users(id=1).insert(), users.insert(User(id=1))]
    found.append(users(id=1).update(name="x", if_conditions={"name": "y"}))
    found.append(users.find(id=1).update(name="x", if_conditions={"name": "y"}))
    found.append(users(id=1).delete(if_conditions={"name": "y"}))
    found.append(users.find(id=1).delete(if_conditions={"name": "y"}))
    with BatchQuery() as batch:
        users(id=1).insert(batch=batch)
    existing = [result.existing for result in [*found, batch.result]]
    with pytest.raises(ConditionNotMet) as caught:
        users.find().if_not_exists().create(id=1)
    for user in [*existing, caught.value.existing]:
        assert user.name == "bo"
        user.update(name="ann")
    assert set(places(coodie_recorder)) == {"t42.users"}


@pytest.mark.filterwarnings("ignore::coodie.exceptions.BatchWarning")  # some of them are about one cell
def test_rule_22_a_batch_takes_documents_of_several_keyspaces(coodie_recorder):
    coodie_recorder.on("select", table=User).returns([USER])
    loaded = User.using(keyspace="a").get(id=1)
    coodie_recorder.clear()
    with BatchQuery() as batch:
        everything_with(loaded, batch)
        everything_with(User.using(keyspace="b")(id=1), batch)
        made = User.using(keyspace="c").create(id=1, batch=batch)
        made.delete(batch=batch)
        User.using(keyspace="d").save(User(id=1), batch=batch)
        User(id=1).save(batch=batch)
    tables = ["a.users"] * 4 + ["b.users"] * 4 + ["c.users"] * 2 + ["d.users", "main.users"]
    assert (len(coodie_recorder.batches), places(coodie_recorder)) == (1, tables)


def test_rule_22_a_batch_refuses_a_document_of_another_connection(coodie_recorder, elsewhere):
    user = User.using(connection="elsewhere")(id=1)
    batch = BatchQuery()
    User(id=2).save(batch=batch)
    for add in (user.save, user.insert, user.delete):
        with pytest.raises(InvalidQueryError, match=r"another connection \(elsewhere\) than the batch"):
            add(batch=batch)
    with BatchQuery() as other:
        user.save(batch=other)
    assert (len(elsewhere.batches), coodie_recorder.calls) == (1, [])


def test_rule_22_a_new_document_belongs_where_it_is_saved_first(coodie_recorder):
    coodie_recorder.on("insert", conditional=True).applied()
    saved, inserted = User(id=1), User(id=2)
    User.using(keyspace="t42").save(saved)
    assert User.using(keyspace="t42").insert(inserted)
    saved.update(name="x")
    inserted.delete()
    assert places(coodie_recorder) == ["t42.users"] * 4


def test_rule_22_a_document_of_elsewhere_is_copied_and_stays_where_it_is(coodie_recorder):
    coodie_recorder.on("select", table=User).returns([USER]).times(2)
    coodie_recorder.on("insert", conditional=True).applied().times(2)
    for keyspace in ("a", None):
        user = User.using(keyspace=keyspace).get(id=1)
        User.using(keyspace="b").save(user)
        assert coodie_recorder.last.params == USER
        assert User.using(keyspace="c").insert(user)
        assert coodie_recorder.last.params == USER
        user.delete()
        home = "main" if keyspace is None else "a"
        assert places(coodie_recorder) == [f"{home}.users", "b.users", "c.users", f"{home}.users"]
        coodie_recorder.clear()


def test_rule_22_an_update_of_a_document_at_home_is_seen_by_it(coodie_recorder):
    coodie_recorder.on("select", table=User).returns([USER])
    user = User.using(keyspace="main").get(id=1)
    User.using().save(user)
    user.update(name="bo")
    assert (user.name, set(places(coodie_recorder))) == ("bo", {"main.users"})


@pytest.mark.coodie(strict=False)
def test_rule_22_holds_for_counters(coodie_recorder):
    coodie_recorder.on("select", table=Views).returns([{"url": "/", "views": 3}]).times(2)
    views = Views.using(keyspace="t42")
    found = [views.get(url="/"), views.find(url="/").first(), views(url="/")]
    for page in found:
        page.increment(views=1)
        page.decrement(views=1)
        with BatchQuery(batch_type="COUNTER") as batch:
            page.increment(views=1, batch=batch)
        page.delete()
    views.truncate()
    views.drop_table()
    assert views.sync_table()
    assert {name for name in places(coodie_recorder) if "system" not in name} == {"t42.views"}


@pytest.mark.coodie(strict=False)
def test_rule_22_holds_for_views(coodie_recorder):
    coodie_recorder.on("select", table=ByName).returns([{"name": "ann", "id": 1}]).times(3)
    by_name = ByName.using(keyspace="t42")
    assert by_name.get(name="ann") == by_name.find_one(name="ann") == by_name.find(name="ann").first()
    (made,) = by_name.sync_view(dry_run=True)
    assert made.startswith("CREATE MATERIALIZED VIEW IF NOT EXISTS t42.by_name AS SELECT name, id FROM t42.users")
    by_name.drop_view()
    with pytest.raises(SchemaMismatch):
        by_name.verify_view()
    assert {name for name in places(coodie_recorder) if "system" not in name} == {"t42.by_name"}


def test_rule_22_composite_keys_are_found_the_short_and_the_long_way(coodie_recorder):
    pairs = Pair.using(keyspace="t42")
    coodie_recorder.on("select", table=Pair).returns([{"a": 1, "b": 2, "value": 3}]).times(2)
    for found in (pairs.get(a=1, b=2), pairs.get(a=1)):
        found.delete()
    assert set(places(coodie_recorder)) == {"t42.pairs"}


def test_rule_22_what_is_copied_elsewhere_stays_a_change_at_home(coodie_recorder):
    coodie_recorder.on("select", table=User).returns([USER])
    user = User.using(keyspace="a").get(id=1)
    user.name = "bo"
    User.using(keyspace="b").save(user, full=True)
    assert coodie_recorder.last.params == {**USER, "name": "bo"}
    assert user.changes() == {"name"}
    user.save()
    assert coodie_recorder.last.params == {"id": 1, "name": "bo", "note": UNSET}
    assert places(coodie_recorder) == ["a.users", "b.users", "a.users"]


def test_rule_22_a_document_is_loaded_again_from_where_it_belongs(coodie_recorder):
    coodie_recorder.on("select", table=User).returns([USER])
    user = User.using(keyspace="t42")(id=1)
    user.refresh()
    user.delete()
    assert (user.name, places(coodie_recorder)) == ("ann", ["t42.users"] * 2)


def test_rule_22_a_new_document_that_was_updated_belongs_where_it_is_saved(coodie_recorder):
    class Tagged(User):
        tags: set[str] = set()

        class Settings:
            name = "tagged"

    tagged = Tagged(id=1)
    tagged.update(tags__add={"a"})
    Tagged.using(keyspace="t42").save(tagged)
    tagged.name = "bo"
    tagged.save()
    assert coodie_recorder.cql[-1].startswith("INSERT INTO t42.tagged ")
    assert coodie_recorder.last.params["name"] == "bo"


def test_rule_22_a_connection_with_another_keyspace_takes_its_documents_there(coodie_recorder, elsewhere):
    there, document = Pair.using(connection="elsewhere"), Pair(a=1, b=2)
    for keyspace in ("ks", "other", None):
        register_driver("elsewhere", elsewhere, keyspace=keyspace)
        there.save(document)
        document.save(full=True)
        with pytest.raises(DocumentNotFound):
            there.get(a=1, b=2)
        there.find(a=1).all()
        document.update(value=3)
        document.delete()
        assert places(elsewhere)[-6:] == ["pairs" if keyspace is None else f"{keyspace}.pairs"] * 6
    assert places(coodie_recorder) == []


def test_rule_22_a_document_follows_the_default_connection(coodie_recorder, elsewhere):
    document = Pair(a=1, b=2)
    document.save()
    register_driver("elsewhere", elsewhere, keyspace="ks", default=True)
    document.save(full=True)
    assert (places(coodie_recorder), places(elsewhere)) == (["pairs"], ["ks.pairs"])
