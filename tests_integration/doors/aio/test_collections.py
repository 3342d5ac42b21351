"""Collections on a real cluster: every suffix, read back by coodie and without it, and the object in memory."""

from __future__ import annotations

from datetime import datetime, timezone
from enum import Enum
from typing import Annotated
from uuid import UUID, uuid4

import pytest
from pydantic import Field

from coodie import FieldNotLoaded, Frozen, InvalidQueryError, PrimaryKey, RequestRejected, Static
from coodie.aio import AsyncBatchQuery, Document

from .kinds import exactly


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Cart(Document):
    id: Annotated[UUID, PrimaryKey()]
    number: Annotated[int, PrimaryKey(clustering=True)] = 1
    tags: set[str] = set()
    maybe_tags: set[int] | None = None
    colours: Annotated[frozenset[Colour], Frozen(False)] = frozenset()
    items: list[int] = []
    maybe_items: list[str] | None = None
    places: Annotated[tuple[int, ...], Frozen(False)] = ()
    attrs: dict[str, int] = {}
    times: dict[datetime, Colour] | None = None
    nested: dict[str, list[set[int]]] = {}
    shared: Annotated[set[str], Static()] = set()
    short: list[Annotated[str, Field(max_length=2)]] = []
    whole: Annotated[list[int], Frozen()] = []

    class Settings:
        name = "carts"


NOON = datetime(2030, 1, 1, 12, 0, 0, 999, timezone.utc)
FULL = {
    "tags": {"a", "b"},
    "maybe_tags": {1, 2},
    "colours": {"red"},
    "items": [1, 2, 1, 3],
    "maybe_items": ["x"],
    "places": (7, 8, 9),
    "attrs": {"k": 1, "l": 2},
    "times": {NOON: "red"},
    "nested": {"a": [{1}, {2, 3}]},
    "short": ["ab"],
}
R, B = Colour.RED, Colour.BLUE


@pytest.fixture(autouse=True)
async def table(connection):
    await Cart.sync_table()


@pytest.fixture
async def cart():
    made = Cart(id=uuid4(), **FULL)
    await made.save()
    return made


@pytest.fixture
def stored(look):
    return lambda column, cart: look(f"SELECT {column} FROM {{}}.carts WHERE id = %s", cart.id)[0][0]


OPERATIONS = [
    ("tags", "add", {"c", "a"}, {"a", "b", "c"}),
    ("tags", "add", ["c"], {"a", "b", "c"}),
    ("tags", "add", (), {"a", "b"}),
    ("tags", "remove", {"a", "zz"}, {"b"}),
    ("tags", "remove", ["a", "b"], set()),
    ("maybe_tags", "add", {3}, {1, 2, 3}),
    ("maybe_tags", "remove", (1,), {2}),
    ("colours", "add", {"blue"}, frozenset({R, B})),
    ("colours", "remove", [R], frozenset()),
    ("items", "append", [9, 1], [1, 2, 1, 3, 9, 1]),
    ("items", "append", (x for x in (4, 5)), [1, 2, 1, 3, 4, 5]),
    ("items", "append", [], [1, 2, 1, 3]),
    ("items", "prepend", [8, 9], [8, 9, 1, 2, 1, 3]),
    ("items", "remove", [1], [2, 3]),
    ("items", "remove", [1, 2, 3], []),
    ("items", "remove", [77], [1, 2, 1, 3]),
    ("items", "set", (0, 5), [5, 2, 1, 3]),
    ("items", "set", (3, 5), [1, 2, 1, 5]),
    ("maybe_items", "append", ["y"], ["x", "y"]),
    ("maybe_items", "prepend", ["y", "z"], ["y", "z", "x"]),
    ("places", "append", [1], (7, 8, 9, 1)),
    ("places", "prepend", [1], (1, 7, 8, 9)),
    ("places", "remove", [8], (7, 9)),
    ("places", "set", (1, 0), (7, 0, 9)),
    ("attrs", "put", ("k", 5), {"k": 5, "l": 2}),
    ("attrs", "put", ("new", 5), {"k": 1, "l": 2, "new": 5}),
    ("attrs", "update", {"k": 7, "m": 8}, {"k": 7, "l": 2, "m": 8}),
    ("attrs", "update", {}, {"k": 1, "l": 2}),
    ("attrs", "remove", {"k", "zz"}, {"l": 2}),
    ("attrs", "remove", ["k", "l"], {}),
    ("times", "put", (NOON, B), {NOON.replace(microsecond=0): B}),
    ("times", "update", {datetime(2031, 1, 1): "red"}, None),
    ("nested", "put", ("a", [{9}, set()]), {"a": [{9}, set()]}),
    ("nested", "update", {"b": []}, {"a": [{1}, {2, 3}], "b": []}),
    ("nested", "remove", {"a"}, {}),
    ("short", "append", ["cd"], ["ab", "cd"]),
]


