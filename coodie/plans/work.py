"""Work made of many flows of which several go on at the same time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol, TypeVar

from coodie._errors import CoodieError, InvalidQueryError
from coodie._words import option
from coodie.plans.plan import Flow

T_co = TypeVar("T_co", covariant=True)


class Work(Protocol[T_co]):
    """What an API asks for flows to execute, and tells what they returned."""

    @property
    def connection(self) -> str | None:
        """The connection of all flows."""
        ...

    @property
    def concurrency(self) -> int:
        """How many flows may go on at the same time."""
        ...

    def starting(self) -> Iterable[tuple[int, Flow[Any]]]:
        """The flows that can begin now, numbered; none if there are no more, or enough of them go on."""
        ...

    def received(self, number: int, answer: Any) -> tuple[float, Iterable[T_co]]:
        """The seconds to wait and the items to hand out, now that the flow with that number has returned this."""
        ...

    @property
    def is_over(self) -> bool:
        """Whether no flow goes on and none is left."""
        ...


def positive(
    what: str,
    value: object,
    *,
    whole: bool = True,
    most: float = 2**31 - 1,
    error: type[CoodieError] = InvalidQueryError,
) -> None:
    """Raise ``error`` unless the value of an option is a positive number of at most ``most``."""
    kinds = (int,) if whole else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds) or not value > 0:
        raise error(f"{what} takes a positive {'whole ' * whole}number, not {option(value)}")
    if value > most:
        raise error(f"{what} takes at most {most:,}, not {option(value)}")
