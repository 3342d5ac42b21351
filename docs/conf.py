"""Sphinx reads this. The build is offline: no inventories of other projects are fetched."""

import re
import sys
from importlib.metadata import version as version_of
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from cql_lexer import CqlLexer

import coodie.sync

project = "coodie"
author = "coodie contributors"
copyright = "2026, coodie contributors"  # noqa: A001 - the name that Sphinx asks for
release = version = version_of("coodie")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    # Names in examples lead to the API.
    "sphinx_codeautolink",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_llms_txt",
]
exclude_patterns = ["_build", "examples"]
html_theme = "furo"
html_title = f"coodie {release}"
# The default for dark pages underlines names of modules and classes, which look like links then.
pygments_dark_style = "a11y-high-contrast-dark"
html_search_scorer = str(Path(__file__).with_name("scorer.js"))

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

# Relative, since the pages know nothing of where they will be served.
llms_txt_uri_template = "_sources/{docname}{suffix}{sourcelink_suffix}"

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
# Since Python 3.13 they are looked for at the class's line of the module that an error names, which is another file.
autodoc_use_type_comments = False
# Short names in signatures; the page around them says which module it documents.
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
# docs/api.md spells these out once.
autodoc_type_aliases = {"Consistency": "Consistency", "SerialConsistency": "SerialConsistency"}
# A page is one program, and the API page has the async door, whose names the sync one shares.
codeautolink_concat_default = True
codeautolink_inventory_map = {
    f"{here.__module__}.{here.__qualname__}{part}": f"coodie.aio.{name}{part}"
    for name in coodie.sync.__all__
    if (here := getattr(coodie.sync, name, None)) is not None and hasattr(here, "__qualname__")
    for part in ("", *(f".{method}" for method in dir(here) if not method.startswith("_")))
}
# In docstrings `this` is a name in code.
default_role = "code"


def setup(app):
    app.connect("autodoc-process-signature", plain_aliases)
    # Fences say `sql`, which other viewers of the pages know.
    app.add_lexer("sql", CqlLexer)


def plain_aliases(app, what, name, documented, options, *signature):
    """Sphinx 9 prints its own placeholder where an alias stands in a union."""
    return tuple(text and re.sub(r"TypeAliasForwardRef\('(\w+)'\)", r"\1", text) for text in signature)