@pytest.mark.parametrize(
    ("column", "operator", "value", "wanted"),
    OPERATIONS,
    ids=[f"{each[0]}-{each[1]}-{i}" for i, each in enumerate(OPERATIONS)],
)
async def test_a_part_is_written_on_the_server_and_in_memory(spy, cart, column, operator, value, wanted):
    value = list(value) if hasattr(value, "send") else value
    loaded = await Cart.get(id=cart.id, number=1)
    spy.clear()
    await cart.update({f"{column}__{operator}": value})
    assert [call.kind for call in spy.calls if call.kind == "execute"] == ["execute"], "nothing is read first"
    if wanted is not None:
        assert exactly(getattr(cart, column)) == exactly(wanted)
    found = await Cart.get(id=cart.id, number=1)
    assert exactly(getattr(found, column)) == exactly(getattr(cart, column))
    others = set(FULL) - {column}
    assert {name: getattr(found, name) for name in others} == {name: getattr(loaded, name) for name in others}
    # The same by a query, without an object; and it is not idempotent where a second time would add more.
    await Cart.find(id=cart.id, number=2).update(
        {f"{column}__{operator}": value} if operator != "set" else {column: []}
    )
    assert spy.executed[0].request.idempotent is (operator not in ("append", "prepend"))


@pytest.mark.parametrize(
    ("column", "element", "wanted"),
    [
        ("tags", "a", {"b"}),
        ("tags", "nothing", {"a", "b"}),
        ("maybe_tags", 1, {2}),
        ("colours", R, frozenset()),
        ("items", 0, [2, 1, 3]),
        ("items", 3, [1, 2, 1]),
        ("places", 1, (7, 9)),
        ("attrs", "k", {"l": 2}),
        ("attrs", "nothing", {"k": 1, "l": 2}),
        ("times", NOON, {}),
        ("nested", "a", {}),
    ],
)
async def test_an_element_is_deleted_on_the_server_and_in_memory(cart, column, element, wanted):
    await cart.delete_columns((column, element))
    found = await Cart.get(id=cart.id, number=1)
    for each in (cart, found):
        assert exactly(getattr(each, column) or type(wanted)()) == exactly(wanted)
    assert await cart.delete_columns(("tags", "b"), ("attrs", "l"), "items", if_conditions={"short": ["ab"]})
    assert (cart.items, "b" in cart.tags, "l" in cart.attrs) == ([], False, False)


async def test_a_place_that_is_not_in_the_list_cannot_be_deleted(cart):
    with pytest.raises(RequestRejected):
        await cart.delete_columns(("items", 9))
    assert cart.items == FULL["items"]


async def test_parts_of_what_was_empty_or_null():
    # What stands there was never sent and never loaded, so an upsert may have found more: it stays unknown (rule 24).
    cart = Cart(id=uuid4())
    await cart.save()
    await cart.update(tags__add={"a"}, maybe_tags__add={1}, maybe_items__append=["x"], attrs__put=("k", 1))
    await cart.update(maybe_tags__remove={1}, places__prepend=[1], times__update={NOON: R}, colours__add=[B])
    assert (cart.tags, cart.maybe_items, cart.attrs, cart.places) == (set(), None, {}, ())
    await cart.save()
    # What was loaded is known, null too.
    found = await Cart.get(id=cart.id, number=1)
    assert (found.tags, found.maybe_tags, found.maybe_items, found.places) == ({"a"}, None, ["x"], (1,))
    assert (exactly(found.times), exactly(found.colours)) == (
        exactly({NOON.replace(microsecond=0): R}),
        exactly(frozenset({B})),
    )
    await found.update(maybe_tags__add={2}, tags__add={"b"})
    assert (found.maybe_tags, found.tags) == ({2}, {"a", "b"})


