"""The warnings about a batch: the size that the server counts, and the number of its partitions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from coodie.cql.message import BatchKind
from coodie.cql.murmur3 import partition_key
from coodie.testing.memory.errors import statements as errors
from coodie.testing.memory.java_sets import hash_of_bytes, hash_of_text, in_a_set
from coodie.testing.memory.statements.modification import Change
from coodie.testing.memory.storage.cells import Complex
from coodie.testing.memory.storage.rows import Row

_MOST_PARTITIONS: Final = 10

_UPDATE: Final = 8
_ROW: Final = 21
"""A row; a static one is counted even where there is none."""
_CELL: Final = 20
_COUNTER: Final = 36
_COLLECTION: Final = 12
_TTL: Final = 12
_RANGES: Final = 4
_RANGE: Final = 12


class BatchSizes(NamedTuple):
    """``batch_size_warn_threshold`` and ``batch_size_fail_threshold``, in bytes."""

    warn: int = 5 * 1024
    fail: int = 50 * 1024


def check_batch_size(kind: BatchKind, changes: Sequence[Change], sizes: BatchSizes) -> tuple[str, ...]:
    """The warnings for a batch. Raises `CqlError` for one that is too large.

    The server looks only at batches of several partitions, whatever their tables.
    """
    by_key: dict[bytes, list[Change]] = {}
    for change in changes:
        by_key.setdefault(partition_key(change.parts), []).append(change)
    if len({(change.table.keyspace, key) for key, held in by_key.items() for change in held}) < 2:
        return ()
    warnings: list[str] = []
    in_order = [str(change.table) for key in in_a_set(by_key, hash_of_bytes) for change in by_key[key]]
    tables = in_a_set(in_order, hash_of_text)
    size = _size(changes)
    if size > sizes.fail:
        raise errors.BATCH_TOO_LARGE()
    if size > sizes.warn:
        warnings.append(errors.LARGE_BATCH.format(", ".join(tables), size, sizes.warn, size - sizes.warn))
    if kind is not BatchKind.LOGGED and len(by_key) > _MOST_PARTITIONS:
        plural = "s" if len(tables) > 1 else ""
        warnings.append(errors.UNLOGGED_BATCH.format(len(by_key), plural, ", ".join(tables)))
    return tuple(warnings)


def _size(changes: Sequence[Change]) -> int:
    """The size of all changes, those of one partition together, as they are sent to replicas."""
    by_partition: dict[object, list[Change]] = {}
    for change in changes:
        by_partition.setdefault((change.table.id, change.parts), []).append(change)
    return sum(map(_size_of_partition, by_partition.values()))


def _size_of_partition(changes: Sequence[Change]) -> int:
    static, rows = Row(), dict[tuple[bytes, ...], Row]()
    counters = {(clustering, column) for change in changes for clustering, column, _ in change.counters}
    bounds = [sum(map(len, low + high)) for change in changes for low, high in change.ends]
    for change in changes:
        if change.static is not None:
            static.merge(change.static)
        for row in change.rows:
            rows.setdefault(row.clustering, Row(row.clustering)).merge(row)
    for clustering, _ in counters:
        if clustering is not None:
            rows.setdefault(clustering, Row(clustering))
    size = _UPDATE + _size_of_row(static) + sum(map(_size_of_row, rows.values())) + len(counters) * (_CELL + _COUNTER)
    return size + (_RANGES + sum(bounds) + _RANGE * len(bounds) if bounds else 0)


def _size_of_row(row: Row) -> int:
    size = _ROW + sum(map(len, row.clustering))
    marker = row.marker
    if marker is not None and marker.ttl and marker.timestamp > row.deletion:
        size += _TTL
    for cell in row.cells.values():
        if isinstance(cell, Complex):
            live = [(path, each) for path, each in cell.cells.items() if each.timestamp > row.deletion]
            size += _COLLECTION + sum(_CELL + len(path) + len(each.value or b"") for path, each in live)
        elif cell.timestamp > row.deletion:
            size += _CELL + len(cell.value or b"")
    return size
