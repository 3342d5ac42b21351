"""What can be imported, from where, and what an import loads."""

import re
import subprocess
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import pytest

import coodie
from coodie import exceptions

TYPED = Path(__file__).parent / "typing"

DOOR = (
    "Document CounterDocument MaterializedView Migrations QuerySet init_coodie execute_raw create_keyspace "
    "drop_keyspace close save_many insert_many delete_many update_many to_arrow arrow_batches"
)
MARKERS = (
    "PrimaryKey ClusteringKey Static Indexed Counter Discriminator Version CreatedAt UpdatedAt NotStored Stored "
    "Column Frozen Vector VectorIndex Int BigInt SmallInt TinyInt VarInt Float Double Ascii TimeUUID Time Duration Inet"
)
ERRORS = (
    "CoodieError ConfigurationError InvalidQueryError ModelError DocumentNotFound MultipleDocumentsFound "
    "FieldNotLoaded DecodeError SchemaMismatch ConditionNotMet VersionConflict DriverError RequestRejected Unavailable "
    "Overloaded ServerFailure Timeout OutcomeUnknown SchemaDisagreement NotSupportedByDriver MigrationError "
    "MigrationFailed MigrationLocked LockLost BulkWriteError"
)
NAMES = {
    "coodie.aio": f"{DOOR} AsyncBatchQuery",
    "coodie.sync": f"{DOOR} BatchQuery",
    "coodie": f"{DOOR} AsyncBatchQuery BatchQuery BatchWarning LWTResult PagedResult UserType {MARKERS} {ERRORS}",
    "coodie.fields": MARKERS,
    "coodie.types": "CqlDuration NaiveDatetime Token Unreadable cql_type_of",
    "coodie.results": "LWTResult PagedResult",
    "coodie.exceptions": ERRORS,
    "coodie.fastapi": "lifespan install_error_handlers Page",
    "coodie.bulk": "Report Failures Failure",
    "coodie.batch": "BatchQuery AsyncBatchQuery BatchWarning",
    "coodie.cql_builder": (
        "build_insert build_insert_json build_update build_counter_update build_delete build_select build_count "
        "build_batch build_create_keyspace build_alter_keyspace build_drop_keyspace build_create_table "
        "build_drop_table build_truncate build_create_index build_drop_index build_create_type build_drop_type "
        "build_create_materialized_view build_drop_materialized_view"
    ),
    "coodie.migrations": (
        "load Migration FileStatement Kind Plan Step Report Done Status Condition Entry State Event Happening Holder "
        "Operations Check Finding Severity Draft"
    ),
    "coodie.drivers": (
        "register_driver unregister_driver get_driver init_coodie SyncDriver AsyncDriver ConcurrentDriver Driver "
        "Statement Batch Page Options Kind UNSET register_adapter unregister_adapter Adapter ConnectionSettings"
    ),
    "coodie.testing": "RecordingDriver Clock ANY Approx Where faults contract UnexpectedCall UnusedReply",
}
PUBLIC = [(module, name) for module, names in NAMES.items() for name in names.split()]


@pytest.mark.parametrize(("module", "name"), PUBLIC, ids=lambda part: part)
def test_a_public_name_is_where_it_is_promised(module, name):
    assert getattr(import_module(module), name) is not None


@pytest.mark.parametrize("module", ["coodie", "coodie.aio", "coodie.drivers", "coodie.sync", "coodie.testing"])
def test_names_that_resolve_on_first_use_are_listed(module):
    room = import_module(module)
    listed = [name for name in room.__all__ if name != "CassandraDriver"]
    assert [name for name in listed if not hasattr(room, name)] == []
    assert set(room.__all__) <= {*dir(room), "CassandraDriver"}
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = room.nonsense


