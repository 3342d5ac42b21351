"""Models of cqlengine of every kind, from which `coodie from-cqlengine` writes ours: `TARGET`,
which `tox -e types` checks.
"""

from __future__ import annotations

from pathlib import Path

from cassandra.cqlengine import columns
from cassandra.cqlengine.models import Model
from cassandra.cqlengine.usertype import UserType

TARGET = Path(__file__).parent.parent / "typing" / "from_cqlengine.py"


class Place(UserType):
    street = columns.Text()
    zip_code = columns.Integer(db_field="zip")


class Parcel(UserType):
    __type_name__ = "parcel_type"
    place = columns.UserDefinedType(Place)
    labels = columns.Set(columns.Text())


class Base(Model):
    __abstract__ = True
    id = columns.UUID(primary_key=True)
    created_at = columns.DateTime()


class Inherited(Base):
    name = columns.Text(required=True)


class TextKey(Model):
    name = columns.Text(primary_key=True)


class Texts(Model):
    id = columns.Integer(primary_key=True)
    plain = columns.Text(min_length=1, max_length=5)
    simple = columns.Ascii()
    older = columns.Text(default="x")


class Numbers(Model):
    id = columns.BigInt(primary_key=True)
    tiny = columns.TinyInt()
    small = columns.SmallInt()
    normal = columns.Integer()
    big = columns.BigInt()
    whole = columns.VarInt()


class Fractions(Model):
    id = columns.SmallInt(primary_key=True)
    single = columns.Float()
    double = columns.Double()
    exact = columns.Decimal()


class Moments(Model):
    id = columns.TimeUUID(primary_key=True)
    at = columns.DateTime()
    day = columns.Date()
    of_day = columns.Time()
    length = columns.Duration()


class Others(Model):
    id = columns.UUID(primary_key=True)
    raw = columns.Blob()
    raw_bytes = columns.Bytes()
    address = columns.Inet()
    flag = columns.Boolean()


class CompoundKey(Model):
    tenant = columns.Text(partition_key=True)
    bucket = columns.Integer(partition_key=True)
    at = columns.TimeUUID(primary_key=True, clustering_order="DESC")
    number = columns.Integer(primary_key=True)
    payload = columns.Text()


class MixedOrder(Model):
    id = columns.Integer(partition_key=True)
    first = columns.Integer(primary_key=True, clustering_order="ASC")
    second = columns.Text(primary_key=True, clustering_order="DESC")


class WithStatic(Model):
    id = columns.Integer(partition_key=True)
    at = columns.DateTime(primary_key=True)
    motto = columns.Text(static=True)


class Indexes(Model):
    id = columns.Integer(primary_key=True)
    email = columns.Text(index=True)
    age = columns.Integer(index=True)


class IndexedSet(Model):
    id = columns.Integer(primary_key=True)
    tags = columns.Set(columns.Text(), index=True)


class Counted(Model):
    page = columns.Text(primary_key=True)
    views = columns.Counter()
    clicks = columns.Counter()


class Collections(Model):
    id = columns.Integer(primary_key=True)
    names = columns.List(columns.Text())
    days = columns.Set(columns.Date())
    scores = columns.Map(columns.Text(), columns.Double())


class Nested(Model):
    id = columns.Integer(primary_key=True)
    lists = columns.List(columns.List(columns.Integer()))
    maps = columns.Map(columns.Text(), columns.Set(columns.UUID()))


class Tuples(Model):
    id = columns.Integer(primary_key=True)
    pair = columns.Tuple(columns.Text(), columns.Integer())
    deep = columns.List(columns.Tuple(columns.Text(), columns.List(columns.Integer())))


class TupleKey(Model):
    id = columns.Tuple(columns.Integer(), columns.Text(), primary_key=True)
    note = columns.Text()


class WithType(Model):
    id = columns.Integer(primary_key=True)
    home = columns.UserDefinedType(Place)


class WithTypes(Model):
    id = columns.Integer(primary_key=True)
    parcel = columns.UserDefinedType(Parcel)
    parcels = columns.List(columns.UserDefinedType(Parcel))
    places = columns.Map(columns.Text(), columns.UserDefinedType(Place))


class TypeSet(Model):
    id = columns.Integer(primary_key=True)
    places = columns.Set(columns.UserDefinedType(Place))


class UncommonKeys(Model):
    flag = columns.Boolean(partition_key=True)
    address = columns.Inet(primary_key=True)
    exact = columns.Decimal(primary_key=True)
    raw = columns.Blob(primary_key=True)


class Renamed(Model):
    id = columns.Integer(primary_key=True, db_field="i")
    email = columns.Text(db_field="e")
    city = columns.Text(db_field="City Name")


class NamedTable(Model):
    __table_name__ = "usr"
    id = columns.Integer(primary_key=True)
    name = columns.Text()


class CaseSensitive(Model):
    __table_name__ = "UserEvents"
    __table_name_case_sensitive__ = True
    id = columns.Integer(primary_key=True)


class ReservedWords(Model):
    __table_name__ = "select"
    order = columns.Integer(primary_key=True)
    where = columns.Text()
    token = columns.Text()


class PythonWords(Model):
    id = columns.Integer(primary_key=True)
    model_name = columns.Text()
    copy = columns.Text()
    date = columns.Text()


class WithOptions(Model):
    __options__ = {
        "default_time_to_live": 3600,
        "gc_grace_seconds": 86400,
        "comment": "it's kept for an hour",
        "compaction": {"class": "LeveledCompactionStrategy", "sstable_size_in_mb": "64"},
    }
    id = columns.Integer(primary_key=True)


class WithCaching(Model):
    __options__ = {"caching": {"keys": "ALL", "rows_per_partition": "10"}, "bloom_filter_fp_chance": 0.2}
    id = columns.Integer(primary_key=True)


class Animal(Model):
    id = columns.Integer(primary_key=True)
    kind = columns.Text(discriminator_column=True)


class Cat(Animal):
    __discriminator_value__ = "cat"
    lives = columns.Integer()


class Dog(Animal):
    __discriminator_value__ = "dog"
    tricks = columns.List(columns.Text())


class TimeSeries(Model):
    sensor = columns.UUID(partition_key=True)
    day = columns.Date(partition_key=True)
    at = columns.DateTime(primary_key=True, clustering_order="DESC")
    value = columns.Double(required=True)


MODELS = [
    each
    for each in list(vars().values())
    if isinstance(each, type) and issubclass(each, Model) and each is not Model and each is not Base
]
