# The developer's commands. `uv run just RECIPE` works on a bare machine with uv alone (just itself
# is in the dev group); plain `just RECIPE` works once `uv sync` has made the environment.

venv := env("VIRTUAL_ENV", justfile_directory() / ".venv")
export PATH := venv / "bin" + ":" + env("PATH")

# One linear-algebra thread per process: tests run in parallel, and timings stay comparable.
export OPENBLAS_NUM_THREADS := env("OPENBLAS_NUM_THREADS", "1")
export OMP_NUM_THREADS := env("OMP_NUM_THREADS", "1")
export MKL_NUM_THREADS := env("MKL_NUM_THREADS", "1")

# List the recipes.
default:
    @just --list

# Run the tests that take seconds, on two processes (arguments go to pytest).
test *ARGS:
    pytest -n 2 {{ ARGS }}

# Run only the slow tests, one after another.
slow *ARGS:
    pytest -m slow {{ ARGS }}

# Run every test, the slow ones included.
test-all *ARGS:
    pytest -n 2 -m "slow or not slow" {{ ARGS }}

# Run the examples in the docstrings.
doctest *ARGS:
    pytest --doctest-modules -p no:cacheprovider src {{ ARGS }}

# Everything but the tests that must hold before a commit lands.
check: lint types layers guard doctest docs

# Style and formatting.
lint:
    ruff check
    ruff format --check

# Types of the library.
types:
    ty check

# Imports point downwards only (the contracts are in pyproject.toml).
layers:
    lint-imports

# No file may name a folder of somebody's machine or the host of a package registry.
guard:
    #!/usr/bin/env bash
    set -euo pipefail
    # The brackets keep the patterns from finding themselves.
    for pattern in '(^|[^A-Za-z0-9_.~-])/(wor[k]|tm[p]|roo[t]|hom[e])/' 'py[p]i[.]org|pythonhoste[d]|npm[j]s[.]'; do
        status=0
        git grep --untracked -nIE "$pattern" || status=$?
        # 0: found, 1: nothing found, more: git itself failed, and nothing was looked at.
        if [ "$status" -ne 1 ]; then
            echo "guard: a line above names a machine's folder or a registry (or git failed)" >&2
            exit 1
        fi
    done

# Repair what ruff can repair, and format.
fmt:
    ruff check --fix
    ruff format

# Build the documentation; a warning is an error.
docs:
    sphinx-build -W --keep-going -q -b html docs docs/_build/html
    @echo "docs/_build/html/index.html"

# Run the examples on the pages and in the README anew, and write down what they print.
examples *ARGS:
    python docs/_ext/examples.py {{ ARGS }}

# Draw the README's picture anew from the embedded table.
picture:
    python docs/picture.py

# Compute our numbers on the page on episodes anew, and draw its picture.
episodes:
    python docs/episodes.py

# Print what a stop of Russian energy loses, case by case.
embargo *ARGS:
    python docs/embargo.py {{ ARGS }}

# Run the benchmarks: each prints ratios measured in one run, with the floor.
bench *ARGS:
    #!/usr/bin/env bash
    set -euo pipefail
    shopt -s nullglob
    for file in benchmarks/*.py; do
        echo "== $file"
        python "$file" {{ ARGS }}
    done

# Build the embedded table `world` anew from the full release.
world *ARGS:
    python -m autarky.sources.build_world {{ ARGS }}

# Build the wheel and the source distribution.
build:
    uv build

# What is too slow for every commit: all tests with many more random examples and kills, and the
# benchmarks.
nightly:
    HYPOTHESIS_PROFILE=thorough AUTARKY_KILLS=200 pytest -n 2 -m "slow or not slow" --timeout 7200
    just bench
