"""`coodie from-cqlengine`: our models from those of cqlengine, which want the tables that cqlengine makes."""

import pytest

cqlengine = pytest.importorskip("generate.cqlengine_models")

from cassandra.cqlengine import connection, management  # noqa: E402
from generate.generated import models_of  # noqa: E402

from coodie.sync import read_schema, sync_all, verify_all  # noqa: E402
from coodie.testing import MemoryDriver, RecordingDriver  # noqa: E402
from coodie.usertype import UserType  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:Model __table_name_case_sensitive__:PendingDeprecationWarning")

PATH = "generate.cqlengine_models"
SPACE = "CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}"
APP = """
from cassandra.cqlengine import columns
from cassandra.cqlengine.models import Model


class Person(Model):
    __keyspace__ = "shop"
    __table_name__ = "people"
    id = columns.UUID(primary_key=True)
    email = columns.Text(db_field="e", index=True)
"""


def test_models_of_every_kind_want_the_tables_that_cqlengine_makes(empty, monkeypatch):
    monkeypatch.setenv("CQLENG_ALLOW_SCHEMA_MANAGEMENT", "1")
    ended = empty("from-cqlengine", PATH, "--keyspace", "shop", "--door", "sync")
    assert (ended.status, ended.err) == (0, "")
    assert ended.out == cqlengine.TARGET.read_text("utf-8")  # else write what is new there
    models = [each for each in models_of(ended.out) if not issubclass(each, UserType)]
    assert len(models) == 30
    memory = MemoryDriver()
    memory.run(SPACE)
    with memory.session() as session:
        connection.register_connection("made", session=session)
        for model in cqlengine.MODELS:
            management.sync_table(model, keyspaces=["shop"], connections=["made"])
        connection.unregister_connection("made")
    with RecordingDriver(memory, keyspace="shop"):
        verify_all(*models, exact=True)
        assert sync_all(*models) == []


def test_classes_and_fields_have_their_names(empty):
    empty.write({"app.py": APP})
    ended = empty("from-cqlengine", "app", "--output", "models.py")
    assert (ended.status, ended.out) == (0, "wrote models.py\n")
    source = empty.read("models.py")
    assert "class Person(Document):" in source
    assert 'email: Annotated[str | None, Indexed(), Column(name="e")] = None' in source
    assert 'name = "people"' in source
    assert empty("from-cqlengine", "app", "--output", "models.py").status == 2
    told = empty("from-cqlengine", "app", "--json").json
    assert told == {"keyspace": "shop", "source": source}


@pytest.mark.parametrize(
    ("app", "said"),
    [
        ("", "app has no models of cqlengine"),
        ("import nothing_like_it", "app cannot be imported: ModuleNotFoundError"),
        (APP.replace('    __keyspace__ = "shop"\n', ""), "no keyspace is given"),
        (APP + APP.partition("class")[1] + APP.partition("class")[2].replace("shop", "two"), "several keyspaces"),
    ],
)
def test_what_cannot_be_written_is_told(empty, app, said):
    app = app.replace("class Person", "class Other", app.count("class Person") - 1)
    empty.write({"app.py": app})
    ended = empty("from-cqlengine", "app")
    assert (ended.status, ended.out) == (2, "")
    assert said in ended.err


def test_nothing_of_the_process_is_changed(empty):
    empty.write({"app.py": APP})
    with RecordingDriver(MemoryDriver(), keyspace="shop"):
        assert empty("from-cqlengine", "app").status == 0
        assert read_schema("shop") is None
