"""Planning models of the literature, in formulations of our own, against their known optima."""

import importlib
import tomllib
from pathlib import Path

import numpy as np
import pytest

from published.programs import Program

HERE = Path(__file__).parent


def held(paper):
    """Name → value and tolerance of a file of published numbers."""
    numbers = tomllib.loads((HERE / f"{paper}.toml").read_text(encoding="utf-8"))["number"]
    return {n["name"]: (n["value"], n["tolerance"]) for n in numbers}


def agrees(paper, name, got):
    value, tolerance = held(paper)[name]
    assert got == pytest.approx(value, abs=tolerance, rel=0)


# --- Williams: economic planning ------------------------------------------------------------------


def williams(goal, *, beyond=True):
    """Coal, steel and transport over five years; inputs are used the year before the output.

    x output in years 1–6, s stocks at the start of years 0–6, y capacity new in years 2–7.
    """
    A = np.array([[0.1, 0.5, 0.4], [0.1, 0.1, 0.2], [0.2, 0.1, 0.2]])
    K = np.array([[0.0, 0.7, 0.9], [0.1, 0.1, 0.2], [0.2, 0.1, 0.2]])
    men, men_built = np.array([0.6, 0.3, 0.2]), np.array([0.4, 0.2, 0.1])
    demand = np.array([60.0, 60.0, 30.0])
    stock, capacity = np.array([150.0, 80.0, 100.0]), np.array([300.0, 350.0, 280.0])
    steady = np.linalg.solve(np.eye(3) - A, demand)  # enough to go on for ever
    T, last = 5, 6
    p = Program()
    low = np.zeros((last + 1, 3))
    low[last] = steady if beyond else 0.0
    high = np.full((last + 1, 3), np.inf)
    high[0] = 0.0
    x = p.block(last + 1, 3, low=low, high=high)
    s = p.block(last + 1, 3)
    y_high = np.full((last + 2, 3), np.inf)
    y_high[[0, 1, last, last + 1]] = 0.0  # nothing that would only serve after the horizon
    y = p.block(last + 2, 3, high=y_high)
    for i in range(3):
        p.equal((1.0, s[0, i]), to=stock[i])
        for t in range(T + 1):
            wanted = demand[i] if t and goal != "output" else 0.0
            p.equal(
                (1.0, s[t, i]), (1.0, x[t, i]), (-A[i], x[t + 1]), (-K[i], y[t + 2]),
                (-1.0, s[t + 1, i]), to=wanted,
            )  # fmt: skip
        for t in range(1, last + 1):
            p.row((1.0, x[t, i]), (-1.0, y[: t + 1, i]), high=capacity[i])
    if goal != "manpower":
        for t in range(1, last + 1):
            p.row((men, x[t]), (men_built, y[t + 1]), high=470.0)
    if goal == "capacity":
        return capacity.sum() + p.optimum((1.0, y[: T + 1]), best=max)
    if goal == "output":
        return p.optimum((1.0, x[4:6]), best=max)
    return p.optimum(
        (np.tile(men, (T, 1)), x[2 : T + 2]), (np.tile(men_built, (T, 1)), y[3 : T + 3]), best=max
    )


@pytest.mark.parametrize("goal", ["capacity", "output", "manpower"])
def test_economic_planning_of_williams(goal):
    names = {
        "capacity": "most capacity in year 5",
        "output": "most output in years 4 and 5",
        "manpower": "most employment over five years",
    }
    agrees("williams_2013", names[goal], williams(goal))


def test_what_comes_after_the_horizon_matters():
    agrees(
        "williams_2013",
        "most capacity in year 5, without a requirement beyond the horizon",
        williams("capacity", beyond=False),
    )


# --- Chenery and MacEwan: growth and aid in Pakistan ----------------------------------------------


