"""Batches: of several documents and of two keyspaces, conditional ones, and those that are left by an exception."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import strategies as st

from coodie import InvalidQueryError

from .acts import EXISTS, Act, changing, collide, conditions, deleting, inserting, saving
from .operators import assignments, deletions
from .server import Key
from .steps import Steps
from .world import wait_for_the_servers_clock


class Batches(Steps):
    """Several writes at a time."""

    def batch(self, data: st.DataObject) -> None:
        """What is changed between adding to the batch and sending it belongs to the next save."""
        batch = self.world.batch()
        acts: list[Act] = []
        for _ in range(data.draw(st.integers(1, 4))):
            act = self.draw_act(data)
            if act is not None and not self.clashes(act, acts):
                self.add(act, batch, acts)
            if data.draw(st.booleans()):
                self.assign(data)
        self.sent = True
        if data.draw(st.integers(0, 4)) == 0:
            self.world.leave(batch)
            assert batch.statements == ()
            return
        self.do(batch.execute())
        assert batch.outcome == "done"
        self.happen(acts)

    def conditional_batch(self, data: st.DataObject) -> None:
        """In one partition, and with one condition: all of it happens, or nothing."""
        partition = self.draw_key(data)[:2]
        batch = self.world.batch()
        acts: list[Act] = []
        for number in range(data.draw(st.integers(1, 3))):
            act = self.draw_act(data, partition, conditional=not number)
            if act is not None and not self.clashes(act, acts):
                self.add(act, batch, acts)
        self.sent = True
        wait_for_the_servers_clock()
        conditional = [act for act in acts if act.condition is not None]
        won = all(act.condition.holds(self.server, act.key) for act in conditional if act.condition)
        result = self.do(batch.execute())
        assert (result is None) == (not conditional)
        assert result is None or result.applied == won
        if won:
            self.happen(acts)

    def draw_act(
        self, data: st.DataObject, partition: tuple[int, str] | None = None, *, conditional: bool = False
    ) -> Act | None:
        """A write of a document or by a query; of that partition, if one is given."""
        condition = data.draw(conditions().filter(bool)) if conditional else None
        way = data.draw(st.integers(0, 6))
        if way < 3:
            key = self.draw_key(data)
            key = key if partition is None else Key(*partition, key.number)
            if way == 2:
                query = self.query(key.place, way, shop=key.shop, number=key.number)
                query = query.if_exists() if condition is EXISTS else query
                return deleting(self.server, query, key, condition and condition.for_query())
            return self.by_query(key, way, data.draw(assignments()), condition)
        pairs = [pair for pair in self.pairs if partition in (None, pair.paper.key[:2])]
        if not pairs:
            return None
        pair = pairs[data.draw(st.integers(0, len(pairs) - 1))]
        document, paper = pair
        if way == 3:
            full = data.draw(st.booleans())
            return inserting(self.server, pair) if conditional else saving(self.server, pair, full=full)
        if way == 4:
            return deleting(self.server, document, paper.key, condition, paper)
        changes = data.draw(assignments() if way == 5 else deletions())
        return changing(self.server, document, paper.key, changes, condition, paper=paper)

    def add(self, act: Act, batch: Any, acts: list[Act]) -> None:
        if act.refused:
            with pytest.raises(InvalidQueryError):
                self.do(act.call(batch))
            return
        self.do(act.call(batch))
        acts.append(act)

    def clashes(self, act: Act, acts: list[Act]) -> bool:
        """Whether it cannot be with the others: the server would refuse it, or luck would say which of two stays."""
        return act.rejected or any(collide(act.cells, other.cells) or act.target is other.target for other in acts)

    def happen(self, acts: list[Act]) -> None:
        for act in acts:
            act.happen(self.server)
