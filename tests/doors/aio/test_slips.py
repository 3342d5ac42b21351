"""What is written out of habit and is not there: the errors say what to write instead."""

import copy
import pickle
from typing import Annotated

import pytest

from coodie.aio import CounterDocument, Document, MaterializedView
from coodie.fields import ClusteringKey, Counter, PrimaryKey


class User(Document):
    id: Annotated[int, PrimaryKey()]
    name: str = ""
    query: str = ""  # a name like this may be a field's

    _seen: int = 5


class Views(CounterDocument):
    url: Annotated[str, PrimaryKey()]
    views: Annotated[int | None, Counter()] = None


class ByName(MaterializedView):
    name: Annotated[str, PrimaryKey()]
    id: Annotated[int, ClusteringKey()]

    class Settings:
        base_table = User


@pytest.mark.parametrize(
    ("slip", "instead"),
    [
        (lambda: User.objects, r"^User has no attribute 'objects'; write User\.find\(\.\.\.\)$"),
        (lambda: User.filter(id=1), r"write User\.find\(\.\.\.\)\.filter"),
        (lambda: User.all(), r"write User\.find\(\.\.\.\)\.all"),
        (lambda: User.first(), r"write User\.find\(\.\.\.\)\.first"),
        (lambda: User.count(), r"write User\.find\(\.\.\.\)\.count"),
        (lambda: User.exists(), r"write User\.find\(\.\.\.\)\.exists"),
        (lambda: User.order_by("id"), r"write User\.find\(\.\.\.\)\.order_by"),
        (lambda: User.where(id=1), r"write User\.find"),
        (lambda: User.first_or_none(id=1), r"write User\.find_one"),
        (lambda: User.get_or_create(id=1), r"write User\.find\(\)\.if_not_exists\(\)\.create"),
        (lambda: User.bulk_create([]), r"write User\.create\(\.\.\., batch=batch\)"),
        (lambda: User.create_table(), r"write User\.sync_table\(\)"),
        (lambda: Views.objects, r"write Views\.find"),
        (lambda: ByName.filter(name="x"), r"write ByName\.find"),
        (lambda: User.using(keyspace="t42").filter(id=1), r"write User\.using\(\.\.\.\)\.find\(\.\.\.\)\.filter"),
        (lambda: User.using(keyspace="t42").objects, r"write User\.using\(\.\.\.\)\.find"),
        (lambda: Views.using(keyspace="t42").all(), r"write Views\.using\(\.\.\.\)\.find\(\.\.\.\)\.all"),
        (lambda: User(id=1).reload(), r"User has no attribute 'reload'; write refresh\(\)"),
        (lambda: User(id=1).to_dict(), r"write model_dump\(\)"),
        (lambda: User.find().offset(3), r"QuerySet has no attribute 'offset'; CQL has no OFFSET; go on with page"),
        (lambda: User.find().skip(3), "CQL has no OFFSET"),
        (lambda: User.find().get(id=1), r"one\(\) gives the only row, first\(\) a row or None"),
        (lambda: User.find().exclude(id=1), "neither NOT nor OR"),
        (lambda: User.find().where(id=1), r"filter\(\.\.\.\) adds to a query"),
        (lambda: User.find().latest("ts"), r'order_by\("-ts"\)\.first\(\)'),
        (lambda: User.find().to_list(), r"all\(\) gives a list"),
        (lambda: User.find().iff(name="x"), "if_conditions="),
        (lambda: User.find().batch(None), "take batch="),
        (lambda: User.find().ordr_by("id"), r"did you mean order_by\(\)\?"),
        (lambda: User.find().values_list("id").al(), r"ValuesList has no attribute 'al'; did you mean all\(\)\?"),
        (lambda: User.find().group_by("id").offset(3), "CQL has no OFFSET"),
    ],
)
def test_an_attribute_that_is_not_there_says_what_to_write_instead(slip, instead):
    with pytest.raises(AttributeError, match=instead):
        slip()


@pytest.mark.parametrize("slip", [lambda q: q[:3], lambda q: q[0], lambda q: q["id"]])
async def test_a_query_has_no_places(coodie_recorder, slip):
    for query in (User.find(), User.find().values_list("id"), User.find().group_by("id")):
        with pytest.raises(TypeError, match=r"a query cannot be indexed: use limit\(3\).*first\(\) for one"):
            slip(query)
    assert coodie_recorder.calls == []


def test_what_nobody_knows_is_an_error_like_any():
    for owner in (User, User(id=1), User.find(), User.using(), Document):
        for name in ("zzz", "_zzz", "__zzz__"):
            assert not hasattr(owner, name)
            with pytest.raises(AttributeError, match=rf"has no attribute '{name}'$"):
                getattr(owner, name)


def test_an_error_inside_a_property_is_its_own():
    class Broken(User):
        @property
        def reload(self):
            return self.nothing

    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = Broken(id=1).reload


def test_hints_are_in_the_way_of_nothing():
    assert (User(id=1).query, User(id=1)._seen) == ("", 5)
    assert not hasattr(User, "objects")
    assert getattr(User, "filter", None) is None
    for query in (copy.copy(User.find(id=1)), copy.deepcopy(User.find(id=1))):
        assert query.statement() == User.find(id=1).statement()
    users = pickle.loads(pickle.dumps(User.using(keyspace="t42")))
    assert users.find(id=1).statement() == User.find(id=1).using(keyspace="t42").statement()
