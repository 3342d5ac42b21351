"""What goes on, for people: the lines of a run of migrations, and on a terminal bars for rows."""

from __future__ import annotations

from types import TracebackType
from typing import Final

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)

from coodie.cli.output import Output, count
from coodie.migrations.events import Event, Happening
from coodie.migrations.planning import Plan

_PAST: Final = {"up": "apply", "down": "undo"}


def planned(plan: Plan, *, statements: bool = False) -> str:
    """A plan for people: what is about to be done, and on which keyspace; with its ``statements`` if asked for."""
    if not plan:
        return f"keyspace {plan.keyspace}: nothing to do"
    lines = [f"keyspace {plan.keyspace}:"]
    for step in plan.steps:
        start = f", from statement {step.first}" if step.first > 1 else ""
        lines.append(f"  {_PAST[step.direction]} {step.revision}{start}")
        if statements:
            lines += [f"    {each.cql};" for each in step.statements]
            lines += [f"    {step.migration.path} is run"] if step.migration.python else []
    return "\n".join(lines)


class Listener:
    """Prints the events of a run. It is a context, at whose end the bars are gone."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._holder = ""
        self._bars: dict[str, TaskID] = {}
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=output.console,
            transient=True,
            disable=output.as_json or not output.console.is_terminal,
        )

    def __enter__(self) -> Listener:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._progress.stop()

    def __call__(self, event: Event) -> None:
        """Print one event."""
        match event.happening:
            case Happening.WAITING:
                self._waiting(event)
            case Happening.PLANNED if event.plan is not None:
                self._output.say(planned(event.plan))
            case Happening.SKIPPED:
                self._output.say(f"  {_place(event)} happened already: {event.statement}")
            case Happening.SENT:
                self._output.say(f"  {_place(event)} {event.statement} ({event.seconds:.2f} s)")
            case Happening.FINISHED:
                self._output.say(f"{event.revision} {event.direction}: done in {event.seconds:.2f} s")
            case Happening.PROGRESS:
                self._bar(event)
            case _:
                pass

    def _waiting(self, event: Event) -> None:
        holder = event.holder
        if holder is not None and holder.name != self._holder:
            self._holder = holder.name
            since = "" if holder.since is None else f" since {holder.since:%Y-%m-%d %H:%M:%S} UTC"
            self._output.say(f"waiting for {holder.name}, which has the lock{since}")

    def _bar(self, event: Event) -> None:
        if event.statement not in self._bars:
            self._bars[event.statement] = self._progress.add_task(event.statement)
        self._progress.update(self._bars[event.statement], completed=event.number, total=event.total)


def _place(event: Event) -> str:
    return f"{event.number}/{event.total}"


class RowBar:
    """A bar for the rows of one table, on a terminal. It is a context, at whose end the bar is gone."""

    def __init__(self, output: Output, name: str) -> None:
        self._name = name
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            console=output.console,
            transient=True,
            disable=output.as_json or not output.console.is_terminal,
        )
        self._task = self._progress.add_task(name, total=1.0)

    def __enter__(self) -> RowBar:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._progress.stop()

    def move(self, part: float, rows: int) -> None:
        """Show which part, from 0 to 1, is done, and how many rows that is."""
        self._progress.update(self._task, completed=part, description=f"{self._name}: {count(rows, 'row')}")
