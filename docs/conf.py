"""Sphinx reads this. The build is offline: no inventories of other projects are fetched."""

import re
from importlib.metadata import version as version_of

project = "coodie"
author = "coodie contributors"
copyright = "2026, coodie contributors"  # noqa: A001 - the name that Sphinx asks for
release = version = version_of("coodie")

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build", "examples"]
html_theme = "furo"
html_title = f"coodie {release}"

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
# Short names in signatures; the page around them says which module it documents.
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
# docs/api.md spells these out once.
autodoc_type_aliases = {"Consistency": "Consistency", "SerialConsistency": "SerialConsistency"}
# The maps of CQL are no SQL, so the highlighter stumbles over their braces.
suppress_warnings = ["misc.highlighting_failure"]
# In docstrings `this` is a name in code.
default_role = "code"


def setup(app):
    app.connect("autodoc-process-signature", plain_aliases)


def plain_aliases(app, what, name, documented, options, *signature):
    """Sphinx 9 prints its own placeholder where an alias stands in a union."""
    return tuple(text and re.sub(r"TypeAliasForwardRef\('(\w+)'\)", r"\1", text) for text in signature)
