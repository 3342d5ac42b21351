"""A keyspace with everything in it, and the models that are generated from it, which `tox -e types` checks; and the
models of any generated source.

Run as a program, it writes them anew.
"""

from __future__ import annotations

import itertools
import sys
import types
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from coodie.generate import model_source
from coodie.mapping.model import Model
from coodie.schema import Schema
from coodie.sync import read_schema
from coodie.tables.user_types import needed_types
from coodie.testing import MemoryDriver, RecordingDriver

STATEMENTS = """
CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1};
USE shop;
CREATE TYPE street (name text, number smallint);
CREATE TYPE "Address" (street frozen<street>, "Zip Code" text, class ascii, notes frozen<list<text>>);
CREATE TABLE user_events (
    shop uuid,
    region ascii,
    day date,
    "Part No" varint,
    owner text STATIC,
    save text,
    date timestamp,
    class int,
    _1st_ time,
    home frozen<"Address">,
    work "Address",
    streets set<frozen<street>>,
    addresses map<frozen<street>, frozen<list<frozen<"Address">>>>,
    tags set<text>,
    attrs map<text, int>,
    kept frozen<set<int>>,
    lists frozen<list<frozen<list<double>>>>,
    maps frozen<map<int, text>>,
    pair tuple<int, frozen<set<text>>>,
    near vector<float, 3>,
    price decimal,
    took duration,
    source inet,
    raw blob,
    made timeuuid,
    small tinyint,
    ok boolean,
    PRIMARY KEY ((shop, region), day, "Part No")
) WITH CLUSTERING ORDER BY (day DESC, "Part No" ASC)
    AND comment = 'it''s "all" in here' AND default_time_to_live = 86400 AND gc_grace_seconds = 3600
    AND compaction = {'class': 'LeveledCompactionStrategy', 'sstable_size_in_mb': 160}
    AND compression = {'class': 'ZstdCompressor'} AND caching = {'keys': 'ALL', 'rows_per_partition': 10};
CREATE INDEX ON user_events (owner);
CREATE INDEX by_attr ON user_events (keys(attrs));
CREATE INDEX ON user_events (entries(attrs));
CREATE INDEX ON user_events (full(kept));
CREATE INDEX ON user_events (save) USING 'sai' WITH OPTIONS = {'case_sensitive': 'false'};
CREATE INDEX ON user_events (near) USING 'sai' WITH OPTIONS = {'similarity_function': 'dot_product'};
CREATE TABLE "PageViews" (url text PRIMARY KEY, views counter, "unique" counter);
CREATE TABLE document (id bigint PRIMARY KEY, "Int" int, settings text, model_name text);
""".replace("_1st_", '"1st"')

TARGET = Path(__file__).parent.parent / "typing" / "generated_models.py"


def schema() -> Schema:
    """The schema that the statements make."""
    memory = MemoryDriver()
    memory.run(STATEMENTS)
    with RecordingDriver(memory):
        found = read_schema("shop")
    assert found is not None
    return found


_NUMBERS = itertools.count()


def models_of(source: str) -> list[type[Model]]:
    """The models of a generated module, imported as such."""
    module = types.ModuleType(f"generated_{next(_NUMBERS)}")
    sys.modules[module.__name__] = module
    try:
        exec(compile(source, module.__name__, "exec", dont_inherit=True), vars(module))
    finally:
        del sys.modules[module.__name__]
    return [*_models(vars(module), module.__name__)]


def _models(names: dict[str, Any], module: str) -> Iterator[type[Model]]:
    for each in names.values():
        if isinstance(each, type) and issubclass(each, Model) and each.__module__ == module:
            yield each


def modelled(schema: Schema, source: str) -> Schema:
    """The schema without what the source says to have no model."""
    tables = tuple(each for each in schema.tables if f"# the table {each.name!r} has no model" not in source)
    views = tuple(each for each in schema.views if f"# the view {each.table.name!r} has no model" not in source)
    return replace(schema, types=needed_types(tables, schema.keyspace), tables=tables, views=views)


if __name__ == "__main__":
    TARGET.write_text(model_source(schema()), "utf-8")
