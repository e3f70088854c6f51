"""What is printed: JSON and CSV for scripts, tables for people, and what goes where."""

import csv
import io
import math
import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from autarky import measure
from autarky import open as open_table
from autarky.cli.measure import MEASURES
from autarky.cli.options import Output
from autarky.cli.output import SCHEMA_VERSION, emit, number, write_csv
from autarky.units import Provenance

#: Subcommand → arguments that make it quick, and the same call of the library.
CALLS = {
    "self-sufficiency": (["--regions", "DEU,FRA"], {"regions": ["DEU", "FRA"]}),
    "dependence": (
        ["--regions", "DEU", "--by", "partner"],
        {"regions": ["DEU"], "by": "partner"},
    ),
    "value-added-origin": (["--regions", "DEU"], {"regions": ["DEU"]}),
    "value-added-in-exports": (["--regions", "DEU,CHN"], {"regions": ["DEU", "CHN"]}),
    "kww": (["--regions", "DEU"], {"regions": ["DEU"]}),
    "wwz": (["--regions", "DEU"], {"regions": ["DEU"]}),
    "concentration": (["--regions", "LUX"], {"regions": ["LUX"]}),
    "position": (["--regions", "DEU"], {"regions": ["DEU"]}),
    "linkages": (["--regions", "DEU"], {"regions": ["DEU"]}),
    "propagation-length": (["--by", "region"], {"by": "region"}),
    "paths": (["--region", "MLT", "--largest", "20"], {"region": "MLT", "largest": 20}),
    "extraction": (["--what", "countries"], {"what": "countries"}),
    "strategic": ([], {}),
    "trend": (
        ["--indicator", "position", "--years", "1995,2011", "--regions", "DEU"],
        {"indicator": "position", "regions": ["DEU"]},
    ),
}
MANY_YEARS = {"strategic": (2011,), "trend": (1995, 2011)}


def library(name):
    """The tidy frame of the same call of the library."""
    function = getattr(measure, name.replace("-", "_"))
    if name in MANY_YEARS:
        subject = {year: open_table("world", year) for year in MANY_YEARS[name]}
    else:
        subject = open_table("world", 2011)
    return function(subject, **CALLS[name][1])


def years_of(name):
    return ["--years", "2011"] if name == "strategic" else []


def test_every_measure_is_called_here():
    assert set(CALLS) == {name.replace("_", "-") for name in MEASURES}


@pytest.mark.parametrize("name", CALLS)
def test_json_is_one_object_with_the_librarys_numbers(run, name):
    done = run("measure", name, *CALLS[name][0], *years_of(name), "--json")
    assert done.code == 0
    assert done.out.count("\n") == 1
    values = done.json
    assert values["schema_version"] == SCHEMA_VERSION == 1
    assert values["indicator"]
    assert values["question"].endswith("?")
    assert isinstance(values["warnings"], list)
    assert values["provenance"]["source"]
    assert values["provenance"]["citation"]
    result = library(name)
    frame = result.tidy()
    assert values["warnings"] == list(result.warnings)
    assert len(values["data"]) == len(frame) > 0
    for row, (_, expected) in zip(values["data"], frame.iterrows(), strict=True):
        assert list(row) == list(frame.columns)
        for key, value in row.items():
            if key == "value":
                assert value == expected[key] or (value is None and math.isnan(expected[key]))
            else:
                assert value == expected[key]


@pytest.mark.parametrize("name", CALLS)
def test_csv_is_the_librarys_tidy_rows(run, name, tmp_path):
    file = tmp_path / "rows.csv"
    done = run("measure", name, *CALLS[name][0], *years_of(name), "--csv", file, "--quiet")
    assert (done.code, done.err) == (0, "")
    frame = library(name).tidy()
    with file.open(encoding="utf-8", newline="") as stream:
        head, *rows = csv.reader(stream)
    assert head == list(frame.columns)
    assert len(rows) == len(frame)
    at = head.index("value")
    for row, (_, expected) in zip(rows, frame.iterrows(), strict=True):
        for k, cell in enumerate(row):
            if k == at:
                same = (
                    cell == ""
                    if math.isnan(expected["value"])
                    else float(cell) == expected["value"]
                )
                assert same
            else:
                assert cell == str(expected.iloc[k])


