"""Everything public has its place in the documentation, and what stands there is so."""

import contextlib
import re
import shlex
from pathlib import Path

import click
import numpy as np
import pytest

import autarky
from autarky import errors, measure, plan, shocks, stress
from autarky.errors import UnsupportedShockError
from autarky.results import VARIABLES
from autarky.shocks.files import KINDS, parse_scenario
from autarky.sources import registry
from autarky.stress import elasticity_sets
from autarky.stress._elasticity_data import data as elasticity_data

ROOT = Path(__file__).resolve().parent.parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(p for p in DOCS.rglob("*.md") if "_build" not in p.parts)]


def named(page):
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_examples_print_what_the_page_says(page, examples):
    text = page.read_text(encoding="utf-8")
    assert examples.renewed(text) == text, "`uv run just examples` renews the output"


def test_a_wrong_output_is_found(examples):
    page = "```python\n>>> 1 + 1\n3\n```\n\n```console\n$ autarky --version\nautarky 0\n```\n"
    assert examples.renewed(page) == (
        "```python\n>>> 1 + 1\n2\n```\n\n"
        f"```console\n$ autarky --version\nautarky {autarky.__version__}\n```\n"
    )
    assert examples.renewed("  ```python\n  >>> 1 + 1\n  ```\n") == (
        "  ```python\n  >>> 1 + 1\n  2\n  ```\n"
    )


# --- measures and variables -----------------------------------------------------------------------


@pytest.mark.parametrize("name", measure.__all__)
def test_measure_has_a_page_a_doctest_and_a_command(name, filled, generate):
    pages = [p for p in (DOCS / "measures").glob("*.md") if p.name != "index.md"]
    markers = [
        m.group(2).split()
        for page in pages
        for m in generate.MARKER.finditer(page.read_text(encoding="utf-8"))
        if m.group(1) == "api"
    ]
    assert sum(name in words for words in markers) == 1
    assert f"autarky.measure.{name}`" in filled("api/measure.md")
    assert ">>>" in getattr(measure, name).__doc__
    assert f"autarky measure {name.replace('_', '-')}" in dict(generate.commands())


def test_every_family_of_measures_says_when_not_to_use_it():
    for page in (DOCS / "measures").glob("*.md"):
        if page.name != "index.md":
            text = page.read_text(encoding="utf-8")
            assert "## When not to use it" in text, page.name
            assert "## Checked by" in text, page.name


@pytest.mark.parametrize("name", sorted(VARIABLES))
def test_variable_is_in_the_notation_and_its_source_in_the_references(name, filled, generate):
    assert f"| `{name}` |" in filled("notation.md")
    if source := VARIABLES[name].source:
        assert generate.cited(source).startswith(" {cite:p}"), f"{source} is not in references.bib"


def test_every_family_of_variables_is_on_the_page_that_explains_it(generate):
    shown = {
        word
        for page in DOCS.rglob("*.md")
        if "_build" not in page.parts
        for m in generate.MARKER.finditer(page.read_text(encoding="utf-8"))
        if m.group(1) == "variables"
        for word in (m.group(2) or "").split()
    }
    homes = [Path(home.__path__[0]) for home in (measure, plan, stress)]
    code = "".join(f.read_text("utf-8") for home in homes for f in home.rglob("*.py"))
    # The accounts belong to the table and stand in the notation alone.
    measured = {
        family
        for family, variables in generate.families().items()
        if family != "accounts" and any(f'"{name}"' in code for name in variables)
    }
    assert len(measured) > 5
    assert measured <= shown


def test_public_names_are_in_the_reference(generate, filled):
    pages = "".join(filled(f"api/{p.name}") for p in (DOCS / "api").glob("*.md"))
    missing = [
        name
        for name in autarky.__all__
        if name not in {"__version__", "errors", "measure", "plan", "stress"}
        and f".{name}\n" not in pages
    ]
    assert not missing


# --- shocks and stress ----------------------------------------------------------------------------


