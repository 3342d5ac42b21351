"""Every warning that coodie issues, with the line of your program that it is about.

::

    UserWarning
    ├── BlockingCallWarning          a call of ``coodie.sync`` that blocks a running event loop
    ├── BatchWarning                 a batch that burdens its coordinator, or is not what it seems
    ├── QueryWarning                 a query that burdens the cluster
    │   ├── WholeTableWarning        ``all()`` of a whole table
    │   ├── FilteringWarning         ``ALLOW FILTERING`` without the partition key
    │   ├── IndexReadWarning         a read by an index without the partition key
    │   ├── AggregateWarning         ``count()`` or another aggregate without the partition key
    │   └── ManyPartitionsWarning    an ``IN`` over many partitions
    └── WriteWarning                 a write that stores tombstones; off unless a model or a call asks for it
        ├── NullsWarning             nulls and empty collections in a new row
        └── OverwriteWarning         a collection that is written as a whole
"""

from __future__ import annotations

from coodie._errors import (
    AggregateWarning,
    BatchWarning,
    BlockingCallWarning,
    FilteringWarning,
    IndexReadWarning,
    ManyPartitionsWarning,
    NullsWarning,
    OverwriteWarning,
    QueryWarning,
    WholeTableWarning,
    WriteWarning,
)

__all__ = [
    "AggregateWarning",
    "BatchWarning",
    "BlockingCallWarning",
    "FilteringWarning",
    "IndexReadWarning",
    "ManyPartitionsWarning",
    "NullsWarning",
    "OverwriteWarning",
    "QueryWarning",
    "WholeTableWarning",
    "WriteWarning",
]
