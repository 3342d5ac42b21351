"""The engine beside the real server: what it answers must be what the server answers.

``python -m tests_integration.memory.play`` writes down what the server says to the statements of
``tests/testing/memory/corpus``.
"""
