"""What the steps of the machine are made of, and what holds after each of them."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant

from coodie import DecodeError, InvalidQueryError, RequestRejected

from .acts import Act, Pair
from .paper import ABSENT, Paper
from .server import Key, Server, unfit
from .tables import COLUMNS, REQUIRED, alike, kept, plain, shown
from .world import World, wait_for_the_servers_clock


class Machine(RuleBasedStateMachine):
    """Documents in memory and rows on the server, and what is written down about both."""

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        # Partitions of its own for each run: what was deleted before cannot get into its way.
        run = next(self.world.shops)
        self.shops = [f"a{run}", f"b{run}"]
        self.server = Server()
        self.pairs: list[Pair] = []
        self.sent = False
        self.do = self.world.do

    def teardown(self) -> None:
        self.world.look.clean(self.shops)

    def keep(self, document: Any, paper: Paper, *, loaded: bool = False) -> None:
        """One more document, in the place of the oldest if there are many."""
        if loaded and paper.partition is not None:
            paper.seen = self.server.writes[paper.partition]
        self.pairs = [*self.pairs[-4:], Pair(document, paper)]

    def pick(self, data: st.DataObject) -> Pair:
        return self.pairs[data.draw(st.integers(0, len(self.pairs) - 1))]

    def draw_key(self, data: st.DataObject) -> Key:
        """The key of a row; mostly of one that is there."""
        number = data.draw(st.integers(0, 31))
        there = [*self.server.keys(0), *self.server.keys(1)]
        if number > 7 and there:
            return there[number % len(there)]
        return Key(number & 1, self.shops[number >> 1 & 1], number >> 2 & 1)

    def query(self, place: int, way: int, **where: Any) -> Any:
        """A query in that keyspace: of the model there, or with ``using()`` of the query."""
        if way % 2:
            return self.world.item.find(**where).using(keyspace=self.world.keyspaces[place])
        return self.world.places[place].find(**where)

    def perform(self, act: Act) -> None:
        """Do it, alone."""
        self.sent = True
        if act.refused:
            with pytest.raises(InvalidQueryError):
                self.do(act.call(None))
            return
        won = True
        if act.condition is not None:
            wait_for_the_servers_clock()
            won = act.condition.holds(self.server, act.key)
        if won and act.rejected:
            with pytest.raises(RequestRejected):
                self.do(act.call(None))
            return
        result = self.do(act.call(None))
        assert (None if result is None else result.applied) == (None if act.condition is None else won)
        if won:
            act.happen(self.server)
        elif act.inserts:
            self.take_existing(act.key, result)
        elif act.condition is not None and act.condition.column is not None and result.existing is not None:
            name = act.condition.column
            held = plain(getattr(result.existing, name)) if hasattr(result.existing, name) else REQUIRED
            assert alike(held) == alike(shown(name, self.server.value(act.key, name)))

    def take_existing(self, key: Key, result: Any) -> None:
        """The row that stood in the way of an insert is a document that belongs where it stands."""
        row = self.server.row(key)
        assert row is not None
        names = [name for name in COLUMNS if row[name] is not None or shown(name, None) is not REQUIRED]
        if unfit(row, names):
            with pytest.raises(DecodeError):
                _ = result.existing
        else:
            self.keep(result.existing, Paper.loaded(key, row, names), loaded=True)

    @invariant()
    def the_cluster_has_what_the_reference_has(self) -> None:
        if self.sent:
            self.sent = False
            assert self.world.look.rows(self.shops) == [self.server.answer(0), self.server.answer(1)]

    @invariant()
    def documents_hold_what_the_reference_says(self) -> None:
        type(self).world.steps += 1
        for document, paper in self.pairs:
            assert (document.shop, document.number) == paper.key[1:]
            held = {name: plain(document.__dict__.get(name, ABSENT)) for name in COLUMNS}
            different = [name for name in COLUMNS if alike(held[name]) != alike(paper.memos[name].held)]
            assert not different, [(name, held[name], paper.memos[name]) for name in different]
            different = sorted(document.changes() ^ paper.changes())
            assert not different, [(name, paper.memos.get(name)) for name in different]

    @invariant()
    def a_document_knows_its_row_if_nobody_else_wrote_it(self) -> None:
        """The reference against itself: what it takes for known is what its server has."""
        for _, paper in self.pairs:
            if paper.gone or paper.known_key is None or paper.seen != self.server.writes[paper.partition]:
                continue
            key = Key(paper.key.place, *paper.known_key)
            for name, memo in paper.memos.items():
                has = self.server.value(key, name)
                if memo.is_told and not (name == "home" and has is None):  # then parts may have shown their defaults
                    has = None if has is None else shown(name, has)
                    assert alike(kept(name, memo.truth)) == alike(has), (name, memo, has)