def test_csv_on_stdout_is_the_file(run, tmp_path):
    args = ["measure", "position", "--regions", "DEU", "--quiet", "--csv"]
    run(*args, tmp_path / "rows.csv")
    assert run(*args, "-").out == (tmp_path / "rows.csv").read_text(encoding="utf-8")


@dataclass
class Toy:
    """A result with hostile text and every kind of number."""

    frame: pd.DataFrame
    indicator: str = "toy"
    question: str = "How?"
    warnings: tuple = ("mind the gap",)
    parameters: dict = field(default_factory=lambda: {"what": np.float64(1.5), "all": ("a",)})
    provenance: Provenance = field(default_factory=Provenance)
    certificates: tuple = ()

    def tidy(self):
        return self.frame


def toy(labels, values=None, unit="1"):
    values = np.arange(len(labels), dtype=float) if values is None else values
    frame = {"region": labels, "sector": "total", "variable": "v", "value": values, "unit": unit}
    return Toy(pd.DataFrame(frame))


HOSTILE = ("=1+1", "+1", "-2", "@SUM(A1)", "\tx", "\rx", '=HYPERLINK("http://x","y")')


@pytest.mark.parametrize("dtype", [object, "str"])
def test_text_that_a_spreadsheet_would_run_is_escaped(capsys, dtype):
    frame = toy(list(HOSTILE)).frame.astype({"region": dtype})
    write_csv(frame, "-")
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out, newline="")))
    assert [row["region"] for row in rows] == ["'" + text for text in HOSTILE]


def test_categories_are_escaped_too(tmp_path):
    frame = toy(["=1", "b"]).frame.astype({"region": "category"})
    write_csv(frame, str(tmp_path / "a.csv"))
    assert "'=1" in (tmp_path / "a.csv").read_text()


def test_harmless_text_and_numbers_stay_exactly(capsys):
    numbers = [-0.02, -1e-300, 1 / 3, 5e-324, -0.0, 1e22, 0.1 + 0.2]
    labels = ["a=b", "x-y", "Réunion", "a,b", 'say "hi"', "two\nlines", "'quoted"]
    write_csv(toy(labels, numbers).frame, "-")
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out, newline="")))
    assert [float(row["value"]) for row in rows] == numbers
    assert math.copysign(1, float(rows[4]["value"])) == -1
    assert [row["region"] for row in rows] == labels


def test_undefined_numbers_are_null_in_json_and_a_dash_for_people(capsys):
    result = toy(["A", "B", "C"], [np.nan, np.inf, -0.5])
    emit(result, Output(json=True, csv=None, quiet=True))
    import json

    data = json.loads(capsys.readouterr().out)["data"]
    assert [row["value"] for row in data] == [None, None, -0.5]
    emit(result, Output(json=False, csv=None, quiet=True))
    text = capsys.readouterr().out
    assert text.count("–") == 2
    assert "nan" not in text


def test_warnings_go_to_stderr_unless_quiet(capsys):
    emit(toy(["A"]), Output(json=False, csv=None, quiet=False))
    out, err = capsys.readouterr()
    assert err == "note: mind the gap\n"
    assert "mind" not in out
    emit(toy(["A"]), Output(json=False, csv=None, quiet=True))
    assert capsys.readouterr().err == ""


def test_labels_are_no_markup_no_emoji_and_no_control_codes(capsys):
    emit(toy(["[bold]A", "[/b]", ":x:", "\x1b[31mred", "B"]), Output(False, None, True))
    out = capsys.readouterr().out
    for label in ("[bold]A", "[/b]", ":x:"):
        assert label in out
    assert "\x1b" not in out


