"""The models that `coodie from-cqlengine` writes want the tables that cqlengine makes on a real cluster."""

from __future__ import annotations

import pytest
from cassandra.cluster import Session
from cassandra.cqlengine import connection as connections
from cassandra.cqlengine import management
from generate.cqlengine_models import MODELS, TARGET
from generate.generated import models_of

from coodie.sync import sync_all, verify_all
from coodie.usertype import UserType


@pytest.mark.filterwarnings("ignore:Model __table_name_case_sensitive__:PendingDeprecationWarning")
def test_models_of_every_kind(vendor_session: Session, connection: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CQLENG_ALLOW_SCHEMA_MANAGEMENT", "1")
    connections.register_connection("cluster", session=vendor_session)
    try:
        for model in MODELS:
            management.sync_table(model, keyspaces=[connection], connections=["cluster"])
    finally:
        connections.unregister_connection("cluster")
    models = [each for each in models_of(TARGET.read_text("utf-8")) if not issubclass(each, UserType)]
    verify_all(*models, exact=True)
    assert sync_all(*models) == []
