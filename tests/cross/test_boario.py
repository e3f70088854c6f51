"""Inventory dynamics, in strict mode, against an installed BoARIO: the same numbers every day.

BoARIO is GPL software and only called here. It sorts regions and sectors by name; the economy of
the comparison is made from the arrays it holds.
"""

import itertools

import numpy as np
import pytest

from autarky import Table
from autarky.stress.inventory.economy import DAYS, Economy
from autarky.stress.inventory.kernel import Settings
from autarky.stress.inventory.strict_events import Loss, Rebuild, follow

pd = pytest.importorskip("pandas")
pymrio = pytest.importorskip("pymrio", reason="pymrio is in the test group")
pytest.importorskip("boario", reason="boario is in the test group")
pytest.importorskip("progressbar", reason="boario needs progressbar2 without saying so")

#: Relative to the output of each industry at base.
CLOSE = 1e-9
DEFAULTS = {"main_inv_dur": 90, "inventory_restoration_tau": 60, "psi_param": 0.8}
DEFAULTS |= {"alpha_max": 1.25, "alpha_tau": 365}
TIMING = {"occurrence": 3, "duration": 5}


class Peer:
    """BoARIO on a table with one event, and the same for us."""

    def __init__(self, system, arithmetic, *, orders, kind, hit, days=365, timing=TIMING, **more):
        self.arithmetic, self.kind, self.hit, self.days = arithmetic, kind, hit, days
        self.orders, self.timing, self.more = orders, timing, more
        self.parameters = DEFAULTS | more.pop("model", {})
        with arithmetic():
            from boario.extended_models import ARIOPsiModel

            self.model = ARIOPsiModel(system, order_type=orders, **self.parameters)
        self.labels = list(self.model.industries)
        self.sectors = list(self.model.sectors)
        self.capital = np.ravel(np.asarray(self.model.productive_capital, dtype=float))

    def run(self):
        """Daily output, capacity, unmet final use by product (T, n), stocks (T, S, n)."""
        with self.arithmetic():
            from boario.event import from_series
            from boario.simulation import Simulation

            hit = pd.Series(self.hit)
            hit.index = hit.index.set_names(["region", "sector"])
            unit = {} if self.kind == "arbitrary" else {"event_monetary_factor": 10**6}
            simulation = Simulation(
                self.model, n_temporal_units_to_sim=self.days, register_stocks=True
            )
            event = from_series(hit, event_type=self.kind, **self.timing, **unit, **self._options())
            simulation.add_event(event)
            simulation.loop()
            stock = np.asarray(simulation.inputs_stocks, dtype=float)
            return (
                np.asarray(simulation.production_realised, dtype=float),
                np.asarray(simulation.production_capacity, dtype=float),
                np.asarray(simulation.final_demand_unmet, dtype=float),
                stock.reshape(self.days, len(self.sectors), -1),
            )

    def _options(self):
        if self.kind != "rebuild":
            return {"recovery_tau": self.more["tau"], "recovery_function": "linear"}
        return {"rebuild_tau": self.more["tau"], "rebuilding_sectors": self.more["sectors"]}

    def economy(self):
        """The arrays that BoARIO holds."""
        n, S = len(self.labels), len(self.sectors)
        R = n // S
        Y = np.asarray(self.model.Y_0, dtype=float).reshape(n, R, -1).sum(axis=2)
        B = np.hstack([np.asarray(self.model.Z_0, dtype=float), Y])
        x = np.ravel(np.asarray(self.model.X_0, dtype=float))
        B /= DAYS if B.sum() > 10 * x.sum() else 1.0
        at = np.arange(n)
        return Economy(B, at % S, S, np.concatenate([at // S, np.arange(R)]), x)

    def ours(self):
        """The same run by us."""
        e, p = self.economy(), self.parameters
        one = np.ones(1)
        goal = np.full((e.S, 1), float(p["main_inv_dur"]))
        settings = Settings(
            goal, p["inventory_restoration_tau"] * one, p["psi_param"] * one,
            p["alpha_max"] * one, p["alpha_tau"] * one, np.ones((e.S, e.n)),
        )  # fmt: skip
        size = np.zeros(e.n)
        for label, amount in self.hit.items():
            size[self.labels.index(label)] = amount
        tau = self.more["tau"]
        if self.kind == "rebuild":
            share = np.zeros(e.S)
            for sector, part in self.more["sectors"].items():
                share[self.sectors.index(sector)] = part
            event = Rebuild(e, size, self.capital, share, tau=tau, **self.timing)
        else:
            capital = None if self.kind == "arbitrary" else self.capital
            event = Loss(size, capital, tau=tau, **self.timing)
        return e, follow(e, settings, event, self.days, orders=self.orders)

    def compare(self):
        """Every number of every day."""
        x, capacity, unmet, stock = self.run()
        e, run = self.ours()
        scale = np.where(e.x > 0, e.x, 1.0)
        assert np.abs((run.x - x) / scale).max() <= CLOSE
        assert np.abs((run.capacity - capacity) / scale).max() <= CLOSE
        assert np.abs(run.unmet.sum(axis=(1, 2)) - unmet.sum(axis=1)).max() <= CLOSE * e.x.sum()
        assert np.abs(run.stock - stock).max() <= CLOSE * stock.max()
        return np.nanmax(1 - x / scale)


@pytest.fixture
def system(peer_arithmetic):
    with peer_arithmetic():
        found = pymrio.load_test()
        found.calc_all()
    return found


CASES = {
    "recovery": {"hit": {("reg1", "electricity"): 1e5, ("reg1", "mining"): 5e4}, "tau": 20},
    "arbitrary": {"hit": {("reg1", "electricity"): 0.9, ("reg2", "mining"): 0.6}, "tau": 20},
    "rebuild": {
        "hit": {("reg1", "electricity"): 1e5, ("reg1", "mining"): 5e4},
        "tau": 20,
        "sectors": {"construction": 0.7, "electricity": 0.3},
    },
}


@pytest.mark.parametrize("orders", ["noalt", "alt"])
@pytest.mark.parametrize("kind", CASES)
def test_a_year_of_the_test_system(system, peer_arithmetic, orders, kind):
    worst = Peer(system, peer_arithmetic, orders=orders, kind=kind, **CASES[kind]).compare()
    assert worst > 0.15


def draws(count):
    rng = np.random.default_rng(4)
    for number, kind in zip(range(count), itertools.cycle(CASES), strict=False):
        model = {
            "main_inv_dur": int(rng.integers(5, 120)),
            "inventory_restoration_tau": int(rng.integers(5, 90)),
            "psi_param": float(rng.uniform(0.5, 1.0)),
            "alpha_max": float(rng.uniform(1.0, 1.5)),
            "alpha_tau": int(rng.integers(10, 400)),
        }
        timing = {"occurrence": int(rng.integers(1, 20)), "duration": int(rng.integers(1, 30))}
        case = CASES[kind] | {"tau": int(rng.integers(5, 60))}
        orders = "alt" if rng.random() < 0.5 else "noalt"
        yield pytest.param(
            {"kind": kind, "orders": orders, "model": model, "timing": timing, **case},
            id=f"{number}-{kind}-{orders}",
        )


@pytest.mark.parametrize("case", list(draws(24)))
def test_random_parameters(system, peer_arithmetic, case):
    Peer(system, peer_arithmetic, days=120, **case).compare()


def wiod(raw):
    """WIOD 2013 without what the peer cannot run on: negative final use, industries at rest."""
    Z, Y = raw["Z"].astype(float), np.maximum(raw["Y"].astype(float), 0.0)
    idle = np.flatnonzero(Z.sum(axis=1) + Y.sum(axis=1) <= 0)
    Z[:, idle] = 0.0
    Y[idle, 5 * (idle // 35)] = 1.0
    labels = [f"R{r:02}" for r in range(41)], [f"S{s:02}" for s in range(35)]
    return Table.from_arrays(
        Z, Y, regions=labels[0], sectors=labels[1], uses=[f"u{k}" for k in range(5)]
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "orders"),
    [
        ("recovery", "alt"),
        ("recovery", "noalt"),
        ("arbitrary", "alt"),
        pytest.param(
            "rebuild",
            "alt",
            marks=pytest.mark.xfail(
                strict=True,
                raises=AssertionError,
                reason="1.1e-9 of capacity, not 1e-9: the peer rounds what is left of the damage",
            ),
        ),
    ],
)
def test_a_year_of_wiod_2011(wiod2013_raw, peer_arithmetic, kind, orders):
    with peer_arithmetic():
        system = wiod(wiod2013_raw(2011)).to_pymrio()
        system.calc_all()
    size = {"arbitrary": 0.5}.get(kind, 500.0)
    more = {"sectors": {"S17": 0.6, "S12": 0.4}} if kind == "rebuild" else {}
    hit = {("R10", "S14"): size, ("R10", "S08"): size / 2}
    Peer(system, peer_arithmetic, orders=orders, kind=kind, hit=hit, tau=60, **more).compare()
