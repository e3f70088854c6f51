"""Inventory dynamics, in strict mode, against an installed BoARIO: the same numbers every day.

BoARIO is GPL software and only called here. It sorts regions and sectors by name; the economy of
the comparison is made from the arrays it holds.
"""

import itertools

import numpy as np
import pytest

from autarky import Table
from autarky.errors import OptionError, UnsupportedShockError
from autarky.shocks import CapacityLoss, CapitalLoss, Scenario
from autarky.stress import Inventory
from autarky.stress.inventory.economy import DAYS, Economy
from autarky.stress.inventory.incumbent import incumbent
from autarky.stress.inventory.strict import Habits
from autarky.stress.inventory.strict_events import Loss, Rebuild, follow
from autarky.units import Unit

pd = pytest.importorskip("pandas")
pymrio = pytest.importorskip("pymrio", reason="pymrio is in the test group")
pytest.importorskip("boario", reason="boario is in the test group")
pytest.importorskip("progressbar", reason="boario needs progressbar2 without saying so")

#: Output and capacity relative to base output, unmet final use to base final use, stocks to their
#: size at base, each cell on its own.
CLOSE = 1e-9
DEFAULTS = {"main_inv_dur": 90, "inventory_restoration_tau": 60, "psi_param": 0.8}
DEFAULTS |= {"alpha_max": 1.25, "alpha_tau": 365}
TIMING = {"occurrence": 3, "duration": 5}
#: How BoARIO calls the ways of returning.
CURVES = {"linear": "linear", "convex": "convexe", "concave": "concave"}


class Peer:
    """BoARIO on a table with some events, and the same for us."""

    def __init__(self, system, arithmetic, *, orders, events, days=365, model=None):
        self.arithmetic, self.events, self.days, self.orders = arithmetic, events, days, orders
        self.parameters = DEFAULTS | (model or {})
        with arithmetic():
            from boario.extended_models import ARIOPsiModel

            self.model = ARIOPsiModel(system, order_type=orders, **self.parameters)
        self.labels = list(self.model.industries)
        self.sectors = list(self.model.sectors)
        self.capital = np.ravel(np.asarray(self.model.productive_capital, dtype=float))

    def simulate(self):
        """The finished simulation."""
        with self.arithmetic():
            from boario.simulation import Simulation

            simulation = Simulation(
                self.model, n_temporal_units_to_sim=self.days, register_stocks=True
            )
            for one in self.events:
                simulation.add_event(self.event(**one))
            simulation.loop()
        return simulation

    def run(self):
        """Output, capacity, unmet final use by region and product (T, n), stocks (T, S, n)."""
        simulation = self.simulate()
        assert not simulation.has_crashed
        stock = np.asarray(simulation.inputs_stocks, dtype=float)
        return (
            np.asarray(simulation.production_realised, dtype=float),
            np.asarray(simulation.production_capacity, dtype=float),
            np.asarray(simulation.final_demand_unmet, dtype=float),
            stock.reshape(self.days, len(self.sectors), -1),
        )

    def event(self, *, kind, hit, tau, timing=TIMING, curve="linear", sectors=None):
        """One event as BoARIO has it."""
        from boario.event import from_series

        series = pd.Series(hit)
        series.index = series.index.set_names(["region", "sector"])
        more = {} if kind == "arbitrary" else {"event_monetary_factor": 10**6}
        if kind == "rebuild":
            more |= {"rebuild_tau": tau, "rebuilding_sectors": sectors}
        else:
            more |= {"recovery_tau": tau, "recovery_function": CURVES[curve]}
        return from_series(series, event_type=kind, **timing, **more)

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

    def habits(self):
        """Its parameters as ours."""
        p = self.parameters
        # It sets stocks of a day or less to two.
        goal = np.full(len(self.sectors), float(p["main_inv_dur"] if p["main_inv_dur"] > 1 else 2))
        endless = p.get("infinite_inventories_sect", ())
        goal[[self.sectors.index(sector) for sector in endless]] = np.inf
        return Habits(
            goal, p["inventory_restoration_tau"], p["psi_param"], p["alpha_max"], p["alpha_tau"],
            {"alt": "capacity", "noalt": "fixed"}[self.orders],
        )  # fmt: skip

    def ours(self):
        """The same run by us."""
        e = self.economy()
        return e, follow(e, self.habits(), [self.our_event(e, **one) for one in self.events],
                         self.days)  # fmt: skip

    def our_event(self, e, *, kind, hit, tau, timing=TIMING, curve="linear", sectors=None):
        """One event as we have it."""
        size = np.zeros(e.n)
        for label, amount in hit.items():
            size[self.labels.index(label)] = amount
        if kind == "rebuild":
            share = np.zeros(e.S)
            for sector, part in sectors.items():
                share[self.sectors.index(sector)] = part
            return Rebuild(e, size, self.capital, share, tau=tau, **timing)
        capital = None if kind == "arbitrary" else self.capital
        return Loss(size, capital, tau=tau, curve=curve, **timing)

    def gaps(self):
        """The largest gap of each kind of number, and the deepest fall of output."""
        x, capacity, unmet, stock = self.run()
        e, run = self.ours()
        final, scale = e.final.T.ravel(), np.where(e.x > 0, e.x, 1.0)
        short = run.unmet.transpose(0, 2, 1).reshape(unmet.shape)
        kept = np.isfinite(stock[0])
        np.testing.assert_array_equal(np.isfinite(run.stock), np.isfinite(stock))
        held = np.where(stock[0][kept] > 0, stock[0][kept], 1.0)
        return {
            "output": np.abs((run.x - x) / scale).max(),
            "capacity": np.abs((run.capacity - capacity) / scale).max(),
            "unmet": np.abs((short - unmet) / np.where(final > 0, final, 1.0)).max(),
            "stock": np.abs((run.stock[:, kept] - stock[:, kept]) / held).max(),
        }, np.nanmax(1 - x / scale)

    def compare(self):
        """Every number of every day."""
        gaps, deepest = self.gaps()
        assert max(gaps.values()) <= CLOSE, gaps
        return deepest


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


