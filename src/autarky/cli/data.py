"""``autarky data``: what tables there are, and how to get more of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from autarky.cli.options import Output, open_table, output_options

if TYPE_CHECKING:
    from autarky.sources.registry import Release


@click.group()
def data() -> None:
    """Tables: what there is, how to get more, and whether they are sound."""


@data.command("list")
@output_options
def list_(output: Output) -> None:
    """List the known tables: which years are here, and on what terms."""
    from autarky.cli.output import write_rows
    from autarky.sources import registry, years
    from autarky.sources.store import Store

    store = Store()
    known = registry.releases()
    rows: list[dict[str, Any]] = []
    for name, release in known.items():
        rows.append(
            {
                "name": name,
                "title": release.title,
                "regions": release.regions,
                "sectors": release.sectors,
                "years": list(years(name)) if release.access == "embedded" else store.years(name),
                "years_published": list(release.years),
                "licence": release.licence,
                "access": release.access,
            }
        )
    for name in store.names():
        if name not in known:
            rows.append({"name": name, "title": "your own", "years": store.years(name)})
    if write_rows(rows, output):
        return
    for row in rows:
        here = _ranges(row["years"])
        click.echo(f"{row['name']:<12} {row['title']}")
        size = f"{row['regions']} regions × {row['sectors']} sectors, " if "regions" in row else ""
        click.echo(f"{'':<12} {size}{here or _how(row['name'], row['access'])}")


@data.command()
@click.argument("name")
@click.option("--year", "years", type=int, multiple=True, help="Only this year; may be repeated.")
@click.option("--from-url", metavar="URL", help="A mirror to take the files from.")
def get(name: str, years: tuple[int, ...], from_url: str | None) -> None:
    """Download a table, check it and store it; shows licence and citation first."""
    from autarky.cli.output import console
    from autarky.sources import import_path, registry
    from autarky.sources.download import fetch

    release = registry.release(name)
    _terms(release)
    if release.access == "embedded":
        click.echo(release.how_to_get(), err=True)
        return
    with _Progress(console(stderr=True)) as progress:
        paths = fetch(release, base_url=from_url, years=list(years) or None, progress=progress)
    folder = _common_folder(paths)
    for entry in import_path(folder, name=name):
        click.echo(f"stored {entry.name}:{entry.year}")


@data.command("import")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--name", help="What to call it; needed for a table of your own.")
@click.option("--force", is_flag=True, help="Accept files whose checksum is not the published one.")
@click.option("--quiet", "-q", is_flag=True, help="Only the errors.")
def import_(path: Path, name: str | None, force: bool, quiet: bool) -> None:
    """Read, validate and store what is already on disk.

    PATH is a folder (or archive) of a known release, or of your own table in the plain layout that
    'autarky data template' writes.
    """
    from autarky.sources import import_path

    for entry in import_path(path, name=name, force=force):
        if not quiet:
            click.echo(f"stored {entry.name}:{entry.year}")


@data.command()
@click.argument("name", required=False)
def verify(name: str | None) -> int:
    """Recompute the checksums of what is stored; exit code 3 if something has changed."""
    from autarky.sources.store import Store

    store = Store()
    if name is not None and not store.years(name):
        store.path(name)  # says what is stored
    findings = store.verify(name)
    for finding in findings:
        click.echo(f"{finding.severity}: {finding}")
    if any(finding.severity == "error" for finding in findings):
        return 3
    count = len(store.entries(name))
    click.echo(f"{count} stored table{'' if count == 1 else 's'}, all as they were stored")
    return 0


@data.command()
def prune() -> None:
    """Delete what a killed import left behind; no stored table is touched."""
    from autarky.sources.store import Store

    click.echo(f"{Store().prune() / 1e6:.1f} MB freed")


@data.command()
@click.argument("name", required=False)
@click.argument("year", type=int, required=False)
def path(name: str | None, year: int | None) -> None:
    """Print where the store, or one table of it, lies."""
    from autarky.errors import MissingTableError
    from autarky.sources import parse_spec, registry
    from autarky.sources.store import Store

    if name and ":" in name and year is None:
        name, year = parse_spec(name)  # as everywhere else: wiod2013:2008
    known = registry.releases().get(name or "")
    if known is not None and known.access == "embedded":
        raise MissingTableError(f"{name} is part of autarky and not in the store: just open it")
    click.echo(str(Store().path(name, year)))


@data.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def template(folder: Path) -> None:
    """Write an empty table of your own into FOLDER, with instructions and an example."""
    from autarky.sources import write_template

    for file in write_template(folder):
        click.echo(str(file))


@data.command()
@click.argument("table", metavar="NAME[:YEAR]")
@output_options
def check(table: str, output: Output) -> int:
    """The data-health report of a table; exit code 3 if something makes results wrong."""
    from autarky.cli.output import SCHEMA_VERSION, write_csv, write_json

    opened = open_table(table)
    health = opened.check()
    if output.csv:
        write_csv(health.tidy(), output.csv)
    if output.json:
        rows = health.tidy().to_dict("records")
        values = {"schema_version": SCHEMA_VERSION, "data": rows, "ok": health.ok}
        write_json(values | {"provenance": opened.provenance.as_dict()})
    elif output.csv != "-":
        click.echo(repr(opened).strip("<>"))
        click.echo(str(health))
    return 0 if health.ok else 3


def _how(name: str, access: str) -> str:
    """The command that brings a table that is not here."""
    if access == "manual":
        return f"not here yet; once you have its files: autarky data import FOLDER --name {name}"
    return f"not here yet: autarky data get {name}"


def _terms(release: Release) -> None:
    click.echo(f"{release.title}\nlicence: {release.licence}. {release.licence_note}", err=True)
    click.echo(f"cite: {release.citation}", err=True)


def _ranges(years: list[int]) -> str:
    """Years as ranges, such as 1995, 2000–2003."""
    parts: list[list[int]] = []
    for year in sorted(years):
        if parts and year == parts[-1][-1] + 1:
            parts[-1].append(year)
        else:
            parts.append([year])
    return ", ".join(str(p[0]) if len(p) == 1 else f"{p[0]}–{p[-1]}" for p in parts)


def _common_folder(paths: list[Path]) -> Path:
    import os

    return Path(os.path.commonpath([str(p.parent) for p in paths]))


class _Progress:
    """A bar on stderr while something downloads; nothing where stderr is no terminal."""

    def __init__(self, screen: Any) -> None:
        from rich.progress import Progress

        self._bars = Progress(console=screen, transient=True, disable=not screen.is_terminal)
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> _Progress:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def __call__(self, path: str, done: int, total: int | None) -> None:
        if path not in self._tasks:
            self._tasks[path] = self._bars.add_task(path, total=total)
        self._bars.update(self._tasks[path], completed=done, total=total)
