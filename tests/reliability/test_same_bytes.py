"""The same numbers to the last bit, whoever computes them: 1, 2, 4 processes, a cluster of two."""

import json

import pytest

import autarky
from autarky.ensemble import Chosen, Distribution, Ensemble, start
from autarky.ensemble import runs as catalogue
from autarky.shocks import Embargo, Scenario


def ensemble():
    """Models that batch (inventory) and models that prepare (equilibrium), on the world table."""
    table = autarky.open("world", 2011)
    sellers = [r for r in table.regions if r != "DEU"][:6]
    scenarios = [Scenario(f"from-{s}", [Embargo(exporters=s, importers="DEU")]) for s in sellers]
    scale = Distribution.of("elasticity_scale", {"loguniform": [0.5, 2.0]})
    models = (
        Chosen(type="equilibrium", draw={"elasticity_scale": scale}),
        Chosen(type="inventory", parameters={"horizon": 20}),
    )
    return Ensemble(name="same", scenarios=scenarios, models=models, draws=2, chunk=4)


@pytest.fixture(scope="module")
def digests(tmp_path_factory):
    """By number of workers."""
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        for workers in (1, 2, 4):
            patch.setenv("AUTARKY_HOME", str(tmp_path_factory.mktemp(f"w{workers}")))
            found[workers] = start(ensemble(), workers=workers).digest()
    return found


def test_any_number_of_workers(digests):
    assert len(set(digests.values())) == 1


def test_a_cluster_of_two(digests, tmp_path, monkeypatch, peer_arithmetic):
    monkeypatch.setenv("AUTARKY_HOME", str(tmp_path))
    with peer_arithmetic():
        distributed = pytest.importorskip("distributed")
        with (
            distributed.LocalCluster(
                n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None,
                host="127.0.0.1",
            ) as cluster,
            distributed.Client(cluster) as client,
        ):  # fmt: skip
            run = start(ensemble(), executor=client.get_executor(), workers=2)
            assert run.digest() == digests[1]
            catalogue.remove(run.id)
            # By address, as on the command line.
            from autarky import cli

            path = tmp_path / "same.json"
            from autarky.ensemble.declare import plain

            path.write_text(json.dumps(plain(ensemble())), encoding="utf-8")
            code = cli.run(["run", str(path), "--cluster", cluster.scheduler_address, "--quiet"])
            assert code == 0
            assert catalogue.open_run("same").digest() == digests[1]
