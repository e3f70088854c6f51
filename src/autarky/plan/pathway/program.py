"""The pathway LP, block by block, in the symbols of its page in the documentation.

All amounts are in units that grow with the economy, so that a steady state is constant. Years
count from the table's, t = 0. May import `lp`, `calibrate`, `goals` and its own folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autarky.lp import Draft, Program
from autarky.plan.calibrate import Calibration
from autarky.plan.goals import Target, plain
from autarky.plan.pathway.parameters import (
    LEVELS,
    Limits,
    export_revenue,
    slopes,
    substitution_cost,
)

Array = NDArray[np.float64]
Ints = NDArray[np.intp]


@dataclass(frozen=True, eq=False, kw_only=True)
class Setting:
    """All that the program is made from.

    Attributes
    ----------
    base : Calibration
    limits : Limits
    theta : (S,) array
        Trade elasticities.
    targets : tuple of Target
    horizon : int
        H: years planned, t = 0 … H − 1.
    lost : (S,) array
        Share of capital that is destroyed at the start.
    raw : int array
        Sectors that make raw materials.
    plants : dict of int to float
        Capital of one plant, for sectors whose capacity comes in whole plants [money].
    """

    base: Calibration
    limits: Limits
    theta: Array
    targets: tuple[Target, ...]
    horizon: int
    lost: Array
    raw: Ints
    plants: dict[int, float]

    @property
    def weights(self) -> Array:
        """(H,) what consumption of each year counts, b^t."""
        return np.power(self.base.discount, np.arange(self.horizon, dtype=np.float64))

    @property
    def years(self) -> list[str]:
        """Labels of the years."""
        first = self.base.year or 0
        return [str(first + t) for t in range(self.horizon)]

    @property
    def aimed(self) -> Ints:
        """Sectors with a goal for their supply."""
        found = [one.sectors for one in self.targets if one.kind != "output"]
        return np.unique(np.concatenate(found)) if found else np.zeros(0, dtype=np.intp)


def program(setting: Setting) -> Program:
    """The pathway LP.

    Notes
    -----
    max Σ_t b^t C U(λ_t) + b^H (1 + r)^lead Σ k_H + Σ_pipeline b^t v_t − P Σ_t b^t z_t
    subject to the blocks below.
    """
    build = _Builder(setting)
    build.columns()
    build.consumption()
    build.sourcing()
    build.capital()
    build.resources()
    build.goals()
    build.partners()
    build.surge()
    build.plants()
    build.terminal()
    return build.draft.finish()


class _Builder:
    """Adds one block of the model after the other to a draft."""

    def __init__(self, setting: Setting) -> None:
        self.s, self.base, self.limits = setting, setting.base, setting.limits
        self.draft = Draft()
        self.H, self.S = setting.horizon, len(setting.base.sectors)
        self.years = setting.years
        self.sectors = [plain(label) for label in setting.base.sectors]
        self.grid = [self.years, self.sectors]
        self.b = setting.weights[:, None]
        self.phi = substitution_cost(self.base.mu, setting.theta, self.limits.tiers)
        self.hit = np.flatnonzero(setting.lost > 0)

    # --- columns ------------------------------------------------------------------------------

    def columns(self) -> None:
        """λ, its pieces, c, u, y, s, m, cuts of exports, v, V, k."""
        draft, base, limits, grid = self.draft, self.base, self.limits, self.grid
        C = float(base.consumption.sum())
        pieces = [str(j + 1) for j in range(len(LEVELS) - 1)]
        widths = np.diff(LEVELS)
        self.level = draft.columns("level", [self.years])
        self.piece = draft.columns(
            "piece", [self.years, pieces], upper=widths, cost=self.b * C * slopes()
        )
        self.c = draft.columns("c", grid, upper=np.where(base.consumption > 0, np.inf, 0.0))
        self.u = draft.columns("u", grid)
        # What has no output at the base has neither workers nor capital: it would be free.
        self.y = draft.columns("y", grid, upper=np.where(base.active, np.inf, 0.0))
        tiers = [str(q + 1) for q in range(limits.tiers)]
        inner = (base.mu > 0) & (base.mu < 1) & base.active
        most = np.where(inner, np.inf, 0.0)[:, None]
        self.sub = draft.columns("s", [*grid, tiers], upper=most)
        self.m = draft.columns("m", grid)
        steps = [str(e + 1) for e in range(limits.export_tiers)]
        share = np.maximum(base.exports, 0.0)[:, None] / limits.export_tiers
        self.cut = draft.columns("cut", [*grid, steps], upper=share)
        self.v = draft.columns("v", grid)
        self.V = draft.columns("V", [self.years])
        stock = np.concatenate([self.years, [str((base.year or 0) + self.H)]]).tolist()
        self.k = draft.columns("k", [stock, self.sectors], lower=self._first(), upper=self._last())

    def _first(self) -> Array:
        lower = np.zeros((self.H + 1, self.S))
        lower[0] = self.base.capital * (1.0 - self.s.lost)
        return lower

    def _last(self) -> Array:
        upper = np.full((self.H + 1, self.S), np.inf)
        upper[0] = self.base.capital * (1.0 - self.s.lost)
        return upper

    # --- consumption --------------------------------------------------------------------------

    def consumption(self) -> None:
        """λ in pieces; the bundle (1 − f) λ c̄ ≤ c ≤ (1 + f) λ c̄ with Σ c = λ Σ c̄."""
        draft, base, f = self.draft, self.base, self.limits.bundle
        rows = draft.rows("utility", [self.years], low=LEVELS[0], high=LEVELS[0])
        draft.put(rows, self.level, 1.0)
        draft.put(rows[:, None], self.piece, -1.0)
        total = draft.rows("consumption", [self.years], low=0.0, high=0.0)
        draft.put(total[:, None], self.c, 1.0)
        draft.put(total, self.level, -float(base.consumption.sum()))
        used = np.flatnonzero(base.consumption > 0)
        axes = [self.years, [self.sectors[i] for i in used]]
        for name, factor, low, high in (
            ("bundle_high", 1.0 + f, -np.inf, 0.0),
            ("bundle_low", 1.0 - f, 0.0, np.inf),
        ):
            rows = draft.rows(name, axes, low=low, high=high)
            draft.put(rows, self.c[:, used], 1.0)
            draft.put(rows, self.level[:, None], -factor * base.consumption[used])

    # --- use, home supply, imports ------------------------------------------------------------

    def sourcing(self) -> None:
        """U = Ay + βV + c + h; y = (1 − μ)u + Σφs + e; m + Σs = μu; s ≤ wμu; e = ē − cuts."""
        draft, base, limits = self.draft, self.base, self.limits
        rows = draft.rows("use", self.grid, low=base.other, high=base.other)
        draft.put(rows, self.u, 1.0)
        draft.put(rows[:, :, None], self.y[:, None, :], -base.A)
        draft.put(rows, self.c, -1.0)
        draft.put(rows, self.V[:, None], -base.beta)
        rows = draft.rows("home", self.grid, low=base.exports, high=base.exports)
        draft.put(rows, self.y, 1.0)
        draft.put(rows, self.u, -(1.0 - base.mu))
        draft.put(rows[:, :, None], self.sub, -self.phi)
        draft.put(rows[:, :, None], self.cut, 1.0)
        self.home_rows = rows
        rows = draft.rows("import", self.grid, low=0.0, high=0.0)
        draft.put(rows, self.m, 1.0)
        draft.put(rows, self.u, -base.mu)
        draft.put(rows[:, :, None], self.sub, 1.0)
        self.import_rows = rows
        inner = np.flatnonzero((base.mu > 0) & (base.mu < 1) & base.active)
        axes = [self.years, [self.sectors[i] for i in inner], self.draft.labels["s"][2]]
        rows = draft.rows("tier", axes, high=0.0)
        draft.put(rows, self.sub[:, inner], 1.0)
        width = base.mu[inner, None] / limits.tiers
        draft.put(rows, self.u[:, inner, None], -width)
        aimed = self.s.aimed[base.exports[self.s.aimed] > 0]
        high = (1.0 - limits.export_floor) * base.exports[aimed]
        axes = [self.years, [self.sectors[i] for i in aimed]]
        rows = draft.rows("export_floor", axes, high=high)
        draft.put(rows[:, :, None], self.cut[:, aimed], 1.0)

    # --- capital ------------------------------------------------------------------------------

    def capital(self) -> None:
        """κy ≤ k; (1 + g)k' = (1 − δ)k + v of lead − 1 years ago; v ≤ ((δ + g) + a)k."""
        draft, base, limits = self.draft, self.base, self.limits
        g, lead = base.growth, base.lead
        late = (1.0 + g) ** (lead - 1)
        rows = draft.rows("capacity", self.grid, high=0.0)
        draft.put(rows, self.y, base.kappa)
        draft.put(rows, self.k[:-1], -1.0)
        before = np.zeros((self.H, self.S))
        before[: lead - 1] = base.investment / late
        rows = draft.rows("stock", self.grid, low=before, high=before)
        draft.put(rows, self.k[1:], 1.0 + g)
        draft.put(rows, self.k[:-1], -(1.0 - base.delta))
        if lead <= self.H:
            draft.put(rows[lead - 1 :], self.v[: self.H - lead + 1], -1.0 / late)
        # Those who build for a sector whose capital is destroyed are still there.
        whole = np.isin(np.arange(self.S), self.hit)
        rate = (base.delta + g) * late + limits.absorption
        high = np.where(whole, rate * base.capital, 0.0)
        rows = draft.rows("absorption", self.grid, high=high)
        draft.put(rows, self.v, 1.0)
        draft.put(rows, self.k[:-1], -np.where(whole, 0.0, rate))
        rows = draft.rows("investment", [self.years], low=0.0, high=0.0)
        draft.put(rows, self.V, 1.0)
        draft.put(rows[:, None], self.v, -1.0)

    # --- people, resources, money -------------------------------------------------------------

    def resources(self) -> None:
        """Skills, labour, raw materials and foreign exchange."""
        draft, base, limits = self.draft, self.base, self.limits
        made = np.flatnonzero(base.active & (self.s.lost == 0))
        names = [self.sectors[i] for i in made]
        high = np.zeros((self.H, made.size))
        high[0] = limits.skill * base.x[made]
        rows = draft.rows("skill", [self.years, names], high=high)
        draft.put(rows, self.y[:, made], 1.0)
        draft.put(rows[1:], self.y[:-1, made], -limits.skill)
        if self.hit.size:
            # Capital is destroyed, not people: what they can make counts from the base.
            names = [self.sectors[i] for i in self.hit]
            steps = limits.skill ** (1.0 + np.arange(self.H))[:, None]
            rows = draft.rows("skill_kept", [self.years, names], high=steps * base.x[self.hit])
            draft.put(rows, self.y[:, self.hit], 1.0)
        people = limits.labour_limit * float(base.labour.sum())
        rows = draft.rows("labour", [self.years], high=people)
        draft.put(rows[:, None], self.y, base.wage)
        raw = self.s.raw[base.active[self.s.raw]]
        axes = [self.years, [self.sectors[i] for i in raw]]
        rows = draft.rows("raw", axes, high=limits.raw_limit * base.x[raw])
        draft.put(rows, self.y[:, raw], 1.0)
        # μu rather than what is recorded: imports that are sent on again leave use as it is.
        rows = draft.rows("exchange", [self.years], high=float((base.mu * base.use).sum()))
        draft.put(rows[:, None], self.m, 1.0)
        earned = export_revenue(self.s.theta, limits.export_tiers)
        draft.put(rows[:, None, None], self.cut, earned)
        self.exchange = rows

    # --- goals --------------------------------------------------------------------------------

    def goals(self) -> None:
        """M ≤ (1 − X)u + z for home shares, y ≥ Xx̄ − z for output; z at P each."""
        draft, base = self.draft, self.base
        chosen = [one for one in self.s.targets if one.kind != "partner"]
        asked = self._asked(chosen)
        names = [one.key for one in chosen]
        if not chosen:
            return
        z = draft.columns(
            "z",
            [self.years, names],
            upper=np.where(np.isnan(asked), 0.0, np.inf),
            cost=-self.limits.penalty * self.b,
        )
        for n, one in enumerate(chosen):
            active = np.flatnonzero(~np.isnan(asked[:, n]))
            axis = [self.years[t] for t in active]
            share = asked[active, n][:, None]
            if one.kind == "output":
                made = base.x[one.sectors].sum()
                rows = draft.rows(f"goal_{names[n]}", [axis], high=-share[:, 0] * made)
                draft.put(rows[:, None], self.y[np.ix_(active, one.sectors)], -1.0)
            else:
                rows = draft.rows(f"goal_{names[n]}", [axis], high=0.0)
                draft.put(rows[:, None], self.m[np.ix_(active, one.sectors)], 1.0)
                draft.put(rows[:, None], self.u[np.ix_(active, one.sectors)], -(1.0 - share))
            draft.put(rows, z[active, n], -1.0)

    def _asked(self, chosen: Sequence[Target]) -> Array:
        """(H, G) share asked for, NaN where nothing is."""
        out = np.full((self.H, len(chosen)), np.nan)
        for n, one in enumerate(chosen):
            for t in range(self.H):
                share = one.asked(t)
                if share is not None:
                    out[t, n] = share
        return out

    def partners(self) -> None:
        """Supply of a partner: μ_p u − replaced at home − bought elsewhere ≤ Xu + z."""
        chosen = [one for one in self.s.targets if one.kind == "partner"]
        if not chosen:
            return
        draft, base, limits = self.draft, self.base, self.limits
        names = [one.key for one in chosen]
        tiers = self.draft.labels["s"][2]
        asked = self._asked(chosen)
        z = draft.columns(
            "z_partner",
            [self.years, names],
            upper=np.where(np.isnan(asked), 0.0, np.inf),
            cost=-limits.penalty * self.b,
        )
        for n, one in enumerate(chosen):
            where = one.sectors
            bought = base.suppliers[np.ix_(one.partners, where)].sum(axis=0)
            part = np.divide(bought, base.use[where], out=np.zeros(where.size), where=bought > 0)
            among = np.divide(
                bought, base.imports[where], out=np.zeros(where.size), where=bought > 0
            )
            axes = [self.years, [self.sectors[i] for i in where]]
            home = draft.columns(f"instead_{names[n]}", axes)
            inner = np.where((among > 0) & (among < 1 - 1e-9), np.inf, 0.0)[:, None]
            other = draft.columns(f"divert_{names[n]}", [*axes, tiers], upper=inner)
            # What home supply replaces may all have been the partner's, but no more than that.
            rows = draft.rows(f"replaced_{names[n]}", axes, high=0.0)
            draft.put(rows, home, 1.0)
            draft.put(rows[:, :, None], self.sub[:, where], -1.0)
            rows = draft.rows(f"left_{names[n]}", axes, high=0.0)
            draft.put(rows, home, 1.0)
            draft.put(rows[:, :, None], other, 1.0)
            draft.put(rows, self.u[:, where], -part)
            rows = draft.rows(f"divert_tier_{names[n]}", [*axes, tiers], high=0.0)
            draft.put(rows, other, 1.0)
            draft.put(rows, self.u[:, where, None], -part[:, None] / limits.tiers)
            # Other foreign suppliers cost more, as home supply does, and are paid abroad.
            dear = substitution_cost(among, self.s.theta[where], limits.tiers) - 1.0
            draft.put(self.exchange[:, None, None], other, dear)
            active = np.flatnonzero(~np.isnan(asked[:, n]))
            rows = draft.rows(f"goal_{names[n]}", [[self.years[t] for t in active]], high=0.0)
            share = asked[active, n][:, None]
            draft.put(rows[:, None], self.u[np.ix_(active, where)], part - share)
            draft.put(rows[:, None], home[active], -1.0)
            draft.put(rows[:, None, None], other[active], -1.0)
            draft.put(rows, z[active, n], -1.0)

    def surge(self) -> None:
        """Imports that stand in for home supply where capital is destroyed, at rising cost."""
        if not self.hit.size:
            return
        draft, base, limits, hit = self.draft, self.base, self.limits, self.hit
        tiers = self.draft.labels["s"][2]
        axes = [self.years, [self.sectors[i] for i in hit], tiers]
        extra = draft.columns("surge", axes)
        draft.put(self.home_rows[:, hit, None], extra, 1.0)
        draft.put(self.import_rows[:, hit, None], extra, -1.0)
        home = 1.0 - base.mu[hit]
        dear = substitution_cost(home, self.s.theta[hit], limits.tiers) - 1.0
        draft.put(self.exchange[:, None, None], extra, dear)
        rows = draft.rows("surge_tier", axes, high=0.0)
        draft.put(rows, extra, 1.0)
        draft.put(rows, self.u[:, hit, None], -home[:, None] / limits.tiers)

    def plants(self) -> None:
        """Capacity that comes in whole plants: v ≤ what keeps k up + size·n, n whole."""
        if not self.s.plants:
            return
        draft, base = self.draft, self.base
        where = np.array(sorted(self.s.plants), dtype=np.intp)
        size = np.array([self.s.plants[int(i)] for i in where])
        axes = [self.years, [self.sectors[i] for i in where]]
        n = draft.columns("plants", axes, upper=1e4, integer=True)
        rows = draft.rows("whole", axes, high=0.0)
        late = (1.0 + base.growth) ** (base.lead - 1)
        keep = (base.delta[where] + base.growth) * late
        draft.put(rows, self.v[:, where], 1.0)
        draft.put(rows, self.k[:-1][:, where], -keep)
        draft.put(rows, n, -size)

    # --- the end ------------------------------------------------------------------------------

    def terminal(self) -> None:
        """Capital at the end and under way counts at cost; together worth what it was."""
        draft, base, lead = self.draft, self.base, self.base.lead
        b, H = base.discount, self.H
        ready = b**H * (1.0 + base.interest) ** lead
        underway = range(max(H - lead + 1, 0), H)
        row = draft.rows("terminal", [[self.years[-1]]])
        worth = ready * float(base.capital.sum())
        draft.put(row, self.k[-1], ready)
        draft.price(self.k[-1], ready)
        for t in underway:
            draft.put(row, self.v[t], b**t)
            draft.price(self.v[t], b**t)
            worth += b**t * float(base.investment.sum())
        draft.side(row, low=worth)
