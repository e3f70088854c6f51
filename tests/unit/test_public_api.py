"""What the package offers is pinned, and importing it costs nothing that is not used."""

import json
import subprocess
import sys

import pytest

import autarky

NAMES = [
    "AutarkyError",
    "Axis",
    "CapacityLoss",
    "CapitalLoss",
    "Concordance",
    "DemandShift",
    "Embargo",
    "Industries",
    "Isolation",
    "Provenance",
    "Scenario",
    "StockRelease",
    "Table",
    "Tariff",
    "TradeCost",
    "Transfer",
    "Unit",
    "Uses",
    "__version__",
    "errors",
    "measure",
    "open",
    "plan",
    "stress",
]
PUBLIC = {
    "autarky.leontief": [
        "CutOperator",
        "LeontiefOperator",
        "Solution",
        "block_gauss_seidel",
        "block_inverses",
        "ghosh",
        "leontief",
        "safe_reciprocal",
    ],
    "autarky.plan": [
        "Calibration",
        "Goal",
        "Guarantee",
        "Limits",
        "Pathway",
        "Preparedness",
        "Recovery",
        "calibrate",
        "closed_growth",
        "first",
        "reserve",
    ],
    "autarky.results": [
        "TOTAL",
        "VARIABLES",
        "Dependence",
        "Dimension",
        "Field",
        "Impact",
        "Plan",
        "Result",
        "Variable",
        "variable",
    ],
    "autarky.shocks": [
        "SCHEMA",
        "CapacityLoss",
        "CapitalLoss",
        "Damage",
        "DemandShift",
        "Effect",
        "Embargo",
        "Group",
        "Isolation",
        "Links",
        "Places",
        "Resolved",
        "Scenario",
        "SectorGroup",
        "Shock",
        "Sides",
        "StockRelease",
        "Tariff",
        "TradeCost",
        "Transfer",
        "from_dict",
        "groups",
        "load_scenario",
        "load_scenarios",
        "scenarios",
        "sector_groups",
        "to_dict",
    ],
    "autarky.stress": [
        "Elasticities",
        "Equilibrium",
        "Inoperability",
        "Inventory",
        "Prepared",
        "Rationing",
        "StressModel",
        "autarky_cost",
        "elasticities",
        "elasticity_sets",
        "pressure",
    ],
    "autarky.table": ["Finding", "Health", "Table"],
}


def test_the_public_names_are_pinned_and_sorted():
    assert sorted(autarky.__all__) == autarky.__all__ == NAMES
    assert dir(autarky) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_is_there(name):
    assert getattr(autarky, name) is not None


@pytest.mark.parametrize("module", PUBLIC)
def test_the_public_names_of_modules_are_pinned(module):
    found = __import__(module, fromlist=["*"])
    assert sorted(found.__all__) == sorted(PUBLIC[module])
    assert all(hasattr(found, name) for name in found.__all__)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'autarky' has no attribute 'Tabel'"):
        autarky.Tabel  # noqa: B018


def _modules_after(statement):
    code = f"import sys; before = set(sys.modules); {statement}; import json; print(json.dumps(sorted(set(sys.modules) - before)))"  # noqa: E501
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(run.stdout))


@pytest.mark.parametrize("name", ["pandas", "scipy", "pymrio", "numpy", "pyarrow", "pooch", "rich"])
def test_importing_the_package_imports_nothing_heavy(name):
    assert name not in _modules_after("import autarky")


def test_a_table_needs_neither_pandas_nor_pymrio():
    loaded = _modules_after(
        "import autarky; autarky.Table.from_arrays([[1.0]], [[9.0]], regions=['A'], sectors=['s'])"
    )
    assert "autarky.table.core" in loaded
    assert not loaded & {"pandas", "pymrio", "pyarrow", "scipy", "click", "rich", "matplotlib"}
