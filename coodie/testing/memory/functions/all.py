"""Fills the table of functions."""

from __future__ import annotations

from coodie.testing.memory.functions import (
    aggregates,
    arithmetic,
    blobs,
    casts,
    collections,
    json,
    masking,
    maths,
    times,
    vectors,
)

MODULES = (aggregates, arithmetic, blobs, casts, collections, json, masking, maths, times, vectors)
"""All families of functions."""
