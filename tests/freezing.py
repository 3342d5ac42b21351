"""A hook for both suites: it keeps thousands of test items out of each garbage collection."""

import gc

# Its entry points look for what refers to generators of numbers, and would not see what is frozen.
import hypothesis as _  # noqa: F401


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
