"""`init_coodie("memory:")`: an engine as the connection of an application, kept in a file if it is told one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import pytest

from coodie.exceptions import ConfigurationError
from coodie.fields import PrimaryKey
from coodie.sync import Document, close, init_coodie


class Note(Document):
    id: Annotated[int, PrimaryKey()]
    text: str = ""

    class Settings:
        name = "notes"


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    close()


def test_each_connection_is_an_engine_of_its_own() -> None:
    for _ in range(2):
        init_coodie("memory:", keyspace="dev")
        Note.sync_table()
        assert Note.find().warn(False).all() == []
        Note(id=1).save()
        close()


def test_a_file_is_loaded_and_saved_when_the_connection_is_closed(tmp_path: Path) -> None:
    file = tmp_path / "dev.cql"
    for number in range(3):
        init_coodie(f"memory:{file}", keyspace="dev")
        Note.sync_table()
        assert len(Note.find().warn(False).all()) == number
        Note(id=number, text="it's").save()
        close()

    assert "INSERT INTO dev.notes" in file.read_text("utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["dev.cql"]


def test_no_file_is_made_for_an_engine_without_content(tmp_path: Path) -> None:
    init_coodie(f"memory:{tmp_path / 'dev.cql'}")
    close()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_does_not_load_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "dev.cql"
    file.write_text("CREATE KEYSPACE", "utf-8")
    with pytest.raises(ConfigurationError, match=r"dev\.cql:1:1: "):
        init_coodie(f"memory:{file}", keyspace="dev")

    assert file.read_text("utf-8") == "CREATE KEYSPACE"


def test_options_of_a_cluster_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="protocol_version"):
        init_coodie("memory:", keyspace="dev", protocol_version=4)


def test_a_file_that_could_not_be_saved_is_refused_before_there_is_anything_to_lose(tmp_path: Path) -> None:
    (tmp_path / "bytes.cql").write_bytes(b"\xff\xfe")
    for file, message in (
        (tmp_path / "nowhere" / "dev.cql", "there is no folder"),
        (tmp_path, "is a folder; name a file"),
        (tmp_path / "bytes.cql", "cannot be read as CQL"),
    ):
        with pytest.raises(ConfigurationError, match=message):
            init_coodie(f"memory:{file}")
