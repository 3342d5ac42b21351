"""The checker against all orders of small histories, and against violations that are planted into large ones."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .linear import IMPOSSIBLE, Operation, Undecided, check
from .rows import ROWS, Answer, Request, Row, When, merge_unseen, step

READ = Request(When.READ)


def operation(request: Request, answer: Answer | None, called: float, returned: float | None) -> Operation:
    return Operation("a", request, answer, called, None if answer is None else returned)


def test_operations_one_after_another() -> None:
    history = [
        operation(READ, Answer(True), 1, 2),
        operation(Request(When.ABSENT, (1,)), Answer(True), 3, 4),
        operation(Request(When.ABSENT, (2,)), Answer(False, (1,)), 5, 6),
        operation(Request(1, (3,)), Answer(True), 7, 8),
        operation(Request(1, (4,)), Answer(False, (3,)), 9, 10),
        operation(Request(When.PRESENT), Answer(True), 11, 12),
        operation(Request(When.PRESENT, (5,)), Answer(False), 13, 14),
    ]
    assert check(history, ROWS) == []


INSERT = operation(Request(When.ABSENT, (1,)), Answer(True), 1, 2)
OPEN = operation(Request(1, (2,)), None, 3, None)


def seen(number: int, called: float, returned: float) -> Operation:
    return operation(READ, Answer(True, (number,)), called, returned)


def lost(called: float, returned: float) -> Operation:
    return operation(Request(1, (9,)), Answer(False, (2,)), called, returned)


@pytest.mark.parametrize(
    ("after", "guilty"),
    [
        pytest.param([operation(Request(1, (2,)), Answer(True), 3, 4), seen(1, 5, 6)], 1, id="a stale read"),
        pytest.param([operation(READ, Answer(True), 3, 4)], 0, id="a lost insert"),
        pytest.param(
            [operation(Request(1, (2,)), Answer(True), 3, 6), operation(Request(1, (3,)), Answer(True), 4, 5)],
            0,
            id="two winners",
        ),
        pytest.param(
            [operation(Request(1, (2,)), Answer(True), 3, 4), operation(Request(1, (3,)), Answer(True), 5, 6)],
            1,
            id="a lost update",
        ),
        pytest.param([seen(2, 3, 4)], 0, id="a refused write that took effect"),
        pytest.param([operation(Request(7, (2,)), Answer(False, (8,)), 3, 4)], 0, id="a winner that nobody wrote"),
        pytest.param([operation(Request(1, (2,)), Answer(False, (1,)), 3, 4)], 0, id="a condition that held and lost"),
        pytest.param([OPEN, seen(2, 4, 5), seen(1, 6, 7)], 2, id="an open write that was undone"),
        pytest.param([seen(2, 1.5, 2), OPEN], 0, id="an open write before its call"),
    ],
)
def test_answers_that_no_order_explains(after: list[Operation], guilty: int) -> None:
    (found,) = check([INSERT, *after], ROWS)
    assert found.operation is after[guilty]
    assert INSERT in found.near
    assert str(found).startswith(f"no order of the operations on 'a' explains the answer {found.operation.answer!r}")


@pytest.mark.parametrize(
    "after",
    [
        pytest.param([OPEN], id="that has not"),
        pytest.param([OPEN, seen(1, 5, 6), seen(2, 7, 8), lost(9, 10)], id="that has, late"),
        pytest.param([OPEN, seen(2, 3, 4)], id="that has, at once"),
        pytest.param(
            [
                operation(Request(When.PRESENT, (2,)), None, 3, None),
                operation(Request(2, (1,)), Answer(True), 4, 6),
                operation(Request(When.PRESENT, (1,)), Answer(True), 4, 7),
                operation(Request(When.PRESENT, (3,)), Answer(True), 5, 6),
                seen(1, 8, 9),
            ],
            id="beside one that changes nothing here, and something later",
        ),
    ],
)
def test_an_open_write(after: list[Operation]) -> None:
    assert check([INSERT, *after], ROWS) == []


VALUES: list[Row] = [None, (1,), (2,), (3,)]
ANSWERS = st.builds(Answer, st.booleans(), st.sampled_from(VALUES)) | st.none()
REQUESTS = st.builds(Request, st.sampled_from([*When, 1, 2]), st.sampled_from(VALUES))
TIMES = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5)), max_size=6)


@st.composite
def any_histories(draw: st.DrawFn) -> list[Operation]:
    """Any answers; nearly all such histories are wrong."""
    return [operation(draw(REQUESTS), draw(ANSWERS), at, at + length) for at, length in draw(TIMES)]


@st.composite
def likely_histories(draw: st.DrawFn) -> list[Operation]:
    """Answers in an order of their own, with times that mostly fit it; about half of such histories are right."""
    state: Row = None
    history = []
    for place in range(draw(st.integers(0, 6))):
        request = draw(REQUESTS)
        answer, state = answered(request, state)
        early, late = draw(st.integers(0, 4)), draw(st.integers(0, 4))
        if draw(st.integers(0, 4)) == 0:
            answer = None
        history.append(operation(request, answer, place - early, place + late))
    return history


def answered(request: Request, state: Row) -> tuple[Answer, Row]:
    """What a row answers that does as it is told."""
    for answer in (Answer(True, state), Answer(False, state)):
        after = step(state, operation(request, answer, 0, 0))
        if after is not IMPOSSIBLE:
            return answer, after
    raise AssertionError(request)


def orders(history: list[Operation]) -> Iterator[tuple[Operation, ...]]:
    """All orders of the operations with a return, with any of the open ones."""
    closed = [each for each in history if not each.is_open]
    opened = [each for each in history if each.is_open]
    for count in range(len(opened) + 1):
        for some in combinations(opened, count):
            yield from permutations([*closed, *some])


def explains(order: tuple[Operation, ...]) -> bool:
    state: Row = None
    for place, each in enumerate(order):
        if any(later.returned is not None and later.returned < each.called for later in order[place:]):
            return False
        state = step(state, each)
        if state is IMPOSSIBLE:
            return False
    return True


@settings(deadline=None, max_examples=300)
@given(any_histories() | likely_histories())
def test_it_agrees_with_trying_all_orders(history: list[Operation]) -> None:
    right = any(map(explains, orders(history)))
    assert (check(history, ROWS) == []) == right
    assert (check(merge_unseen(history), ROWS) == []) == right


def played(
    seed: int, *, operations: int, keys: int, callers: int, unknown: float = 0.0
) -> tuple[list[Operation], random.Random]:
    """A history that is right: each operation takes effect at a moment between its call and its return."""
    chance = random.Random(seed)
    states: dict[int, Row] = dict.fromkeys(range(keys))
    free = [0.0] * callers
    history = []
    moments = []
    for number in range(1, operations + 1):
        caller = chance.randrange(callers)
        called = free[caller] + chance.random()
        moment = called + chance.expovariate(1)
        free[caller] = moment + chance.expovariate(1)
        moments.append((moment, called, free[caller], number))
    for _, called, returned, number in sorted(moments):
        key = chance.randrange(keys)
        guess = states[key][0] if states[key] and chance.random() < 0.7 else number - 7
        when = chance.choice([When.READ, When.ABSENT, When.PRESENT, guess, guess])
        request = Request(when, None if chance.random() < 0.1 else (number,))
        if chance.random() < unknown:
            if chance.random() < 0.5:
                _, states[key] = answered(request, states[key])
            history.append(Operation(key, request, None, called, None))
            continue
        answer, states[key] = answered(request, states[key])
        history.append(Operation(key, request, answer, called, returned))
    return history, chance


def test_a_long_history_that_is_right() -> None:
    history, _ = played(1, operations=20_000, keys=60, callers=40)
    assert check(history, ROWS) == []


def test_one_answer_of_a_long_history_is_changed() -> None:
    history, chance = played(2, operations=5_000, keys=20, callers=20)
    reads = [place for place, each in enumerate(history) if each.request.when is When.READ and each.answer.seen]
    for place in chance.sample(reads, 10):
        wrong = replace(history[place], answer=Answer(True, (history[place].answer.seen[0] + 1,)))
        (found,) = check([*history[:place], wrong, *history[place + 1 :]], ROWS)
        assert found.key == wrong.key


def test_a_thousand_unknown_outcomes() -> None:
    history, _ = played(3, operations=5_000, keys=5, callers=30, unknown=0.2)
    assert sum(each.is_open for each in history) > 900
    assert check(merge_unseen(history), ROWS) == []


def test_many_unknown_outcomes_before_a_violation() -> None:
    """Each of them may be anywhere before the answer that is wrong, and nobody saw what they wrote."""
    history = [operation(Request(When.PRESENT, (number,)), None, 3, None) for number in range(10, 110)]
    history += [operation(Request(When.PRESENT), None, 3, None) for _ in range(100)]
    history += [operation(Request(1, (number,)), None, 3, None) for number in range(110, 210)]
    wrong = seen(5, 6, 7)
    (found,) = check(merge_unseen([INSERT, *history, seen(1, 4, 5), wrong]), ROWS)
    assert found.operation is wrong


def test_it_gives_up_with_an_error() -> None:
    history = [operation(Request(When.PRESENT, (number,)), Answer(True), 3, 4) for number in range(10, 30)]
    with pytest.raises(Undecided, match="1000 orders of the operations on 'a' were tried"):
        check([INSERT, *history, seen(5, 6, 7)], ROWS, limit=1000)