def case(kind, **changes):
    return {"kind": kind, **CASES[kind]} | changes


@pytest.mark.parametrize("orders", ["noalt", "alt"])
@pytest.mark.parametrize("kind", CASES)
def test_a_year_of_the_test_system(system, peer_arithmetic, orders, kind):
    peer = Peer(system, peer_arithmetic, orders=orders, events=[case(kind)])
    assert peer.compare() > 0.15


@pytest.mark.parametrize("curve", ["convex", "concave"])
@pytest.mark.parametrize("kind", ["recovery", "arbitrary"])
def test_other_ways_of_returning(system, peer_arithmetic, kind, curve):
    events = [case(kind, curve=curve, tau=30)]
    Peer(system, peer_arithmetic, orders="alt", events=events, days=150).compare()


LATER = {"occurrence": 21, "duration": 9}
TOGETHER = {
    "capital": [case("recovery"), case("recovery", timing=LATER, tau=40)],
    "capacity": [
        case("arbitrary"),
        case("arbitrary", timing={"occurrence": 50, "duration": 9}, hit={("reg1", "mining"): 0.7}),
    ],
    "rebuilt": [
        case("rebuild"),
        case("rebuild", timing=LATER, tau=90, sectors={"construction": 1.0}),
        case("recovery", hit={("reg3", "mining"): 300.0}),
    ],
    "one kind after the other": [case("arbitrary"), case("recovery", timing={
        "occurrence": 60, "duration": 1})],
}  # fmt: skip


@pytest.mark.parametrize("events", TOGETHER.values(), ids=TOGETHER)
def test_several_events(system, peer_arithmetic, events):
    Peer(system, peer_arithmetic, orders="alt", events=events, days=150).compare()


@pytest.mark.parametrize("endless", [["construction"], ["mining", "other"]])
def test_stocks_that_never_run_out(system, peer_arithmetic, endless):
    peer = Peer(
        system, peer_arithmetic, orders="noalt", events=[case("arbitrary")], days=120,
        model={"infinite_inventories_sect": endless, "main_inv_dur": 8},
    )  # fmt: skip
    peer.compare()


def draws(count, *, days=(5, 120), psi=(0.5, 1.0), seed=4):
    rng = np.random.default_rng(seed)
    for number, kind in zip(range(count), itertools.cycle(CASES), strict=False):
        model = {
            "main_inv_dur": int(rng.integers(*days)),
            "inventory_restoration_tau": int(rng.integers(5, 90)),
            "psi_param": float(rng.uniform(*psi)),
            "alpha_max": float(rng.uniform(1.0, 1.5)),
            "alpha_tau": int(rng.integers(10, 400)),
        }
        timing = {"occurrence": int(rng.integers(1, 20)), "duration": int(rng.integers(1, 30))}
        events = [case(kind, tau=int(rng.integers(5, 60)), timing=timing)]
        orders = "alt" if rng.random() < 0.5 else "noalt"
        yield pytest.param(
            {"events": events, "orders": orders, "model": model}, id=f"{number}-{kind}-{orders}"
        )


