"""``autarky brief``: one page about an economy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from autarky.cli.options import Output, named_file, open_table, output_options, table_option

if TYPE_CHECKING:
    from autarky.table import Table


@click.command()
@click.argument("economy")
@click.option(
    "--html",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    callback=named_file,
    help="Write one HTML file.",
)
@table_option
@output_options
def brief(economy: str, html: str | None, table_name: str, output: Output) -> None:
    """One page about an economy: what it depends on, on whom, since when.

    ECONOMY is a code of the table, such as DEU; 'autarky data list' shows the tables.
    """
    from autarky.cli.output import console, envelope, whole_file, write_csv, write_json
    from autarky.report import brief as build
    from autarky.report import print_brief, to_html

    table = open_table(table_name)
    table.regions.position(economy)
    page = build(table, economy, tables=_other_years(table_name, table), spec=table_name)
    if output.csv:
        write_csv(page.tidy(), output.csv)
    if html:
        with whole_file(html) as path:
            path.write_text(to_html(page), encoding="utf-8")
        if not output.quiet:
            click.echo(f"wrote {html}", err=True)
    if output.json:
        write_json(envelope(page, page.tidy()) | {"headline": page.headline})
    elif not html and output.csv != "-":
        print_brief(page, console())


def _other_years(spec: str, table: Table) -> dict[int, Table]:
    """All years of the release (at most five, evenly spread, the asked one among them)."""
    from autarky import sources

    name, _ = sources.parse_spec(spec)
    years = sources.years(name)
    if len(years) > 5:
        picks = {years[round(i * (len(years) - 1) / 4)] for i in range(5)}
        years = sorted(picks | ({table.year} if table.year is not None else set()))
    return {year: table if year == table.year else sources.open(name, year) for year in years}
