"""The table of the query options that each terminal method accepts, so that no option is ever silently ignored.

The options of where and how to send (``using()``, ``consistency()``, ``serial_consistency()``, ``timeout()``) apply to
all of them and are not in the table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Any, Final, NamedTuple

from coodie._errors import InvalidQueryError
from coodie.plans.spec import Spec


class _Option(NamedTuple):
    """The attribute of `Spec` that holds an option, and its value if the option is not set."""

    place: str
    blank: Any = None


_OPTIONS: Final = {
    "filter": _Option("keys", ()),
    "limit": _Option("limit"),
    "per_partition_limit": _Option("per_partition_limit"),
    "order_by": _Option("order_by", ()),
    "order_by_ann": _Option("ann"),
    "distinct": _Option("distinct", False),
    "group_by": _Option("group_by", ()),
    "only": _Option("columns"),  # also for defer(), which sets the remaining columns
    "allow_filtering": _Option("allow_filtering", False),
    "fetch_size": _Option("options.fetch_size"),
    "page": _Option("options.paging_state"),
    "unreadable": _Option("unreadable"),
    "ttl": _Option("writing.ttl"),
    "timestamp": _Option("writing.timestamp"),
    "if_exists": _Option("writing.if_exists", False),
    "if_not_exists": _Option("writing.if_not_exists", False),
}


@dataclass(frozen=True)
class Verb:
    """A terminal method of queries: its name in errors, and the options that it accepts."""

    name: str
    takes: frozenset[str]
    advice: str = "leave it out"

    @cached_property
    def refused(self) -> tuple[str, ...]:
        """The options that have no meaning for this method."""
        return tuple(name for name in _OPTIONS if name not in self.takes)

    @cached_property
    def given(self) -> Callable[[Any], tuple[Any, ...]]:
        """The function that returns a query's values of the options in `refused`."""
        return attrgetter(*(_OPTIONS[name].place for name in self.refused))

    @cached_property
    def blanks(self) -> tuple[Any, ...]:
        """The values of those options if none of them is set."""
        return tuple(_OPTIONS[name].blank for name in self.refused)


def check(spec: Spec[Any], verb: Verb) -> None:
    """Raise `InvalidQueryError` for an option of the query that the method would ignore."""
    given = verb.given(spec)
    if given != verb.blanks:
        found = zip(verb.refused, given, verb.blanks, strict=True)
        name = next(name for name, value, blank in found if value != blank)
        raise InvalidQueryError(f"{verb.name} takes no {name}(), which has no meaning there; {verb.advice}")


def _verb(name: str, takes: str, advice: str = "leave it out") -> Verb:
    return Verb(name, frozenset(takes.split()), advice)


_ROWS: Final = "filter allow_filtering order_by only fetch_size"
"""The options for methods over all matching rows. Order and columns have no effect there, but are accepted so that
generic code, such as for pagination, can set them on any query."""
_READ: Final = f"{_ROWS} limit per_partition_limit order_by_ann distinct group_by page"

READ: Final = _verb("a query that reads", f"{_READ} unreadable")
JSON: Final = _verb("json()", _READ, "the server makes the texts")
EXISTS: Final = _verb("exists()", f"{_ROWS} distinct unreadable", "it returns a single value for all matching rows")
AGGREGATE: Final = _verb(
    "count(), as every aggregate,", _ROWS, "the server computes it over all matching rows; for fewer rows, use all()"
)
GROUPS: Final = _verb("an aggregate of groups", f"{_ROWS} limit per_partition_limit group_by page")
CELL: Final = _verb("writetime(), as column_ttl(),", f"{_ROWS} limit per_partition_limit order_by_ann page")
UPDATE: Final = _verb("update()", "filter ttl timestamp if_exists")
DELETE: Final = _verb("delete()", "filter timestamp if_exists")
CREATE: Final = _verb("create()", "ttl timestamp if_not_exists")
