"""Tables that tests read many rows of."""

from typing import Annotated

from pydantic import BeforeValidator

from coodie.aio import Document
from coodie.fields import ClusteringKey, PrimaryKey, Static


class Reading(Document):
    sensor: Annotated[int, PrimaryKey()]
    at: Annotated[int, ClusteringKey()]
    room: Annotated[str | None, Static()] = None
    value: int | None = None
    note: str | None = None


class Pair(Document):
    a: Annotated[int, PrimaryKey()]
    token: Annotated[str, PrimaryKey()]
    v: int = 0


class Lower(Document):
    """Its key is not in memory what it is in the table."""

    id: Annotated[str, PrimaryKey(), BeforeValidator(str.lower)]


async def fill(count, each=4):
    for sensor in range(count):
        for at in range(each):
            await Reading(sensor=sensor, at=at, value=at).save()
