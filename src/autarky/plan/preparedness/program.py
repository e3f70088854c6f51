"""The two-stage LP of preparedness, block by block, in the symbols of its page in the docs.

What is bought beforehand (stock, standby capacity, contracts with other suppliers) is the same in
all scenarios; what is done with it is decided in each. Amounts are a month's. May import `lp`,
`calibrate` and its own folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autarky.lp import Draft, Program
from autarky.plan.calibrate import Calibration
from autarky.plan.preparedness.exposure import Spells

Array = NDArray[np.float64]
Ints = NDArray[np.integer[Any]]

#: Years of consumption that a plan pays every year rather than miss all of the guarantee: what
#: would cost more counts as out of reach.
CEILING = 20.0
#: Amounts below this share of GDP are rounding.
_NOTHING = 1e-12


@dataclass(frozen=True, eq=False)
class Contract:
    """More from suppliers of one product that are cut alike.

    Attributes
    ----------
    product : int
    members : int array
        Regions.
    limits : (members,) array
        Most that each can add [money a month].
    kept : (P,) array
        Share that arrives in each spell.
    """

    product: int
    members: Ints
    limits: Array
    kept: Array


@dataclass(frozen=True, eq=False, kw_only=True)
class Setting:
    """All that the program is made from.

    Attributes
    ----------
    base : Calibration
    spells : Spells
    holding : (S,) array
        Cost of holding a stock, NaN where none can be held [1/yr].
    replace, skip : (S,) array
        Parts of imports that can be replaced at home or done without at once [1].
    levers : tuple of str
        "stock", "capacity", "suppliers": what may be bought beforehand.
    keep : float
        Consumption guaranteed over that asked for [1].
    tail : float or None
        α of the expected shortfall that is guaranteed; None for every month of every scenario.
    chances : (N,) array
        Of each scenario, adding up to 1; used with `tail`.
    exports, investment : float
        Least in any month, over base [1].
    exports_window, investment_window : float
        Least over the window, over base [1].
    spare : float
        Capacity beyond base output [1].
    dear : float
        Cost of standby capacity over that of ordinary capital [1].
    rate : float
        Return asked for on standby capital [1/yr].
    premium : float
        Paid for what other suppliers keep ready [1].
    own_share, all_share : float
        Most that a supplier adds: of its own deliveries, and of all imports of the product [1].
    days : (S,) array
        Stocks of imported inputs that are there already [days].
    money : float
        Money that one unit of the program stands for.
    """

    base: Calibration
    spells: Spells
    holding: Array
    replace: Array
    skip: Array
    levers: tuple[str, ...]
    keep: float
    tail: float | None
    chances: Array
    exports: float
    investment: float
    exports_window: float
    investment_window: float
    spare: float
    dear: float
    rate: float
    premium: float
    own_share: float
    all_share: float
    days: Array
    money: float

    @property
    def month(self) -> float:
        """What turns the table's amounts into the program's [months · money]."""
        return 1.0 / (12.0 * self.money)

    @property
    def invested(self) -> Array:
        """(S,) investment a month, what is added to inventories with it [units of the program]."""
        base = self.base
        added = np.where(base.other > self._nothing, base.other, 0.0)
        return (base.beta * float(base.investment.sum()) + added) * self.month

    @property
    def run_down(self) -> Array:
        """(S,) what is taken from inventories in a month of the base [units of the program]."""
        other = self.base.other
        return np.where(other < -self._nothing, -other, 0.0) * self.month

    @property
    def _nothing(self) -> float:
        return _NOTHING * float(self.base.value_added.sum())

    @property
    def storable(self) -> NDArray[np.bool_]:
        """(S,) whether a product can be stored."""
        return ~np.isnan(self.holding)

    @property
    def capacity_cost(self) -> Array:
        """(S,) cost a year of one unit of standby output a month: 12 φ κ (δ + ρ)."""
        base = self.base
        return 12.0 * self.dear * base.kappa * (base.delta + self.rate)

    @property
    def existing(self) -> Array:
        """(S,) stocks of imported inputs that are there [units of the program]."""
        base = self.base
        inputs = (base.A * base.x).sum(axis=1) * base.mu
        return np.where(self.storable, inputs * self.days / 365.0, 0.0) / self.money

    def contracts(self) -> tuple[Contract, ...]:
        """Suppliers that can add something, together where no scenario tells them apart."""
        base, cut = self.base, self.spells.cut
        found = []
        supplied = base.suppliers / 12.0
        limits = self.own_share * supplied + self.all_share * base.imports / 12.0
        limits[base.regions.position(base.region)] = 0.0
        for i in np.flatnonzero(base.imports > 0):
            able = np.flatnonzero(limits[:, i] > 0)
            kept, group = np.unique(1.0 - cut[:, able, i].T, axis=0, return_inverse=True)
            for k in range(len(kept)):
                if kept[k].max() > 0:
                    members = able[group.reshape(-1) == k]
                    found.append(Contract(int(i), members, limits[members, i], kept[k]))
        return tuple(found)


def program(setting: Setting, *, before: bool = False) -> Program:
    """The LP: the cheapest way to the guarantee, or what could be kept without any measure.

    Parameters
    ----------
    setting : Setting
    before : bool
        Nothing may be bought beforehand, and the most consumption in each scenario is sought.

    Notes
    -----
    min Σ h_i S_i + Σ 12φκ_i(δ_i + ρ) K_i + 12p Σ D_gi + ceiling · (missed guarantee), subject to
    the blocks below in every spell p.
    """
    build = _Builder(setting)
    build.beforehand(allowed=not before)
    build.afterwards(floors=not before)
    build.using()
    build.supplying()
    build.storing()
    if before:
        build.reach()
    elif setting.tail is None:
        build.guarantee()
    else:
        build.expected_shortfall()
    return build.draft.finish()


class _Builder:
    """Adds one block of the model after the other to a draft."""

    def __init__(self, setting: Setting) -> None:
        self.s, self.base, self.spells = setting, setting.base, setting.spells
        unit = f"{1.0 if setting.money == 1.0 else setting.money:.6g} {setting.base.unit}"
        self.unit = str(setting.base.unit) if setting.money == 1.0 else unit
        self.draft = Draft(sense="min", unit=f"{self.unit} a year")
        self.sectors = [_plain(label) for label in self.base.sectors]
        self.names = [_plain(one.name) for one in self.spells.scenarios]
        self.when = [_plain(label) for label in self.spells.labels]
        self.grid = [self.when, self.sectors]
        self.P, self.S, self.N = len(self.when), len(self.sectors), len(self.names)
        self.month = setting.month
        self.run_down = setting.run_down
        self.consumption = self.base.consumption * self.month
        # What goes into inventories waits like investment.
        self.invested = setting.invested
        self.sold = np.maximum(self.base.exports, 0.0) * self.month
        self.months = self.spells.months

    # --- columns ------------------------------------------------------------------------------

    def beforehand(self, *, allowed: bool) -> None:
        """S, K and D: what is paid for every year."""
        s, draft, base = self.s, self.draft, self.base

        def may(lever: str, where: NDArray[np.bool_]) -> Array:
            bought = allowed and lever in s.levers
            return np.where(where, np.inf if bought else 0.0, 0.0)

        hold = np.where(s.storable, s.holding, 0.0)
        self.stock = draft.columns(
            "stock", [self.sectors], upper=may("stock", s.storable), cost=hold, unit=self.unit
        )
        self.capacity = draft.columns(
            "capacity",
            [self.sectors],
            upper=may("capacity", base.active),
            cost=s.capacity_cost,
            unit=f"{self.unit} a month",
        )
        self.contracts = s.contracts()
        labels = [
            f"{self.sectors[c.product]}<{_plain(base.regions[int(c.members[0])])}"
            + (f"+{len(c.members) - 1}" if len(c.members) > 1 else "")
            for c in self.contracts
        ]
        most = np.array([c.limits.sum() for c in self.contracts]) / s.money
        self.supply = draft.columns(
            "supply",
            [labels],
            upper=most if allowed and "suppliers" in s.levers else 0.0,
            cost=12.0 * s.premium,
            unit=f"{self.unit} a month",
        )

    def afterwards(self, *, floors: bool) -> None:
        """λ, x, u, e, I, replaced, skipped, drawn."""
        s, draft, base = self.s, self.draft, self.base
        unit = f"{self.unit} a month"
        self.level = draft.columns("level", [self.when], upper=1.0)
        self.output = draft.columns(
            "output", self.grid, upper=np.where(base.active, np.inf, 0.0), unit=unit
        )
        self.use = draft.columns("used", self.grid, unit=unit)
        sold = s.exports * self.spells.sold * self.sold if floors else 0.0
        self.export = draft.columns("export", self.grid, lower=sold, unit=unit)
        invested = s.investment * self.invested if floors else 0.0
        self.invest = draft.columns("invest", self.grid, lower=invested, unit=unit)
        bought = np.where(base.mu > 0, np.inf, 0.0)
        self.replaced = draft.columns("replaced", self.grid, upper=bought, unit=unit)
        self.skipped = draft.columns("skipped", self.grid, upper=bought, unit=unit)
        self.drawn = draft.columns(
            "drawn", self.grid, upper=np.where(s.storable, bought, 0.0), unit=unit
        )

    # --- every spell --------------------------------------------------------------------------

    def using(self) -> None:
        """U = Ax + λc + I."""
        draft, base = self.draft, self.base
        rows = draft.rows("use", self.grid, low=0.0, high=0.0, unit=self.unit, firm=True)
        draft.put(rows, self.use, 1.0)
        draft.put(rows[:, :, None], self.output[:, None, :], -base.A)
        draft.put(rows, self.level[:, None], -self.consumption * self.spells.asked)
        draft.put(rows, self.invest, -1.0)

    def supplying(self) -> None:
        """Home and import supply, and what bounds replacing, skipping and making."""
        s, draft, base, spells = self.s, self.draft, self.base, self.spells
        run_down = self.run_down
        ramp = spells.ramp[:, None]
        rows = draft.rows(
            "home", self.grid, low=-(1.0 - base.mu) * run_down, unit=self.unit, firm=True
        )
        draft.put(rows, self.output, 1.0)
        draft.put(rows, self.use, -(1.0 - base.mu))
        draft.put(rows, self.replaced, -1.0)
        draft.put(rows, self.export, -1.0)
        came = ((1.0 - spells.cut) * base.suppliers).sum(axis=1) * self.month
        rows = draft.rows(
            "import", self.grid, low=-came - base.mu * run_down, unit=self.unit, firm=True
        )
        for column in (self.replaced, self.skipped, self.drawn):
            draft.put(rows, column, 1.0)
        draft.put(rows, self.use, -base.mu)
        if self.contracts:
            product = np.array([c.product for c in self.contracts])
            kept = np.array([c.kept for c in self.contracts]).T
            draft.put(rows[:, product], self.supply, kept)
        rows = draft.rows("replace", self.grid, high=0.0, unit=self.unit, firm=True)
        draft.put(rows, self.replaced, 1.0)
        draft.put(rows, self.use, -s.replace * base.mu)
        draft.put(rows, self.capacity, -ramp)
        rows = draft.rows("skip", self.grid, high=0.0, unit=self.unit, firm=True)
        draft.put(rows, self.skipped, 1.0)
        draft.put(rows, self.use, -s.skip * base.mu)
        able = (1.0 + s.spare) * spells.able * base.x * self.month
        rows = draft.rows("make", self.grid, high=able, unit=self.unit, firm=True)
        draft.put(rows, self.output, 1.0)
        draft.put(rows, self.capacity, -ramp)

    # --- every scenario -----------------------------------------------------------------------

    def storing(self) -> None:
        """What is drawn over the window was there before it."""
        s, draft = self.s, self.draft
        at, months = self.spells.scenario, self.months[:, None]
        there = s.existing + self.spells.released / s.money
        rows = draft.rows(
            "store", [self.names, self.sectors], high=there, unit=self.unit, firm=True
        )
        draft.put(rows[at], self.drawn, months)
        draft.put(rows, self.stock, -1.0)

    def windows(self, missed: Ints, *, per: float, low: float) -> None:
        """Exports and investment over the window; `missed` counts `per` of what is wanted.

        What is postponed in one month is made up for in another.
        """
        s, draft, at, months = self.s, self.draft, self.spells.scenario, self.months[:, None]
        sold = np.zeros((self.N, self.S))
        np.add.at(sold, at, months * self.spells.sold * self.sold)
        invested = np.bincount(at, weights=self.months)[:, None] * self.invested
        for name, column, wanted in (
            ("export_window", self.export, s.exports_window * sold),
            ("invest_window", self.invest, s.investment_window * invested),
        ):
            axes = [self.names, self.sectors]
            rows = draft.rows(name, axes, low=low * wanted, unit=self.unit)
            draft.put(rows[at], column, months)
            draft.put(rows, missed, per * wanted)

    def missed(self) -> Ints:
        """What is missed of the guarantee, because more would cost more than the ceiling."""
        worth = CEILING * float(self.base.consumption.sum()) / self.s.money
        return self.draft.columns("missed", [["all"]], cost=worth)

    def guarantee(self) -> None:
        """λ ≥ Y in every month of every scenario; exports and investment over each window."""
        missed = self.missed()
        rows = self.draft.rows("guarantee", [self.when], low=self.s.keep)
        self.draft.put(rows, self.level, 1.0)
        self.draft.put(rows, missed, 1.0)
        self.windows(missed, per=1.0, low=1.0)

    def expected_shortfall(self) -> None:
        """η + Σ π_n ξ_n / (1 − α) ≤ 1 − Y, with ξ_n + η at least the mean loss in scenario n."""
        s, draft, at = self.s, self.draft, self.spells.scenario
        missed = self.missed()
        quantile = draft.columns("quantile", [["all"]])
        beyond = draft.columns("beyond", [self.names])
        rows = draft.rows("loss", [self.names], low=1.0, firm=True)
        draft.put(rows, beyond, 1.0)
        draft.put(rows, quantile, 1.0)
        window = np.bincount(at, weights=self.months)
        draft.put(rows[at], self.level, self.months / window[at])
        rows = draft.rows("guarantee", [["all"]], high=1.0 - s.keep)
        draft.put(rows, quantile, 1.0)
        draft.put(rows[:, None], beyond, s.chances / (1.0 - (s.tail or 0.0)))
        draft.put(rows, missed, -1.0)
        self.windows(missed, per=1.0, low=1.0)

    def reach(self) -> None:
        """The most of consumption, exports and investment alike in each scenario."""
        draft, at = self.draft, self.spells.scenario
        worth = float(self.consumption.sum())
        least = draft.columns("least", [self.names], upper=1.0, cost=-worth)
        rows = draft.rows("reach", [self.when], low=0.0)
        draft.put(rows, self.level, 1.0)
        draft.put(rows, least[at], -1.0)
        self.windows(least[:, None], per=-1.0, low=0.0)


def _plain(label: str) -> str:
    """A label that reads as one word in a program."""
    return str(label).replace(" ", "_").replace(",", "")
