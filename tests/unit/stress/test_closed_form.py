"""Closed forms of autarky: identities, one independent model with entry, every refusal."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autarky.errors import LabelError, NotProductiveError, OptionError
from autarky.results import Dependence
from autarky.stress.closed_form import STRUCTURES, autarky_cost, own_share_costs
from autarky.stress.elasticities import Elasticities, flat
from autarky.stress.equilibrium.calibration import calibrate
from autarky.stress.equilibrium.solve import solve
from autarky.stress.equilibrium.system import Trade
from autarky.table import Table
from strategies import random_table

FORMS = ("intermediates", "one_sector", "many_sectors")


def regular(seed, R=3, S=3, **options):
    return random_table(seed, R, S, **options)


def thetas(S, seed=0):
    rng = np.random.default_rng(seed)
    return {f"c{i + 1}": float(v) for i, v in enumerate(rng.uniform(1, 9, S))}


def isolated(economies, n, base, tech):
    """Real wage of economy n in percent of the base once nothing crosses its border."""
    N = len(economies.regions)
    others = np.arange(N) != n
    K = economies.pi.copy()
    K[:, n, others], K[:, others, n] = 0.0, 0.0
    trade = Trade(K, 1 / (1 + economies.tau), np.zeros(N), (~others).astype(np.intp))
    cut = solve(tech, trade, base.state).state
    prices = (economies.beta * (cut.p - base.state.p)).sum(axis=0)[n]
    return 100 * np.expm1(cut.omega[n] - base.state.omega[n] - prices)


# --- identities -----------------------------------------------------------------------------------


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.integers(2, 4), st.integers(1, 4))
def test_the_closed_form_is_the_solver(seed, R, S):
    table = regular(seed, R, S)
    chosen = Elasticities.from_theta(thetas(S, seed))
    economies = calibrate(table, chosen.for_table(table))
    tech = economies.technology
    trade = Trade(economies.pi, 1 / (1 + economies.tau), np.zeros(R), np.zeros(R, dtype=np.intp))
    base = solve(tech, trade, economies.start)
    closed = autarky_cost(table, elasticities=chosen)["autarky_cost"]
    solved = [-isolated(economies, n, base, tech) for n in range(R)]
    assert closed == pytest.approx(solved, abs=1e-6)


@settings(max_examples=15)
@given(st.integers(0, 10_000))
def test_contributions_add_up_and_slopes_are_derivatives(seed):
    table = regular(seed)
    theta = thetas(3, seed)
    result = autarky_cost(table, elasticities=theta)
    lost = result["autarky_cost"] / 100
    parts = result["autarky_cost_log"]
    assert parts.sum(axis=1) == pytest.approx(-np.log1p(-lost), rel=1e-12)
    assert result["autarky_cost_share"].sum(axis=1) == pytest.approx(np.ones(3))
    assert np.all((lost > 0) & (lost < 1))
    # The slope holds the base: move θ in the formula, not in the base.
    own, exposure = result["home_purchases"], result["autarky_exposure"]
    values, step = np.array(list(theta.values())), 1e-6
    for s in range(3):
        moved = values.copy()
        moved[s] += step
        cost = -np.expm1((exposure * np.log(own) / moved).sum(axis=1))
        expected = 100 * (cost - lost) / step
        assert result["autarky_cost_slope"][:, s] == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("structure", FORMS)
def test_units_do_not_matter(structure):
    table = regular(3)
    scaled = Table.from_arrays(
        table.Z * 1e-3, table.Y * 1e-3, regions=table.regions, sectors=table.sectors
    )
    options = {"structure": structure, "elasticities": 4.0}
    one, other = (autarky_cost(t, **options)["autarky_cost"] for t in (table, scaled))
    assert one == pytest.approx(other, rel=1e-8)


@pytest.mark.parametrize("structure", STRUCTURES)
def test_who_does_not_trade_loses_nothing(structure):
    alone = regular(1, R=1)
    result = autarky_cost(alone, structure=structure, elasticities=6.0)
    assert result["autarky_cost"] == pytest.approx([0.0], abs=1e-10)
    if structure != "one_sector":
        assert np.isfinite(result["autarky_cost_log"]).all()


def test_one_sector_is_many_where_shares_are_equal():
    Y = np.kron([[9.0, 1.0], [1.0, 9.0]], np.ones((2, 1)))
    table = Table.from_arrays(np.zeros((4, 4)), Y, regions=["A", "B"], sectors=["s", "t"])
    costs = [autarky_cost(table, structure=s, elasticities=3.0)["autarky_cost"] for s in FORMS]
    expected = 100 * (1 - 0.9 ** (1 / 3)) * np.ones(2)
    for cost in costs:
        assert cost == pytest.approx(expected)


def test_regions_are_chosen_and_ordered():
    table = regular(5)
    whole = autarky_cost(table, elasticities=5.0)
    part = autarky_cost(table, elasticities=5.0, regions=["USA", "DEU"])
    assert part.value("autarky_cost", region="USA") == whole.value("autarky_cost", region="USA")
    assert part["autarky_cost"].shape == (2,)
    assert isinstance(part, Dependence)
    frame = part.tidy("autarky_cost")
    assert list(frame["region"]) == ["USA", "DEU"]
    assert set(frame["unit"]) == {"percent"}


def test_cost_falls_with_elasticity_and_horizon():
    table = regular(7)
    low, high = (autarky_cost(table, elasticities=t)["autarky_cost"] for t in (3.0, 6.0))
    assert np.all(low > high)
    short = autarky_cost(table, elasticities=6.0, horizon="short")
    assert np.all(short["autarky_cost"] > high)
    assert short.parameters["horizon"] == "short"
    assert any("one year" in said for said in short.warnings)


def test_kept_deficits_are_said():
    result = autarky_cost(regular(2), elasticities=5.0, deficits="keep")
    assert any("real wage" in said for said in result.warnings)


def test_floors_are_listed():
    Z, Y = np.zeros((4, 4)), np.array([[5.0, 5.0], [9.0, 1.0], [5.0, 5.0], [0.0, 0.0]])
    table = Table.from_arrays(Z, Y, regions=["A", "B"], sectors=["s", "t"])
    result = autarky_cost(table, elasticities=5.0, floor=0.01)
    assert result.parameters["floored"] == (("B", "t", 0.0),)
    assert any("B:t" in said for said in result.warnings)
    smaller = autarky_cost(table, elasticities=5.0, floor=0.001)
    assert smaller["autarky_cost"][1] > result["autarky_cost"][1]


def test_kernel_by_hand():
    inputs = np.array([[0.2, 0.1], [0.3, 0.4]])
    own, theta, beta = np.array([0.5, 0.8]), np.array([4.0, 2.0]), np.array([0.6, 0.4])
    parts, exposure = own_share_costs(own, theta, inputs, beta)
    price = np.linalg.solve(np.eye(2) - inputs.T, -np.log(own) / theta)
    assert parts.sum() == pytest.approx(beta @ price)
    assert exposure == pytest.approx(np.linalg.inv(np.eye(2) - inputs) @ beta)


def test_bands_hold_the_point():
    table = regular(4)
    names = list(thetas(3))
    rng = np.random.default_rng(1)
    draws = 5 * np.exp(0.2 * rng.standard_normal((400, 3)))
    chosen = Elasticities.from_theta(dict.fromkeys(names, 5.0)).with_draws(draws, kind="theta")
    result = autarky_cost(table, elasticities=chosen, band=(5, 95))
    cost = result["autarky_cost"]
    assert np.all((result["autarky_cost_low"] < cost) & (cost < result["autarky_cost_high"]))
    assert not any("outside the band" in said for said in result.warnings)
    skewed = chosen.with_draws(np.full((3, 3), 1.0), kind="theta")
    result = autarky_cost(table, elasticities=skewed, band=(5, 95))
    assert any("outside the band in 3 of 3" in said for said in result.warnings)
    single = Elasticities.from_theta(dict.fromkeys(names, 5.0)).with_draws(
        np.full((1, 3), 5.0), kind="theta"
    )
    same = autarky_cost(table, elasticities=single, band=(0, 100))
    assert same["autarky_cost_low"] == pytest.approx(same["autarky_cost"])


# --- monopolistic competition ---------------------------------------------------------------------


def test_one_sector_with_entry_is_the_printed_formula():
    """Arkolakis, Costinot and Rodríguez-Clare (2012), free entry: λ^(1/(εγ − (1 − γ)))."""
    gamma, theta, own = 0.6, 5.0, 0.8
    x, flow = 100.0, 100.0 * (1 - gamma)
    Z = flow * np.array([[own, 1 - own], [1 - own, own]])
    Y = x * gamma * np.array([[own, 1 - own], [1 - own, own]])
    table = Table.from_arrays(Z, Y, regions=["A", "B"], sectors=["s"])
    got = autarky_cost(table, structure="monopolistic", elasticities=theta)["autarky_cost"]
    expected = 100 * (1 - own ** (1 / (theta * gamma - (1 - gamma))))
    assert got == pytest.approx([expected, expected])


def krugman(theta, labour, inputs, beta, size, ice, *, steps=6000):
    """An open economy of firms with free entry, solved in levels by damped iteration.

    All (S, N) by sector and country; inputs (N, S, S). Firms N ∝ R/c; trade N (c d)^−θ.
    """
    S, N = labour.shape
    w, X = np.ones(N), beta * size
    P, R = np.ones((S, N)), beta * size * 2
    for _ in range(steps):
        c = np.exp(labour * np.log(w) + np.einsum("nkj,kn->jn", inputs, np.log(P)))
        strength = (R / c)[:, None, :] * (c[:, None, :] * ice) ** -theta[:, None, None]
        phi = strength.sum(axis=2)
        new_P = phi ** (-1 / theta[:, None])
        flows = strength / phi[:, :, None] * X[:, :, None]
        new_R = flows.sum(axis=1)
        new_w = (labour * new_R).sum(axis=0) / size
        new_w = new_w / (new_w * size).sum() * size.sum()
        P, R, w = (a**0.7 * b**0.3 for a, b in ((P, new_P), (R, new_R), (w, new_w)))
        X = np.einsum("nkj,jn->kn", inputs, R) + beta * w * size
    assert np.abs(np.log(new_R / R)).max() < 1e-11
    return w / np.exp((beta * np.log(P)).sum(axis=0)), flows, R


def test_entry_agrees_with_a_model_solved_in_levels():
    theta = np.array([6.0, 4.0])
    labour = np.array([[0.7, 0.6], [0.6, 0.75]])
    inputs = np.array([[[0.2, 0.25], [0.1, 0.15]], [[0.25, 0.1], [0.15, 0.15]]])
    beta, size = np.array([[0.6, 0.4], [0.4, 0.6]]), np.array([10.0, 15.0])
    ice = np.ones((2, 2, 2))
    ice[:, [0, 1], [1, 0]] = np.array([[1.5, 1.6], [1.7, 1.4]])
    open_wage, flows, R = krugman(theta, labour, inputs, beta, size, ice)
    closed = ice.copy()
    closed[:, [0, 1], [1, 0]] = 1e4  # θ = 4: shares of 1e-16
    shut_wage, _, _ = krugman(theta, labour, inputs, beta, size, closed)

    # The table that the open economy leaves behind, region-major.
    Z, Y = np.zeros((4, 4)), np.zeros((4, 2))
    for n in range(2):
        share = flows[:, n] / flows[:, n].sum(axis=1, keepdims=True)  # (S, exporter)
        spent = inputs[n] * R[:, n]  # (k, j)
        final = flows[:, n].sum(axis=1) - spent.sum(axis=1)
        for i in range(2):
            Z[2 * i : 2 * i + 2, 2 * n : 2 * n + 2] = share[:, i, None] * spent
            Y[2 * i : 2 * i + 2, n] = share[:, i] * final
    table = Table.from_arrays(Z, Y, regions=["A", "B"], sectors=["s", "t"])
    result = autarky_cost(
        table, structure="monopolistic", elasticities={"s": 6.0, "t": 4.0}, floor=1e-9
    )
    expected = 100 * (1 - shut_wage / open_wage)
    assert result["autarky_cost"] == pytest.approx(expected, abs=1e-6)
    parts = result["autarky_cost_log"].sum(axis=1)
    assert parts == pytest.approx(-np.log1p(-result["autarky_cost"] / 100))


def test_slopes_with_entry_are_derivatives():
    table = regular(9)
    theta = {"c1": 6.0, "c2": 5.0, "c3": 7.0}
    result = autarky_cost(table, structure="monopolistic", elasticities=theta)
    # Balanced trade barely depends on θ but does: hold the base by moving the formula alone.
    own = result["home_purchases"]
    values = np.array(list(theta.values()))
    exposure, parts = result["autarky_exposure"], result["autarky_cost_log"]
    pull = parts * values / exposure
    economies = calibrate(table, values)
    for n in range(3):
        inputs, beta = economies.technology.inputs[n], economies.beta[:, n]

        def cost(t, inputs=inputs, beta=beta, pull=pull[n]):
            M = np.eye(3) - (1 + 1 / t)[:, None] * inputs.T
            return -100 * np.expm1(-beta @ np.linalg.solve(M, pull / t))

        assert cost(values) == pytest.approx(result["autarky_cost"][n])
        for s in range(3):
            up, down = values.copy(), values.copy()
            up[s], down[s] = up[s] + 1e-5, down[s] - 1e-5
            slope = (cost(up) - cost(down)) / 2e-5
            assert result["autarky_cost_slope"][n, s] == pytest.approx(slope, rel=1e-5)
    assert own.shape == (3, 3)


def test_entry_without_bound_is_refused_and_named():
    table = regular(11)
    with pytest.raises(NotProductiveError, match=r"in 3 of 3 economies.*DEU \d") as caught:
        autarky_cost(table, structure="monopolistic", elasticities=0.2)
    assert caught.value.spectral_radius >= 1
    fine = autarky_cost(table, structure="monopolistic", elasticities=20.0)
    assert np.all(fine["autarky_cost"] > 0)


# --- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"structure": "two_sectors"}, "structure='two_sectors' is not one of"),
        ({"deficits": "none"}, "deficits='none' is not one of"),
        ({"floor": 0.0}, r"floor is 0.0; it must lie in \(0, 0.5\)"),
        ({"floor": 0.5}, "floor is 0.5"),
        ({"horizon": "never"}, "horizon='never' is not one of"),
        ({"mixes": "mine"}, "mixes='mine' is not one of"),
        ({"regions": []}, "regions is empty"),
        ({"band": (95, 5)}, "percentiles must rise"),
        ({"band": (5, 95)}, "have no draws"),
        ({"band": (5, 95), "structure": "monopolistic"}, "there is no band"),
        ({"elasticities": -5.0}, "a trade elasticity is −θ"),
    ],
)
def test_options_out_of_range(options, match):
    with pytest.raises(OptionError, match=match):
        autarky_cost(regular(0), **{"elasticities": flat(5), **options})


def test_one_sector_needs_one_number():
    with pytest.raises(OptionError, match="no value for all trade together"):
        autarky_cost(regular(0), structure="one_sector", elasticities=thetas(3))


def test_unknown_labels():
    with pytest.raises(LabelError, match="did you mean DEU"):
        autarky_cost(regular(0), regions="DEUT", elasticities=5.0)
    with pytest.raises(LabelError, match="did you mean cr2014"):
        autarky_cost(regular(0), elasticities="cr2104")
    with pytest.raises(OptionError, match="no value for 2 of 3 sectors: c2, c3"):
        autarky_cost(regular(0), elasticities={"c1": 5.0})
