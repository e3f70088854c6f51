"""What starting costs: `import autarky` against `import numpy`, `autarky --help` against Python.

Each pair is measured in alternation in processes of their own, with compiled files in place and
without writing any; the ratio is of the medians. Targets: 3 and 6.

    python benchmarks/startup.py [--repeats 15]
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

PYTHON = [sys.executable]
PAIRS = (
    ("import autarky / import numpy", ["-c", "import autarky"], ["-c", "import numpy"], 3.0),
    ("autarky --help / bare Python", ["SCRIPT", "--help"], ["-c", "pass"], 6.0),
    ("import autarky.measure / import numpy", ["-c", "import autarky.measure"],
     ["-c", "import numpy"], None),
    ("autarky brief --help / bare Python", ["SCRIPT", "brief", "--help"], ["-c", "pass"], None),
)  # fmt: skip


def script():
    """The installed command, so that its own start is counted; else the module."""
    for name in ("autarky", "autarky.exe"):
        path = Path(sys.executable).with_name(name)
        if path.exists():
            return [str(path)]
    return [*PYTHON, "-m", "autarky"]


def command(arguments):
    return script() + arguments[1:] if arguments[0] == "SCRIPT" else PYTHON + arguments


def seconds(arguments, environment):
    start = time.perf_counter()
    subprocess.run(command(arguments), env=environment, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def pair(ours, theirs, environment, repeats):
    """Medians of two commands run in turn, so that a busy machine slows both."""
    for arguments in (ours, theirs):
        seconds(arguments, environment)
    times = [(seconds(ours, environment), seconds(theirs, environment)) for _ in range(repeats)]
    return tuple(statistics.median(column) for column in zip(*times, strict=True))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=15)
    repeats = parser.parse_args().repeats
    missed = False
    print(f"{'':<58} {'ours ms':>8} {'base ms':>8} {'ratio':>6} {'target':>6}")
    for note, extra in (("", {}), (", no .pyc written", {"PYTHONDONTWRITEBYTECODE": "1"})):
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        for name, ours, theirs, target in PAIRS:
            mine, base = pair(ours, theirs, environment | extra, repeats)
            ratio = mine / base
            mark = "" if target is None else f"{target:>6g} {'ok' if ratio <= target else 'MISSED'}"
            missed |= target is not None and ratio > target
            print(f"{name + note:<58} {1e3 * mine:>8.1f} {1e3 * base:>8.1f} {ratio:>6.2f} {mark}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
