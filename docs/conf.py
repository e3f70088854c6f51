"""How the documentation is built: `just docs`, where a warning is an error."""

from importlib.metadata import version as installed_version

project = "autarky"
author = "the autarky developers"
project_copyright = "2026, the autarky developers"
release = installed_version("autarky")
version = ".".join(release.split(".")[:2])

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "sphinxcontrib.bibtex",
]
exclude_patterns = ["_build", "**/.ipynb_checkpoints", "jupyter_execute"]
root_doc = "index"
language = "en_GB"

# Pages are MyST; a page with code cells runs when the documentation is built, so that it cannot
# drift from the library. An error in a cell is an error of the build.
myst_enable_extensions = ["amsmath", "colon_fence", "deflist", "dollarmath", "fieldlist"]
myst_heading_anchors = 3
nb_execution_mode = "cache"
nb_execution_timeout = 120
nb_execution_raise_on_error = True

# Docstrings are numpydoc. Members are listed by the pages themselves.
autodoc_typehints = "none"
autodoc_member_order = "bysource"
autosummary_generate = True
numpydoc_show_class_members = False

bibtex_bibfiles = ["references.bib"]
bibtex_default_style = "unsrt"
bibtex_reference_style = "author_year"

html_theme = "furo"
html_title = "autarky"
html_show_sourcelink = False
