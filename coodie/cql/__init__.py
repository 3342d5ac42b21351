"""The language: CQL as values and as text. No models, no Pydantic, no I/O."""