def pakistan():
    """Consumption over 1963–85 less the cost of aid; two sectors, two gaps."""
    T = 23
    aid, saving, invested, imports, exports = 1.183, 3.381, 4.564, 3.743, 2.559
    gnp0, eaten = 37.380, 33.999
    rate, later, growth, price, weight = 0.08, 0.10, 0.073, 2.0, 1.0
    save, on_gnp, on_investment = 0.24, 0.10, 0.35
    k, first_output = np.array([3.0, 4.5]), np.array([gnp0, 0.0])
    assert aid == pytest.approx(imports - exports, abs=2e-3)
    year = np.arange(T + 1)
    e, delta = exports * 1.049**year, (1 + rate) ** -year.astype(float)
    after = (1 + later) ** -T * (1 - save) * (1 + growth) / (later - growth)

    p = Program()
    gnp = p.block(T + 1, low=-np.inf)
    v = p.block(T + 1, 2)
    ti = p.block(T + 1, low=-np.inf)
    low, high = np.zeros((T + 1, 2)), np.full((T + 1, 2), np.inf)
    low[0] = high[0] = [invested, 0.0]
    i = p.block(T + 1, 2, low=low, high=high)
    low, high = np.full((T + 1, 2), -np.inf), np.full((T + 1, 2), np.inf)
    low[0] = high[0] = 0.0
    ks = p.block(T + 1, 2, low=low, high=high)
    s = p.block(T + 1)
    no_more = np.where(year > T - 4, 0.0, np.inf)  # the last four years without aid
    f = p.block(T + 1, low=-np.inf, high=no_more)
    m = p.block(T + 1, low=-np.inf)
    low, high = np.full(T + 1, -np.inf), np.full(T + 1, np.inf)
    low[0] = high[0] = eaten
    c = p.block(T + 1, low=low, high=high)
    p.equal((1.0, ti[0]), (-1.0, i[0]))
    for t in range(1, T + 1):
        p.equal((1.0, gnp[t]), (-1.0, v[t]))
        p.equal((1.0, ti[t]), (-1.0, s[t]), (-1.0, f[t]))  # the gap of saving
        p.equal((1.0, ti[t]), (-1.0, i[t]))
        p.equal((1.0, f[t]), (-1.0, m[t]), (1.0, v[t, 1]), to=-e[t])  # the gap of trade
        p.equal((1.0, gnp[t]), (-1.0, c[t]), (-1.0, ti[t]), (1.0, f[t]))
        for j in range(2):
            p.row((1.0, v[t, j]), (-1.0 / k[j], ks[t, j]), high=first_output[j])
            p.equal((1.0, ks[t, j]), (-1.0, ks[t - 1, j]), (-1.0, i[t - 1, j]))
        p.row((1.0, s[t]), (-save, gnp[t]), high=saving - save * gnp0)
        p.row(
            (1.0, m[t]), (-on_gnp, gnp[t]), (-on_investment, ti[t]),
            low=imports - on_gnp * gnp0 - on_investment * invested,
        )  # fmt: skip
        p.row((1.0, ti[t]), (-1.13, ti[t - 1]), high=0.0)
        p.row((1.0, ti[t]), (-1.0, ti[t - 1]), low=0.0)
        p.row((1.0, c[t]), (-1.025, c[t - 1]), low=0.0)
        p.row((1.0, f[t]), (-0.5, gnp[t]), high=0.0)
    return p.optimum(
        (delta[1:], c[1:]), (-price * delta[1:], f[1:]), (weight * after, gnp[T]), best=max
    )


def test_growth_and_aid_of_chenery_and_macewan():
    agrees("chenery_macewan_1979", "welfare", pakistan())


# --- Chenery and Westphal: economies of scale -----------------------------------------------------


