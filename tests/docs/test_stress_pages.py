"""The pages on stress models that know quantities: their tables are what the models say."""

import inspect
import re
from dataclasses import fields
from pathlib import Path

import pytest

import autarky
from autarky.errors import UnsupportedShockError
from autarky.shocks import Embargo, Scenario
from autarky.shocks.files import KINDS
from autarky.stress import Equilibrium, Inoperability, Inventory, Rationing
from autarky.stress.inventory.parameters import RULES

PAGES = Path(__file__).resolve().parent.parent.parent / "docs/stress"
CUT = Embargo(exporters="RUS", importers=["DEU", "FRA", "POL"], sectors="energy", duration=180)
SCENARIO = Scenario("no-russian-energy", [CUT], horizon=180)
SAMPLES = {
    "embargo": {"exporters": "CHN", "importers": "DEU", "share": 0.5},
    "isolation": {"region": "DEU"},
    "trade_cost": {"exporters": "CHN", "importers": "DEU", "factor": 1.1},
    "tariff": {"importers": "DEU", "rate": 0.1},
    "capacity_loss": {"regions": "DEU", "share": 0.1},
    "capital_loss": {
        "regions": "DEU",
        "share": 0.1,
        "duration": 1,
        "rebuilding_days": 60,
        "rebuilders": {"construction": 1},
    },
    "demand_shift": {"regions": "DEU", "change": -0.1},
    "transfer": {"payers": "DEU", "receivers": "FRA", "amount": 0.01},
    "stock_release": {"regions": "DEU", "days": 10},
}
#: The columns of the table in the index; small windows, as only what is refused matters.
MODELS = {
    "Trade equilibrium": Equilibrium(),
    "Inventory": Inventory(horizon=2, sensitivity="none"),
    "Rationing": Rationing(horizon=2, time_limit=60),
    "Inoperability": Inoperability(),
}


def rows(text, start):
    """The cells of the table whose header begins with some text, header first."""
    block = re.search(rf"^\| {re.escape(start)}.*(?:\n\|.*)+", text, re.MULTILINE).group()
    lines = [line.strip("| ").split(" | ") for line in block.splitlines()]
    return [lines[0], *lines[2:]]


@pytest.mark.parametrize("kind", KINDS)
def test_the_index_says_what_each_model_can_express(kind):
    header, *lines = rows((PAGES / "index.md").read_text("utf-8"), "Shock")
    assert header[1:] == list(MODELS)
    (line,) = [line for line in lines if f"`{kind}`" in line[0]]
    world = autarky.open("world", 2011)
    scenario = Scenario(kind, [KINDS[kind](**SAMPLES[kind])])
    for says, model in zip(line[1:], MODELS.values(), strict=True):
        assert says.startswith(("yes", "no")), says
        if says.startswith("yes"):
            assert model.run(world, scenario).certificates
        else:
            with pytest.raises(UnsupportedShockError):
                model.run(world, scenario)


@pytest.mark.parametrize("model", [Inventory, Rationing, Inoperability])
def test_every_parameter_is_explained(model, generate):
    table = generate.parameters(f"{model.__module__}.{model.__name__}")
    lines = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", table, re.MULTILINE))
    assert list(lines) == [field.name for field in fields(model)]
    assert all(re.search(r"\| .{15}", line) for line in lines.values())
    assert len(lines) == len(inspect.signature(model).parameters)


def test_every_rule_of_rationing_is_explained():
    _, *lines = rows((PAGES / "inventory.md").read_text("utf-8"), "`rationing=` | When")
    assert [line[0] for line in lines] == [f'`"{rule}"`' for rule in RULES]


def test_poland_stops_or_not_with_its_stocks():
    page, world = (PAGES / "inventory.md").read_text("utf-8"), autarky.open("world", 2011)
    long, short = (
        Inventory(days=days, sensitivity="none")
        .run(world, SCENARIO)
        .value("output", region="POL", sector="total")
        for days in (90, 15)
    )
    assert long > 0
    said = " ".join(page.split())
    assert f"output does not fall at all; with 15 days it falls by {-short:.0f} %" in said


@pytest.mark.slow
def test_the_tables_of_rules_and_of_fragility_are_what_the_model_says():
    page, world = (PAGES / "inventory.md").read_text("utf-8"), autarky.open("world", 2011)
    rules = Inventory(days=30).run(world, SCENARIO)
    header, *lines = rows(page, '`rationing=` | `reorder="none"`')
    reorders = [re.search(r'"(\w+)"', cell).group(1) for cell in header[1:]]
    for line in lines:
        for reorder, cell in zip(reorders, line[1:], strict=True):
            at = {"rationing": line[0].strip('`"'), "reorder": reorder}
            assert cell == f"{rules.value('final_use_by_rule', **at):.3f} %"
    fragile = Inventory(compare=("proportional",)).run(world, SCENARIO)
    header, *lines = rows(page, "Stock days")
    psi = [cell.removeprefix("ψ = ") for cell in header[2:]]
    for days, tau, *cells in lines:
        for threshold, cell in zip(psi, cells, strict=True):
            labels = {"stock_days": f"×{int(days) / 90:.3g}", "tau": f"×{int(tau) / 60:.3g}"}
            value = fragile.value("final_use_sensitivity", psi=threshold, **labels)
            assert cell == f"{value:.2f} %"
