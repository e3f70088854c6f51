"""How the documentation is built: `just docs`, where a warning is an error."""

import sys
from importlib.metadata import version as installed_version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "autarky"
author = "the autarky developers"
project_copyright = "2026, the autarky developers"
release = installed_version("autarky")
version = ".".join(release.split(".")[:2])

# `autarky_docs` (in _ext) writes the pages that must not drift from the code: variables, published
# numbers, commands. Examples on the pages are run and compared by the tests in tests/docs.
extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinxcontrib.bibtex",
    "autarky_docs",
]
exclude_patterns = ["_build", "_ext"]
root_doc = "index"
language = "en_GB"

myst_enable_extensions = ["amsmath", "colon_fence", "deflist", "dollarmath", "fieldlist"]
myst_heading_anchors = 3

# Docstrings are numpydoc. Members are listed by the pages themselves.
autodoc_typehints = "none"
autodoc_member_order = "bysource"
numpydoc_show_class_members = False

bibtex_bibfiles = ["references.bib"]
bibtex_default_style = "unsrt"
bibtex_reference_style = "author_year"

html_math_renderer = "mathml"
html_theme = "furo"
html_title = "autarky"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_show_sourcelink = False