async def test_several_parts_in_one_update(spy, cart):
    spy.clear()
    await cart.update(
        {"items__append": [4], "items__prepend": [0], "attrs__put": ("k", 9), "attrs__remove": {"l"}, "tags": {"z"}},
        nested__put=("b", [{5}]),
    )
    assert len(spy.executed) == 1
    assert (cart.items, cart.attrs, cart.tags) == ([0, 1, 2, 1, 3, 4], {"k": 9}, {"z"})
    assert exactly(await Cart.get(id=cart.id, number=1)) == exactly(cart)


async def test_a_collection_that_was_not_loaded_stays_unknown(cart):
    part = await Cart.find(id=cart.id, number=1).only("tags").one()
    await part.update(items__append=[9], tags__add={"c"})
    assert part.tags == {"a", "b", "c"}
    with pytest.raises(FieldNotLoaded):
        _ = part.items
    await part.save()
    found = await Cart.get(id=cart.id, number=1)
    assert (found.items, found.tags) == ([1, 2, 1, 3, 9], {"a", "b", "c"})


async def test_a_list_that_another_made_longer_is_known_to_be_another(cart):
    other = await Cart.get(id=cart.id, number=1)
    await other.update(items__append=[4, 5])
    await cart.update(items__set=(5, 6))
    with pytest.raises(FieldNotLoaded):
        _ = cart.items
    await cart.save()
    assert (await Cart.get(id=cart.id, number=1)).items == [1, 2, 1, 3, 4, 6]


async def test_a_place_that_is_not_in_the_list_is_refused_by_the_server_and_memory_stays(cart):
    with pytest.raises(RequestRejected, match="out of bound"):
        await cart.update(items__set=(9, 9))
    assert cart.items == [1, 2, 1, 3]


async def test_two_writers_of_one_set_and_one_map_do_not_disturb_each_other(cart):
    mine, theirs = await Cart.get(id=cart.id, number=1), await Cart.get(id=cart.id, number=1)
    await mine.update(tags__add={"mine"}, attrs__put=("mine", 1))
    await theirs.update(tags__add={"theirs"}, attrs__put=("theirs", 2), tags__remove={"a"})
    found = await Cart.get(id=cart.id, number=1)
    assert (found.tags, found.attrs) == ({"b", "mine", "theirs"}, {"k": 1, "l": 2, "mine": 1, "theirs": 2})


async def test_changes_in_place_are_saved(cart):
    found = await Cart.get(id=cart.id, number=1)
    found.tags.add("c")
    found.items.sort()
    found.nested["a"].append(set())
    await found.save()
    again = await Cart.get(id=cart.id, number=1)
    assert (again.tags, again.items, again.nested) == ({"a", "b", "c"}, [1, 1, 2, 3], {"a": [{1}, {2, 3}, set()]})
    again.tags.clear()
    await again.save()
    assert (await Cart.get(id=cart.id, number=1)).tags == set()


async def test_what_is_sent_is_a_copy(cart):
    batch = AsyncBatchQuery()
    more = [5]
    await cart.update(items__append=more, batch=batch)
    await Cart(id=cart.id, number=2, items=more).save(batch=batch)
    more.append(6)
    await batch.execute()
    assert [each.items for each in await Cart.find(id=cart.id).all()] == [[1, 2, 1, 3, 5], [5]]
    assert cart.items == [1, 2, 1, 3, 5]


