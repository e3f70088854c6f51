"""The same days with the habits of the incumbent, BoARIO 0.7, for comparison alone.

Where it differs from `kernel`: stocks stay as they are on a day when deliveries and use are close
everywhere; overtime starts on the third day and shrinks with the excess where output exceeded
orders; an input counts only if its yearly purchases exceed a hundred-thousandth of daily output;
stocks are not checked against what is used; orders may follow capacity ("alt"). So products are
not conserved exactly. May import its own folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from autarky.stress.inventory.economy import DAYS, Economy
from autarky.stress.inventory.flows import Flows
from autarky.stress.inventory.kernel import Settings, State

Array = NDArray[np.float64]

#: How orders follow base flows: alone, or weighted by what is left of capacity.
Orders = Literal["noalt", "alt"]
_COUNTS = 1e-5


@dataclass(frozen=True, eq=False)
class Strict:
    """An economy run as the incumbent does.

    Parameters
    ----------
    economy : Economy
    inputs, final : Flows
        Of the cells of `economy.B` that industries buy, and of those that final users buy.
    orders : {"noalt", "alt"}
    settings : Settings
    """

    economy: Economy
    inputs: Flows
    final: Flows
    orders: Orders
    settings: Settings

    def advance(
        self, state: State, H: Array, r: Array, loss: Array, rebuild: Array | None = None
    ) -> tuple[Array, Array, Array, Array]:
        """One day; changes the state.

        Parameters
        ----------
        state : State
        H : (S, n, K) array
            Orders of each product, relative to base purchases weighted by r.
        r : (n, K) array
            Weight of each supplier.
        loss : (n, 1) or (n, K) array
            Share of capacity lost.
        rebuild : (n, 1) or (n, K) array, optional
            Orders of those who rebuild [money/day].

        Returns
        -------
        tuple
            Unmet final use (S, R, K), the share ρ (n, K) of its orders that each industry
            delivered, and H and r for the next day.
        """
        e, p = self.economy, self.settings
        n, x0 = e.n, e.x[:, None]
        D = r * self.inputs.demand(H) + e.B[:, n:].sum(axis=1)[:, None]
        if rebuild is not None:
            D = D + rebuild
        self._overtime(state, D)
        capacity = x0 * (1.0 - loss) * state.alpha
        wanted = np.minimum(D, capacity)
        x = wanted * self._allowed(state, wanted)
        rho = np.divide(x, D, out=np.zeros_like(D), where=D > 0)
        inflow, use = H * self.inputs.received(r * rho), e.a[:, :, None] * x
        for lane in range(p.lanes):
            if not np.allclose(inflow[:, :, lane], use[:, :, lane]):
                state.stock[:, :, lane] += inflow[:, :, lane] - use[:, :, lane]
        unmet = e.final[:, :, None] - self.final.received(rho)
        if rebuild is not None:
            wanted = np.minimum(D - rho * rebuild, capacity)
        aim = p.days[:, None, :] * e.a[:, :, None] * wanted
        state.orders = use + np.maximum(aim - state.stock, 0.0) / p.tau
        state.x, state.day = x, state.day + 1
        if self.orders == "alt":
            r = np.divide(capacity, x0, out=np.zeros_like(capacity), where=x0 > 0)
        return unmet, rho, self.relative(state, r), r

    def relative(self, state: State, r: Array) -> Array:
        """(S, n, K) orders over base purchases weighted by r."""
        base = self.inputs.received(r)
        return np.divide(state.orders, base, out=np.zeros_like(base), where=base > 0)

    def _overtime(self, state: State, D: Array) -> None:
        if state.day <= 1:
            return
        p = self.settings
        short = np.divide(D - state.x, D, out=np.zeros_like(D), where=D > 0)
        up = (p.alpha_max - state.alpha) * short / p.alpha_tau
        down = (1.0 - state.alpha) / p.alpha_tau
        state.alpha = np.maximum(state.alpha + np.where(short != 0, up, down), 1.0)

    def _allowed(self, state: State, wanted: Array) -> Array:
        """(n, K) share of the output wanted that stocks allow."""
        e, p = self.economy, self.settings
        counts = DAYS * e.W[:, : e.n] > _COUNTS * e.x
        need = p.psi * p.days[:, None, :] * e.a[:, :, None] * wanted
        use = counts[:, :, None] & (need > 0)
        share = np.divide(state.stock, need, out=np.ones_like(need), where=use)
        return np.minimum(share.min(axis=0), 1.0)