@pytest.mark.parametrize("case", list(draws(24)))
def test_random_parameters(system, peer_arithmetic, case):
    Peer(system, peer_arithmetic, days=120, **case).compare()


# --- where the peer fails -------------------------------------------------------------------------


def stopped(call, error=OptionError):
    """The one paragraph with which a call refuses."""
    with pytest.raises(error) as caught:
        call()
    text = str(caught.value)
    assert "\n" not in text
    assert "the incumbent" in text
    assert "default mode" in text
    return text


SHORT = list(draws(24, days=(1, 5), psi=(0.15, 1.0), seed=5))


@pytest.mark.parametrize("case", SHORT)
def test_random_parameters_with_next_to_no_stock(system, peer_arithmetic, case):
    """The same numbers, or both stop, and only where more may be used in a day than is there."""
    peer = Peer(system, peer_arithmetic, days=120, **case)
    simulation = peer.simulate()
    if not simulation.has_crashed:
        # A finished simulation cannot be run again.
        Peer(system, peer_arithmetic, days=120, **case).compare()
        return
    habits = peer.habits()
    assert habits.psi * habits.days.min() < 1
    text = stopped(peer.ours)
    assert f"stocks fall below zero on day {simulation.n_temporal_units_simulated} " in text


FAILS = {
    # events, parameters, what the peer says, and what we do: run, or refuse with this error
    "ψ × days below 1": (
        [case("arbitrary")],
        {"main_inv_dur": 2, "psi_param": 0.3},
        "crashed",
        OptionError,
    ),
    "more capital lost than there is": (
        [case("recovery", hit={("reg1", "electricity"): 1e12})],
        {},
        "Total capital lost for events is higher than productive capital",
        UnsupportedShockError,
    ),
    "capital and capacity at once": (
        [case("arbitrary"), case("recovery")],
        {},
        "inhomogeneous shape",
        UnsupportedShockError,
    ),
    "capacity lost twice at once": (
        [case("arbitrary"), case("arbitrary", timing=LATER, hit={("reg1", "mining"): 0.7})],
        {},
        "'NoneType' and 'NoneType'",
        None,
    ),
    "two are rebuilt, one is done first": (
        [
            case("rebuild", hit={("reg1", "mining"): 1e-3}, tau=1),
            case("rebuild", hit={("reg1", "electricity"): 1e5}, tau=50),
        ],
        {},
        "unsupported operand type",
        None,
    ),
    "day 0": (
        [case("arbitrary", timing={"occurrence": 0, "duration": 5})],
        {},
        "cannot be negative or null",
        None,
    ),
    "longer than the window": (
        [case("arbitrary", timing={"occurrence": 3, "duration": 500})],
        {},
        "not in the range of simulation steps",
        None,
    ),
}


@pytest.mark.parametrize("name", FAILS)
def test_where_the_peer_fails(system, peer_arithmetic, name):
    """It stops with an error of its own; we give an answer, or say in a paragraph why not."""
    events, model, says, error = FAILS[name]
    peer = Peer(system, peer_arithmetic, orders="alt", events=events, days=120, model=model)
    assert says in failure(peer)
    if error is not None:
        stopped(peer.ours, error)
        return
    e, run = peer.ours()
    assert np.isfinite(run.x).all()
    assert (run.stock >= 0).all()
    assert 0.01 < (1.0 - run.x[9] / e.x).max() <= 1.0


def failure(peer):
    """What the peer says as it fails, or "crashed"."""
    try:
        return "crashed" if peer.simulate().has_crashed else "nothing"
    except Exception as error:
        return f"{error} {error.__cause__}"


def test_negative_final_use_stops_the_peer_and_is_treated_by_us(peer_arithmetic):
    """Ours lists it under `treatments` (see the tests of `economy`)."""
    with peer_arithmetic():
        found = pymrio.load_test()
        Y = found.Y.copy()
        Y.iloc[7, 10] = -2 * Y.iloc[7].sum()
        system = pymrio.IOSystem(Z=found.Z, Y=Y)
        system.calc_all()
    assert "Production capacity was found negative" in failure(
        Peer(system, peer_arithmetic, orders="alt", events=[case("arbitrary")], days=20)
    )
    table = table_of(system)
    impact = public(table, CapacityLoss(regions="reg1", sectors="electricity", share=0.5), 20)
    assert any("negative final uses of a region" in said for said in impact.treatments)


