"""The steps of the machine: what programs do with documents and queries."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize

from coodie import DecodeError, DocumentNotFound, InvalidQueryError

from .acts import EXISTS, Act, Pair, changing, conditions, deleting, inserting, is_static, saving, saving_elsewhere
from .machine import Machine
from .operators import assignments, deletions, wrong_assignments
from .paper import Paper
from .server import Key, unfit
from .tables import COLUMNS, ELEMENTS, plain, real

TTL = 100_000
"""Seconds: no value expires while the machine runs."""

WAY = st.integers(0, 5)
TTLS = st.sampled_from([None, None, None, TTL])
NAMES = st.none() | st.sets(st.sampled_from(sorted(COLUMNS)), max_size=6)
GIVEN = st.fixed_dictionaries(
    {"name": COLUMNS["name"].values},
    optional={name: COLUMNS[name].values for name in ("owner", "labels", "note", "size", "tags", "items", "home")},
) | st.fixed_dictionaries(
    {"name": COLUMNS["name"].values},
    optional={name: COLUMNS[name].values for name in ("colour", "ratio", "attrs", "maybe", "work", "note")},
)


class Steps(Machine):
    """One document, or one query, at a time."""

    @initialize(data=st.data())
    def two_writers(self, data: st.DataObject) -> None:
        """Some rows, and one of them loaded twice."""
        for way in (2, 3):
            self.new(data, way)
        for way in (0, 1):
            self.load(data, way, None)

    # Documents come into memory

    def make(self, data: st.DataObject) -> None:
        self.new(data, data.draw(WAY))

    def new(self, data: st.DataObject, way: int) -> None:
        """By the model or by a query, saved at once or not."""
        key, given = self.draw_key(data), dict(data.draw(GIVEN))
        fields = {"shop": key.shop, "number": key.number} | {name: real(name, value) for name, value in given.items()}
        place = self.world.places[key.place]
        if way == 1 and not key.place:  # without validation
            given["size"] = fields["size"] = data.draw(st.integers(0, 1))
            self.keep(place.model_construct(**fields), Paper.new(key, given, placed=False))
            return
        if way < 2:
            self.keep(place(**fields), Paper.new(key, given, placed=bool(key.place)))
            return
        call = place.create if way == 2 else self.query(key.place, way).create
        document = self.do(call(**fields))
        paper = Paper.new(key, given, placed=True)
        saving(self.server, Pair(document, paper)).happen(self.server)
        self.sent = True
        self.keep(document, paper)

    def find(self, data: st.DataObject) -> None:
        self.load(data, data.draw(WAY), data.draw(NAMES))

    def load(self, data: st.DataObject, way: int, names: set[str] | None) -> None:
        """By ``get()``, or by a query, which may load only some of the columns."""
        key = self.draw_key(data)
        row, where = self.server.row(key), {"shop": key.shop, "number": key.number}
        loaded = set(COLUMNS)
        query = self.query(key.place, way, **where)
        if names is not None and way:
            query, loaded = (query.defer(*names), loaded - names) if way > 3 else (query.only(*names), names)
        call = query.one if way < 4 else query.first
        if way == 0:
            call = lambda: self.world.places[key.place].get(**where)  # noqa: E731
        if row is None and way > 3:
            assert self.do(call()) is None
        elif row is None or unfit(row, loaded):
            with pytest.raises(DocumentNotFound if row is None else DecodeError):
                self.do(call())
        else:
            self.keep(self.do(call()), Paper.loaded(key, row, loaded), loaded=True)

    def copy(self, data: st.DataObject) -> None:
        pair, way = self.pick(data), data.draw(WAY)
        document, paper = pair
        if way < 2:  # such a copy shares what can be changed in place, so it takes the other's place
            self.pairs = [each for each in self.pairs if each is not pair]
            self.keep(copy.copy(document) if way else document.model_copy(), paper)
        elif way < 4:
            self.keep(copy.deepcopy(document) if way == 2 else document.model_copy(deep=True), paper.copy())
        else:
            self.keep(pickle.loads(pickle.dumps(document)), paper.copy())

    # They are changed there

    def assign(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(COLUMNS)))
        column = COLUMNS[name]
        fits = column.wrong is None or data.draw(st.integers(0, 3))
        self.put(self.pick(data), name, data.draw(column.values) if fits else column.wrong)

    def put(self, pair: Pair, name: str, value: Any) -> None:
        setattr(pair.document, name, real(name, value))
        pair.paper.memos[name] = pair.paper.memos[name].assigned(value)

    def change_in_place(self, data: st.DataObject) -> None:
        document, paper = self.pick(data)
        held = {
            name: value for name in (*ELEMENTS, "home", "work") if (value := document.__dict__.get(name)) is not None
        }
        if not held:
            return
        name = data.draw(st.sampled_from(sorted(held)))
        if name in ELEMENTS:
            _change(held[name], data.draw(st.sampled_from(ELEMENTS[name])), data.draw(st.booleans()))
        else:
            held[name].street = data.draw(st.sampled_from([None, "s", "u"]))
        paper.memos[name] = paper.memos[name].changed_in_place(plain(held[name]))

    def change_the_key(self, data: st.DataObject) -> None:
        document, paper = self.pick(data)
        key = self.draw_key(data)
        document.shop, document.number = key.shop, key.number
        paper.key = key._replace(place=paper.key.place)

    def rollback(self, data: st.DataObject) -> None:
        document, paper = self.pick(data)
        if paper.is_new:
            with pytest.raises(InvalidQueryError):
                document.rollback()
        else:
            document.rollback()
            paper.rolled_back()

    def refresh(self, data: st.DataObject) -> None:
        pair = self.pick(data)
        document, paper = pair
        key = paper.key if paper.known_key is None else Key(paper.key.place, *paper.known_key)
        row, names = self.server.row(key), paper.about()
        if row is None or unfit(row, names):
            with pytest.raises(DocumentNotFound if row is None else DecodeError):
                self.do(document.refresh())
            return
        self.do(document.refresh())
        self.pairs = [each for each in self.pairs if each is not pair]
        self.keep(document, Paper.loaded(key, row, names), loaded=True)

    # They are written

    def save(self, data: st.DataObject) -> None:
        way = data.draw(WAY)
        self.perform(saving(self.server, self.pick(data), full=way == 4, ttl=TTL if way == 5 else None))

    def insert(self, data: st.DataObject) -> None:
        self.perform(inserting(self.server, self.pick(data)))

    def save_elsewhere(self, data: st.DataObject) -> None:
        place = data.draw(st.integers(0, 1))
        where = self.world.item.using(keyspace=self.world.keyspaces[place])
        insert = data.draw(st.integers(0, 2)) == 0
        self.perform(saving_elsewhere(self.server, self.pick(data), where, place, insert=insert))

    def update(self, data: st.DataObject) -> None:
        document, paper = self.pick(data)
        if data.draw(st.integers(0, 9)) == 0:
            wrong = [data.draw(wrong_assignments())]
            self.perform(changing(self.server, document, paper.key, wrong, None, paper=paper, wrong=True))
            return
        changes, condition, ttl = data.draw(assignments()), data.draw(conditions()), data.draw(TTLS)
        self.perform(changing(self.server, document, paper.key, changes, condition, paper=paper, ttl=ttl))

    def delete_columns(self, data: st.DataObject) -> None:
        document, paper = self.pick(data)
        changes, condition = data.draw(deletions()), data.draw(conditions())
        self.perform(changing(self.server, document, paper.key, changes, condition, paper=paper))

    def delete(self, data: st.DataObject) -> None:
        document, paper = self.pick(data)
        self.perform(deleting(self.server, document, paper.key, data.draw(conditions()), paper))

    # Queries write

    def update_by_query(self, data: st.DataObject) -> None:
        changes, condition, ttl = data.draw(assignments()), data.draw(conditions()), data.draw(TTLS)
        self.perform(self.by_query(self.draw_key(data), data.draw(WAY), changes, condition, ttl))

    def by_query(self, key: Key, way: int, changes: Any, condition: Any, ttl: int | None = None) -> Act:
        where = {} if is_static(changes, condition) else {"number": key.number}
        query = self.query(key.place, way, shop=key.shop, **where)
        if ttl is not None:
            query = query.ttl(ttl)
        if condition is EXISTS:
            query, condition = query.if_exists(), condition.for_query()
        return changing(self.server, query, key, changes, condition, ttl=ttl)

    def delete_by_query(self, data: st.DataObject) -> None:
        key, condition = self.draw_key(data), data.draw(conditions())
        query = self.query(key.place, data.draw(WAY), shop=key.shop, number=key.number)
        if condition is EXISTS:
            query, condition = query.if_exists(), condition.for_query()
        self.perform(deleting(self.server, query, key, condition))

    def delete_many(self, data: st.DataObject) -> None:
        """The beginning of a partition, or all of it."""
        key, way = self.draw_key(data), data.draw(WAY)
        whole = way == 0
        bound = {} if whole else {"number__lte": key.number}
        self.sent = True
        self.do(self.query(key.place, way, shop=key.shop, **bound).delete())
        self.server.writes[key[:2]] += 1
        partition = self.server.partition(key.place, key.shop)
        for number in [number for number in partition.rows if whole or number <= key.number]:
            del partition.rows[number]
        if whole:
            partition.static = type(partition.static)()


def _change(held: Any, element: Any, takes: bool) -> None:
    """A collection, in place."""
    if isinstance(held, set):
        held ^= {element}
    elif isinstance(held, dict):
        held[element] = held.get(element, 0) + 1
    elif held and takes:
        held.pop()
    else:
        held.append(element)
