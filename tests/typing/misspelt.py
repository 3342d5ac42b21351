"""Names that do not exist are errors to checkers, also in modules whose names are loaded on first use."""

import coodie
from coodie import aio, drivers, sync, testing


def wrong() -> None:
    print(coodie.Dokument)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    print(aio.Migration)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    print(sync.Migration)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    print(drivers.CasandraDriver)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    print(testing.MemoryDrive)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
