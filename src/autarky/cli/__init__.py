"""The command line: parse, call, print; no economics here.

This file answers ``autarky --help`` and ``--version`` by itself and imports click for anything
else, so that asking what there is costs little more than starting Python. Data go to stdout, talk
to stderr. May import everything; at the top of this file only the standard library.
"""

from __future__ import annotations

import os
import sys

#: Name → (module, attribute, one line of help).
COMMANDS = {
    "brief": ("brief", "brief", "One page about an economy: what it depends on, and on whom."),
    "measure": ("measure", "measure", "One indicator for one, some or all economies."),
    "stress": ("stress", "stress", "What happens when an economy is cut off."),
    "plan": ("plan", "plan", "What it would take to depend less."),
    "run": ("runs", "run", "Thousands of scenarios, which can be stopped and gone on with."),
    "data": ("data", "data", "Tables: get, import, list, check, verify, template."),
    "doctor": ("doctor", "doctor", "Check the installation, the store and the solver."),
    "completion": ("completion", "completion", "Print the completion script of a shell."),
}

_HELP = """\
Usage: autarky [OPTIONS] COMMAND [ARGS]...

  How self-reliant is an economy, on whom does it depend, and for what?

  Start with:  autarky brief DEU

Options:
  --version   Print the version and stop.
  -h, --help  Show this message and exit.

Commands:
{commands}

  autarky COMMAND --help shows the options of a command.

  Exit codes: 0 fine; 1 some scenarios failed; 2 usage; 3 bad input data;
  4 not converged; 5 network or checksum; 70 a fault of the program;
  130 interrupted.
"""


def help_text() -> str:
    """The text of ``autarky --help``."""
    lines = [f"  {name:<12}{line}" for name, (_, _, line) in COMMANDS.items()]
    return _HELP.format(commands="\n".join(lines))


def main(args: list[str] | None = None) -> None:
    """Run the command line and leave with its exit code; never shows a traceback."""
    sys.exit(run(args))


def run(args: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    given = sys.argv[1:] if args is None else args
    completing = "_AUTARKY_COMPLETE" in os.environ
    if given in ([], ["-h"], ["--help"]) and not completing:
        try:
            sys.stdout.write(help_text())
            sys.stdout.flush()
        except BrokenPipeError:
            # The reader (head, less) has left; Python must not complain about it at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0 if given else 2
    from autarky.cli.app import run as run_app

    return run_app(given)
