"""The option ``compression``."""

from __future__ import annotations

from typing import Final

from coodie.tables.table import OptionPairs
from coodie.testing.memory.ddl import option_values as values
from coodie.testing.memory.errors import options as errors
from coodie.testing.memory.java import double_text

_PACKAGE: Final = "org.apache.cassandra.io.compress."
_LENGTH: Final = "chunk_length_in_kb"
_RATIO: Final = "min_compress_ratio"
_LONGEST: Final = (1 << 31) // 1024 - 1
_OWN: Final = {
    "LZ4Compressor": ("lz4_compressor_type", "lz4_high_compressor_level"),
    "SnappyCompressor": (),
    "DeflateCompressor": (),
    "ZstdCompressor": ("compression_level",),
    "NoopCompressor": (),
}
"""The compressors, and the options of each."""


def read_compression(name: str, value: object) -> OptionPairs:
    """What the server reads in the option, and all that it refuses."""
    given = values.as_texts(name, value)
    enabled = given.pop("enabled", "true").lower() == "true"
    if given and enabled and "class" not in given:
        raise errors.NO_COMPRESSION_CLASS()
    if not enabled and given:
        raise errors.COMPRESSION_OFF()
    if not given:
        if enabled and value:
            raise errors.NO_COMPRESSION_CLASS()
        return (("enabled", "false"),)
    found = {"class": given.pop("class")}
    if not found["class"]:
        raise errors.EMPTY_COMPRESSION_CLASS()
    length = _length(given)
    text = given.pop(_RATIO, "0")
    ratio = values.as_double(text, errors.JAVA_NUMBER(text) if text.strip() else errors.EMPTY_NUMBER())
    _check_class(found["class"], given)
    _check(length, ratio)
    if length is not None:
        found[_LENGTH] = str(length)
    if ratio:
        found[_RATIO] = double_text(ratio)
    return tuple({**found, **given}.items())


def _length(given: dict[str, str]) -> int | None:
    if _LENGTH not in given:
        return None
    text = given.pop(_LENGTH)
    length = values.as_int(text, errors.CHUNK_LENGTH())
    if length > _LONGEST:
        raise errors.LONG_CHUNK(length)
    return length


def _check_class(name: str, given: dict[str, str]) -> None:
    plain = name.removeprefix(_PACKAGE)
    if plain not in _OWN:
        raise errors.COMPRESSOR(name if "." in name else _PACKAGE + name)
    level = given.get("compression_level", "3")
    if plain == "ZstdCompressor":
        number = values.as_int(level, errors.ZSTD("NumberFormatException", f'For input string: "{level}"'))
        if not -131_072 <= number <= 22:
            raise errors.ZSTD("IllegalArgumentException", f"compression_level={level} is invalid")
    if plain == "LZ4Compressor":
        if (kind := given.get("lz4_compressor_type", "fast")) not in ("fast", "high"):
            raise errors.LZ4_TYPE(kind)
        level = given.get("lz4_high_compressor_level", "9")
        if not 1 <= values.as_int(level, errors.LZ4_LEVEL(level)) <= 17:
            raise errors.LZ4_LEVEL(level)
    for each in given:
        if each not in _OWN[plain]:
            raise errors.COMPRESSION(each)


def _check(length: int | None, ratio: float) -> None:
    if length is not None and length <= 0:
        raise errors.NO_CHUNK()
    if length is not None and length & (length - 1):
        raise errors.UNEVEN_CHUNK()
    if ratio < 0:
        raise errors.NEGATIVE_RATIO()
    if 0 < ratio < 1:
        raise errors.SMALL_RATIO()
