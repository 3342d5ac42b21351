"""What the server does that the engine does not do after it: each a narrow case, and why.

That the server still does so is seen by `test_known.py`.
"""

from __future__ import annotations

import re

from coodie.cql.order import sort_key
from coodie.cql.types import NATIVE
from tests_integration.memory import raw
from tests_integration.memory.machine.told import pages_of

DECIMAL = sort_key(NATIVE["decimal"])

_OF_CONDITIONS = (
    "Invalid 'unset' value in condition",
    "Invalid comparison with null for operator",
    "Invalid comparison with an empty",
    "Invalid negative list index",
    "Invalid null value for map element access",
    "java.lang.ClassCastException",
)
_NULL = "java.lang.NullPointerException"
_OF_TYPES = (
    "Function system.collection_",
    "Function system.map_",
    "Invalid call to function system.cast_as_",
)


def is_known(text: str, server: raw.Answer, engine: raw.Answer) -> bool:
    """Whether a difference is one of these."""
    return any(known(text, server, engine) for known in KNOWN)


def own_state(text: str, server: raw.Answer, engine: raw.Answer) -> bool:
    """Groups of whole partitions, in a table without clustering columns: the server does not take back its own state,
    nor does it keep to the size of its pages then.
    """
    if "GROUP BY" not in text:
        return False
    alone = any(f" {name} " in f"{text} " for name in ("single", "pairs", "all_single", "all_pairs"))
    return server.code == 0x000A or (alone and sum(server.pages, ()) == sum(engine.pages, ()))


def order_of_conditions(text: str, server: raw.Answer, engine: raw.Answer) -> bool:
    """Conditions are looked at in the order of a hash table: one may fail, or another not hold before it does."""
    several = " IF " in text and " AND " in text.partition(" IF ")[2]
    return several and any(each.startswith(_OF_CONDITIONS) for each in (server.message, engine.message))


def descending_types(text: str, server: raw.Answer, engine: raw.Answer) -> bool:
    """A descending column has a type of its own: the server sees no collection in it, and casts it to its own type."""
    tables = ("mixed", "odd", "all_mixed", "all_odd")
    return any(f" {name} " in f"{text} " for name in tables) and server.message.startswith(_OF_TYPES)


def null_in_json(text: str, server: raw.Answer, engine: raw.Answer) -> bool:
    """JSON of a list with nulls, which writetime and ttl of a user-defined type give, and of a boolean of no bytes."""
    return "json" in text.lower() and server.message.startswith((_NULL, "java.lang.IndexOutOfBoundsException"))


def empty_page(text: str, server: raw.Answer, engine: raw.Answer) -> bool:
    """An empty IN of clustering columns, in a scan: static columns that are read fill a page without being returned."""
    empty = " IN ()" in text or " IN ?" in text
    return empty and "ALLOW FILTERING" in text and not any(server.pages) and not any(engine.pages)


def empty_is_unset(text: str, server: raw.Answer, engine: raw.Answer) -> bool:
    """An empty value beside a relation of several columns is taken for an unset one."""
    several = re.search(r"\(\w+(, \w+)*\) (IN|=|<|>)", text) is not None
    return several and server.message.startswith("Invalid unset value for column") and engine.code is None


def open_deletion(text: str, server: raw.Answer, engine: raw.Answer) -> bool:
    """A read of several pages or groups that ends within a deleted range: "has an open RT bound as its last item"."""
    ends = any(word in text for word in ("GROUP BY", "LIMIT", "DISTINCT"))
    return ends and server.code == 0x1300 and engine.code is None


def unset_summand(text: str, server: raw.Answer, engine: raw.Answer) -> bool:
    """``v = v + ?`` with null or an unset value, in a conditional write."""
    return re.search(r"(\w+) = \1 \+ (\?|null)", text) is not None and server.message.startswith(_NULL)


def equal_decimals(text: str, server: raw.Answer, engine: raw.Answer) -> bool:
    """1.0 and 1.00 in a clustering column are one row: which of the two is kept depends on when memory is flushed."""
    decimals = [at for at, (_, kind) in enumerate(server.columns) if kind == "decimal"]
    if not decimals or server.columns != engine.columns:
        return False

    def settled(answer: raw.Answer) -> object:
        return [
            [[DECIMAL(cell) if at in decimals and cell else cell for at, cell in enumerate(row)] for row in page]
            for page in pages_of(answer)
        ]

    return settled(server) == settled(engine)


KNOWN = (
    own_state,
    order_of_conditions,
    descending_types,
    null_in_json,
    unset_summand,
    empty_page,
    empty_is_unset,
    open_deletion,
    equal_decimals,
)
