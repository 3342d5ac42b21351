"""What the server does that the engine does not do after it: each a narrow case, and why.

That the server still does so is seen by `test_known.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

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
    "Invalid null value for",
    "java.lang.ClassCastException",
)
_CONDITION = re.compile(r"(\w+)(?:\.\w+)?(\[[^\]]*\])? (?:=|!=|<|<=|>|>=|IN|CONTAINS|CONTAINS KEY) ")
_NULL = "java.lang.NullPointerException"
_NO_NUMBER = f'{_NULL}: Cannot invoke "java.lang.Number.'
_OF_TYPES = (
    "Function system.collection_",
    "Function system.map_",
    "Invalid call to function system.cast_as_",
)


def known_as(text: str, server: raw.Answer, engine: raw.Answer) -> str | None:
    """The name of the case that a difference is, or None."""
    return next((known.__name__ for known in KNOWN if known(text, server, engine)), None)


def own_state(text: str, server: raw.Answer, engine: raw.Answer) -> bool:
    """Groups of whole partitions, in a table without clustering columns: the server does not take back its own state,
    nor does it keep to the size of its pages then.
    """
    if "GROUP BY" not in text:
        return False
    alone = any(f" {name} " in f"{text} " for name in ("single", "pairs", "all_single", "all_pairs"))
    return server.code == 0x000A or (alone and sum(server.pages, ()) == sum(engine.pages, ()))


def order_of_conditions(text: str, server: raw.Answer, engine: raw.Answer) -> bool:
    """Conditions on one column are looked at in an order of chance: one may fail, or another first not hold."""
    found = [each for part in text.split(" IF ")[1:] for each in _CONDITION.findall(part.partition(";")[0])]
    return len(set(found)) < len(found) and any(
        each.startswith(_OF_CONDITIONS) for each in (server.message, engine.message)
    )


def descending_types(text: str, server: raw.Answer, engine: raw.Answer) -> bool:
    """A descending column has a type of its own: the server sees no collection in it, and casts it to its own type."""
    tables = ("mixed", "odd", "all_mixed", "all_odd")
    return any(f" {name} " in f"{text} " for name in tables) and server.message.startswith(_OF_TYPES)


def empty_page(text: str, server: raw.Answer, engine: raw.Answer) -> bool:
    """An empty IN of clustering columns: static columns that are read fill a page without being returned."""
    empty = " IN ()" in text or " IN ?" in text
    return empty and server.columns == engine.columns and not any(server.pages) and not any(engine.pages)


def empty_is_unset(text: str, server: raw.Answer, engine: raw.Answer) -> bool:
    """An empty value beside a relation of several columns is taken for an unset one."""
    several = re.search(r"\(\w+(, \w+)*\) (IN|=|<|>)", text) is not None
    return several and server.message.startswith("Invalid unset value for column") and engine.code is None


def open_deletion(text: str, server: raw.Answer, engine: raw.Answer) -> bool:
    """A read of several pages or groups that ends within a deleted range: "has an open RT bound as its last item"."""
    ends = any(word in text for word in ("GROUP BY", "LIMIT", "DISTINCT"))
    return ends and server.code == 0x1300 and engine.code is None


def unset_summand(text: str, server: raw.Answer, engine: raw.Answer) -> bool:
    """``v = v + ?`` with null or an unset value, or where v has an empty one, in a conditional write."""
    if re.search(r"(\w+) = \1 \+ (\?|null)", text) is not None and server.message.startswith(_NULL):
        return True
    return re.search(r"(\w+) = \1 [+-] ", text) is not None and server.message.startswith(_NO_NUMBER)


def order_of_elements(text: str, server: raw.Answer, engine: raw.Answer) -> bool:
    """In conditions, ranges of the values of a map are those of its keys' type: as texts, 1 is less than -1."""
    ranged = re.search(r" IF .*\bm\[[^\]]*\] [<>]", text) is not None
    return ranged and all(answer.columns[:1] == (("[applied]", "boolean"),) for answer in (server, engine))


def null_of_several(text: str, server: raw.Answer, engine: raw.Answer) -> bool:
    """A range of several clustering columns beside a null: the server fails inside."""
    return server.message.startswith(f'{_NULL}: Cannot invoke "org.apache.cassandra.cql3.Term$Terminal.get')


