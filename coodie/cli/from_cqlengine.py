"""``coodie from-cqlengine``: models from those of cqlengine, the mapper that comes with cassandra-driver.

cqlengine itself makes its tables, in memory; the models are those of the schema that is there then, with the names of
cqlengine's classes and attributes.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Annotated, Any, Final, Literal

import typer

from coodie.cli.command import KEYSPACE, Call, command
from coodie.cli.connection import found_schema
from coodie.cli.files import Force, Output, check_new, put
from coodie.cli.modules import modules_in
from coodie.cli.schema import Door
from coodie.cli.stop import DONE, Stop
from coodie.cql.names import quote
from coodie.drivers.registry import replaced
from coodie.generate import model_source
from coodie.generate.names import Named
from coodie.tables.table import Schema
from coodie.testing.memory.driver import MemoryDriver

_NAME: Final = "coodie from-cqlengine"
_CQLENGINE: Final = "cassandra.cqlengine"


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    command(app, "from-cqlengine", KEYSPACE)(from_cqlengine)


def from_cqlengine(
    call: Call,
    module: Annotated[str, typer.Argument(help="The module or package with cqlengine's models.")],
    output: Output = None,
    force: Force = False,
    door: Annotated[Door, typer.Option(help="The API of the models.")] = Door.AIO,
) -> int:
    """Write models, as Python, for those of cqlengine in MODULE. No cluster is needed.

    They want the tables that cqlengine makes. Check it on your keyspace with: coodie schema verify
    """
    if output is not None:
        check_new(output, force=force)
    found = _models(module)
    keyspace = _keyspace(call, found)
    api: Literal["aio", "sync"] = "aio" if door is Door.AIO else "sync"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of cqlengine, about itself
        source = model_source(_made(found, keyspace), door=api, named=_names(found))
    call.output.document({"keyspace": keyspace, "source": source})
    put(call.output, source, output)
    return DONE


def _cqlengine(name: str) -> Any:
    try:
        return import_module(f"{_CQLENGINE}.{name}")
    except ImportError as error:
        raise Stop("cqlengine is a part of cassandra-driver: pip install cassandra-driver") from error


def _models(name: str) -> list[Any]:
    """The models of a module that have a table, those without a parent with the same table first."""
    base: type[Any] = _cqlengine("models").Model
    found = {
        value: None
        for module in modules_in(name)
        for value in _classes(module, name)
        if issubclass(value, base) and not getattr(value, "__abstract__", False)
    }
    if not found:
        raise Stop(f"{name} has no models of cqlengine")
    return sorted(found, key=lambda each: (len(each.__mro__), each.__module__, each.__qualname__))


def _classes(module: ModuleType, name: str) -> Iterator[type[Any]]:
    for value in vars(module).values():
        if isinstance(value, type) and f"{value.__module__}.".startswith(f"{name}."):
            yield value


def _keyspace(call: Call, models: list[Any]) -> str:
    """The keyspace that the models name, or that of the settings. Raises `Stop` if they name several."""
    named = sorted({each.__keyspace__ for each in models if each.__keyspace__})
    if len(named) > 1:
        raise Stop(f"the models are of several keyspaces: {', '.join(named)}; make a module for those of each")
    return named[0] if named else call.settings.keyspace


def _made(models: list[Any], keyspace: str) -> Schema:
    """What cqlengine makes of its models in an empty keyspace."""
    memory = MemoryDriver()
    memory.run(
        f"CREATE KEYSPACE {quote(keyspace)} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}"
    )
    management = _cqlengine("management")
    with _connected(memory), replaced(_NAME, memory):
        try:
            for model in models:
                management.sync_table(model, keyspaces=[keyspace], connections=[_NAME])
        except Exception as error:
            raise Stop(f"cqlengine cannot make its tables: {error}") from error
        return found_schema(keyspace, _NAME)


@contextmanager
def _connected(memory: MemoryDriver) -> Generator[None]:
    connection = _cqlengine("connection")
    with memory.session() as session:
        connection.register_connection(_NAME, session=session)
        try:
            yield
        finally:
            connection.unregister_connection(_NAME)


def _names(models: list[Any]) -> dict[str, Named]:
    """The names of classes and attributes, by the names of tables and types."""
    columns = _cqlengine("columns")
    found: dict[str, Named] = {}
    for model in reversed(models):  # of those that share a table, the first one gives its name
        table = model.column_family_name(include_keyspace=False).strip('"')
        others = found.get(table, Named(""))
        found[table] = Named(model.__name__, {**others.fields, **_fields(model)})
        types: list[Any] = []
        for column in _columns(model):
            columns.resolve_udts(column, types)
        for each in types:
            found[each.type_name().strip('"')] = Named(each.__name__, _fields(each))
    return found


def _fields(model: Any) -> dict[str, str]:
    """The names of attributes by those of columns, or of the fields of a type."""
    return {each.db_field_name: each.column_name for each in _columns(model)}


def _columns(model: Any) -> Iterator[Any]:
    descriptor: type[Any] = _cqlengine("models").ColumnDescriptor
    for name in dir(model):
        value = inspect.getattr_static(model, name)
        if isinstance(value, descriptor):
            yield value.column
