"""Warnings: the classes, and the switches of a query and of a write."""

from __future__ import annotations

import warnings
from typing import Annotated

from typing_extensions import assert_type

from coodie.aio import Document, QuerySet, insert_many, save, save_many, update_many
from coodie.fields import PrimaryKey
from coodie.warnings import (
    AggregateWarning,
    BatchWarning,
    BlockingCallWarning,
    FilteringWarning,
    IndexReadWarning,
    ManyPartitionsWarning,
    NullsWarning,
    OverwriteWarning,
    QueryWarning,
    WholeTableWarning,
    WriteWarning,
)


class User(Document):
    id: Annotated[int, PrimaryKey()]

    class Settings:
        warn_whole_table = False


async def quiet() -> None:
    kinds: list[type[QueryWarning]] = [
        AggregateWarning,
        FilteringWarning,
        IndexReadWarning,
        ManyPartitionsWarning,
        WholeTableWarning,
    ]
    of_writes: list[type[WriteWarning]] = [NullsWarning, OverwriteWarning]
    for kind in (*kinds, *of_writes, BatchWarning, BlockingCallWarning):
        warnings.simplefilter("ignore", kind)
    assert_type(User.find().warn(False), QuerySet[User])
    assert_type(await User.find().warn(False).count(), int)
    User.find().warn("no")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def asked_for(user: User) -> None:
    await user.save(warn=True)
    await save(user, warn=None)
    await save_many([user], warn=False)
    await insert_many([user], warn=False)
    assert_type(bool(await user.insert(warn=True)), bool)
    assert_type(await user.update({"id": 1}, warn=True), None)
    await update_many([(user, {"id": 1})], warn=False)
    await user.save(warn="no")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
