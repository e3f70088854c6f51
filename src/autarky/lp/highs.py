"""HiGHS behind a program: options, warm starts, and an answer only when it is proven.

May import `errors`, `units` and its own folder; highspy inside functions.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from autarky.errors import ConvergenceError, MissingExtraError
from autarky.lp.arrays import Arrays
from autarky.lp.explain import infeasible, unbounded
from autarky.lp.proof import Proof, prove
from autarky.lp.solution import Solution
from autarky.units import Certificate

if TYPE_CHECKING:
    from autarky.lp.program import Program

Array = NDArray[np.float64]
Track = Callable[[str, int], None]

#: Coefficients above which interior points beat simplex.
LARGE = 1_000_000
#: What the solver is asked for; the proof decides.
_FEASIBILITY = 1e-9
_SOLVERS = {"simplex": "simplex", "ipm": "ipx", "hipo": "hipo"}


def new_highs(arrays: Arrays) -> Any:
    """A silent HiGHS on one thread that holds the program."""
    import highspy

    highs = highspy.Highs()
    options: dict[str, Any] = {
        "output_flag": False,
        "threads": 1,
        "primal_feasibility_tolerance": _FEASIBILITY,
        "dual_feasibility_tolerance": _FEASIBILITY,
    }
    for name, value in options.items():
        highs.setOptionValue(name, value)
    A = arrays.A
    rows, columns = A.shape
    # Arrays are passed as they are: scaling the objective has been seen to cost digits.
    highs.passModel(
        columns,
        rows,
        A.nnz,
        int(highspy.MatrixFormat.kColwise),
        arrays.sign,
        0.0,
        arrays.cost,
        arrays.lower,
        arrays.upper,
        arrays.low,
        arrays.high,
        A.indptr.astype(np.int32, copy=False),
        A.indices.astype(np.int32, copy=False),
        A.data,
        arrays.integer.astype(np.int32),
    )
    return highs


class Highs:
    """A program handed to HiGHS, to be solved again after its numbers change."""

    def __init__(self, arrays: Arrays) -> None:
        self.arrays = arrays
        self.highs = new_highs(arrays)
        self.solved = False

    def row_bounds(self, index: NDArray[Any], low: Array, high: Array) -> None:
        """New sides of rows."""
        self.highs.changeRowsBounds(index.size, index.astype(np.int32), low, high)

    def column_bounds(self, index: NDArray[Any], lower: Array, upper: Array) -> None:
        """New bounds of variables."""
        self.highs.changeColsBounds(index.size, index.astype(np.int32), lower, upper)

    def costs(self, index: NDArray[Any], cost: Array) -> None:
        """New costs of variables."""
        self.highs.changeColsCost(index.size, index.astype(np.int32), cost)

    def solve(
        self,
        program: Program,
        *,
        method: str,
        time_limit: float | None,
        gap: float,
        tolerance: float,
        track: Track | None,
    ) -> Solution:
        """A proven optimum (see `Program.solve`)."""
        chosen, notes = choose(method, self.arrays, warm=self.solved)
        highs = self.highs
        highs.setOptionValue("solver", _SOLVERS[chosen])
        highs.setOptionValue("mip_rel_gap", float(gap))
        spent = highs.getRunTime()
        limit = np.inf if time_limit is None else spent + float(time_limit)
        highs.setOptionValue("time_limit", limit)
        self._run(program, track)
        self._refuse(program, time_limit)
        answer = self._proved()
        if not answer[0].worst <= tolerance and not self.arrays.mixed:
            # Presolve and a warm basis are what usually costs the digits.
            notes = (*notes, "solved a second time without presolve, as the first failed its proof")
            chosen = "simplex"
            self._again(program, track)
            self._refuse(program, time_limit)
            answer = self._proved()
        return self._solution(
            program,
            chosen=chosen,
            notes=notes,
            tolerance=tolerance,
            seconds=highs.getRunTime() - spent,
            answer=answer,
        )

    def _run(self, program: Program, track: Track | None) -> None:
        """One run; what is tracked is called from the solver's own loop."""
        highs = self.highs
        self.solved = False
        if track is None:
            highs.run()
            return
        step = _tracker(program.name, track)
        events = [highs.cbSimplexInterrupt, highs.cbIpmInterrupt, highs.cbMipInterrupt]
        for event in events:
            event.subscribe(step)
        try:
            highs.run()
        finally:
            for event in events:
                event.unsubscribe(step)

    def _again(self, program: Program, track: Track | None) -> None:
        highs = self.highs
        highs.clearSolver()
        highs.setOptionValue("solver", "simplex")
        highs.setOptionValue("presolve", "off")
        self._run(program, track)
        highs.setOptionValue("presolve", "choose")

    def _refuse(self, program: Program, time_limit: float | None) -> None:
        """An error that explains why there is no optimum, if there is none."""
        import highspy

        highs, known = self.highs, highspy.HighsModelStatus
        status = highs.getModelStatus()
        if status == known.kOptimal or self._has_incumbent():
            self.solved = True
            return
        if status == known.kInfeasible:
            raise infeasible(program, self.arrays)
        if status == known.kUnbounded:
            raise unbounded(program, self.arrays)
        if status == known.kUnboundedOrInfeasible:
            # What may be improved without end is infeasible if any point would do.
            raise infeasible(program, self.arrays, otherwise=unbounded)
        words = highs.modelStatusToString(status).lower()
        hint = ""
        if status == known.kTimeLimit:
            hint = f": {time_limit:g} s were allowed; allow more (time_limit) or aggregate"
        raise ConvergenceError(
            f"HiGHS found no optimum of program {program.name!r} ({words}){hint}",
            iterations=self._iterations(),
            residual=float("inf"),
        )

    def _has_incumbent(self) -> bool:
        """Whether a search for whole numbers was stopped with an answer in hand."""
        import highspy

        status = self.highs.getModelStatus()
        stopped = status in {
            highspy.HighsModelStatus.kTimeLimit,
            highspy.HighsModelStatus.kSolutionLimit,
        }
        found = self.highs.getInfo().primal_solution_status == 2
        return self.arrays.mixed and stopped and found

    def _iterations(self) -> int:
        info = self.highs.getInfo()
        counts = (info.simplex_iteration_count, info.ipm_iteration_count)
        return sum(max(int(count), 0) for count in counts)

    def _proved(self) -> tuple[Proof, Array, Array | None]:
        found = self.highs.getSolution()
        values = np.array(found.col_value)
        prices = None if self.arrays.mixed else np.array(found.row_dual)
        return prove(self.arrays, values, prices), values, prices

    def _solution(
        self,
        program: Program,
        *,
        chosen: str,
        notes: tuple[str, ...],
        tolerance: float,
        seconds: float,
        answer: tuple[Proof, Array, Array | None],
    ) -> Solution:
        import highspy

        proof, values, prices = answer
        steps = self._iterations()
        if not proof.worst <= tolerance:
            what = max(proof.residuals, key=lambda name: proof.residuals[name])
            raise ConvergenceError(
                f"the optimum HiGHS gave for program {program.name!r} fails its proof ({what}); "
                "state the program in units in which its numbers are nearer to 1",
                iterations=steps,
                residual=proof.worst,
            )
        optimal = self.highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
        arrays = self.arrays
        gap = max(float(self.highs.getInfo().mip_gap), 0.0) if arrays.mixed else 0.0
        if not optimal:
            notes = (*notes, f"stopped by the time limit {100 * gap:.2g} % from the bound")
        return Solution(
            objective=proof.objective,
            status="optimal" if optimal else "time limit",
            certificate=Certificate(f"HiGHS {chosen}", steps, proof.worst, tolerance),
            residuals=proof.residuals,
            gap=gap if arrays.mixed else proof.residuals["gap"],
            method=chosen,
            iterations=steps,
            seconds=seconds,
            notes=notes,
            unit=program.unit,
            variable_blocks=dict(program.variable_blocks),
            row_blocks=dict(program.row_blocks),
            flat_values=values,
            flat_activity=proof.activity,
            flat_duals=prices,
            flat_reduced=proof.reduced,
            flat_sides=(arrays.low.copy(), arrays.high.copy()),
        )


