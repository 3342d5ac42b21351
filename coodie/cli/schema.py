"""``coodie schema``: the schema of a keyspace, and how it differs from the models."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from typing import Annotated, Literal

import typer

from coodie._errors import CoodieError
from coodie.cli.command import CLUSTER, KEYSPACE, MODELS, Call, command
from coodie.cli.connection import connected, found_schema, use_keyspace
from coodie.cli.diagram import diagram
from coodie.cli.files import Force, Output, check_new, put
from coodie.cli.migrate_files import documents
from coodie.cli.output import count
from coodie.cli.schema_tables import show
from coodie.cli.stop import DONE, FOUND, HALF_WAY, Stop
from coodie.cql.rendering.ddl import render_ddl
from coodie.generate import model_source
from coodie.generate.options import chosen_options, default_ttl
from coodie.mapping.model import Model, mapper_of
from coodie.mapping.schema import schema_of
from coodie.plans.plan import place_of
from coodie.plans.schema_flows import rows
from coodie.sync._run import drive
from coodie.sync.database import sync_all
from coodie.tables.change import Change, Side, described
from coodie.tables.ddl import create_keyspace, statements
from coodie.tables.diff import diff as compared
from coodie.tables.introspect import found_keyspace
from coodie.tables.options import as_pairs
from coodie.tables.table import Schema, Table

Models = tuple[type[Model], ...]
Exact = Annotated[bool, typer.Option("--exact", help="What only the keyspace has is a difference, too.")]


class Door(Enum):
    """The API that generated models are derived from."""

    AIO = "aio"
    SYNC = "sync"


def register(program: typer.Typer) -> None:
    """Add the commands to the program."""
    app = typer.Typer(help="The schema of a keyspace, and how it differs from the models.", no_args_is_help=True)
    program.add_typer(app, name="schema")
    command(app, "show", CLUSTER, KEYSPACE)(show)
    command(app, "diff", CLUSTER, KEYSPACE, MODELS)(diff)
    command(app, "verify", CLUSTER, KEYSPACE, MODELS)(verify)
    command(app, "sync", CLUSTER, KEYSPACE, MODELS)(sync)
    command(app, "dump", CLUSTER, KEYSPACE)(dump)
    command(app, "models", CLUSTER, KEYSPACE)(models)
    command(app, "diagram", CLUSTER, KEYSPACE)(diagram)


def diff(call: Call, exact: Exact = False) -> int:
    """Show how the keyspace differs from the models, and the statements that would change it.

    The exit status is 1 if there is a difference. Nothing is written.
    """
    changes = _changes(call, exact)
    call.output.document({"changes": [each for change in changes for each in documents(change)]})
    for change in changes:
        call.output.say(described([change]))
        for statement in change.statements:
            call.output.say(f"    {statement};")
    call.output.say(f"{count(len(changes), 'difference')} between the models and {_where(call)}")
    return FOUND if changes else DONE


def verify(call: Call, exact: Exact = False) -> int:
    """Check that the keyspace is what the models want.

    The exit status is 1, and each difference is named, if it is not. Nothing is written.
    """
    changes = _changes(call, exact)
    call.output.document({"changes": [each for change in changes for each in documents(change)]})
    for change in changes:
        call.output.say(f"{change.about} {change.name} is {change.side.value} ({change.danger.value})")
    call.output.say(f"{_where(call)} {'differs from the models' if changes else 'is what the models want'}")
    return FOUND if changes else DONE


def sync(
    call: Call,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the statements.")] = False,
) -> int:
    """Create the tables, types, views, columns and indexes of the models that the keyspace lacks.

    It only adds. The exit status is 1, and nothing is sent, if something differs that adding cannot change.
    """
    models = call.models()
    with connected(call.settings, call.timeout):
        _use(call, models)
        texts = sync_all(*models, dry_run=True)
        what = "would send" if dry_run else "sends"
        call.output.say(f"{_where(call)}: {what} {count(len(texts), 'statement')}")
        for text in texts:
            call.output.say(f"  {text};")
        if texts and not dry_run:
            _send(models, texts)
            call.output.say("done")
    state = "pending" if dry_run else "applied"
    call.output.document({"statements": [{"statement": text, "state": state} for text in texts]})
    return DONE


def dump(call: Call, output: Output = None, force: Force = False) -> int:
    """Write the statements that create the keyspace's types, tables, indexes and views, in an order that is stable."""
    if output is not None:
        check_new(output, force=force)
    with connected(call.settings, call.timeout):
        name = call.settings.keyspace
        schema = found_schema(name)
        keyspace = found_keyspace({"keyspaces": drive(rows(name, "keyspaces"), None)})
    texts = [*map(render_ddl, () if keyspace is None else [create_keyspace(keyspace)]), *statements(_short(schema))]
    call.output.document({"keyspace": name, "statements": texts})
    put(call.output, "".join(f"{text};\n" for text in texts), output)
    return DONE


def models(
    call: Call,
    output: Output = None,
    force: Force = False,
    door: Annotated[Door, typer.Option(help="The API of the models.")] = Door.AIO,
) -> int:
    """Write models, as Python, for everything in the keyspace."""
    if output is not None:
        check_new(output, force=force)
    with connected(call.settings, call.timeout):
        schema = found_schema(call.settings.keyspace)
    api: Literal["aio", "sync"] = "aio" if door is Door.AIO else "sync"
    source = model_source(schema, door=api)
    call.output.document({"keyspace": schema.keyspace, "source": source})
    put(call.output, source, output)
    return DONE


def _short(schema: Schema) -> Schema:
    """The schema without the options that servers fill in by themselves."""
    views = tuple(replace(each, table=_chosen(each.table)) for each in schema.views)
    return replace(schema, tables=tuple(map(_chosen, schema.tables)), views=views)


def _chosen(table: Table) -> Table:
    ttl = default_ttl(table.options)
    options = {**chosen_options(table.options), **({} if ttl is None else {"default_time_to_live": ttl})}
    return replace(table, options=tuple((name, as_pairs(value)) for name, value in options.items()))


def _changes(call: Call, exact: bool) -> list[Change]:
    models = call.models()
    with connected(call.settings, call.timeout):
        _use(call, models)
        return changes_in(models, exact=exact)


def changes_in(models: Models, *, exact: bool) -> list[Change]:
    """The differences between models and their keyspaces; with ``exact`` what only those have is one as well."""
    places: dict[tuple[str | None, str | None], list[type[Model]]] = {}
    for model in models:
        places.setdefault(place_of(mapper_of(model), None), []).append(model)
    changes: list[Change] = []
    for (keyspace, connection), group in places.items():
        every = compared(schema_of(group, keyspace), found_schema(keyspace or "", connection))
        changes += [each for each in every if exact or each.side is not Side.EXTRA]
    return changes


def _use(call: Call, models: Models) -> None:
    """The keyspace of the models that name none, which is needed only if there is one."""
    if call.settings.keyspaces or any(place_of(mapper_of(each), None)[0] is None for each in models):
        use_keyspace(call.settings.keyspace)


def _where(call: Call) -> str:
    return f"keyspace {call.settings.keyspace}" if call.settings.keyspaces else "the schema"


def _send(models: Models, texts: list[str]) -> None:
    try:
        sync_all(*models)
    except CoodieError as error:
        try:
            left = sync_all(*models, dry_run=True)
        except CoodieError:
            left = None
        raise Stop(str(error), FOUND if left == texts else HALF_WAY) from error