def dead_elements(text: str, server: raw.Answer, engine: raw.Answer) -> bool:
    """CONTAINS on a static collection finds elements that are deleted or have expired, too."""
    static = " s CONTAINS " in text or (" altered" in text and " t CONTAINS " in text)
    if not static or server.code is not None or server.columns != engine.columns:
        return False
    if re.search(r"LIMIT|GROUP BY|DISTINCT|\(.* FROM ", text):
        return True
    found = sum(pages_of(server), ())
    return all(row in found for row in sum(pages_of(engine), ()))


def dropped_before(text: str, server: raw.Answer, engine: raw.Answer) -> bool:
    """A column that is dropped with a timestamp before those of its cells: reads may fail until there is one again."""
    fails = server.code == 0x1300 or server.message.startswith("java.io.IOError: java.io.")
    return " altered" in text and fails and engine.code is None


def order_of_columns(text: str, server: raw.Answer, engine: raw.Answer) -> bool:
    """Two relations of several columns that contradict: the columns stand in the message in an order of chance."""
    alike = [sorted(re.split(r" ,|[ \"]", answer.message)) for answer in (server, engine)]
    return " ," in server.message and server.code == engine.code and alike[0] == alike[1]


def equal_decimals(text: str, server: raw.Answer, engine: raw.Answer) -> bool:
    """1.0 and 1.00 in a clustering column are one row: which of the two is kept depends on when memory is flushed."""
    odd = any(f" {name} " in f"{text} " for name in ("odd", "all_odd"))
    decimals: dict[int, Callable[[bytes], object]] = {}
    for at, (name, kind) in enumerate(server.columns):
        if kind == "decimal":
            decimals[at] = DECIMAL
        elif odd and name == "cast(c as text)":
            decimals[at] = lambda cell: Decimal(cell.decode())
    if not decimals or server.columns != engine.columns:
        return False

    def settled(answer: raw.Answer) -> object:
        return [
            [[decimals[at](cell) if at in decimals and cell else cell for at, cell in enumerate(row)] for row in page]
            for page in pages_of(answer)
        ]

    return settled(server) == settled(engine)


def either_index(text: str, server: raw.Answer, engine: raw.Answer) -> bool:
    """One partition by a static column and another, each with an index: by chance the server takes that of the static
    one, which finds rows only from the start of the partition and on the first page.
    """
    where = text.partition(" WHERE ")[2].partition(" GROUP BY ")[0]
    both = re.search(r"\bs = ", where) is not None and re.search(r"\b(v = |m CONTAINS KEY )", where) is not None
    if " indexed " not in text or not both or re.search(r"\bp (= |IN )", where) is None:
        return False
    if server.code is not None or server.columns != engine.columns:
        return False
    if re.search(r"GROUP BY|(count|max|min|sum|avg)\(", text):
        return True
    found, expected = (sum(pages_of(answer), ()) for answer in (server, engine))
    return found == expected[: len(found)]


def static_entries(text: str, server: raw.Answer, engine: raw.Answer) -> bool:
    """An index on a part of the partition key has entries of static rows, which have no clustering values: a filter on
    one of these fails inside.
    """
    filtered = re.search(r"\bq (= |IN )", text) is not None and re.search(r"\bd (=|<|<=|>|>=|IN) ", text) is not None
    return " all_sought " in text and filtered and server.code == 0x1300 and engine.code is None


def statics_of_null(text: str, server: raw.Answer, engine: raw.Answer) -> bool:
    """By an index on a part of the partition key: a partition that began with a null in a static column, and has no
    rows.
    """
    if " all_sought " not in text or re.search(r"\bq (= |IN )", text) is None:
        return False
    if server.code is not None or server.columns != engine.columns:
        return False
    if re.search(r"LIMIT|GROUP BY|(count|max|min|sum|avg)\(", text):
        return True
    found, expected = (sum(pages_of(answer), ()) for answer in (server, engine))
    return all(row in expected for row in found)


KNOWN = (
    statics_of_null,
    own_state,
    order_of_conditions,
    descending_types,
    unset_summand,
    empty_page,
    empty_is_unset,
    open_deletion,
    order_of_elements,
    null_of_several,
    dead_elements,
    dropped_before,
    order_of_columns,
    equal_decimals,
    either_index,
    static_entries,
)
