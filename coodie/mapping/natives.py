"""The Python classes with a CQL type of their own, and the conversion of their values to the driver border and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, Final

import pydantic
from pydantic import NaiveDatetime, SecretBytes, SecretStr

from coodie.cql.natives import NATIVES
from coodie.cql.types import NATIVE, CqlType
from coodie.cql.values import Duration, Secret, SecretBlob
from coodie.mapping.datetimes import utc
from coodie.mapping.validation import Unfit

__all__ = ["CODECS", "Codec", "Convert", "NaiveDatetime", "address_of", "masked"]

Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Codec:
    """The CQL type of an annotation, and the conversions of its values; None where no conversion is needed."""

    type: CqlType
    encode: Convert | None = None
    decode: Convert | None = None


def _naive(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)


def _duration(value: Any) -> Any:
    return Duration.from_timedelta(value) if isinstance(value, timedelta) else value


def _timedelta(value: Duration) -> timedelta:
    if value.months or value.nanoseconds % 1000:
        raise Unfit("a timedelta cannot hold months or nanoseconds; annotate the field with CqlDuration")
    try:
        return timedelta(days=value.days, microseconds=value.nanoseconds // 1000)
    except OverflowError:  # its message contains the days
        raise Unfit("a timedelta cannot hold a billion days; annotate the field with CqlDuration") from None


def _address(value: Any) -> Any:
    if isinstance(value, IPv6Address) and value.scope_id is not None:
        raise Unfit("an inet cannot hold the scope of an address, the part after %")
    return value


def address_of(text: Any) -> Any:
    """The IP address in a str, for a field annotated as str and stored as inet."""
    if not isinstance(text, str):  # ip_address() would accept an int as well
        raise TypeError("a str is needed")
    try:
        address = ip_address(text)
    except ValueError:  # its message contains the text
        raise Unfit("the text is not an IP address") from None
    return _address(address)


def _ipv6(value: IPv4Address | IPv6Address) -> IPv6Address:
    # Inside a collection the server turns the mapped address ::ffff:1.2.3.4 into 1.2.3.4.
    return value if isinstance(value, IPv6Address) else IPv6Address(f"::ffff:{value}")


def masked(value: Any) -> Any:
    """The secret value itself, as a class whose repr is masked."""
    if isinstance(value, (SecretStr, SecretBytes)):
        value = value.get_secret_value()
    if isinstance(value, bytes):
        return SecretBlob(value)
    if isinstance(value, str):
        return Secret(value)
    raise TypeError("a secret is needed, or a str or bytes for one")


CODECS: Final[dict[Any, Codec]] = {
    **{annotation: Codec(NATIVE[name]) for name, row in NATIVES.items() for annotation in row.plain},
    datetime: Codec(NATIVE["timestamp"], utc),
    timedelta: Codec(NATIVE["duration"], _duration, _timedelta),
    IPv4Address: Codec(NATIVE["inet"], _address),
    IPv6Address: Codec(NATIVE["inet"], _address, _ipv6),
    IPv4Address | IPv6Address: Codec(NATIVE["inet"], _address),
    SecretStr: Codec(NATIVE["text"], masked),
    SecretBytes: Codec(NATIVE["blob"], masked),
    NaiveDatetime: Codec(NATIVE["timestamp"], utc, _naive),
    pydantic.AwareDatetime: Codec(NATIVE["timestamp"], utc),
    pydantic.PastDatetime: Codec(NATIVE["timestamp"], utc),
    pydantic.FutureDatetime: Codec(NATIVE["timestamp"], utc),
    pydantic.PastDate: Codec(NATIVE["date"]),
    pydantic.FutureDate: Codec(NATIVE["date"]),
}
"""The codecs by Python class: those of the native types, and those of classes that are stored in another form."""
