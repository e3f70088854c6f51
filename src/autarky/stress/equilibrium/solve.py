"""Solving the system: Anderson acceleration, Newton where it stalls, a certificate always.

Where fixed deficits leave no equilibrium, they are brought in step by step from zero, so that the
refusal can say how far they can go and whose income ends it. May import
`stress.equilibrium.{system,anderson,linear}`, `units` and `errors`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from autarky.errors import ConvergenceError, NoEquilibriumError, OptionError
from autarky.stress.equilibrium.anderson import TARGET, anderson
from autarky.stress.equilibrium.linear import Linearisation
from autarky.stress.equilibrium.system import State, Technology, Trade, evaluate, residuals
from autarky.units import Certificate

Array = NDArray[np.float64]

#: Largest residual of any equilibrium condition that counts as an answer.
TOLERANCE = 1e-8
MAX_NEWTON = 40
#: Smallest share of the deficits by which the step-by-step search goes on.
FINEST = 1 / 256
#: An income below this share of base value added is as good as used up.
SPENT = 0.05

Method = Literal["auto", "anderson", "newton"]


@dataclass(frozen=True)
class Solved:
    """An equilibrium and the proof that it is one."""

    state: State
    certificate: Certificate
    residuals: dict[str, float]


def solve(
    tech: Technology,
    trade: Trade,
    start: State,
    *,
    method: Method = "auto",
    names: Sequence[str] = (),
) -> Solved:
    """The equilibrium, from a starting state.

    Parameters
    ----------
    tech, trade : Technology, Trade
    start : State
        Usually the base.
    method : {"auto", "anderson", "newton"}
        Where Anderson stalls "auto" turns to Newton, or first brings transfers in step by step.
    names : sequence of str, optional
        Of the regions, for messages.

    Raises
    ------
    NoEquilibriumError
        The transfers are more than somebody can pay.
    ConvergenceError
        No state with every residual at most 1e-8 was found; the residuals are in the message.
    OptionError
        `method` is none of the three.
    """
    if method not in {"auto", "anderson", "newton"}:
        raise OptionError(f"method={method!r} is not one of 'auto', 'anderson', 'newton'")
    found, state, steps = Attempt({"none": np.inf}), start, 0
    if method != "newton":
        found = _by_anderson(tech, trade, start)
        steps += found.steps
        if found.solved:
            return found.answer(steps)
        if method == "auto" and np.any(trade.transfers != 0):
            return _in_steps(tech, trade, start, names, steps)
        state = start if found.state is None else found.state
    if method != "anderson":
        found = _by_newton(tech, trade, start, state)
        steps += found.steps
        if found.solved:
            return found.answer(steps)
    listed = ", ".join(f"{k} {v:.1e}" for k, v in found.residuals.items())
    raise ConvergenceError(
        f"the trade equilibrium was not found; residuals: {listed}",
        iterations=steps,
        residual=found.worst,
    )


@dataclass(frozen=True)
class Attempt:
    """Where a method ended."""

    residuals: dict[str, float]
    state: State | None = None
    steps: int = 0
    name: str = ""

    @property
    def worst(self) -> float:
        """Largest residual."""
        return max(self.residuals.values())

    @property
    def solved(self) -> bool:
        """Whether every residual is small enough."""
        return self.worst <= TOLERANCE

    def answer(self, steps: int) -> Solved:
        """The solution, with its certificate."""
        if self.state is None:
            raise ConvergenceError("nothing was tried", iterations=steps, residual=self.worst)
        certificate = Certificate(self.name, steps, self.worst, TOLERANCE)
        return Solved(self.state, certificate, self.residuals)


def _strict() -> np.errstate:
    """An overflow on the way ends the attempt, whatever the caller lets numpy do."""
    return np.errstate(over="raise", invalid="raise", divide="raise", under="ignore")


def _by_anderson(tech: Technology, trade: Trade, start: State) -> Attempt:
    with _strict():
        try:
            state, steps = anderson(tech, trade, start)
        except FloatingPointError:
            return Attempt({"overflow": np.inf})
    return Attempt(_checked(tech, trade, state), state, steps, "Anderson")


def _by_newton(tech: Technology, trade: Trade, start: State, best: State) -> Attempt:
    """Newton from the best state so far, then from the start."""
    steps = 0
    found = Attempt({"none": np.inf})
    for begin in (best, start) if best is not start else (start,):
        state, more = _newton(tech, trade, begin)
        steps += more
        found = Attempt(_checked(tech, trade, state), state, steps, "Newton")
        if found.solved:
            break
    return found


def _checked(tech: Technology, trade: Trade, state: State) -> dict[str, float]:
    """The residuals; infinite where an overflow or a negative income spoils them."""
    with _strict():
        try:
            if evaluate(tech, trade, state).income.min() <= 0:
                return {"negative income": np.inf}
            return residuals(tech, trade, state)
        except FloatingPointError:
            return {"overflow": np.inf}


def _in_steps(
    tech: Technology, trade: Trade, start: State, names: Sequence[str], steps: int
) -> Solved:
    """The equilibrium with transfers raised from zero, or a refusal that says how far they got."""
    none = replace(trade, transfers=np.zeros_like(trade.transfers))
    base = solve(tech, none, start, names=names)
    share, step, last = 0.0, 0.25, base
    before: tuple[float, State] | None = None
    while share < 1.0:
        aim = min(1.0, share + step)
        now = replace(trade, transfers=aim * trade.transfers)
        begin = _onwards(before, (share, last.state), aim)
        found = _by_anderson(tech, now, begin)
        steps += found.steps
        if found.solved:
            before = share, last.state
            share, last, step = aim, found.answer(steps), min(2 * step, 0.25)
            continue
        step /= 2
        if step < FINEST:
            now = replace(trade, transfers=share * trade.transfers)
            left = evaluate(tech, now, last.state).income / tech.wages
            if left.min() >= SPENT:
                found = _by_newton(tech, trade, start, last.state)
                if found.solved:
                    return found.answer(steps + found.steps)
            raise _unpayable(left, share, names, steps)
    return last


def _onwards(before: tuple[float, State] | None, now: tuple[float, State], aim: float) -> State:
    """Along the line through the last two solutions."""
    share, state = now
    if before is None:
        return state
    far = (aim - share) / (share - before[0])
    old = before[1]
    return State(
        state.p + far * (state.p - old.p),
        state.omega + far * (state.omega - old.omega),
        np.maximum(state.X + far * (state.X - old.X), 0.0),
    )


def _unpayable(left: Array, share: float, names: Sequence[str], steps: int) -> NoEquilibriumError:
    """The refusal; `left` is income relative to base value added at the last share solved."""
    n = int(np.argmin(left))
    who = names[n] if len(names) else f"region {n}"
    end = (
        "and beyond it would be negative"
        if left[n] < SPENT
        else "and no way on was found from there"
    )
    return NoEquilibriumError(
        f"no equilibrium was found with these transfers: at {share:.1%} of them there is one, in "
        f"which the income of {who} is {left[n]:.1%} of its base value added, {end}. Let deficits "
        "move with incomes (proportional) or end (zero), or make the shock or the transfer smaller",
        regions=[who],
        iterations=steps,
    )


def _newton(tech: Technology, trade: Trade, start: State) -> tuple[State, int]:
    """Damped Newton on the whole system; each step costs a factorisation of size N·S, or two."""
    state, size = start, _merit(tech, trade, start)
    for step in range(1, MAX_NEWTON + 1):
        try:
            with _strict():
                full = Linearisation(tech, trade, state).newton()
        except (np.linalg.LinAlgError, FloatingPointError, ValueError):
            return state, step
        length = 1.0
        jump = float(np.abs(full.omega - state.omega).max())
        if not np.isfinite(jump):
            return state, step
        if jump > 1.0:  # a factor of e in a wage: too far to trust a linear picture
            length = 1.0 / jump
        while length > 1e-3:
            trial = State(
                state.p + length * (full.p - state.p),
                state.omega + length * (full.omega - state.omega),
                np.maximum(state.X + length * (full.X - state.X), 0.0),
            )
            new = _merit(tech, trade, trial)
            if new < size * (1 - 1e-4 * length) or new <= TARGET:
                break
            length /= 2
        else:
            return state, step
        state, size = trial, new
        if size <= TARGET:
            return state, step
    return state, MAX_NEWTON


def _merit(tech: Technology, trade: Trade, state: State) -> float:
    return max(_checked(tech, trade, state).values())