def choose(method: str, arrays: Arrays, *, warm: bool) -> tuple[str, tuple[str, ...]]:
    """The method that will run, and what must be said about it.

    Raises
    ------
    MissingExtraError
        "hipo" was asked for by name and is not installed.
    """
    if method == "hipo" and not has_hipo():
        raise MissingExtraError(
            "the method 'hipo' needs the package highspy-extras (pip install highspy-extras); "
            "without it HiGHS would silently run simplex. 'ipm' and 'simplex' need nothing more"
        )
    if method != "auto":
        return method, ()
    if warm or arrays.A.nnz <= LARGE or arrays.mixed:
        return "simplex", ()
    if has_hipo():
        return "hipo", ()
    return "ipm", (
        f"the program has {arrays.A.nnz:,} coefficients: 'hipo' would be faster, but "
        "highspy-extras is not installed, so 'ipm' ran",
    )


def has_hipo() -> bool:
    """Whether the interior point method HiPO is installed."""
    return importlib.util.find_spec("highspy_extras") is not None


def _tracker(name: str, track: Track) -> Callable[[Any], None]:
    def step(event: Any) -> None:
        data = event.data_out
        count = max(int(data.simplex_iteration_count), int(data.ipm_iteration_count), 0)
        track(name, count)

    return step
