# Derived by tests/derive.py: edit coodie/aio/counters.py,
# then run `tox -e sync`.
"""Counter documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, overload

from typing_extensions import Self

from coodie.sync._run import write
from coodie.sync.bound import BoundTable
from coodie.sync.table import BaseDocument
from coodie.cql.message import Consistency
from coodie.mapping.model import CounterModel
from coodie.plans import writes
from coodie.plans.arguments import together
from coodie.plans.batches import BatchBase
from coodie.plans.plan import home_at
from coodie.results import Trace


class CounterDocument(BaseDocument, CounterModel):
    """A row of counters, in which every field outside the key is marked with `Counter`.

    Counters can only be incremented and decremented, without conditions. A counter that was never read is None. After a
    ``delete()`` the server loses further increments, which is why single columns cannot be deleted.

    .. code-block:: python

        from typing import Annotated
        from coodie.sync import CounterDocument
        from coodie.fields import Counter, PrimaryKey

        class PageViews(CounterDocument):
            url: Annotated[str, PrimaryKey()]
            views: Annotated[int | None, Counter()] = None
    """

    if TYPE_CHECKING:  # a class made at run time accepts fields that type checkers do not know

        def __init__(self, /, **fields: Any) -> None: ...

    @overload
    def increment(
        self,
        amounts: dict[str, int] | None = None,
        /,
        *,
        consistency: Consistency | None = None,
        timeout: float | None = None,
        batch: BatchBase | None = None,
        trace: Literal[False] = False,
        **counters: int,
    ) -> None: ...

    @overload
    def increment(
        self,
        amounts: dict[str, int] | None = None,
        /,
        *,
        trace: Literal[True],
        consistency: Consistency | None = None,
        timeout: float | None = None,
        batch: None = None,
        **counters: int,
    ) -> Trace: ...

    def increment(
        self,
        amounts: dict[str, int] | None = None,
        /,
        *,
        consistency: Consistency | None = None,
        timeout: float | None = None,
        batch: BatchBase | None = None,
        trace: bool = False,
        **counters: int,
    ) -> Trace | None:
        """Increment counters: ``UPDATE ... SET views = views + ? WHERE <key>``. This object is not updated.

        ``increment(views=1)``; a field whose name is also an option is given in the mapping. ``timeout`` is in seconds.
        With ``batch``, which must be a counter batch, the update is added to the batch. Raises `InvalidQueryError` if
        no counter is given, and `OutcomeUnknown` if it is unknown whether the update was made: it is never retried.
        """
        plan = writes.increment(self, together(amounts, counters), consistency=consistency, timeout=timeout)
        return write(plan, batch, trace)

    @overload
    def decrement(
        self,
        amounts: dict[str, int] | None = None,
        /,
        *,
        consistency: Consistency | None = None,
        timeout: float | None = None,
        batch: BatchBase | None = None,
        trace: Literal[False] = False,
        **counters: int,
    ) -> None: ...

    @overload
    def decrement(
        self,
        amounts: dict[str, int] | None = None,
        /,
        *,
        trace: Literal[True],
        consistency: Consistency | None = None,
        timeout: float | None = None,
        batch: None = None,
        **counters: int,
    ) -> Trace: ...

    def decrement(
        self,
        amounts: dict[str, int] | None = None,
        /,
        *,
        consistency: Consistency | None = None,
        timeout: float | None = None,
        batch: BatchBase | None = None,
        trace: bool = False,
        **counters: int,
    ) -> Trace | None:
        """Decrement counters: ``UPDATE ... SET views = views - ? WHERE <key>``; otherwise like ``increment()``."""
        plan = writes.increment(self, together(amounts, counters), sign=-1, consistency=consistency, timeout=timeout)
        return write(plan, batch, trace)

    @classmethod
    def using(cls, *, keyspace: str | None = None, connection: str | None = None) -> BoundTable[Self]:
        """The model with another keyspace or connection; nothing is sent.

        ``Views.using(keyspace="t42")`` has the methods of the class, such as ``find()``, ``get()`` and
        ``sync_table()``, and creates documents when called. Documents that it loads or creates remember where they
        belong, and all their operations go there, also in batches. Raises `InvalidQueryError` for an invalid name.
        """
        return BoundTable(cls, home_at(None, keyspace, connection))
