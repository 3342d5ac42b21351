"""The steps of the machine: what programs do with documents and queries."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from coodie import DecodeError, DocumentNotFound, InvalidQueryError

from .acts import Act, Pair, changing, collide, conditions, deleting, inserting, is_static, saving, saving_elsewhere
from .machine import Machine
from .operators import assignments, deletions, wrong_assignments
from .paper import ABSENT, Paper
from .server import Key, unfit
from .tables import COLUMNS, ELEMENTS, FIELDS, STATIC, alike, plain, real, shown
from .world import wait_for_the_servers_clock

TTL = 100_000
"""Seconds: no value expires while the machine runs."""

WHICH = st.integers(0, 4)
WAY = st.integers(0, 5)
DATA = st.data()
DOCUMENTS = precondition(lambda self: bool(self.pairs))
GIVEN = st.fixed_dictionaries(
    {"name": COLUMNS["name"].values},
    optional={name: COLUMNS[name].values for name in ("owner", "labels", "note", "size", "tags", "items", "home")},
) | st.fixed_dictionaries(
    {"name": COLUMNS["name"].values},
    optional={name: COLUMNS[name].values for name in ("colour", "ratio", "attrs", "maybe", "work", "note")},
)


class Steps(Machine):
    """One document, or one query, at a time."""

    # Documents come into memory

    @initialize(data=DATA, given=st.lists(GIVEN, min_size=2, max_size=2))
    def two_writers(self, data: st.DataObject, given: list[dict[str, Any]]) -> None:
        """Some rows, and one of them loaded twice."""
        for number, each in enumerate(given):
            self.new(data, each, 2 + number)
        for way in (0, 1):
            self.load(data, way, None)

    @rule(data=DATA, given=GIVEN, way=WAY)
    def make(self, data: st.DataObject, given: dict[str, Any], way: int) -> None:
        self.new(data, given, way)

    def new(self, data: st.DataObject, given: dict[str, Any], way: int) -> None:
        key = self.draw_key(data)
        fields = {"shop": key.shop, "number": key.number} | {name: real(name, value) for name, value in given.items()}
        place = self.world.places[key.place]
        if way < 2:
            self.keep(place(**fields), Paper.new(key, given, placed=bool(key.place)))
            return
        if way == 2:
            document = self.do(place.create(**fields))
        else:
            document = self.do(self.query(key.place, way).create(**fields))
        paper = Paper.new(key, given, placed=True)
        act = saving(self.server, Pair(document, paper))
        act.server()
        act.memory()
        self.sent = True
        self.keep(document, paper)

    @rule(data=DATA, way=WAY, names=st.none() | st.sets(st.sampled_from(sorted(COLUMNS)), max_size=5))
    def find(self, data: st.DataObject, way: int, names: set[str] | None) -> None:
        self.load(data, way, names)

    def load(self, data: st.DataObject, way: int, names: set[str] | None) -> None:
        key = self.draw_key(data)
        row, where = self.server.row(key), {"shop": key.shop, "number": key.number}
        loaded = set(COLUMNS) if names is None else names
        if way == 0:
            loaded, call = set(COLUMNS), lambda: self.world.places[key.place].get(**where)
        else:
            query = self.query(key.place, way, **where)
            if names is not None and way > 3:
                query, loaded = query.defer(*names), set(COLUMNS) - names
            elif names is not None:
                query = query.only(*names)
            call = query.one if way < 4 else query.first
        if row is None and way > 3:
            assert self.do(call()) is None
        elif row is None or unfit(row, loaded):
            with pytest.raises(DocumentNotFound if row is None else DecodeError):
                self.do(call())
        else:
            self.keep(self.do(call()), Paper.loaded(key, row, loaded))

    @DOCUMENTS
    @rule(which=WHICH, way=WAY)
    def copy(self, which: int, way: int) -> None:
        document, paper = self.pick(which)
        if way < 2:  # such a copy shares what can be changed in place, so it takes the other's place
            self.pairs.remove(Pair(document, paper))
            self.keep(copy.copy(document) if way else document.model_copy(), paper)
        elif way < 4:
            self.keep(copy.deepcopy(document) if way == 2 else document.model_copy(deep=True), paper.copy())
        else:
            self.keep(pickle.loads(pickle.dumps(document)), paper.copy())

    # They are changed there

    @DOCUMENTS
    @rule(which=WHICH, data=DATA, name=st.sampled_from(sorted(COLUMNS)))
    def assign(self, which: int, data: st.DataObject, name: str) -> None:
        column = COLUMNS[name]
        fits = column.wrong is None or data.draw(st.integers(0, 3))
        self.put(self.pick(which), name, data.draw(column.values) if fits else column.wrong)

    def put(self, pair: Pair, name: str, value: Any) -> None:
        setattr(pair.document, name, real(name, value))
        pair.paper.memos[name] = pair.paper.memos[name].assigned(value)

    @DOCUMENTS
    @rule(which=WHICH, name=st.sampled_from(sorted(ELEMENTS)), data=DATA)
    def change_in_place(self, which: int, name: str, data: st.DataObject) -> None:
        document, paper = self.pick(which)
        held = document.__dict__.get(name)
        if held is None:
            return
        element = data.draw(st.sampled_from(ELEMENTS[name]))
        if isinstance(held, set):
            held ^= {element}
        elif isinstance(held, dict):
            held[element] = data.draw(st.integers(1, 2))
        elif held and data.draw(st.booleans()):
            held.pop()
        else:
            held.append(element)
        paper.memos[name] = paper.memos[name].changed_in_place(plain(held))

    @DOCUMENTS
    @rule(which=WHICH, name=st.sampled_from(["home", "work"]), street=st.sampled_from([None, "s", "u"]))
    def change_an_address_in_place(self, which: int, name: str, street: str | None) -> None:
        document, paper = self.pick(which)
        held = document.__dict__.get(name)
        if held is not None:
            held.street = street
            paper.memos[name] = paper.memos[name].changed_in_place(plain(held))

    @DOCUMENTS
    @rule(which=WHICH, data=DATA)
    def change_the_key(self, which: int, data: st.DataObject) -> None:
        document, paper = self.pick(which)
        key = self.draw_key(data)
        document.shop, document.number = key.shop, key.number
        paper.key = key._replace(place=paper.key.place)

    @DOCUMENTS
    @rule(which=WHICH)
    def rollback(self, which: int) -> None:
        document, paper = self.pick(which)
        if paper.is_new:
            with pytest.raises(InvalidQueryError):
                document.rollback()
        else:
            document.rollback()
            paper.rolled_back()

    @DOCUMENTS
    @rule(which=WHICH)
    def refresh(self, which: int) -> None:
        document, paper = self.pick(which)
        key = paper.key if paper.is_new else Key(paper.key.place, *paper.known_key)
        row, names = self.server.row(key), paper.about()
        if row is None or unfit(row, names):
            with pytest.raises(DocumentNotFound if row is None else DecodeError):
                self.do(document.refresh())
        else:
            self.do(document.refresh())
            self.pairs[which % len(self.pairs)] = Pair(document, Paper.loaded(key, row, names))

    # They are written

    @DOCUMENTS
    @rule(which=WHICH, full=st.booleans(), ttl=st.sampled_from([None, None, TTL]))
    def save(self, which: int, full: bool, ttl: int | None) -> None:
        self.perform(saving(self.server, self.pick(which), full=full, ttl=ttl))

    @DOCUMENTS
    @rule(which=WHICH)
    def save_changes(self, which: int) -> None:
        self.perform(saving(self.server, self.pick(which)))

    @DOCUMENTS
    @rule(which=WHICH)
    def insert(self, which: int) -> None:
        self.perform(inserting(self.server, self.pick(which)))

    @DOCUMENTS
    @rule(which=WHICH, place=st.integers(0, 1), insert=st.booleans())
    def save_elsewhere(self, which: int, place: int, insert: bool) -> None:
        where = self.world.item.using(keyspace=self.world.keyspaces[place])
        self.perform(saving_elsewhere(self.server, self.pick(which), where, place, insert=insert))

    @DOCUMENTS
    @rule(which=WHICH, changes=assignments(), condition=conditions(), ttl=st.sampled_from([None, None, TTL]))
    def update(self, which: int, changes: Any, condition: Any, ttl: int | None) -> None:
        document, paper = self.pick(which)
        self.perform(changing(self.server, document, paper.key, changes, condition, paper=paper, ttl=ttl))

    @DOCUMENTS
    @rule(which=WHICH, changes=deletions(), condition=conditions())
    def delete_columns(self, which: int, changes: Any, condition: Any) -> None:
        document, paper = self.pick(which)
        self.perform(changing(self.server, document, paper.key, changes, condition, paper=paper))

    @DOCUMENTS
    @rule(which=WHICH, change=wrong_assignments())
    def update_to_what_does_not_fit(self, which: int, change: Any) -> None:
        document, paper = self.pick(which)
        self.perform(changing(self.server, document, paper.key, [change], None, paper=paper, wrong=True))

    @DOCUMENTS
    @rule(which=WHICH, condition=conditions())
    def delete(self, which: int, condition: Any) -> None:
        document, paper = self.pick(which)
        self.perform(deleting(self.server, document, paper.key, condition, paper))

    # Queries write

    @rule(data=DATA, way=WAY, changes=assignments(), condition=conditions(), ttl=st.sampled_from([None, TTL]))
    def update_by_query(self, data: st.DataObject, way: int, changes: Any, condition: Any, ttl: int | None) -> None:
        key = self.draw_key(data)
        self.perform(self.by_query(key, way, changes, condition, ttl))

    def by_query(self, key: Key, way: int, changes: Any, condition: Any, ttl: int | None = None) -> Act:
        where = {} if is_static(changes, condition) else {"number": key.number}
        query = self.query(key.place, way, shop=key.shop, **where)
        if ttl is not None:
            query = query.ttl(ttl)
        if condition is not None and condition.column is None:
            query, condition = query.if_exists(), condition.for_query()
        return changing(self.server, query, key, changes, condition, ttl=ttl)

    @rule(data=DATA, way=WAY, condition=conditions())
    def delete_by_query(self, data: st.DataObject, way: int, condition: Any) -> None:
        key = self.draw_key(data)
        query = self.query(key.place, way, shop=key.shop, number=key.number)
        if condition is not None and condition.column is None:
            query, condition = query.if_exists(), condition.for_query()
        self.perform(deleting(self.server, query, key, condition))

    @rule(data=DATA, way=WAY)
    def delete_many(self, data: st.DataObject, way: int) -> None:
        """A range of a partition, or all of it."""
        key = self.draw_key(data)
        self.sent = True
        bound = {} if way < 3 else {"number__lte": key.number}
        self.do(self.query(key.place, way, shop=key.shop, **bound).delete())
        partition = self.server.partition(key.place, key.shop)
        for number in list(partition.rows):
            if way < 3 or number <= key.number:
                del partition.rows[number]
        if way < 3:
            partition.static = type(partition.static)()
