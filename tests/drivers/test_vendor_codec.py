"""Generated values of all types, nested: coodie's bytes are those of the vendor's codec, and so are the values.

As many as COODIE_CODEC_VALUES says.
"""

from __future__ import annotations

from random import Random

import pytest
from drivers.vendor_values import for_vendor, is_known, of_vendor, settled, vendor_type
from random_values import cql_type, how_many, value

from coodie.cql.decode import decoder_of
from coodie.cql.encode import encoder_of
from coodie.cql.types import NATIVE
from coodie.drivers.cassandra.decode import own_type
from coodie.drivers.cassandra.vendor_types import cql_type_of

VALUES = how_many("COODIE_CODEC_VALUES", 2000)
BY_TYPE = 10
V4 = 4


@pytest.mark.parametrize("seed", range(4))
def test_generated_values_have_the_vendor_s_bytes_and_come_back_equal(seed: int) -> None:
    random = Random(seed)
    for number in range(VALUES // 4 // BY_TYPE):
        kind = NATIVE["counter"] if number == 0 else cql_type(random)
        if not is_known(kind):
            continue
        theirs = vendor_type(kind)
        own, encode, decode = own_type(theirs), encoder_of(cql_type_of(theirs)), decoder_of(kind)
        for _ in range(BY_TYPE):
            given = value(random, kind)
            data = encode(given)
            assert data == theirs.serialize(for_vendor(kind, given), V4), kind
            found = decode(data)
            assert settled(found) == settled(given), kind
            assert settled(found) == of_vendor(kind, theirs.deserialize(data, V4)), kind
            assert settled(found) == settled(own.deserialize(data, V4)), kind
