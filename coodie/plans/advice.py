"""Which reads burden a cluster more than they seem to. What the shape of a query decides is decided once per shape."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod
from typing import Any, NamedTuple, TypeVar

from coodie._errors import (
    AggregateWarning,
    FilteringWarning,
    IndexReadWarning,
    ManyPartitionsWarning,
    WholeTableWarning,
)
from coodie._warn import warn
from coodie.cql.message import Unset
from coodie.mapping.mapper import Mapper
from coodie.plans.arguments import Key
from coodie.plans.lookups import Lookup, lookup
from coodie.plans.spec import Spec

P = TypeVar("P")

IN_PARTITIONS = 20
"""The default number of partitions of an IN above which it warns."""


class Advice(NamedTuple):
    """What there is to say about all queries of a shape."""

    warning: tuple[str, type[Warning]] | None = None
    lists: tuple[int, ...] = ()
    """The positions of the filters that give the partition key by IN, if all of it is given."""


NONE = Advice()


def advice_of(
    mapper: Mapper[Any], keys: tuple[Key, ...], *, filtering: bool, aggregates: bool, nearest: bool
) -> Advice:
    """The advice about queries with these filters, as far as the Settings of the model do not switch it off."""
    found = [mapper.cached(lookup, key) for key in keys]
    given = {each.column: at for at, each in enumerate(found) if each.relation.operator in ("=", "IN")}
    partition = mapper.table.partition_key
    if all(column in given for column in partition):
        lists = tuple(at for column in partition if found[at := given[column]].relation.operator == "IN")
        return Advice(None, lists) if lists else NONE
    if nearest or any(each.is_token for each in found):
        return NONE
    warning = _without_partition(mapper, found, filtering, aggregates)
    return NONE if warning is None else Advice(warning)


def _without_partition(
    mapper: Mapper[Any], found: Iterable[Lookup], filtering: bool, aggregates: bool
) -> tuple[str, type[Warning]] | None:
    name, settings = mapper.model.__name__, mapper.settings
    columns = {column for each in found for column in each.columns}
    indexed = any(index.column in columns for index in mapper.table.indexes)
    key = ", ".join(mapper.table.partition_key)
    if filtering and not indexed:
        text = f"this query of {name} does not give the partition key ({key}), so every node reads all of its rows"
        return (text, FilteringWarning) if settings.warn_filtering else None
    if aggregates:
        text = f"this aggregate of {name} does not give the partition key ({key}), so the server reads all rows for it"
        return (text, AggregateWarning) if settings.warn_aggregates else None
    if indexed and settings.warn_index_reads:
        return f"this query of {name} does not give the partition key ({key}), so it asks every node", IndexReadWarning
    return None


def advise(spec: Spec[Any], advice: Advice) -> None:
    """Issue the warning for a query, if any, unless `warn()` of the query switched it off."""
    if not spec.warns:
        return
    if advice.warning is not None:
        warn(*advice.warning)
        return
    most = spec.mapper.settings.warn_in_partitions
    most = IN_PARTITIONS if isinstance(most, Unset) else most
    count = prod(len(spec.filters()[1][at][0]) for at in advice.lists)
    if most is not None and count > most:
        warn(
            f"this query of {spec.mapper.model.__name__} asks one coordinator for {count} partitions (over {most}); "
            "get_many() asks for each key on its own, several at the same time",
            ManyPartitionsWarning,
        )


def in_one_list(spec: Spec[Any], pages: P) -> P:
    """The pages themselves. Issues the warning if they are the whole table."""
    if spec.keys or spec.limit is not None or spec.allow_filtering or spec.ann is not None or not spec.warns:
        return pages
    if spec.mapper.settings.warn_whole_table:
        warn(
            f"this loads the whole table of {spec.mapper.model.__name__} into memory: give a limit(), iterate over the "
            "query, or use scan()",
            WholeTableWarning,
        )
    return pages