async def test_ttl_and_timestamp_are_those_of_the_elements(look, cart):
    await cart.update({"tags__add": {"brief"}, "attrs__put": ("brief", 1)}, ttl=1000)
    (ttls,) = look("SELECT TTL(attrs['brief']), TTL(attrs['k']) FROM {}.carts WHERE id = %s", cart.id)
    assert (ttls[0] in range(1, 1001), ttls[1]) == (True, None)
    await cart.update({"tags__remove": {"a"}, "attrs__remove": {"k"}}, timestamp=1)
    found = await Cart.get(id=cart.id, number=1)
    assert (found.tags, found.attrs["k"]) == ({"a", "b", "brief"}, 1), "what is older deletes nothing"


async def test_conditions_and_parts_together(cart):
    lost = await cart.update(tags__add={"x"}, if_conditions={"tags": {"other"}})
    assert (lost.applied, lost.existing.tags, cart.tags) == (False, {"a", "b"}, {"a", "b"})
    assert await cart.update(tags__add={"x"}, items__prepend=[0], if_conditions={"tags": {"b", "a"}})
    assert await cart.update(attrs__put=("k", 5), if_exists=True)
    assert (cart.tags, cart.items, cart.attrs["k"]) == ({"a", "b", "x"}, [0, 1, 2, 1, 3], 5)
    assert exactly(await Cart.get(id=cart.id, number=1)) == exactly(cart)


async def test_static_collections_belong_to_the_partition(cart):
    await Cart(id=cart.id, number=2).save()
    await cart.update(shared__add={"s"})
    await Cart.find(id=cart.id).update(shared__add={"t"})
    assert [each.shared for each in await Cart.find(id=cart.id).all()] == [{"s", "t"}] * 2


async def test_frozen_collections_are_written_whole(stored, cart):
    await cart.update(whole=[3, 1])
    assert (cart.whole, (await Cart.get(id=cart.id, number=1)).whole) == ([3, 1], [3, 1])
    with pytest.raises(InvalidQueryError, match=r"Cart\.whole \(frozen<list<bigint>>\) can only be set whole, not by"):
        await cart.update(whole__append=[1])
    await cart.update(whole=[])
    assert stored("whole", cart) == []


@pytest.mark.parametrize(
    ("sets", "why"),
    [
        ({"tags__append": ["x"]}, r"Cart\.tags \(set<text>\) has no operator __append; it has: __add, __remove"),
        ({"items__apend": [1]}, "has no operator __apend; did you mean __append"),
        ({"attrs__add": {"a": 1}}, "has no operator __add"),
        ({"tags__add": "abc"}, "a str is not a collection of elements"),
        ({"tags__add": {"a": 1}}, "a dict is not a collection of elements"),
        ({"tags__add": None}, "None is not a collection"),
        ({"items__append": 5}, "an int is not a collection"),
        ({"attrs__update": [("a", 1)]}, "a list is not a mapping"),
        ({"attrs__put": ["k", 1]}, "takes a pair"),
        ({"attrs__put": ("k", None)}, r"Cart\.attrs: Input should be a valid integer"),
        ({"attrs__put": ("k", "x")}, r"Cart\.attrs: Input should be a valid integer"),
        ({"items__set": (-1, 5)}, "takes an index of the list, a number of at least 0"),
        ({"items__set": ("0", 5)}, "takes an index of the list"),
        ({"items__append": [1, "x"]}, r"Cart\.items: Input should be a valid integer"),
        ({"colours__add": ["green"]}, r"Cart\.colours: Input should be 'red' or 'blue'"),
        ({"short__append": ["abc"]}, r"Cart\.short: String should have at most 2"),
        ({"items": [1], "items__append": [2]}, "column 'items' is named twice"),
        ({"number__append": [1]}, "belongs to the primary key"),
        ({"tagz__add": {"x"}}, "did you mean"),
    ],
)
async def test_what_cannot_be_is_refused_before_anything_is_sent(spy, cart, sets, why):
    spy.clear()
    before = exactly(cart)
    with pytest.raises(InvalidQueryError, match=why):
        await cart.update(sets)
    with pytest.raises(InvalidQueryError, match=why):
        await Cart.find(id=cart.id, number=1).update(sets)
    assert (spy.calls, exactly(cart)) == ([], before)
