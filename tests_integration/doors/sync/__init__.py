# Derived by tests/derive.py: edit tests_integration/doors/aio/__init__.py,
# then run `tox -e sync`.
"""The sync door on a real cluster."""