def economies_of_scale():  # noqa: C901, PLR0912 - one model in one piece, as the paper has it
    """Four sectors over a base, nine periods and a terminal one; plants with fixed costs."""
    finished, intermediate, primary, overhead = range(4)
    a = np.eye(4)
    a[intermediate, finished], a[primary, finished], a[overhead, finished] = -0.4, -0.12, -0.10
    a[primary, intermediate], a[overhead, intermediate] = -0.48, -0.21
    a[overhead, primary] = -0.35
    alpha, base_demand = np.array([0.45, 0.32, 0.04, 0.19]), np.array([90, 75, 11.5, 50])
    abroad_use = np.array([0.04, 0.06, 0.0, 0.0])
    step, debt, rho, largest, typical = 10.6, 75.0, 0.07, 200.0, 265.0
    base = 40.0, 82.3  # resources abroad and at home before the first period
    # Units: sector, capacity now, fixed and proportional cost abroad and at home.
    units = [
        (finished, 50.0, (0, 0), (0.2, 0.53)),
        (finished, 50.0, (0, 0), (0.1, 0.27)),
        (intermediate, 75.0, (19, 42), (0.15, 0.45)),
        (intermediate, 75.0, (0, 0), (0.05, 0.15)),
        (primary, 160.0, (0, 0), (0.6, 7)),
        (overhead, 126.7, (57.6, 108), (1.28, 2.4)),
    ]
    sector = np.array([u[0] for u in units])
    now, normal = np.array([u[1] for u in units]), np.array([50.0, 75.0, 160.0, 126.7])
    fixed, prop = np.array([u[2] for u in units], float), np.array([u[3] for u in units], float)
    per_unit = np.linalg.solve(a, alpha)  # output for one unit of consumption
    mean_cost = fixed / (typical * per_unit[sector])[:, None] + prop
    needed = per_unit[sector] @ mean_cost
    T, U = 10, len(units)  # periods 1 … 9 and the terminal one
    delta = (1 + rho) ** -np.arange(T + 1.0)
    tail = {n: (1 + rho) ** -(T + n - 1.0) / (1 - 1 / (1 + rho)) for n in (1, 3, 8)}

    p = Program()
    x, c = p.block(T + 1, 4), p.block(T + 1)
    m, e = p.block(T + 1, 2), p.block(T + 1)  # of the first two; of primary products
    v = p.block(T + 1, U)
    f = p.block(T + 1, U, high=1.0, whole=True)
    k_low, k_high = np.full((T + 1, U), -np.inf), np.full((T + 1, U), np.inf)
    k_low[0] = k_high[0] = now
    k = p.block(T + 1, U, low=k_low, high=k_high)
    idle3, idle8 = p.block(U, high=5 * step * per_unit[sector]), p.block(U)
    d = p.block(T + 1, low=-np.inf, high=debt)
    unused, changed = p.block(T + 1), p.block(T + 1, low=0.0)
    saved, extra3, extra8, used = (p.block(1) for _ in range(4))
    for t in range(1, T + 1):
        trade = [(1.0, m[t, 0])], [(1.0, m[t, 1])], [(-1.0, e[t])], []
        for i in range(4):
            p.equal((a[i], x[t]), (-alpha[i], c[t]), *trade[i], to=base_demand[i])
        for n in range(U):
            p.row((1.0, x[t, sector[n]]), (-1.0, k[t, n]), high=0.0)
            p.equal((1.0, k[t, n]), (-1.0, k[t - 1, n]), (-1.0, v[t - 1, n]))
        for n in np.flatnonzero(fixed.any(axis=1)):
            p.row((1.0, v[t - 1, n]), (-largest, f[t - 1, n]), high=0.0)
    for t in range(2, T + 1):
        p.row((1.0, c[t]), (-1.0, c[t - 1]), low=step)
        p.row((1.0, x[t, primary]), (-1.0, x[t - 1, primary]), low=0.0)
    for n in range(U):
        p.equal((1.0, idle3[n]), (1.0, idle8[n]), (-1.0, k[T, n]), (1.0, x[T, sector[n]]))
    for t in range(T + 1):
        flows = [(1.0, m[t]), (-1.0, e[t]), (-1.0, unused[t - 1])] if t else []
        flows += [(1.0, unused[t])] if t < T else []
        for r, earned in enumerate((flows, [])):
            terms = [(1.0 if r == 0 else -0.8, changed[t]), *earned]
            if t:
                terms += [(abroad_use if r == 0 else np.full(4, -0.2), x[t]), (1 + rho, d[t - 1])]
            if t < T:
                terms += [(fixed[:, r], f[t]), (prop[:, r], v[t]), (-1.0, d[t])]
            else:
                terms.append((needed[r], saved[0]))
            p.row(*terms, high=0.0 if t else base[r])
    for r in range(2):
        p.row(
            (mean_cost[:, r], idle3), (mean_cost[:, r], idle8),
            (-needed[r], extra3[0]), (-needed[r], extra8[0]), low=0.0,
        )  # fmt: skip
    for i in range(4):
        p.row((a[i], x[T]), (-alpha[i], used[0]), low=float(a[i] @ normal))
    return p.optimum(
        (delta[1:], c[1:]), (tail[1], saved), (tail[3], extra3), (tail[8], extra8),
        (tail[1], used), best=max,
    )  # fmt: skip


