"""The keyspaces of tests on a cluster: made from a schema, emptied between tests, and dropped at the end."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from coodie import sync
from coodie._errors import ConfigurationError
from coodie.cql.kinds import kind_of
from coodie.cql.message import Kind
from coodie.cql.names import quote
from coodie.cql.script import statements_of
from coodie.drivers.connect import connect
from coodie.drivers.protocol import AnyDriver, SyncDriver
from coodie.drivers.registry import replaced
from coodie.mapping.model import mapper_of
from coodie.tables.table import Schema


class Keyspaces:
    """The keyspaces that a run of tests has on a cluster: one for each schema that its tests ask for."""

    def __init__(self, hosts: str, options: Mapping[str, Any]) -> None:
        self._hosts = hosts
        self._options = dict(options)
        self._replication: Mapping[str, Any] = self._options.pop("create_keyspace", {})
        self._driver = connect(hosts, **self._options)
        self._names: list[str] = []
        self._made: list[tuple[Any, Keyspace]] = []

    def of(self, texts: list[str], models: list[Any], name: str | None) -> Keyspace:
        """The keyspace with these statements and models, and nothing else in it. With a ``name``, the cluster must not
        have had it.
        """
        asked = texts, models, name
        for known, keyspace in self._made:
            if known == asked:
                if not keyspace.emptied():
                    self._create(keyspace.name, again=True)
                    keyspace.build()
                return keyspace
        _check(models)
        made = self._create(name or f"coodie_test_{secrets.token_hex(4)}")
        keyspace = Keyspace(made, connect(self._hosts, keyspace=made, **self._options), texts, models)
        self._made.append((asked, keyspace))
        keyspace.build()
        return keyspace

    def _create(self, name: str, *, again: bool = False) -> str:
        with replaced("default", self._driver):
            if again:
                sync.drop_keyspace(name)
            elif sync.read_schema(name) is not None:
                raise ConfigurationError(
                    f"the cluster has a keyspace {name!r} already, and coodie_cluster uses only keyspaces that it has "
                    "made; drop it, or name another one"
                )
            sync.create_keyspace(name, **self._replication)
        if not again:
            self._names.append(name)
        return name

    def drop(self) -> None:
        """Drop all of them, and close the connections."""
        with replaced("default", self._driver):
            for name in self._names:
                sync.drop_keyspace(name)
        for driver in (self._driver, *(keyspace.driver for _, keyspace in self._made)):
            assert isinstance(driver, SyncDriver)
            driver.close()


def _check(models: list[Any]) -> None:
    """Refuse models whose tables are in a keyspace that belongs to somebody else."""
    for model in models:
        if (own := mapper_of(model).table.keyspace) is not None:
            raise ConfigurationError(
                f"{model.__name__} has the keyspace {own!r} in its Settings, and coodie_cluster uses only keyspaces "
                "that it has made; leave the keyspace to the connection"
            )


class Keyspace:
    """One keyspace, with a connection of its own."""

    def __init__(self, name: str, driver: AnyDriver, texts: list[str], models: list[Any]) -> None:
        self.name = name
        self.driver = driver
        self._models = models
        statements = [statement for text in texts for statement in statements_of(text)]
        self._ddl = [statement for statement in statements if kind_of(statement) is Kind.SCHEMA]
        self._writes = [statement for statement in statements if kind_of(statement) is not Kind.SCHEMA]
        self._built: Schema | None = None

    def build(self) -> None:
        """Fill the keyspace, which has just been created."""
        with replaced("default", self.driver, keyspace=self.name):
            self._run(self._ddl)
            sync.sync_all(*self._models)
            self._built = sync.read_schema(self.name)
            self._run(self._writes)

    def emptied(self) -> bool:
        """Bring back the rows that it had when it was built; False if a test has changed its schema."""
        with replaced("default", self.driver, keyspace=self.name):
            found = sync.read_schema(self.name)
            if found is None or found != self._built:
                return False
            for table in found.tables:
                place = f"{quote(self.name)}.{quote(table.name)}"
                # TRUNCATE takes a hundred times longer than a read, and most tests write to few tables.
                if sync.execute_raw(f"SELECT * FROM {place} LIMIT 1", consistency="ALL"):
                    sync.execute_raw(f"TRUNCATE {place}")
            self._run(self._writes)
        return True

    @staticmethod
    def _run(statements: list[str]) -> None:
        for statement in statements:
            sync.execute_raw(statement)
