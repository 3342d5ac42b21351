"""The CQL language: types, values, statements as data, and their text. No models, no Pydantic, no I/O."""
