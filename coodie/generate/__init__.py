"""Generates the source of models from a schema, for keyspaces that are older than their models.

.. code-block:: python

    from coodie import read_schema
    from coodie.generate import model_source
    from coodie.schema import Schema

    print(model_source(await read_schema("shop") or Schema("shop")))
"""

from __future__ import annotations

from coodie.generate.source import model_source

__all__ = ["model_source"]
