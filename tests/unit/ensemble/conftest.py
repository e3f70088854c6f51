"""A tiny table in a store of its own, and an ensemble on it that takes seconds."""

import numpy as np
import pytest

from autarky import Table
from autarky.ensemble import Chosen, Distribution, Ensemble
from autarky.shocks import Embargo, Scenario
from autarky.sources import _tables
from autarky.sources.store import Store


def tiny_table():
    rng = np.random.default_rng(11)
    Z, Y = rng.random((6, 6)), 4 * rng.random((6, 3)) + 0.5
    return Table.from_arrays(
        Z, Y, regions=["AUT", "DEU", "FRA"], sectors=["a", "b"], year=2000
    )  # fmt: skip


def tiny_scenarios(count):
    pairs = [(s, b) for s in ("AUT", "DEU", "FRA") for b in ("AUT", "DEU", "FRA") if s != b]
    return [
        Scenario(f"s{k:03d}", [Embargo(exporters=s, importers=b, share=0.1 + 0.8 * k / count)])
        for k in range(count)
        for s, b in [pairs[k % 6]]
    ]  # fmt: skip


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty home with the tiny table in its store."""
    path = tmp_path / "home"
    monkeypatch.setenv("AUTARKY_HOME", str(path))
    _tables.put(Store(path), "tiny", tiny_table())
    return path


@pytest.fixture
def small(home):
    """24 tasks: 6 scenarios, 4 draws, in chunks of 5."""
    scale = Distribution.of("elasticity_scale", {"loguniform": [0.5, 2.0]})
    model = Chosen(
        type="equilibrium", parameters={"elasticities": 4.0}, draw={"elasticity_scale": scale}
    )
    return Ensemble(
        name="small", tables=("tiny:2000",), scenarios=tiny_scenarios(6), models=(model,), draws=4,
        chunk=5, seed=3,
    )  # fmt: skip
