"""Turns restrictions into partition keys and ranges of rows, once the bound values are known."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from coodie.cql.murmur3 import START
from coodie.cql.order import sort_key
from coodie.testing.memory.analysis.relations import Between, Bound, Equal, OnToken, Restriction
from coodie.testing.memory.errors import gaps
from coodie.testing.memory.errors import statements as errors
from coodie.testing.memory.schema import Table
from coodie.testing.memory.storage.partitions import TOP, Place, Slice
from coodie.testing.memory.storage.tables import Ring
from coodie.testing.memory.terms import Run

Parts: TypeAlias = "tuple[bytes, ...]"
Keys: TypeAlias = "Callable[[Run], list[Parts]]"


def keys_of(table: Table, restrictions: Iterable[Restriction]) -> Keys:
    """The partition keys selected by = and IN, sorted by their types, without duplicates."""
    given = [each for each in restrictions if isinstance(each, Equal)]
    orders = [sort_key(column.type) for column in table.partition]
    several = any(each.is_in for each in given)

    def keys(run: Run) -> list[Parts]:
        found = _combined(given, run)
        if several:
            found = _sorted(
                found, lambda parts: tuple([order(part) for order, part in zip(orders, parts, strict=True)])
            )
        return found

    return keys


def _combined(given: Iterable[Equal], run: Run) -> list[Parts]:
    """All combinations. The restrictions after an empty IN are not evaluated."""
    found: list[Parts] = [()]
    for each in given:
        values = each.evaluate(run, False)
        found = [head + value for head in found for value in values]
        if not found:
            break
    return found


def _sorted(found: list[Parts], key: Callable[[Parts], Place]) -> list[Parts]:
    by_place: dict[Place, Parts] = {}
    for parts in found:
        by_place.setdefault(key(parts), parts)
    return [by_place[place] for place in sorted(by_place)]


LONGEST_KEY = 65_535


def check_key(parts: Parts) -> None:
    """Refuse a partition key that is empty or too long."""
    if len(parts) == 1:
        size = len(parts[0])
        if not size:
            raise errors.EMPTY_KEY()
    else:
        size = sum(len(part) + 3 for part in parts)
    if size > LONGEST_KEY:
        raise errors.KEY_TOO_LONG(size)


Prefixes: TypeAlias = "Callable[[Run], list[Parts]]"


def prefixes_of(table: Table, restrictions: Iterable[Restriction]) -> Prefixes:
    """The clustering values selected by = and IN, in clustering order, without duplicates."""
    given = [each for each in restrictions if isinstance(each, Equal)]
    several = any(each.is_in for each in given)

    def prefixes(run: Run) -> list[Parts]:
        found = _combined(given, run)
        return _sorted(found, table.place) if several else found

    return prefixes


Slices: TypeAlias = "Callable[[Run], list[Slice]]"


def slices_of(table: Table, prefix: list[Restriction]) -> Slices:
    """The ranges of rows selected by a prefix of the clustering key, in clustering order, without overlaps."""
    if not prefix:
        everything = [Slice()]
        return lambda run: everything
    last = prefix[-1]
    prefixes = prefixes_of(table, prefix)
    if not isinstance(last, Between):
        return lambda run: [Slice(place, (*place, TOP)) for place in map(table.place, prefixes(run))]

    def slices(run: Run) -> list[Slice]:
        heads = prefixes(run)
        if not heads:  # then the ends are not looked at
            return []
        _check_nulls(last, run)
        ends = [bound.evaluate(run, False) if bound is not None else () for bound in (last.start, last.end)]
        found: list[Slice] = []
        for head in heads:
            low = _half(table, head, last.start, ends[0], above=True)
            high = _half(table, head, last.end, ends[1], above=False)
            found += _intersection(low, high)
        return found

    return slices


def _check_nulls(between: Between, run: Run) -> None:
    """Refuse nulls at the two ends of a range of several columns, in the server's order: column by column, at the end
    that comes first in the order of that column, and where the directions change, at that end from its first column on.
    """
    if between.start is None or between.end is None:
        return
    start, end = (bound.given(run) if bound.given else () for bound in (between.start, between.end))
    for ends in ((start, end), (end, start)):
        descending = between.columns[0].descending
        for at, column in enumerate(between.columns):
            first = at if column.descending == descending else 0
            descending = column.descending
            values = ends[descending]
            if at < len(values):
                for value, named in zip(values[first : at + 1], between.columns[first:], strict=False):
                    if value is None:
                        raise errors.NULL_IN_CONDITION(named.name)


Ends: TypeAlias = "tuple[Parts, Parts]"


def ends_of(table: Table, prefix: list[Restriction]) -> Callable[[Run], list[Ends]]:
    """The clustering values at both ends of each range of a prefix that is not cut by mixed directions."""
    last = prefix[-1]
    prefixes = prefixes_of(table, prefix)

    def ends(run: Run) -> list[Ends]:
        low: Parts | None = ()
        high: Parts | None = ()
        if isinstance(last, Between):
            low, high = (bound.evaluate(run, False) if bound is not None else () for bound in (last.start, last.end))
        return [(head + (low or ()), head + (high or ())) for head in prefixes(run)]

    return ends


def at_null(table: Table, prefix: list[Restriction]) -> Callable[[Run], bool]:
    """Whether a prefix ends with a range above or below a null, with no other end: it may have no rows, but the server
    reads it.
    """
    last = prefix[-1] if prefix else None
    if not isinstance(last, Between):
        return lambda run: False
    given = [bound for bound in (last.start, last.end) if bound is not None]
    prefixes = prefixes_of(table, prefix)
    return lambda run: len(given) == 1 and bool(prefixes(run)) and given[0].evaluate(run, False) is None


def _half(table: Table, head: Parts, bound: Bound | None, values: Parts | None, above: bool) -> list[Slice]:
    """The rows above or below a bound: one range for each column of it, since each may be ascending or descending."""
    place = table.place(head)
    if bound is None:
        return [Slice(place, (*place, TOP))]
    if values is None:
        return [] if above == table.clustering[len(head)].descending else [Slice(place, (*place, TOP))]
    found: list[Slice] = []
    for at in range(len(values)):
        before = table.place(head + values[:at])
        here = table.place(head + values[: at + 1])
        last = at == len(values) - 1
        column = table.clustering[len(head) + at]
        if above != column.descending:
            found.append(Slice(here if last and bound.inclusive else (*here, TOP), (*before, TOP)))
        else:
            found.append(Slice(before, (*here, TOP) if last and bound.inclusive else here))
    return sorted(each for each in found if each.start < each.end)


def _intersection(left: list[Slice], right: list[Slice]) -> list[Slice]:
    found: list[Slice] = []
    for one in left:
        for other in right:
            start, end = max(one.start, other.start), min(one.end, other.end)
            if start < end:
                found.append(Slice(start, end))
    return sorted(found)


Range: TypeAlias = "tuple[Ring, Ring | None]"
Ranges: TypeAlias = "Callable[[Run], Range | None]"
_BEHIND = b"\xff" * 65_536


def ring_of(tokens: list[OnToken]) -> Ranges:
    """The part of the ring that meets the token restrictions, as positions of its start and end; None if there is
    none.
    """

    def ring(run: Run) -> Range | None:
        start: Ring = (START, b"")
        end: Ring | None = None
        for each in tokens:
            token = _token(each, run)
            operator = each.operator
            if operator in ("=", ">="):
                start = max(start, (token, b""))
            if operator == ">":
                start = max(start, (token, _BEHIND))
            # As the end of a range, the start of the ring means the end of the ring.
            if operator in ("=", "<", "<=") and token == START:
                continue
            if operator in ("=", "<="):
                end = (token, _BEHIND)
            if operator == "<":
                end = (token, b"")
        return (start, end) if end is None or start < end else None

    return ring


def _token(restriction: OnToken, run: Run) -> int:
    value = restriction.term.evaluate(run, None)
    if not isinstance(value, bytes):
        raise errors.NULL_TOKEN() if value is None else gaps.UNSET_TOKEN()
    return int.from_bytes(value, "big", signed=True)