def scenario_files():
    """Every TOML block of the page on scenarios."""
    text = (DOCS / "stress/scenarios.md").read_text("utf-8")
    return re.findall(r"^```toml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def test_the_scenario_file_on_the_page_runs():
    world = autarky.open("world", 2011)
    text = scenario_files()[-1]
    scenario = parse_scenario(text, "toml")
    impact = stress.Equilibrium().run(world, scenario)
    assert impact.value("real_income", region="KOR") > 0  # it is paid
    assert impact.value("real_income", region="CHN") < 0
    # It shows every field of the head and of the types that it uses.
    for name in ("title", "source", "horizon", "groups_year"):
        assert getattr(scenario, name)
    for field in ("start", "duration", "recovery", "share", "mutual", "sectors"):
        assert re.search(rf"^{field} = ", text, re.MULTILINE)


def test_the_loss_of_capital_on_the_page_is_the_one_in_python():
    text, _ = scenario_files()
    (flood,) = parse_scenario(f'schema = 1\nname = "flood"\n{text}', "toml").shocks
    assert flood.describe() in (DOCS / "stress/scenarios.md").read_text("utf-8")


def test_every_scenario_group_and_shock_is_on_its_page(filled):
    page = filled("stress/scenarios.md")
    names = [*shocks.scenarios(), *shocks.groups(), *shocks.sector_groups(), *KINDS]
    for name in names:
        assert f"\n| `{name}` | " in page, name


def test_every_elasticity_set_and_horizon_is_on_its_page_with_its_source(filled, generate):
    page = filled("stress/equilibrium.md")
    for name in [*elasticity_sets(), "short", "medium", "long"]:
        assert f"\n| `{name}` | " in page
    dois = {entry["doi"] for entry in elasticity_data()["set"].values()}
    for doi in dois | {elasticity_data()["horizon"]["doi"]}:
        assert generate.cited_doi(doi).startswith("{cite:p}`")
    with pytest.raises(ValueError, match=r"no entry with doi 10\.0/none"):
        generate.cited_doi("10.0/none")


SAMPLES = {
    "embargo": {"exporters": "CHN", "importers": "DEU", "share": 0.5},
    "isolation": {"region": "DEU"},
    "trade_cost": {"exporters": "CHN", "importers": "DEU", "factor": 1.1},
    "tariff": {"importers": "DEU", "rate": 0.1},
    "capacity_loss": {"regions": "DEU", "share": 0.1},
    "capital_loss": {"regions": "DEU", "share": 0.1},
    "demand_shift": {"regions": "DEU", "change": -0.1},
    "transfer": {"payers": "DEU", "receivers": "FRA", "amount": 0.01},
    "stock_release": {"regions": "DEU", "days": 10},
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_says_what_the_equilibrium_can_express(kind):
    page = (DOCS / "stress/index.md").read_text("utf-8")
    found = re.search(rf"^\| [^|]*`{kind}`[^|]* \| (yes|no)\b", page, re.MULTILINE)
    assert found, kind
    scenario = shocks.Scenario(kind, [KINDS[kind](**SAMPLES[kind])])
    world = autarky.open("world", 2011)
    if found.group(1) == "yes":
        assert stress.Equilibrium().run(world, scenario).residuals
    else:
        with pytest.raises(UnsupportedShockError):
            stress.Equilibrium().run(world, scenario)


def test_what_the_page_on_briefs_says_about_costs():
    world = autarky.open("world", 2011)
    results = [stress.autarky_cost(world, elasticities=s) for s in elasticity_sets()]
    costs = np.array(
        [[one.value("autarky_cost", region=r) for r in world.regions] for one in results]
    )
    ratio = costs.max(axis=0) / costs.min(axis=0)
    assert np.median(ratio) >= 3
    prepared, n = stress.Equilibrium().prepare(world), world.regions.position("DEU")
    others = [r for r in world.regions if r != "DEU"]
    alone = [
        prepared.run(
            shocks.Scenario(r, [shocks.Embargo(exporters=r, importers="DEU", mutual=True)])
        )["real_income"][n]
        for r in others
    ]
    isolated = prepared.run(shocks.scenarios()["autarky-DEU"])["real_income"][n]
    assert isolated < sum(alone) < 0


def test_every_stress_page_says_when_not_to_use_it():
    for page in (DOCS / "stress").glob("*.md"):
        if page.name not in {"index.md", "scenarios.md"}:
            text = page.read_text("utf-8").lower()
            assert "when not to use it" in text, page.name
            assert "## checked by" in text, page.name


@pytest.mark.parametrize("home", [shocks, stress], ids=["shocks", "stress"])
def test_public_names_of_shocks_and_stress_are_in_the_reference(home, filled):
    page = filled(f"api/{home.__name__.rpartition('.')[2]}.md")
    assert not [name for name in home.__all__ if f".{name}\n" not in page]


# --- published numbers and data -------------------------------------------------------------------


def test_every_published_number_is_on_the_verification_page(filled, generate):
    page = filled("verification.md")
    papers = generate.published()
    assert papers
    for file, paper in papers.items():
        assert paper["citation"] in page
        assert paper["number"], file.name
        for number in paper["number"]:
            row = f"| {number['name'].replace('|', chr(92) + '|')} | {number['value']} |"
            assert row in page, file.name
        assert [t for t in generate._tests_of(file) if file.stem in t.read_text("utf-8")], (
            f"no test reads {file.name}"
        )


@pytest.mark.parametrize("name", sorted(registry.releases()))
def test_release_has_a_page(name, filled):
    page = filled(f"data/{name}.md")
    release = registry.release(name)
    assert release.citation in page
    for fault in release.faults:
        assert fault in page
    assert f"({name}.md)" in (DOCS / "data" / "index.md").read_text("utf-8")


# --- command line ---------------------------------------------------------------------------------


def test_every_option_is_documented(filled, generate):
    page = filled("cli.md")
    for name, command in generate.commands():
        if name == "autarky":
            continue
        heading = re.search(rf"^#+ `{re.escape(name)}[ `]", page, re.MULTILINE)
        assert heading, name
        section = page[heading.end() :].split("\n#")[0]
        # Options that all commands of a group have stand with the group.
        above = page.partition(f"# `{name.rpartition(' ')[0]}`")[2].split("\n#")[0]
        for option in command.params:
            if isinstance(option, click.Option) and not option.hidden:
                assert f"`{option.opts[0]}`" in section + above, f"{name} {option.opts[0]}"
                assert option.help, f"{name} {option.opts[0]} has no help"


def test_the_design_names_the_solvers_constants():
    from autarky.leontief import operator

    text = (DOCS / "design.md").read_text("utf-8")
    assert f"`DENSE_LIMIT` = {operator.DENSE_LIMIT:,} " in text
    assert f"`MANY` = {operator.MANY} " in text


def test_exit_codes_are_documented():
    page = (DOCS / "cli.md").read_text("utf-8")
    classes = [c for c in vars(errors).values() if isinstance(c, type)]
    codes = {c.exit_code for c in classes if issubclass(c, errors.AutarkyError)}
    for code in sorted(codes | {0, 1, 70, 130}):
        assert f"\n| {code} | " in page


COMMAND = re.compile(r"(?:^|[\s$&])(autarky(?: [^\n`|&#>]+)?)")


def blocks_of_commands(text):
    """Command lines in blocks, as a reader copies them."""
    for block in re.findall(r"^```(?:sh|console)\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            if line.startswith(("$ ", "autarky ", "uv run ", "pip install ")):
                yield from COMMAND.findall(line)


def commands_in_text(text):
    """Command lines in running text; some only name a command, without its arguments."""
    text = re.sub(r"^#.*$", "", text, flags=re.MULTILINE)  # headings show usage: {bash|zsh|fish}
    return re.findall(r"(?<!`)`(autarky [a-z-][^`[\n]*)`", text)


def parse(line):
    """Walk the tree of commands as click does, without running any of them."""
    from autarky.cli.app import cli

    name, command, arguments, context = "autarky", cli, shlex.split(line)[1:], None
    while True:
        try:
            context = command.make_context(name, arguments, parent=context)
        except click.exceptions.Exit:  # --help, --version
            return
        except click.BadParameter as error:
            if "does not exist" in error.message:  # FOLDER stands for the reader's own
                return
            raise
        if not isinstance(command, click.Group):
            return
        rest = [*context._protected_args, *context.args]
        if not rest:
            return
        name, command, arguments = command.resolve_command(context, rest)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_commands_shown_can_be_typed(page, filled):
    text = page.read_text("utf-8")
    if page.is_relative_to(DOCS):
        text = filled(page.relative_to(DOCS).as_posix())
    for line in blocks_of_commands(text):
        parse(line)
    for line in commands_in_text(text):
        with contextlib.suppress(click.MissingParameter, click.exceptions.NoArgsIsHelpError):
            parse(line)


@pytest.mark.parametrize(
    "line", ["autarky measur position", "autarky brief", "autarky measure position --region DEU"]
)
def test_a_command_that_cannot_be_typed_is_found(line):
    assert list(blocks_of_commands(f"```sh\n{line}\n```\n")) == [line]
    with pytest.raises(click.UsageError):
        parse(line)


# --- links ----------------------------------------------------------------------------------------


def links(page):
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"[a-z]+:", target):
            yield target.partition("#")[0]


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CONTRIBUTING.md"], ids=named)
def test_links_lead_somewhere(page):
    for target in links(page):
        assert not target or (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_page_is_in_a_table_of_contents():
    toctree = re.compile(r"^```\{toctree\}\n(.*?)^```", re.MULTILINE | re.DOTALL)
    listed = {DOCS / "index.md"}
    for page in PAGES[1:]:
        for body in toctree.findall(page.read_text("utf-8")):
            entries = [e for e in body.split() if not e.startswith(":")]
            listed |= {page.parent / f"{e}.md" for e in entries}
    assert set(PAGES[1:]) <= listed
