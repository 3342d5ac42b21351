"""A short run of the conditions: an order explains all answers, and none does when one of them is changed."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from typing import Any

from coodie import aio, sync

from .conditions import play, told
from .journal import unexplained
from .models import Draft, Register
from .rows import Answer, When

OPERATIONS = int(os.environ.get("COODIE_CONDITIONS", "600"))


async def test_an_order_explains_what_hands_of_both_doors_were_told(
    connection_options: dict[str, Any], keyspace: str
) -> None:
    await aio.init_coodie(**connection_options, keyspace=keyspace)
    await aio.sync_all(Register, Draft)
    hands = await play(OPERATIONS)
    await aio.close()
    print(told(hands))
    assert [wrong for hand in hands for wrong in hand.journal.wrong] == []
    assert list(unexplained(hand.journal for hand in hands)) == []
    asked = sum((hand.asked for hand in hands), Counter[str]())
    assert asked.keys() == {"registers", "drafts"}
    assert asked.total() > OPERATIONS  # each row was read once more
    for door in (aio, sync):
        history = [each for hand in hands if hand.door is door for each in hand.journal.history]
        assert {each.key[0] for each in history} == {"register", "draft"}

    # The last row that a read saw is a row that nobody wrote.
    hand = next(hand for hand in hands if any(each.request.when is When.READ for each in hand.journal.history))
    place, read = [(n, each) for n, each in enumerate(hand.journal.history) if each.request.when is When.READ][-1]
    hand.journal.history[place] = replace(read, answer=Answer(True, (-5, -5)))
    (violation,) = unexplained(hand.journal for hand in hands)
    assert violation.startswith(f"no order of the operations on {read.key!r} explains the answer")
