# Derived by tests/derive.py: edit coodie/aio/counters.py,
# then run `tox -e sync`.
"""The counter documents of this door."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import Self

from coodie.sync._run import write
from coodie.sync.bound import BoundTable
from coodie.sync.table import BaseDocument
from coodie.cql.message import Consistency
from coodie.mapping.settings import Owner
from coodie.plans import writes
from coodie.plans.arguments import together
from coodie.plans.batches import BatchBase
from coodie.plans.plan import home_at


class CounterDocument(BaseDocument):
    """A row of counters: every field outside the key is one, marked with `Counter`.

    Counters are never set, only changed, and never under a condition. One that was never read is None. After a
    ``delete()`` the server loses further increments, so there is none of single columns.

    .. code-block:: python

        from typing import Annotated
        from coodie.sync import CounterDocument
        from coodie.fields import Counter, PrimaryKey

        class PageViews(CounterDocument):
            url: Annotated[str, PrimaryKey()]
            views: Annotated[int | None, Counter()] = None
    """

    __coodie_owner__: ClassVar[Owner] = "counter document"

    if TYPE_CHECKING:  # a class that is made at run time takes fields which no checker knows

        def __init__(self, /, **fields: Any) -> None: ...

    def increment(
        self,
        amounts: dict[str, int] | None = None,
        /,
        *,
        consistency: Consistency | None = None,
        timeout: float | None = None,
        batch: BatchBase | None = None,
        **counters: int,
    ) -> None:
        """Raise counters: ``UPDATE ... SET views = views + ? WHERE <key>``. The object does not learn the new value.

        ``increment(views=1)``; a name that is also an option goes into the mapping. ``timeout`` is in seconds. With
        ``batch``, which must be a counter batch, it waits for the batch. Raises `InvalidQueryError` without a
        counter, `OutcomeUnknown` if nobody knows whether it happened: it is never sent twice by itself.
        """
        plan = writes.increment(self, together(amounts, counters), consistency=consistency, timeout=timeout)
        write(plan, batch)

    def decrement(
        self,
        amounts: dict[str, int] | None = None,
        /,
        *,
        consistency: Consistency | None = None,
        timeout: float | None = None,
        batch: BatchBase | None = None,
        **counters: int,
    ) -> None:
        """Lower counters: ``UPDATE ... SET views = views - ? WHERE <key>``; else as ``increment()``."""
        plan = writes.increment(self, together(amounts, counters), sign=-1, consistency=consistency, timeout=timeout)
        write(plan, batch)

    @classmethod
    def using(cls, *, keyspace: str | None = None, connection: str | None = None) -> BoundTable[Self]:
        """The model in that keyspace, or over that connection, instead of its own; nothing is sent.

        ``Views.using(keyspace="t42")`` has what the class has: ``find()``, ``get()``, ``sync_table()`` ..., and makes
        documents when it is called. What it loads or makes remembers where it belongs, and whatever is done with it
        goes there, batches included. Raises `InvalidQueryError` for what can be no name of either.
        """
        return BoundTable(cls, home_at(None, keyspace, connection))
