"""The data store from the command line, end to end: import, list, open, verify, template, get."""

import functools
import http.server
import os
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest

from autarky import measure
from autarky import open as open_table
from autarky.sources import open_spec
from autarky.sources.store import Store

LABELS = ("regions.csv", "sectors.csv", "final_demand.csv", "sea.npz")


@pytest.fixture
def wiod(shared):
    """A function that gives a folder with some years of WIOD 2013, as links."""

    def folder(path, *years):
        path.mkdir()
        for name in (*LABELS, *(f"wiod2013_{year}.npz" for year in years)):
            source = shared / "wiod2013" / name
            if not source.is_file():
                pytest.skip(f"no {source.name} in {source.parent}")
            os.link(source, path / name) if _same_disk(source, path) else shutil.copy(source, path)
        return path

    return folder


def _same_disk(a, b):
    return a.stat().st_dev == b.stat().st_dev


@pytest.fixture
def mine(run, home, tmp_path):
    """The example of the template, stored as "toy"."""
    assert run("data", "template", tmp_path / "t").code == 0
    done = run("data", "import", tmp_path / "t" / "example", "--name", "toy")
    assert done.code == 0, done.err
    return done.out.split()[-1]


class TestOwn:
    def test_template_lists_what_it_wrote(self, run, home, tmp_path):
        done = run("data", "template", tmp_path / "t")
        assert done.code == 0
        written = done.out.split()
        assert written
        assert all(Path(file).is_file() for file in written)
        assert any(file.endswith("README.txt") for file in written)

    def test_template_overwrites_nothing(self, run, home, tmp_path):
        run("data", "template", tmp_path / "t")
        (tmp_path / "t" / "Z.csv").write_text("precious")
        assert run("data", "template", tmp_path / "t").code in {2, 3}
        assert (tmp_path / "t" / "Z.csv").read_text() == "precious"

    def test_an_empty_template_is_refused(self, run, home, tmp_path):
        run("data", "template", tmp_path / "t")
        done = run("data", "import", tmp_path / "t")
        assert done.code == 3
        assert str(tmp_path / "t") in done.err

    def test_example_goes_all_the_way(self, run, mine):
        name, year = mine.split(":")
        assert (name, f"toy:{year}") == ("toy", mine)
        listed = {row["name"]: row for row in run("data", "list", "--json").json["data"]}
        assert listed["toy"]["years"] == [int(year)]
        assert "toy" in run("data", "list").out
        assert "toy" in run("data", "list", "--csv", "-").out
        assert run("data", "verify").out == "1 stored table, all as they were stored\n"
        folder = run("data", "path", "toy").out.strip()
        assert Path(folder).is_dir()
        assert run("data", "path", "toy", year).out.strip() == folder
        assert run("data", "path", f"toy:{year}").out.strip() == folder
        assert run("data", "check", mine).code == 0
        table = open_table("toy")
        page = run("brief", table.regions[0], "--table", "toy")
        assert page.code == 0, page.err
        rows = run("measure", "position", "--table", mine, "--json", "--quiet").json["data"]
        expected = measure.position(table).tidy()["value"]
        assert [row["value"] for row in rows] == expected.tolist()

    def test_quiet_import(self, run, home, tmp_path):
        run("data", "template", tmp_path / "t")
        done = run("data", "import", tmp_path / "t" / "example", "--quiet")
        assert (done.code, done.out, done.err) == (0, "", "")

    def test_names_of_releases_are_taken(self, run, home, tmp_path):
        run("data", "template", tmp_path / "t")
        for name in ("world", "wiod2013"):
            done = run("data", "import", tmp_path / "t" / "example", "--name", name)
            assert done.code == 2
            assert name in done.err

    def test_a_broken_cell_is_named(self, run, home, tmp_path):
        run("data", "template", tmp_path / "t")
        file = tmp_path / "t" / "example" / "Z.csv"
        head, first, *rest = file.read_text().splitlines()
        cells = first.split(",")
        cells[-1] = "twelve"
        file.write_text("\n".join([head, ",".join(cells), *rest]) + "\n")
        done = run("data", "import", tmp_path / "t" / "example")
        assert done.code == 3
        for word in ("Z.csv", "row", "column", "twelve"):
            assert word in done.err

    def test_a_folder_of_nothing_is_refused(self, run, home, tmp_path):
        (tmp_path / "empty").mkdir()
        done = run("data", "import", tmp_path / "empty")
        assert done.code == 3
        assert "data template" in done.err


