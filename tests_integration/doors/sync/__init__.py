# Derived from tests_integration/doors/aio/__init__.py by tests/derive.py: edit that file, then run `tox -e sync`.
"""The sync door on a real cluster."""
