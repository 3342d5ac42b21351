"""Conversions between values and their bytes: ``int_as_blob``, ``blob_as_int`` and so on."""

from __future__ import annotations

from collections.abc import Iterator

from coodie.cql.codecs.codec import SERVER_ERROR, InvalidBytes
from coodie.cql.natives import NATIVES
from coodie.cql.types import NATIVE
from coodie.testing.memory.errors import terms as errors
from coodie.testing.memory.errors.base import CqlError
from coodie.testing.memory.functions.registry import Call, Function, register


def _same(data: bytes) -> bytes:
    return data


def _checked(function: str, name: str, shown: str) -> Call:
    validate = NATIVES[name].codec.validate

    def call(data: bytes) -> bytes:
        try:
            validate(data)
        except InvalidBytes as error:
            if error.code == SERVER_ERROR:
                raise CqlError(error.code, str(error)) from None
            raise errors.NOT_BINARY(f"system.{function}", f"0x{data.hex()}", shown) from None
        return data

    return call


def _functions() -> Iterator[Function]:
    for name in (*NATIVES, "varchar"):
        if name == "blob":
            continue
        kind = "text" if name == "varchar" else name
        for function in (f"{name}_as_blob", f"{name}asblob"):
            yield Function(function, (NATIVE[kind],), NATIVE["blob"], _same)
        for function in (f"blob_as_{name}", f"blobas{name}"):
            strict = name == "timeuuid"
            call = _checked(function, kind, name)
            yield Function(function, (NATIVE["blob"],), NATIVE[kind], call, strict=strict)


register(_functions())
