"""Parts of the documentation that are written from the code and the tests, as MyST text.

A page asks for one with a comment line of its own::

    % generate: variables exports

Plain functions that return text: `autarky_docs` puts it into the page when the documentation is
built, and the tests in ``tests/docs`` read the same text.
"""

from __future__ import annotations

import inspect
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
PUBLISHED = ROOT / "tests" / "published"
MARKER = re.compile(r"^% generate: (\w+)(?: (.+))?$", re.MULTILINE)
UNITS = {"money/yr": "money per year", "share": "share", "1": "number"}


def fill(text: str, page: str) -> str:
    """The source of a page with every marker replaced by what it asks for."""

    def one(match: re.Match[str]) -> str:
        name, arguments = match.group(1), (match.group(2) or "").split()
        if name not in GENERATORS:
            raise ValueError(f"{page}: nothing generates {name!r}; there are {sorted(GENERATORS)}")
        return GENERATORS[name](*arguments)

    return MARKER.sub(one, text)


def table(header: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table; bars inside cells are escaped."""
    header = list(header)
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    for row in rows:
        cells = (" ".join(str(cell).split()).replace("|", "\\|") for cell in row)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


# --- variables --------------------------------------------------------------------------------


def families() -> dict[str, dict[str, dict[str, str]]]:
    """The registry of variables, family by family, as its files have it."""
    folder = files("autarky.results").joinpath("registry")
    found = (f for f in folder.iterdir() if f.name.endswith(".toml"))
    return {
        f.name.removesuffix(".toml"): tomllib.loads(f.read_text(encoding="utf-8"))
        for f in sorted(found, key=lambda f: f.name)
    }


def citation_key(source: str) -> str:
    """The bibliography's key, first author and year, of any way to write it.

    >>> citation_key("miller-blair-2009"), citation_key("johnson2012")
    ('miller2009', 'johnson2012')
    """
    found = re.match(r"([A-Za-z]+)\D*((?:\d{4}[a-z]?)?)", source)
    return (found.group(1) + found.group(2)).lower() if found else source


def cited(source: str) -> str:
    """A citation of a source in the bibliography; its own words where it is not there yet."""
    key = citation_key(source)
    known = re.findall(r"^@\w+\{([^,]+),", (ROOT / "docs/references.bib").read_text("utf-8"), re.M)
    return f" {{cite:p}}`{key}`" if key in known else f" ({source})"


def variables(*wanted: str) -> str:
    """The variables of some families, one table each; of all without a name."""
    every = families()
    parts = []
    for family in wanted or every:
        rows = [
            (
                f"`{name}`",
                v.get("symbol", ""),
                UNITS.get(v["unit"], v["unit"]),
                f"**{v['title']}.** {v['definition']}"
                + (cited(v["source"]) if v.get("source") else ""),
            )
            for name, v in every[family].items()
        ]
        head = "" if wanted else f"### {family.replace('_', ' ').capitalize()}\n\n"
        parts.append(head + table(("Name", "Symbol", "Unit", "Meaning"), rows))
    return "\n".join(parts)


# --- verification -----------------------------------------------------------------------------


def published() -> dict[Path, dict[str, Any]]:
    """The published numbers that tests hold, file by file."""
    found = sorted(PUBLISHED.glob("*.toml"))
    return {f: tomllib.loads(f.read_text(encoding="utf-8")) for f in found}


def verification() -> str:
    """One section per paper: what it is, on which data, and its numbers with tolerance."""
    parts = []
    for file, paper in published().items():
        lines = [f"## {paper['title']}\n", f"{paper['citation']}"]
        if paper.get("doi"):
            lines[-1] += f" doi:[{paper['doi']}](https://doi.org/{paper['doi']})"
        lines.append(f"\nData: {paper['data']}\n")
        lines.append(_numbers(paper.get("number", [])))
        links = [_download(file)]
        links += [_download(test) for test in _tests_of(file)]
        lines.append(f"Held by {' and '.join(links)}.\n")
        parts.append("\n".join(lines))
    return "\n".join(parts)


def _numbers(numbers: list[dict[str, Any]]) -> str:
    rows = []
    for number in numbers:
        missed = number.get("xfail") or number.get("missed") or ""
        within = [f"{number.get('tolerance', '')}"]
        for key, value in number.items():
            if key.startswith("tolerance_"):
                within.append(f"{value} ({key.removeprefix('tolerance_').replace('_', ' ')})")
        where = number.get("where", "")
        rows.append((number["name"], number["value"], "; ".join(within), where, missed))
    header = ["What", "Published", "Tolerance", "Where"]
    if any(row[-1] for row in rows):
        return table([*header, "Missed, because"], rows)
    return table(header, (row[:-1] for row in rows))


def _tests_of(file: Path) -> list[Path]:
    """The tests that read a file of numbers."""
    tests = sorted(file.parent.glob("test_*.py"))
    named = [t for t in tests if re.search(rf"\b{file.stem}\b", t.read_text(encoding="utf-8"))]
    return named or [t for t in tests if t.stem == f"test_{file.stem}"]


def tests(*names: str) -> str:
    """What the tests of some files say, in the words of their names."""
    said = []
    for name in names:
        text = (ROOT / "tests" / name).read_text(encoding="utf-8")
        said += [f"* {t.replace('_', ' ')}" for t in re.findall(r"^def test_(\w+)", text, re.M)]
    links = " and ".join(f"`tests/{name}`" for name in names)
    return "\n".join(said) + f"\n\n(from {links})\n"


def _download(file: Path) -> str:
    return f"[`{file.relative_to(ROOT).as_posix()}`](../{file.relative_to(ROOT).as_posix()})"


# --- data -------------------------------------------------------------------------------------


def release(name: str) -> str:
    """What the registry of sources says about a release."""
    text = files("autarky.sources").joinpath("registry.toml").read_text(encoding="utf-8")
    entry = tomllib.loads(text)["release"][name]
    years = entry["years"]
    spell = ", ".join(map(str, years))
    if len(years) > 5:
        spell = f"{years[0]} to {years[-1]}, every year"
    size = f"{entry['regions']} regions × {entry['sectors']} sectors, {entry['uses']} final uses"
    passing = {
        "full": "may be passed on, with attribution",
        "aggregate": "only an aggregate computed from it is passed on",
        "none": "not passed on",
    }
    getting = {
        "embedded": "comes with autarky",
        "download": f"`autarky data get {name}`",
        "manual": f"by hand: {entry.get('how', '')}",
    }
    rows = [
        ("On the command line", f"`--table {name}:{years[-1]}`"),
        ("Coverage", size),
        ("Years", spell),
        ("Layout", entry["kind"]),
        ("Unit and valuation", entry["unit"]),
        ("How to get it", getting[entry["access"]]),
        ("Licence", f"{entry['licence']}. {entry.get('licence_note', '')}"),
        ("Passing it on", passing[entry["redistribution"]]),
        ("Cite", entry["citation"]),
    ]
    if entry.get("landing"):
        rows.append(("Page of the publisher", f"<{entry['landing']}>"))
    faults = "\n".join(f"* {fault}" for fault in entry.get("faults", ()))
    return f"{entry['what']}\n\n{table(('', ''), rows)}\n## Known faults\n\n{faults}\n"


def groups() -> str:
    """The sector groups of the embedded table and the WIOD industries in them."""
    found = import_module("autarky.sources.build_world").GROUPS
    rows = [
        (f"`{code}`", title, ", ".join(f"c{i}" for i in members))
        for code, (title, members) in found.items()
    ]
    return table(("Code", "Group", "WIOD industries"), rows)


# --- shocks and stress ------------------------------------------------------------------------


def shocks() -> str:
    """The types of shocks: how files call them, what they do, their fields."""
    from dataclasses import fields

    from autarky.shocks.base import Shock
    from autarky.shocks.files import KINDS

    timing = {f.name for f in fields(Shock)}
    rows = []
    for kind, cls in KINDS.items():
        own = [f for f in fields(cls) if f.name not in timing]
        says = (inspect.getdoc(cls) or "").partition("\n\n")[0]
        rows.append((f"`{kind}`", f"`{cls.__name__}`", says, ", ".join(map(_field, own))))
    return table(("In a file", "In Python", "What it says", "Fields (with defaults)"), rows)


def _field(field: Any) -> str:
    from dataclasses import MISSING

    if field.default is MISSING:
        return f"`{field.name}`"
    words = {None: "none", False: "false", ("*",): "everyone else"}
    if field.name == "sectors":
        words[None] = "all"
    default = words.get(field.default, field.default)
    return (
        f"`{field.name}` ({default:g})"
        if isinstance(default, float)
        else (f"`{field.name}` ({default})")
    )


def scenarios() -> str:
    """The ready scenarios: name, what it is, and where its numbers come from."""
    from autarky.shocks import scenarios as ready

    rows = [
        (f"`{name}`", one.title, "<br>".join(one.describe().splitlines()), one.source)
        for name, one in ready().items()
    ]
    return table(("Name", "What happens", "Shocks", "Where its numbers come from"), rows)


def region_groups() -> str:
    """Groups of regions that shocks may name."""
    from autarky.shocks import groups as known

    rows = []
    for name, group in known().items():
        when = "by year" if group.dated else "always the same"
        rows.append((f"`{name}`", group.title, when, group.note, group.source))
    return table(("Name", "What it is", "Members", "Note", "Source"), rows)


def sector_groups() -> str:
    """Groups of sectors that shocks may name, and their sectors in each classification."""
    from autarky.shocks import sector_groups as known
    from autarky.shocks.groups import classifications

    systems = list(classifications())
    rows = [
        (f"`{name}`", group.title, *(", ".join(group.sectors.get(s, ())) for s in systems))
        for name, group in known().items()
    ]
    return table(("Name", "What it is", *(f"In `{s}`" for s in systems)), rows)


def parameters(path: str) -> str:
    """The parameters of a model: name, default, and what its docstring says about it."""
    from dataclasses import MISSING, fields

    module, _, name = path.rpartition(".")
    cls = getattr(import_module(module), name)
    section = (inspect.getdoc(cls) or "").split("Parameters\n----------\n")[1]
    section = re.split(r"\n\n\w+\n-+\n", section)[0]
    said = {
        head: " ".join(body.split()).replace("*", "\\*")
        for head, body in re.findall(r"^(\w+) : .*\n((?:(?: .*)?(?:\n|$))+)", section, re.MULTILINE)
    }
    rows = []
    for field in fields(cls):
        default = "" if field.default is MISSING else field.default
        shown = f"{default:.4g}" if isinstance(default, float) else repr(default)
        rows.append((f"`{field.name}`", f"`{shown}`", said[field.name]))
    return table(("Parameter", "Default", "Meaning, and source"), rows)


#: Economies for which the page on the cost of autarky shows what the choice of elasticities does.
SHOWN = ("DEU", "USA", "CHN", "JPN", "KOR", "BRA")


def elasticity_sets() -> str:
    """The named sets of elasticities, and the cost of autarky that each of them gives."""
    import autarky
    from autarky.stress import autarky_cost
    from autarky.stress import elasticity_sets as known
    from autarky.stress.elasticities import elasticities

    world = autarky.open("world", 2011)
    rows = []
    for name in known():
        chosen = elasticities(name)
        theta = sorted(chosen.values.values())
        costs = autarky_cost(world, elasticities=name, regions=SHOWN)
        rows.append(
            (
                f"`{name}`",
                f"{known()[name]} {cited_doi(chosen.doi)}; {'; '.join(chosen.assumptions)}",
                f"{theta[0]:g} to {theta[-1]:g}",
                *(f"{costs.value('autarky_cost', region=r):.1f}" for r in SHOWN),
            )
        )
    return table(("Set", "Source, and what is assumed beside it", "θ from … to", *SHOWN), rows)


def elasticity_values() -> str:
    """θ of every set on the sectors of the embedded table."""
    import autarky
    from autarky.stress import elasticity_sets as known
    from autarky.stress.elasticities import elasticities

    world = autarky.open("world", 2011)
    sets = list(known())
    theta = [elasticities(name).for_table(world) for name in sets]
    rows = [
        (f"`{code}`", *(f"{values[i]:.2f}" for values in theta))
        for i, code in enumerate(world.sectors)
    ]
    return table(("Group", *(f"`{s}`" for s in sets)), rows)


def horizons() -> str:
    """What θ is multiplied by at each horizon."""
    from autarky.stress._elasticity_data import data
    from autarky.stress.elasticities import horizon_factor

    rows = [
        (f"`{name}`", entry["when"], f"{horizon_factor(name):.3f}", entry["assumption"])
        for name, entry in data()["horizon"].items()
        if isinstance(entry, dict)
    ]
    return table(("Horizon", "When", "θ times", "Assumption"), rows)


def cited_doi(doi: str) -> str:
    """A citation of the entry of the bibliography with this DOI; an error without one."""
    entries = re.split(r"^@\w+\{", (ROOT / "docs/references.bib").read_text("utf-8"), flags=re.M)
    for entry in entries[1:]:
        if re.search(rf"doi\s*=\s*\{{{re.escape(doi)}\}}", entry):
            return f"{{cite:p}}`{entry.partition(',')[0]}`"
    raise ValueError(f"references.bib has no entry with doi {doi}")


def papers(*names: str) -> str:
    """One row for each file of published numbers: how many are held, how many missed."""
    rows = []
    for name in names:
        paper = tomllib.loads((PUBLISHED / f"{name}.toml").read_text(encoding="utf-8"))
        numbers = paper["number"]
        missed = [n for n in numbers if n.get("xfail") or n.get("missed")]
        within = sorted({n["tolerance"] for n in numbers if "tolerance" in n})
        spread = f"{within[0]:g}" if len(within) == 1 else f"{within[0]:g} to {within[-1]:g}"
        said = "; ".join(f"{n['name']}: {n.get('missed') or n['xfail']}" for n in missed)
        rows.append((paper["citation"], paper["data"], len(numbers), spread, said or "none"))
    return table(("Paper", "Data", "Numbers", "Held to", "Missed"), rows)


# --- command line -----------------------------------------------------------------------------


def commands() -> Iterable[tuple[str, Any]]:
    """Every command of the tree with its full name, in the order of --help."""
    import click

    from autarky.cli.app import cli

    def walk(name: str, command: Any) -> Iterable[tuple[str, Any]]:
        yield name, command
        if isinstance(command, click.Group):
            context = click.Context(command, info_name=name)
            for sub in command.list_commands(context):
                found = command.get_command(context, sub)
                if found is not None:
                    yield from walk(f"{name} {sub}", found)

    return walk("autarky", cli)


def cli() -> str:
    """One section per command: what it does, its arguments and its options.

    Options that all commands of a group have stand with the group, once.
    """
    import click

    found = dict(commands())
    parts, shared = [], {"autarky": set()}
    for name, command in found.items():
        if name == "autarky":
            continue
        level = "#" * len(name.split())
        arguments = [p for p in command.params if isinstance(p, click.Argument)]
        usage = " ".join([name, *(p.make_metavar(click.Context(command)) for p in arguments)])
        text = inspect.cleandoc(command.help or "").split("\f")[0].replace("\b\n", "")
        lines = [f"{level} `{usage}`\n", _escape(text) + "\n"]
        rows = [r for r in _options(command) if r not in shared.get(name.rpartition(" ")[0], ())]
        if isinstance(command, click.Group):
            below = [_options(c) for n, c in found.items() if n.rpartition(" ")[0] == name]
            common = [row for row in below[0] if all(row in others for others in below)]
            shared[name] = set(common)
            if common:
                lines.append("Every one of its commands has these options:\n")
                rows += common
        if rows:
            lines.append(table(("Option", "Meaning"), rows))
        parts.append("\n".join(lines))
    return "\n".join(parts)


def _options(command: Any) -> list[tuple[str, str]]:
    import click

    options = (p for p in command.params if isinstance(p, click.Option) and not p.hidden)
    return [_option(option, command) for option in options]


def _escape(text: str) -> str:
    """Help is plain text: quoted commands become code, lines that are set in become blocks."""
    text = re.sub(r"'((?:autarky|--)[^']*)'", r"`\1`", text)
    paragraphs = []
    for paragraph in text.split("\n\n"):
        head, colon, command = paragraph.partition(":  autarky ")
        block = f"{head}:\n\n```sh\nautarky {command}\n```"
        paragraphs.append(block if colon else paragraph)
    return "\n\n".join(paragraphs)


def _option(option: Any, command: Any) -> tuple[str, str]:
    import click

    context = click.Context(command)
    names = ", ".join(f"`{n}`" for n in (*option.opts, *option.secondary_opts))
    if not option.is_flag:
        names += f" `{option.make_metavar(context)}`"
    extra = option.get_help_extra(context)
    default = f" Default: `{extra['default']}`." if extra.get("default") else ""
    required = " Required." if option.required else ""
    return names, _escape(option.help or "") + default + required


# --- the Python names -------------------------------------------------------------------------


def api(module: str, *names: str) -> str:
    """Autodoc of the public names of a module, or of some of them."""
    home = import_module(module)
    parts = []
    for name in names or getattr(home, "__all__", None) or _own_names(home):
        if name.startswith("__"):
            continue
        found = getattr(home, name)
        if inspect.isclass(found):
            kind, options = "autoclass", ["   :members:"]
        elif inspect.isroutine(found):
            kind, options = "autofunction", []
        elif inspect.ismodule(found):
            continue
        else:
            kind, options = "autodata", ["   :no-value:"]
        body = "\n".join([f".. {kind}:: {module}.{name}", *options])
        parts.append(f"```{{eval-rst}}\n{body}\n```\n")
    return "\n".join(parts)


def _own_names(home: Any) -> list[str]:
    """Public classes and functions that a module without ``__all__`` defines."""
    return [
        name
        for name, found in vars(home).items()
        if not name.startswith("_") and getattr(found, "__module__", "") == home.__name__
    ]


def errors() -> str:
    """Autodoc of every class of errors, root first."""
    home = import_module("autarky.errors")
    found = [n for n, c in vars(home).items() if inspect.isclass(c) and issubclass(c, Exception)]
    return api("autarky.errors", *found)


GENERATORS: Mapping[str, Callable[..., str]] = {
    "variables": variables,
    "verification": verification,
    "tests": tests,
    "release": release,
    "groups": groups,
    "shocks": shocks,
    "scenarios": scenarios,
    "region_groups": region_groups,
    "sector_groups": sector_groups,
    "elasticity_sets": elasticity_sets,
    "elasticity_values": elasticity_values,
    "horizons": horizons,
    "parameters": parameters,
    "papers": papers,
    "cli": cli,
    "api": api,
    "errors": errors,
}
