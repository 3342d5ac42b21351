"""A progress bar on the terminal, for users who have Rich."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from time import monotonic
from typing import Any, Final

_SECONDS: Final = 0.1
"""The time between two updates of the bar."""


@contextmanager
def bar(total: int | None, *, shown: bool) -> Generator[Callable[[Any], None] | None]:
    """The function that moves the bar to the numbers of a report; None if it is not to be shown, or without Rich."""
    if not shown:
        yield None
        return
    try:
        from rich.progress import MofNCompleteColumn, Progress, TimeElapsedColumn  # noqa: PLC0415 - Rich is optional
    except ModuleNotFoundError:
        yield None
        return
    with Progress(*Progress.get_default_columns(), MofNCompleteColumn(), TimeElapsedColumn()) as progress:
        task, last = progress.add_task("rows", total=total), 0.0
        found: Any = None

        def tell(report: Any) -> None:
            nonlocal last, found
            found = report
            if monotonic() - last > _SECONDS:
                last = monotonic()
                show(report)

        def show(report: Any) -> None:
            lost = len(report.failed) + len(report.unknown)
            progress.update(task, completed=report.total, description=f"rows, {lost} not written" if lost else "rows")

        yield tell
        if found is not None:
            show(found)
