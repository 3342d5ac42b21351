"""``coodie shell``: a Python prompt with the models, the connection and ``await`` at the top level."""

from __future__ import annotations

import asyncio
import inspect
from ast import PyCF_ALLOW_TOP_LEVEL_AWAIT
from code import InteractiveConsole
from collections.abc import Coroutine
from importlib import import_module
from importlib.util import find_spec
from types import CodeType, FunctionType
from typing import Annotated, Any, Final

import typer

from coodie.cli.command import CLUSTER, KEYSPACE, MODELS, Call, command
from coodie.cli.connection import connected, use_keyspace
from coodie.cli.output import count
from coodie.cli.stop import DONE
from coodie.sync.database import execute_raw

_IPYTHON: Final = "IPython"


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    command(app, "shell", CLUSTER, KEYSPACE, MODELS)(shell)


def shell(
    call: Call,
    plain: Annotated[bool, typer.Option("--plain", help="Python's own prompt, even if IPython is there.")] = False,
) -> int:
    """Open a Python prompt with the connection open, the models imported, and await at the top level.

    It is that of IPython if that is installed.
    """
    names: dict[str, Any] = {"execute_raw": execute_raw}
    with connected(call.settings, call.timeout):
        if call.settings.keyspaces:
            use_keyspace(call.settings.keyspace)
        models = call.models() if call.settings.models else ()
        names |= {each.__name__: each for each in models}
        keyspace = f", keyspace {call.settings.keyspace}" if call.settings.keyspaces else ""
        banner = f"{count(len(models), 'model')}{keyspace}: {', '.join(names)}"
        if not plain and find_spec(_IPYTHON) is not None:
            call.output.say(banner)
            import_module(_IPYTHON).start_ipython(argv=[], user_ns=names)
        else:
            with _Prompt(names) as prompt:
                prompt.interact(banner, "")
    return DONE


class _Prompt(InteractiveConsole):
    """Python's prompt, which runs what has an ``await`` at the top level on a loop of its own."""

    def __init__(self, names: dict[str, Any]) -> None:
        super().__init__(names)
        self._names = names
        self._loop = asyncio.new_event_loop()
        self.compile.compiler.flags |= PyCF_ALLOW_TOP_LEVEL_AWAIT

    def __enter__(self) -> _Prompt:
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.close()

    def runcode(self, code: CodeType) -> None:
        """Run one input; a coroutine is awaited."""
        try:
            made: Any = FunctionType(code, self._names)()
            if inspect.iscoroutine(made):
                self._await(made)
        except SystemExit:
            raise
        except BaseException:  # noqa: BLE001 - whatever the input raises is shown, and the prompt goes on
            self.showtraceback()

    def _await(self, made: Coroutine[Any, Any, Any]) -> None:
        task = self._loop.create_task(made)
        try:
            self._loop.run_until_complete(task)
        except KeyboardInterrupt:
            task.cancel()
            self._loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
            raise
