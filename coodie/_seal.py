"""Seals bytes in texts that only the holder of a secret can make, read, or use where they were made for."""

from __future__ import annotations

import binascii
import os
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from struct import Struct
from types import ModuleType
from typing import Any, Final, TypeAlias

from coodie._errors import ConfigurationError, InvalidPageToken, InvalidQueryError
from coodie._words import a_type, option

Secret: TypeAlias = "str | bytes | Sequence[str | bytes]"
"""A secret of at least 16 bytes; or several, of which the first seals and each opens."""

_SHORTEST: Final = 16
_VERSION: Final = b"\x01"
_NONCE: Final = 12
_EXPIRY: Final = Struct(">Q")
"""Milliseconds since 1970; 0 for never."""
_INVALID: Final = "the page token is not one of this query"


def seal(data: bytes, bound: bytes, secret: Secret, ttl: float | None) -> str:
    """A text that `unseal` opens with the same ``bound`` and secret, for ``ttl`` seconds."""
    expiry = _EXPIRY.pack(0 if ttl is None else int((time.time() + _seconds(ttl)) * 1000))
    nonce = os.urandom(_NONCE)
    return _encoded(_VERSION + nonce + _aes().encrypt(_secrets(secret)[0], nonce, expiry + data, bound))


def unseal(token: str, bound: bytes, secret: Secret) -> bytes:
    """The bytes in a token. Raises `InvalidPageToken` if it was not sealed with ``bound`` and a secret, or expired."""
    secrets, raw, aes = _secrets(secret), _decoded(token), _aes()
    nonce, sealed = raw[1 : 1 + _NONCE], raw[1 + _NONCE :]
    opened = (aes.decrypt(each, nonce, sealed, bound) for each in secrets)
    data: bytes | None = next((each for each in opened if each is not None), None)
    if data is None:
        raise InvalidPageToken(_INVALID)
    (expiry,) = _EXPIRY.unpack_from(data)
    if expiry and time.time() * 1000 >= expiry:
        raise InvalidPageToken("the page token has expired")
    return data[_EXPIRY.size :]


def _aes() -> ModuleType:
    try:
        from coodie import _aes  # noqa: PLC0415 - its package is an extra
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith("cryptography"):
            raise
        raise ConfigurationError("page tokens need the package cryptography: pip install cryptography") from None
    return _aes


def _seconds(ttl: Any) -> float:
    if isinstance(ttl, bool) or not isinstance(ttl, (int, float)) or not 0 < ttl < 1e10:
        raise InvalidQueryError(f"ttl takes a positive number of seconds, not {option(ttl)}")
    return ttl


def _encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(token: Any) -> bytes:
    if not isinstance(token, str):
        raise InvalidQueryError(f"a page token is a str, not {a_type(token)}")
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        raise InvalidPageToken(_INVALID) from None
    # Other texts that decode to the same bytes are no tokens.
    if raw[:1] != _VERSION or _encoded(raw) != token:
        raise InvalidPageToken(_INVALID)
    return raw


def _secrets(secret: Any) -> list[bytes]:
    given: Any = [secret] if isinstance(secret, (str, bytes)) else secret
    if not isinstance(given, (list, tuple)) or not given:
        raise InvalidQueryError(f"secret takes a str, bytes, or a list of them, not {a_type(secret)}")
    return [_secret(each) for each in given]  # pyright: ignore[reportUnknownVariableType]


def _secret(given: Any) -> bytes:
    if not isinstance(given, (str, bytes)):
        raise InvalidQueryError(f"secret takes a str, bytes, or a list of them, not {a_type(given)}")
    found = given.encode() if isinstance(given, str) else given
    if len(found) < _SHORTEST:
        raise InvalidQueryError(f"a secret has at least {_SHORTEST} bytes; secrets.token_hex() makes one")
    return found