class TestVerify:
    def test_nothing_is_stored(self, run, home):
        assert run("data", "verify").out == "0 stored tables, all as they were stored\n"

    def test_an_unknown_name_is_not_all_well(self, run, mine):
        done = run("data", "verify", "tpy")
        assert done.code == 3
        assert "toy" in done.err

    def test_a_changed_file_is_found(self, run, mine):
        folder = Store().path("toy")
        file = next(folder.glob("*Z*.npy"))
        file.chmod(0o644)
        content = bytearray(file.read_bytes())
        content[-1] ^= 1
        file.write_bytes(content)
        for command in (["data", "verify"], ["data", "verify", "toy"]):
            done = run(*command)
            assert done.code == 3
            assert file.name in done.out
        done = run("doctor")
        assert done.code == 3
        assert "BAD  data store" in done.out
        assert file.name in done.out

    def test_a_damaged_index_is_found(self, run, home, mine):
        (entry,) = (home / "index" / "toy").glob("*.json")
        entry.chmod(0o644)
        entry.write_text("{")
        done = run("data", "verify")
        assert done.code == 3
        assert entry.name in done.out
        assert run("doctor").code == 3


class TestPath:
    def test_of_the_store(self, run, home):
        assert run("data", "path").out == f"{home}\n"

    def test_the_embedded_table_has_none(self, run, home):
        done = run("data", "path", "world")
        assert done.code == 3
        assert "part of autarky" in done.err

    def test_what_is_not_there(self, run, home):
        assert run("data", "path", "wiod2013").code == 3


class TestCheck:
    def test_world(self, run):
        done = run("data", "check", "world:1995")
        assert done.code == 0
        assert "1995" in done.out.splitlines()[0]
        values = run("data", "check", "world:1995", "--json").json
        assert values["ok"] is True
        codes = {row["code"] for row in values["data"]}
        assert codes == {finding.code for finding in open_table("world", 1995).check()}
        assert values["provenance"]["source"]

    def test_csv(self, run, tmp_path):
        run("data", "check", "world", "--csv", tmp_path / "h.csv", "--quiet")
        first = (tmp_path / "h.csv").read_text().splitlines()[0]
        assert first == "code,severity,message,count,place,value"

    def test_an_unsound_table_is_3(self, run, monkeypatch):
        from autarky import Table, sources

        regions = ["A", "B"]
        wrong = Table.from_arrays(
            np.ones((2, 2)),
            [[9.0, 9.0], [9.0, 9.0]],
            x=[50.0, 50.0],
            regions=regions,
            sectors=["s"],
        )
        monkeypatch.setattr(sources, "open_spec", lambda spec: wrong)
        assert not wrong.check().ok
        assert run("data", "check", "wrong").code == 3
        assert run("data", "check", "wrong", "--json").json["ok"] is False


class TestList:
    def test_a_table_that_is_got_by_hand_is_not_said_to_download(self, run, home):
        shown = run("data", "list").out
        assert "autarky data import FOLDER --name wiod2013" in shown
        assert "data get wiod2013" not in shown


