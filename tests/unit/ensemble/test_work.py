"""What a worker does with a chunk: what it is sent, what it shares, whose fault a fault is."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from autarky.ensemble import Chosen, expand, resume, runs, start
from autarky.ensemble.work import Job, compute
from autarky.errors import StoreError
from autarky.stress import Equilibrium


def test_a_job_holds_what_its_chunk_needs_and_no_more(small):
    plan = expand(small)
    for k in range(plan.chunks):
        job = Job.of(plan, k)
        assert job.tasks == plan.chunk(k)
        assert set(job.scenarios) == {task.scenario for task in job.tasks}
        assert all(chosen.draw == {} for chosen in job.models.values())
    # The ensemble keeps what it draws from.
    assert small.models[0].draw
    many = replace(
        small, scenarios=[replace(one, name=f"{one.name}-{k}") for k in range(40)
                          for one in small.scenarios]
    )  # fmt: skip
    size = len(pickle.dumps(Job.of(expand(many), 0)))
    assert size < 1.5 * len(pickle.dumps(Job.of(plan, 0)))


def test_threads_of_a_worker_do_not_disturb_each_other(small):
    plan = expand(small)
    jobs = [Job.of(plan, k) for k in range(plan.chunks)] * 8
    alone = [compute(job).sha256 for job in jobs[: plan.chunks]] * 8
    with ThreadPoolExecutor(8) as executor:
        assert [done.sha256 for done in executor.map(compute, jobs)] == alone


@pytest.fixture
def inline():
    with ThreadPoolExecutor(1) as executor:
        yield executor


@pytest.fixture
def faulty(monkeypatch):
    """A list: while an error is in it, the equilibrium of scenario s001 fails with that."""
    from autarky.stress.equilibrium.model import Prepared

    right, errors = Prepared.run, []

    def perhaps(self, scenario):
        if errors and scenario.name == "s001":
            raise errors[0]
        return right(self, scenario)

    monkeypatch.setattr(Prepared, "run", perhaps)
    return errors


@pytest.mark.parametrize("error", [FloatingPointError("overflow"), KeyError("x"), ValueError("no")])
def test_a_fault_of_the_model_is_one_task_without_an_answer(small, inline, faulty, error):
    faulty.append(error)
    run = start(small, executor=inline)
    state = run.state()
    assert (state.done, state.failed) == (24, 4)
    assert {kind for _, kind, _ in run.failures()} == {type(error).__name__}
    assert len(set(run.rows()["task"])) == 20


@pytest.mark.parametrize("error", [MemoryError(), OSError(28, "No space left on device")])
def test_a_fault_of_the_machine_ends_the_run_and_can_be_mended(small, inline, faulty, error):
    faulty.append(error)
    with pytest.raises(type(error)):
        start(small, executor=inline)
    run = runs.open_run("small")
    assert run.state().failed == 0
    assert not run.state().finished
    faulty.clear()
    assert resume(run, executor=inline).state().finished


def test_a_base_that_cannot_be_solved_fails_the_tasks_that_need_it(small, inline, monkeypatch):
    def prepare(self, table):
        raise FloatingPointError("no base")

    other = Chosen(type="equilibrium", name="other", parameters={"elasticities": 5.0})
    right = Equilibrium.prepare
    monkeypatch.setattr(
        Equilibrium,
        "prepare",
        lambda self, table, **given: (
            prepare(self, table) if self.elasticities == 5.0 else right(self, table, **given)
        ),
    )
    run = start(replace(small, models=(*small.models, other)), executor=inline)
    assert run.state().failed == 6
    assert {message for _, _, message in run.failures()} == {"no base"}


def test_a_damaged_table_ends_the_run(small, inline, monkeypatch):
    monkeypatch.setattr("autarky.ensemble.work.content", lambda table: "another")
    monkeypatch.setattr("autarky.ensemble.work._TABLES", {})
    with pytest.raises(StoreError, match="not the one this run was declared on"):
        start(small, executor=inline)