def test_economies_of_scale_of_chenery_and_westphal():
    agrees("chenery_westphal_1979", "welfare", economies_of_scale())


# --- Kendrick, Meeraus and Alatorre: Mexican steel ------------------------------------------------


def mexican_steel():
    """Five plants, five processes, three markets: least cost of meeting demand."""
    raw = {"pellets": 18.7, "coke": 52.17, "gas": 14.0, "electricity": 24.0, "scrap": 105.0}
    # Processes: what a tonne takes (raw, pig iron, sponge iron), the unit it runs on, capacity.
    processes = {
        "pig iron": ({"pellets": 1.58, "coke": 0.63}, [3.25, 1.40, 1.10, 0, 0]),
        "sponge": ({"pellets": 1.38, "gas": 0.57}, [0, 0, 0, 0.98, 1.00]),
        "open hearth": ({"scrap": 0.33, "pig iron": 0.77}, [1.50, 0.85, 0, 0, 0]),
        "electric": ({"electricity": 0.58, "sponge": 1.09}, [0, 0, 0, 1.13, 0.56]),
        "oxygen": ({"scrap": 0.12, "pig iron": 0.95}, [2.07, 1.50, 1.30, 0, 0]),
    }
    steel = ("open hearth", "electric", "oxygen")
    to_market = np.array(
        [[1204, 218, 1125], [1017, 0, 1030], [819, 1305, 704], [1017, 0, 1030], [185, 1085, 760]]
    )
    to_port, from_port = np.array([739, 521, 0, 521, 315]), np.array([428, 521, 300])
    demand = 5.209 * 1.40 * np.array([0.55, 0.30, 0.15])

    def rail(km):
        return np.where(km > 0, 2.48 + 0.0084 * km, 0.0)

    p = Program()
    z = {name: p.block(5, high=np.array(cap, float)) for name, (_, cap) in processes.items()}
    ship, imported, exported = p.block(5, 3), p.block(3), p.block(5)
    for i in range(5):
        p.row(*((1.0, z[n][i]) for n in steel), (-1.0, ship[i]), (-1.0, exported[i]), low=0.0)
        for made in ("pig iron", "sponge"):
            takers = [
                (-takes[made], z[n][i]) for n, (takes, _) in processes.items() if made in takes
            ]
            p.row((1.0, z[made][i]), *takers, low=0.0)
    for j in range(3):
        p.row((1.0, ship[:, j]), (1.0, imported[j]), low=demand[j])
    p.row((1.0, exported), high=1.0)
    inputs = [
        (sum(raw[c] * q for c, q in takes.items() if c in raw), z[n])
        for n, (takes, _) in processes.items()
    ]
    return p.optimum(
        *inputs, (rail(to_market), ship), (150.0 + rail(from_port), imported),
        (rail(to_port) - 140.0, exported),
    )  # fmt: skip


def test_mexican_steel_of_kendrick_meeraus_and_alatorre():
    agrees("kendrick_1984", "least cost", mexican_steel())


# --- Teisberg: the strategic petroleum reserve ----------------------------------------------------


def teisberg():
    """By the kernel that `autarky.plan.reserve` uses, with the curve and costs of the paper."""
    room = importlib.import_module("autarky.plan.reserve")
    levels = 3.0 * np.arange(8)
    supply, cut, normal_price = 110.0, np.array([0.0, 11.0]), 34.526
    share, e, d, k, holding = 0.25, 0.1, -130.0, 342.0, 0.32
    bought = levels[None, None, :] - levels[:, None, None]
    price = (k / (supply - cut[None, :, None] - d - bought)) ** (1 / e)
    lost = d * (price - normal_price)
    lost = lost + k * (price ** (1 - e) - normal_price ** (1 - e)) / (1 - e)
    cost = share * lost + price * bought + holding * levels[None, None, :]
    allowed = np.ones_like(cost, dtype=bool)
    allowed[:, 1] = np.tri(8, dtype=bool)
    chances = np.array([[0.8, 0.2], [0.5, 0.5]])
    return room.markov_policy(cost, allowed, chances, 0.95, np.full((8, 2), 0.0625))


