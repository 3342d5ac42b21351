"""Generates the source of models from a schema, for keyspaces that are older than their models.

.. code-block:: python

    from coodie import read_schema
    from coodie.generate import model_source

    print(model_source(await read_schema("shop")))
"""

from __future__ import annotations

from coodie.generate.source import model_source

__all__ = ["model_source"]
