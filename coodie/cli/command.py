"""Registers commands, with the options that several of them share, and turns errors into exit statuses."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias

import typer

from coodie._errors import CoodieError
from coodie.cli.modules import models_in
from coodie.cli.output import Output
from coodie.cli.settings import Settings, read_settings
from coodie.cli.stop import INTERRUPTED, Stop, status_of, told
from coodie.mapping.model import Model

Options: TypeAlias = tuple[Parameter, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a command: the settings that hold for it, and where its output goes.

    ``timeout`` is in seconds for each statement; None is that of the driver.
    """

    settings: Settings
    output: Output
    timeout: float | None = None

    def confirmed(self, question: str, yes: bool) -> bool:
        """Whether the user says yes, or said it before by ``--yes``; no answer is a no, and ``--json`` asks nothing."""
        if yes or self.output.as_json:
            return yes
        try:
            return typer.confirm(question, err=True)
        except typer.Abort:
            return False

    def models(self) -> tuple[type[Model], ...]:
        """The application's models. Raises `Stop` if the settings name none."""
        if not self.settings.models:
            raise Stop("no models are given: --models MODULE, COODIE_MODELS, or models in [tool.coodie]")
        return models_in(self.settings.models)


def _option(name: str, kind: Any, flag: str, text: str, metavar: str | None = None) -> Parameter:
    made: Any = typer.Option(flag, help=text, metavar=metavar)
    default = False if kind is bool else None
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, made])


_TEXT: Final = str | None
_TEXTS: Final = list[str] | None
_ALWAYS: Final[Options] = (
    _option("env", _TEXT, "--env", "Use the settings in [tool.coodie.env.NAME].", "NAME"),
    _option("json", bool, "--json", "Print one JSON document."),
)
CLUSTER: Final[Options] = (
    _option("hosts", _TEXTS, "--hosts", "A host, or host:port; may be repeated. memory:FILE is none.", "HOST"),
    _option("connect", _TEXT, "--connect", "A function that gives a session or a driver.", "MODULE:NAME"),
    _option("timeout", float | None, "--timeout", "Seconds for each statement.", "SECONDS"),
)
KEYSPACE: Final[Options] = (_option("keyspace", _TEXTS, "--keyspace", "The keyspace to work on.", "NAME"),)
KEYSPACES: Final[Options] = (
    _option("keyspace", _TEXTS, "--keyspace", "The keyspace to work on; may be repeated.", "NAME"),
)
MODELS: Final[Options] = (
    _option("models", _TEXTS, "--models", "A module or package with models; may be repeated.", "MODULE"),
)
FOLDER: Final[Options] = (_option("migrations", _TEXT, "--migrations", "The folder with the migrations.", "FOLDER"),)
DATACENTERS: Final[Options] = (
    _option("datacenters", _TEXTS, "--datacenters", "A data centre of the cluster; may be repeated.", "NAME"),
)

Work: TypeAlias = Callable[..., int | None]


def command(app: typer.Typer, name: str, *shared: Options, negative: bool = False) -> Callable[[Work], Work]:
    """Register a function as a command, with its own parameters and those that it shares with others.

    With ``negative`` an argument may be a negative number, although it looks like an option.

    The function takes the `Call` first and returns its exit status, where None is 0. Its docstring is the help.
    """

    def register(function: Work) -> Work:
        # Unlike get_type_hints(), this adds no Optional around an Annotated on Python 3.10.
        own = [*signature(function, eval_str=True).parameters.values()][1:]
        common = [each for group in (*shared, _ALWAYS) for each in group]

        def entry(**given: Any) -> None:
            options = {each.name: given.pop(each.name) for each in common}
            raise typer.Exit(_status(function, options, given))

        parameters = [each.replace(kind=Parameter.KEYWORD_ONLY) for each in [*own, *common]]
        entry.__signature__ = Signature(parameters)  # type: ignore[attr-defined]  # Typer reads it
        entry.__annotations__ = {each.name: each.annotation for each in parameters}
        entry.__doc__ = function.__doc__
        app.command(name, context_settings={"ignore_unknown_options": negative})(entry)
        return function

    return register


def _status(function: Work, options: dict[str, Any], given: dict[str, Any]) -> int:
    output = Output(as_json=options["json"])
    try:
        settings = read_settings(options, os.environ, Path.cwd())
        if str(settings.root) not in sys.path:
            sys.path.insert(0, str(settings.root))
        return function(Call(settings, output, options.get("timeout")), **given) or 0
    except KeyboardInterrupt:
        output.error("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        raise
    except (CoodieError, Stop, OSError) as error:
        said = told(error)
        output.document({"error": said})
        output.error(said)
        return status_of(error)