# --- the public way -------------------------------------------------------------------------------


def table_of(system):
    """A pymrio system as a table."""
    regions, sectors = list(system.get_regions()), list(system.get_sectors())
    labels = pd.MultiIndex.from_product([regions, sectors])
    Z, Y = system.Z.loc[labels, labels], system.Y.loc[labels]
    return Table.from_arrays(
        Z.to_numpy(), Y.to_numpy(), regions=regions, sectors=sectors,
        uses=list(system.get_Y_categories()), unit=Unit("EUR", "million"),
    )  # fmt: skip


def public(table, shocks, days, **options):
    model = Inventory(
        horizon=days, orders="capacity", paths="industry", sensitivity="none", **options
    )
    return incumbent(model, table, Scenario("s", shocks))


SHOCKS = {
    "recovery": CapitalLoss(
        regions="reg1", sectors="electricity", share=0.2, start=3, duration=5, recovery=20
    ),
    "arbitrary": CapacityLoss(
        regions=["reg1", "reg2"], sectors="electricity", share=0.6, start=3, duration=5,
        recovery=20, curve="convex",
    ),
    "rebuild": CapitalLoss(
        regions="reg1", sectors="electricity", share=0.2, start=3, duration=5, rebuilding_days=20,
        rebuilders={"construction": 0.7, "electricity": 0.3},
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", SHOCKS)
def test_a_scenario_gives_what_the_peer_gives(system, peer_arithmetic, kind):
    table, shock, days = table_of(system), SHOCKS[kind], 100
    model = Peer(system, peer_arithmetic, orders="alt", events=[])
    hit = {(r, "electricity"): shock.share for r in shock.regions}
    if kind != "arbitrary":
        hit = {at: share * model.capital[model.labels.index(at)] for at, share in hit.items()}
    more = {"sectors": dict(shock.rebuilders)} if kind == "rebuild" else {"curve": shock.curve}
    event = case(kind, hit=hit, tau=20, timing=TIMING) | more
    event = {key: value for key, value in event.items() if key != "sectors" or kind == "rebuild"}
    peer = Peer(system, peer_arithmetic, orders="alt", events=[event], days=days)
    x, _, unmet, _ = peer.run()
    impact = public(table, shock, days)
    names = [(table.regions[r], table.sectors[s]) for r, s in zip(
        table.industries.region_of, table.industries.sector_of, strict=True
    )]  # fmt: skip
    order = [peer.labels.index(name) for name in names]
    scale = table.x
    gap = impact["output_path"] - DAYS * x[:, order]
    assert np.abs(gap / scale).max() <= CLOSE
    lost = DAYS / days * unmet.sum(axis=0)[order]
    np.testing.assert_allclose(impact["shortage"].ravel(), lost, rtol=0, atol=1e-9 * scale.max())
    output = impact.value("output", region="reg1", sector="electricity")
    at = peer.labels.index(("reg1", "electricity"))
    base = table.x[names.index(("reg1", "electricity"))] / DAYS
    assert output == pytest.approx(100 * (x[:, at].mean() / base - 1), abs=1e-7)
    assert not impact.certificates
    assert 0 < impact.residuals["conservation"] < 1e-3
    assert impact.parameters["strict"] == "boario"


# --- WIOD -----------------------------------------------------------------------------------------


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
@pytest.mark.parametrize("orders", ["alt", "noalt"])
@pytest.mark.parametrize("kind", CASES)
def test_a_year_of_wiod_2011(wiod2013_raw, peer_arithmetic, kind, orders):
    with peer_arithmetic():
        system = wiod(wiod2013_raw(2011)).to_pymrio()
        system.calc_all()
    size = {"arbitrary": 0.5}.get(kind, 500.0)
    more = {"sectors": {"S17": 0.6, "S12": 0.4}} if kind == "rebuild" else {}
    hit = {("R10", "S14"): size, ("R10", "S08"): size / 2}
    events = [{"kind": kind, "hit": hit, "tau": 60, **more}]
    assert Peer(system, peer_arithmetic, orders=orders, events=events).compare() > 0.3