def test_the_strategic_reserve_of_teisberg():
    policy = teisberg()
    agrees("teisberg_1981", "expected present cost", policy.objective)
    assert policy.values.sum() * 0.0625 == pytest.approx(policy.objective)
    assert (policy.action[:, 1] <= np.arange(8)).all()


# --- Louveaux and Smeers: power plants under uncertain demand -------------------------------------


def power_plants(demands, chances):
    """Invest before demand is known, run after it; least expected cost."""
    build = np.array([10.0, 7.0, 16.0, 6.0])
    run = np.array([[40, 24, 4], [45, 27, 4.5], [32, 19.2, 3.2], [55, 33, 5.5]])
    p = Program()
    x = p.block(4)
    y = p.block(len(demands), 4, 3)
    p.row((1.0, x), low=12.0)
    p.row((build, x), high=120.0)
    for s, demand in enumerate(demands):
        for i in range(4):
            p.row((1.0, y[s, i]), (-1.0, x[i]), high=0.0)
        for j, wanted in enumerate((demand, 3.0, 2.0)):
            p.row((1.0, y[s, :, j]), low=wanted)
    return p.optimum((build, x), *((chance * run, y[s]) for s, chance in enumerate(chances)))


def test_power_plants_of_louveaux_and_smeers():
    demands, chances = [3.0, 5.0, 7.0], [0.3, 0.4, 0.3]
    here_and_now = power_plants(demands, chances)
    knowing = sum(q * power_plants([d], [1.0]) for d, q in zip(demands, chances, strict=True))
    agrees("louveaux_smeers_1988", "here and now", here_and_now)
    agrees("louveaux_smeers_1988", "wait and see", knowing)
    agrees("louveaux_smeers_1988", "expected value of perfect information", here_and_now - knowing)


# --- Feldman and Mahalanobis: two sectors ---------------------------------------------------------


def two_sectors(share, T, beta_k=0.2, beta_c=0.3, start=(10.0, 90.0)):
    """Most consumption in year T when a share of investment goes to capital goods.

    Investment I = β_k K_k is all that capital goods make; it adds to K_k and K_c.
    """
    p = Program()
    low, high = np.zeros((T + 1, 2)), np.full((T + 1, 2), np.inf)
    low[0] = high[0] = start
    K = p.block(T + 1, 2, low=low, high=high)
    to_k, to_c = p.block(T), p.block(T)
    for t in range(T):
        p.row((1.0, to_k[t]), (1.0, to_c[t]), (-beta_k, K[t, 0]), high=0.0)
        p.equal((1.0, K[t + 1, 0]), (-1.0, K[t, 0]), (-1.0, to_k[t]))
        p.equal((1.0, K[t + 1, 1]), (-1.0, K[t, 1]), (-1.0, to_c[t]))
        if share is not None:
            p.equal((1.0 - share, to_k[t]), (-share, to_c[t]))
    return p.optimum((beta_c, K[T, 1]), best=max)


def mahalanobis(share, T, beta_k=0.2, beta_c=0.3, start=(10.0, 90.0)):
    """Consumption in year T in closed form: C_0 + I_0 (1 − λ) β_c ((1 + λβ_k)^T − 1)/(λβ_k)."""
    invested, rate = beta_k * start[0], share * beta_k
    return beta_c * start[1] + invested * (1 - share) * beta_c * ((1 + rate) ** T - 1) / rate


@pytest.mark.parametrize("share", [0.1, 1 / 3, 0.7])
@pytest.mark.parametrize("T", [1, 10, 30])
def test_two_sectors_of_feldman_and_mahalanobis(share, T):
    assert two_sectors(share, T) == pytest.approx(mahalanobis(share, T), rel=1e-9)


def test_the_longer_the_plan_the_more_goes_to_capital_goods():
    """Capital goods first, consumption last: the best time to turn, found by trying all."""

    def turning(T, s):
        # All into K_k for s years, then all into K_c.
        grown = 10.0 * 1.2**s
        return 0.3 * (90.0 + (T - s) * 0.2 * grown)

    for T in (3, 10, 20):
        best = max(turning(T, s) for s in range(T + 1))
        assert two_sectors(None, T) == pytest.approx(best, rel=1e-9)
    firsts = [max(range(T + 1), key=lambda s, T=T: turning(T, s)) for T in (3, 10, 20)]
    assert firsts == sorted(firsts)
    assert firsts[-1] > 0