class TestGet:
    def test_embedded(self, run, home):
        done = run("data", "get", "world")
        assert (done.code, done.out) == (0, "")
        for word in ("CC BY 4.0", "cite: Timmer", "nothing to download"):
            assert word in done.err

    def test_by_hand(self, run, home):
        done = run("data", "get", "wiod2013")
        assert done.code == 3
        for word in ("licence:", "cite:", "Landing page: https://doi.org/", "autarky data import"):
            assert word in done.err

    def test_unknown(self, run, home):
        done = run("data", "get", "wiod2031")
        assert done.code == 3
        assert "wiod2013" in done.err

    @pytest.fixture
    def mirror(self, shared):
        class Quiet(http.server.SimpleHTTPRequestHandler):
            def log_message(self, *_):
                pass

        handler = functools.partial(Quiet, directory=str(shared))
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            yield f"http://127.0.0.1:{server.server_port}"
            server.shutdown()
            thread.join()

    def test_from_a_mirror(self, run, home, mirror):
        url = f"{mirror}/wiod2013"
        done = run("data", "get", "wiod2013", "--year", "2011", "--from-url", url)
        assert done.code == 0, done.err
        assert done.out == "stored wiod2013:2011\n"
        assert "licence:" in done.err
        assert run("data", "verify").code == 0

    def test_a_mirror_without_the_files(self, run, home, mirror):
        done = run("data", "get", "wiod2013", "--year", "2011", "--from-url", f"{mirror}/none")
        assert done.code == 5
        assert "404" in done.err
        assert Store().names() == []

    def test_a_year_that_is_not_in_it(self, run, home, mirror):
        done = run("data", "get", "wiod2013", "--year", "2031", "--from-url", mirror)
        assert done.code == 3
        assert "2031" in done.err


def measures_of_a_full_table(run, spec):
    """The four commands of the promise, on 41 regions × 35 industries."""
    table = open_spec(spec)
    assert (len(table.regions), len(table.sectors), table.n) == (41, 35, 1435)
    calls = {
        "position": measure.position(table),
        "value-added-in-exports": measure.value_added_in_exports(table),
        "dependence": measure.dependence(table),
        "self-sufficiency": measure.self_sufficiency(table),
    }
    for name, result in calls.items():
        done = run("measure", name, "--table", spec, "--json", "--quiet")
        assert (done.code, done.err) == (0, "")
        rows = done.json["data"]
        expected = result.tidy()["value"].to_numpy()
        given = np.array([np.nan if r["value"] is None else r["value"] for r in rows])
        np.testing.assert_array_equal(given, expected)
        assert {row["time"] for row in rows} == {table.year}


class TestFullRelease:
    def test_one_year(self, run, home, wiod, tmp_path):
        done = run("data", "import", wiod(tmp_path / "wiod", 2011))
        assert (done.code, done.out) == (0, "stored wiod2013:2011\n")
        assert run("data", "check", "wiod2013").code == 0
        done = run("measure", "position", "--table", "wiod2013:2008")
        assert done.code == 3
        assert "stored here: 2011" in done.err
        measures_of_a_full_table(run, "wiod2013:2011")

    def test_a_file_that_was_changed(self, run, home, wiod, tmp_path):
        folder = wiod(tmp_path / "wiod", 1995)
        text = (folder / "regions.csv").read_bytes()
        (folder / "regions.csv").unlink()
        (folder / "regions.csv").write_bytes(text.replace(b"Australia", b"Austria"))
        done = run("data", "import", folder)
        assert done.code == 3
        assert "regions.csv" in done.err
        assert Store().names() == []
        done = run("data", "import", folder, "--force")
        assert done.code == 0, done.err

    def test_the_brief_on_the_full_table(self, run, home, wiod, tmp_path):
        run("data", "import", wiod(tmp_path / "wiod", 2010, 2011), "--quiet")
        done = run("brief", "DEU", "--table", "wiod2013", "--html", tmp_path / "deu.html")
        assert done.code == 0, done.err
        page = (tmp_path / "deu.html").read_text(encoding="utf-8")
        assert "How has it changed since 2010?" in page
        assert "35 groups of goods and services" in page

    @pytest.mark.slow
    @pytest.mark.timeout(1800)
    def test_every_year(self, run, home, shared):
        if not (shared / "wiod2013").is_dir():
            pytest.skip("no wiod2013")
        done = run("data", "import", shared / "wiod2013")
        assert done.code == 0, done.err
        for year in range(1995, 2012):
            assert f"stored wiod2013:{year}\n" in done.out
            measures_of_a_full_table(run, f"wiod2013:{year}")
