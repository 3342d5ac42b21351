"""Whether a history of operations is linearizable: whether some order of them explains every answer.

In that order, each operation takes effect at one moment between its call and its return. One whose outcome is unknown
has no return: it takes effect at any moment after its call, or never.

The search is that of Wing and Gong ("Testing and Verifying Concurrent Objects") with the memory that Lowe added
("Testing for Linearizability"), as in Porcupine and Knossos. Four things keep it short:

- Each key has a history of its own, since operations on one do not touch another.
- A read that fits is put in its place at once, and so is a refusal. If it could come later, it can come now.
- What changes something is put in its place only when the return of an operation after it demands it.
- Open operations are used when all else fails, as few as possible; and where an order failed, no other one that came as
  far is tried with fewer of them left.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any, Final, NamedTuple, TypeAlias


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """What was asked of one key and when, and what was answered and when; both are None if the outcome is unknown.

    The times are in any unit, of one clock. Two open operations with equal requests count as alike.
    """

    key: Any
    request: Any
    answer: Any
    called: float
    returned: float | None

    @property
    def is_open(self) -> bool:
        """Whether the outcome is unknown."""
        return self.returned is None


class Impossible:
    """What a step gives for an answer that the state cannot have given."""

    def __repr__(self) -> str:
        return "IMPOSSIBLE"


IMPOSSIBLE: Final = Impossible()


class Model(NamedTuple):
    """What operations do: `step` gives the state after one, or `IMPOSSIBLE`. States are hashable.

    `changes` says whether an operation may change a state, whichever that is; reads and refusals do not.
    """

    step: Callable[[Any, Operation], Any]
    changes: Callable[[Operation], bool]


LIMIT = 1_000_000
"""So many orders of one key are tried."""


class Undecided(Exception):
    """A key has too many possible orders to try them all."""


@dataclass(frozen=True)
class Violation:
    """No order explains the history of `key` up to the return of `operation`; `near` are those at the same time.

    As a text, it counts the times from the call of that operation.
    """

    key: Hashable
    operation: Operation
    near: Sequence[Operation]

    def __str__(self) -> str:
        zero = self.operation.called
        lines = [f"no order of the operations on {self.key!r} explains the answer {_line(self.operation, zero)}, near"]
        return "\n".join([*lines, *(f"  {_line(each, zero)}" for each in self.near)])


def check(history: Iterable[Operation], model: Model, start: Hashable = None, limit: int = LIMIT) -> list[Violation]:
    """The violations in a history, one at most for each key; none if it is linearizable.

    Each key begins in the state `start`. Raises `Undecided` for a key that would need more than `limit` tries.
    """
    return list(filter(None, (_check(each, model, start, limit) for each in by_key(history).values())))


def by_key(history: Iterable[Operation]) -> dict[Hashable, list[Operation]]:
    """The history of each key."""
    found: defaultdict[Hashable, list[Operation]] = defaultdict(list)
    for operation in history:
        found[operation.key].append(operation)
    return dict(found)


class _Search(NamedTuple):
    """How far an order has come: the number of calls and returns that it explains, and the state they lead to.

    `waiting` are the operations with a return that were called and have no place in the order yet, as they were called;
    `opened` are the open ones.
    """

    place: int
    state: Hashable
    waiting: tuple[Operation, ...]
    opened: frozenset[Operation]


Event: TypeAlias = "tuple[Operation, bool]"
"""A call, or a return, for which the second is true."""


class _Begun:
    """The searches that were begun. The furthest is next, and of those the one with the fewest open operations."""

    def __init__(self) -> None:
        self.count = 0
        self._heap: list[tuple[tuple[int, int, bool, int, int], _Search]] = []
        self._tried: defaultdict[Hashable, list[frozenset[Operation]]] = defaultdict(list)
        self._pushed = 0

    def add(self, search: _Search, used: int) -> None:
        """Begin a search, unless there was one that came as far and has the same open operations left, or more."""
        opened = self._tried[search.place, search.state, search.waiting]
        if not any(search.opened <= others for others in opened):
            opened.append(search.opened)
            self.count += 1
            self.put(search, used, with_open=False)

    def put(self, search: _Search, used: int, *, with_open: bool) -> None:
        self._pushed -= 1  # of equals, the last one is next
        heappush(self._heap, ((-search.place, used, with_open, -len(search.waiting), self._pushed), search))

    def next(self) -> tuple[_Search, int, bool] | None:
        """A search, how many open operations it has used, and whether it is to use one more; None if all failed."""
        if not self._heap:
            return None
        (_, used, with_open, *_), search = heappop(self._heap)
        return search, used, with_open


def _check(history: Sequence[Operation], model: Model, start: Hashable, limit: int) -> Violation | None:
    events = _events(history)
    begun, furthest = _Begun(), 0
    begun.add(_go_on(_Search(0, start, (), frozenset()), events, model), 0)
    while (found := begun.next()) is not None:
        search, used, with_open = found
        if search.place == len(events):
            return None
        furthest = max(furthest, search.place)
        if not with_open:
            begun.put(search, used, with_open=True)
        for following in _followers(search, _choices(search, events, with_open=with_open), model):
            begun.add(_go_on(following, events, model), used + with_open)
        if begun.count > limit:
            raise Undecided(f"{limit} orders of the operations on {history[0].key!r} were tried")
    returning = events[furthest][0]
    return Violation(returning.key, returning, _near(returning, history))


def _events(history: Iterable[Operation]) -> list[Event]:
    """All calls and returns in their order. At the same time, calls come first."""
    events = []
    for operation in history:
        events.append((operation.called, False, operation))
        if operation.returned is not None:
            events.append((operation.returned, True, operation))
    events.sort(key=lambda event: event[:2])
    return [(operation, is_return) for _, is_return, operation in events]


def _go_on(search: _Search, events: Sequence[Event], model: Model) -> _Search:
    """To the next return of an operation that has no place in the order yet, or to the end."""
    place, state, opened = search.place, search.state, search.opened
    waiting = [each for each in search.waiting if model.changes(each) or model.step(state, each) != state]
    while place < len(events):
        operation, is_return = events[place]
        if is_return and operation in waiting:
            break
        if operation.is_open:
            opened |= {operation}
        elif not is_return and (model.changes(operation) or model.step(state, operation) != state):
            waiting.append(operation)
        place += 1
    return _Search(place, state, tuple(waiting), opened)


def _choices(search: _Search, events: Sequence[Event], *, with_open: bool) -> Iterable[Operation]:
    """The operations that may be next, of those with a return or of the open ones. The likeliest comes last."""
    if with_open:
        return {each.request: each for each in sorted(search.opened, key=_since)}.values()
    returning = events[search.place][0]
    return [*(each for each in search.waiting if each is not returning), returning]


def _since(operation: Operation) -> float:
    return operation.called


def _followers(search: _Search, choices: Iterable[Operation], model: Model) -> Iterator[_Search]:
    """The order with one more operation, for each that fits; an open one that changes nothing may as well wait."""
    for operation in choices:
        state = model.step(search.state, operation)
        if state is not IMPOSSIBLE and not (operation.is_open and state == search.state):
            waiting = tuple(each for each in search.waiting if each is not operation)
            yield _Search(search.place, state, waiting, search.opened - {operation})


def _near(operation: Operation, history: Iterable[Operation], count: int = 12) -> list[Operation]:
    """Those that were under way at the same time, and the last ones before."""
    assert operation.returned is not None
    before = [each for each in history if each.called <= operation.returned and each is not operation]
    return sorted(before, key=lambda each: each.called if each.returned is None else each.returned)[-count:]


def _line(operation: Operation, zero: float) -> str:
    returned = "open" if operation.returned is None else operation.returned - zero
    return f"{operation.answer!r} to {operation.request!r} [{operation.called - zero}, {returned}]"