def test_the_front_door_is_the_async_one():
    from coodie import aio, sync

    assert coodie.Document is aio.Document is not sync.Document
    assert coodie.init_coodie is aio.init_coodie
    assert coodie.BatchQuery is sync.BatchQuery
    assert coodie.AsyncBatchQuery is aio.AsyncBatchQuery
    assert coodie.PrimaryKey is import_module("coodie.fields").PrimaryKey


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import coodie", ["pydantic", "pydantic_core", "cassandra", "pytest", "syrupy", "asyncio"]),
        ("import coodie; dir(coodie); coodie.ModelError", ["pydantic", "cassandra"]),
        ("import coodie; coodie.PrimaryKey", ["pydantic", "cassandra"]),
        ("import coodie.fields, coodie.exceptions, coodie.results", ["pydantic", "cassandra"]),
        (
            "from coodie.aio import Document",
            ["cassandra", "pytest", "coodie.sync", "coodie.testing", "coodie.migrations"],
        ),
        (
            "from coodie.sync import Document",
            ["cassandra", "pytest", "coodie.aio", "coodie.testing", "coodie.migrations"],
        ),
        ("from coodie.drivers import register_driver", ["cassandra", "pydantic"]),
        ("import coodie.testing.plugin", ["pydantic", "cassandra"]),
        ("import coodie.cql_builder", ["cassandra", "pytest"]),
    ],
)
def test_an_import_loads_no_more_than_it_needs(code, absent):
    check = f"import sys; {code}; print(*[m for m in {absent!r} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert found.stdout.split() == []


def test_no_error_of_the_harness_is_one_of_coodies():
    from coodie import testing

    for name in ("UnexpectedCall", "UnusedReply"):
        assert issubclass(getattr(testing, name), AssertionError)
        assert not issubclass(getattr(testing, name), exceptions.CoodieError)


@pytest.mark.parametrize(
    ("error", "parents"),
    [
        ("ConfigurationError", "CoodieError"),
        ("InvalidQueryError", "CoodieError"),
        ("ModelError", "InvalidQueryError"),
        ("FieldNotLoaded", "CoodieError"),
        ("DecodeError", "CoodieError"),
        ("SchemaMismatch", "CoodieError"),
        ("DocumentNotFound", "CoodieError"),
        ("MultipleDocumentsFound", "CoodieError"),
        ("ConditionNotMet", "CoodieError"),
        ("VersionConflict", "ConditionNotMet"),
        ("NotSupportedByDriver", "CoodieError"),
        ("DriverError", "CoodieError"),
        ("MigrationError", "CoodieError"),
        ("MigrationFailed", "MigrationError"),
        ("MigrationLocked", "MigrationError"),
        ("LockLost", "MigrationError"),
        *(
            (name, "DriverError")
            for name in (
                "RequestRejected Unavailable Overloaded ServerFailure Timeout OutcomeUnknown SchemaDisagreement"
            ).split()
        ),
    ],
)
def test_the_tree_of_errors(error, parents):
    assert getattr(exceptions, error).__bases__[0] is getattr(exceptions, parents)


def test_the_tree_is_drawn_in_the_docstring():
    drawn = set(re.findall(r"[├└]── (\w+)", exceptions.__doc__))
    assert drawn | {"CoodieError"} == {
        name for name, each in vars(exceptions).items() if isinstance(each, type) and issubclass(each, Exception)
    }


def test_a_field_not_loaded_is_an_attribute_error():
    assert issubclass(exceptions.FieldNotLoaded, AttributeError)


@pytest.mark.parametrize(
    "error",
    [
        exceptions.CoodieError("x"),
        exceptions.ConditionNotMet("x", 5),
        exceptions.VersionConflict("x", 5),
        exceptions.DriverError("x"),
        exceptions.OutcomeUnknown("x", write_type="CAS"),
        exceptions.Timeout("x", request=None),
    ],
)
def test_errors_survive_pickling(error):
    import pickle

    twin = pickle.loads(pickle.dumps(error))
    assert type(twin) is type(error)
    assert str(twin) == "x"
    assert vars(twin) == vars(error)


@pytest.mark.parametrize("module", [name for name in NAMES if name != "coodie"])
def test_every_public_name_stands_in_a_typed_program(module):
    text = "\n".join(path.read_text("utf-8") for path in TYPED.glob("*.py"))
    assert [name for name in NAMES[module].split() if not re.search(rf"\b{name}\b", text)] == []


def test_the_version_is_that_of_the_installed_package():
    assert coodie.__version__ == version("coodie")