def test_rows_and_sort(run):
    few = run("measure", "position", "--rows", "3", "--sort", "upstreamness", "--quiet").out
    frame = measure.position(open_table("world", 2011)).tidy("upstreamness")
    top = frame.sort_values("value", ascending=False).head(3)
    lines = [line.split() for line in few.splitlines()]
    shown = [(words[0], words[1], words[2]) for words in lines if len(words) == 6][-3:]
    expected = [(r.region, r.sector, number(r.value, "steps")) for r in top.itertuples(index=False)]
    assert shown == expected
    assert "more rows: --rows 0 shows all" in few
    every = run("measure", "position", "--rows", "0", "--quiet").out
    assert "more rows" not in every
    assert len(every.splitlines()) > 615


def test_no_colour_in_a_pipe_nor_with_no_color(process):
    piped = process("data", "list", env={"NO_COLOR": ""})
    assert "\x1b" not in piped.out
    # FORCE_COLOR makes a terminal of a pipe; NO_COLOR takes the colours out again.
    forced = {"FORCE_COLOR": "1", "TERM": "xterm-256color"}
    coloured = process("brief", "DEU", env=forced)
    assert "\x1b[36m" in coloured.out or "\x1b[1;36m" in coloured.out
    plain = process("brief", "DEU", env=forced | {"NO_COLOR": "1"})
    assert not any(f"\x1b[{code}m" in plain.out for code in (31, 32, 34, 36, "1;36"))


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_terminals_with_another_character_set(process, encoding):
    env = {"PYTHONIOENCODING": encoding}
    done = process("brief", "DEU", env=env)
    assert (done.code, done.err) == (0, "")
    assert "Germany" in done.out
    # Data are exact whatever the terminal can show: the questions hold a dash and quotes.
    data = process("brief", "DEU", "--json", env=env)
    assert any("“" in line for line in data.json["warnings"])


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.2546, "share", "25.5"),
        (12.345, "percent", "12.35"),
        (1234567.8, "million USD/yr", "1,234,568"),
        (3.0, "1", "3"),
        (0.12345, "1", "0.123"),
        (float("nan"), "share", "–"),
        (float("inf"), "1", "–"),
        (-0.00001, "share", "0.0"),
        (-0.00001, "1", "0.000"),
    ],
)
def test_numbers_as_people_read_them(value, unit, text):
    assert number(value, unit) == text


SELF = ("measure", "self-sufficiency", "--regions", "DEU", "--quiet")
WRITERS = {"--csv": SELF, "--html": ("brief", "DEU", "--quiet")}


@pytest.mark.parametrize(("option", "command"), WRITERS.items())
class TestFiles:
    def test_an_empty_name_is_refused(self, run, option, command):
        done = run(*command, option, "")
        assert (done.code, done.out) == (2, "")
        assert "name of the file is empty" in done.err

    def test_a_folder_that_is_not_there_is_named(self, run, tmp_path, option, command):
        file = tmp_path / "no" / "file"
        done = run(*command, option, file)
        assert (done.code, done.out) == (3, "")
        assert done.err == f"error: {file}: No such file or directory\n"

    def test_a_link_stays_a_link(self, run, tmp_path, option, command):
        (tmp_path / "link").symlink_to(tmp_path / "file")
        assert run(*command, option, tmp_path / "link").code == 0
        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "file").stat().st_size > 1000

    @pytest.mark.skipif(os.name == "nt", reason="no limit on the size of files there")
    def test_a_full_disk_leaves_what_was_there(self, process, tmp_path, option, command):
        file = tmp_path / "file"
        file.write_text("before", encoding="utf-8")
        limited = (
            "import resource, signal, sys; from autarky.cli import main; "
            "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
            "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)); main(sys.argv[1:])"
        )
        done = process(*command, option, str(file), python=("-c", limited))
        assert done.code == 3
        assert done.err == f"error: {file}: File too large\n"
        assert file.read_text(encoding="utf-8") == "before"
        assert [one.name for one in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(os.name == "nt", reason="no /dev there")
def test_a_device_takes_a_csv_and_stays_a_device(run):
    assert run(*SELF, "--csv", "/dev/null").code == 0
    assert Path("/dev/null").is_char_device()
