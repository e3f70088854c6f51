"""The click application behind `autarky.cli`: the group of commands, errors to exit codes.

May import click at the top, everything else inside functions.
"""

from __future__ import annotations

import os
import sys
from difflib import get_close_matches
from importlib import import_module
from typing import Any

import click

from autarky.cli import COMMANDS, help_text
from autarky.errors import AutarkyError


class LazyGroup(click.Group):
    """A group that imports a command when it is run, not when it is listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """In the order of COMMANDS."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the command's module."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        return getattr(import_module(f"autarky.cli.{module}"), attribute)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Suggest the nearest command for a misspelt one."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in COMMANDS:
            near = get_close_matches(name, COMMANDS, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            ctx.fail(f"There is no command '{name}'.{hint} Commands: {', '.join(COMMANDS)}.")
        return super().resolve_command(ctx, args)

    def get_help(self, ctx: click.Context) -> str:  # noqa: ARG002
        """The same text that `autarky.cli` prints without click."""
        return help_text().rstrip()


def _version(ctx: click.Context, param: click.Parameter, value: bool) -> None:  # noqa: ARG001
    if value:
        from autarky import __version__

        click.echo(f"autarky {__version__}")
        ctx.exit()


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version,
    help="Print the version and stop.",
)  # fmt: skip
def cli() -> None:
    """Measure how self-reliant an economy is, on whom it depends, and for what."""


def run(args: list[str]) -> int:
    """Run the command line; returns the exit code and never lets an exception out."""
    _print_anything()
    try:
        value = _invoke(args)
        sys.stdout.flush()
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted; nothing is half written, so run it again to go on", err=True)
        return 130
    except (BrokenPipeError, SystemExit) as left:
        return _left(left)
    except (click.ClickException, AutarkyError, OSError) as error:
        return _refused(error)
    except Exception as error:
        if os.environ.get("AUTARKY_DEBUG"):
            raise
        return _explain(
            f"a fault of the program, not of yours: {type(error).__name__}: {error}. Please report "
            "it with the command you ran; AUTARKY_DEBUG=1 shows where it happened.",
            70,
        )
    return value if isinstance(value, int) else 0


def _invoke(args: list[str]) -> Any:
    """Run a command. Not through click's own main(), which hides a broken pipe as exit code 1."""
    if "_AUTARKY_COMPLETE" in os.environ:
        return cli.main(args=args, prog_name="autarky", standalone_mode=False)
    try:
        with cli.make_context("autarky", list(args)) as context:
            return cli.invoke(context)
    except click.exceptions.Exit as done:
        return done.exit_code


def _left(left: BaseException) -> int:
    """The exit code when a command ended by itself, or when nobody reads on."""
    # rich turns a broken pipe into exit code 1, which here means something else.
    if isinstance(left, BrokenPipeError) or isinstance(left.__context__, BrokenPipeError):
        # The reader (head, less) has left: nothing is wrong, and Python must not complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    code = getattr(left, "code", None)
    return code if isinstance(code, int) else int(code is not None)


def _refused(error: Exception) -> int:
    """Say what is wrong; returns the exit code."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
        return 2
    if isinstance(error, click.ClickException):
        return _explain(error.format_message(), 2, error)
    if isinstance(error, AutarkyError):
        return _explain(str(error), error.exit_code)
    file, reason = getattr(error, "filename", None), getattr(error, "strerror", None)
    return _explain(f"{file}: {reason or error}" if file else str(reason or error), 3)


def _print_anything() -> None:
    """Show what an old terminal's character set lacks as "?" instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def _explain(message: str, code: int, error: click.ClickException | None = None) -> int:
    context = getattr(error, "ctx", None)
    click.echo(f"error: {message}", err=True)
    if context is not None:
        click.echo(f"Try '{context.command_path} --help'.", err=True)
    return code
