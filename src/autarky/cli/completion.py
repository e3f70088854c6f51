"""``autarky completion``: the completion script of a shell."""

from __future__ import annotations

import click


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script of a shell.

    For bash:  autarky completion bash > ~/.local/share/bash-completion/completions/autarky
    """
    from click.shell_completion import get_completion_class

    from autarky.cli.app import cli

    found = get_completion_class(shell)
    if found is None:  # click knows the three shells above
        raise click.UsageError(f"no completion for {shell}")
    click.echo(found(cli, {}, "autarky", "_AUTARKY_COMPLETE").source())
