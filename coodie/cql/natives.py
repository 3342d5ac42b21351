"""The native types: a row for each, with all that the language knows about it."""

from __future__ import annotations

from typing import Final

from coodie.cql.codecs import numbers, texts, times
from coodie.cql.codecs.codec import Codec

CODECS: Final[dict[str, Codec]] = {
    "ascii": texts.ASCII,
    "bigint": numbers.BIGINT,
    "blob": texts.BLOB,
    "boolean": numbers.BOOLEAN,
    "counter": numbers.BIGINT,
    "date": times.DATE,
    "decimal": numbers.DECIMAL,
    "double": numbers.DOUBLE,
    "duration": times.DURATION,
    "float": numbers.FLOAT,
    "inet": texts.INET,
    "int": numbers.INT,
    "smallint": numbers.SMALLINT,
    "text": texts.TEXT,
    "time": times.TIME,
    "timestamp": times.TIMESTAMP,
    "timeuuid": texts.TIMEUUID,
    "tinyint": numbers.TINYINT,
    "uuid": texts.UUID_,
    "varint": numbers.VARINT,
}
