"""Units and provenance: what a number is measured in and what was done to it."""

import json
import pickle

import pytest

from autarky.errors import OptionError
from autarky.units import Certificate, Provenance, Step, Unit


def test_a_unit_reads_as_people_write_it():
    assert str(Unit("USD", "million")) == "million USD"
    assert str(Unit()) == "money"


@pytest.mark.parametrize(
    ("multiple", "scale"),
    [("", 1), ("thousand", 1e3), ("million", 1e6), ("billion", 1e9), ("trillion", 1e12)],
)
def test_a_multiple_is_a_scale(multiple, scale):
    unit = Unit("USD", multiple)
    assert unit.scale == scale
    assert unit.factor("million") == pytest.approx(scale / 1e6, rel=1e-15)
    assert unit.factor(multiple) == 1


def test_an_unknown_multiple_is_refused_where_it_is_named():
    with pytest.raises(OptionError, match="'mio' is not one of '', 'thousand', 'million'"):
        Unit("USD", "mio")
    with pytest.raises(OptionError, match="'M' is not one of"):
        Unit("USD", "million").factor("M")


def test_steps_are_added_and_never_changed():
    parameters = {"power": 0.25}
    first = Provenance(source="WIOD 2013")
    second = first.then("restore_rounding", parameters, restored=12345.678)
    parameters["power"] = 1.0
    assert first.steps == ()
    (step,) = second.steps
    assert (step.verb, step.parameters["power"]) == ("restore_rounding", 0.25)
    assert str(step) == "restore_rounding(power=0.25): restored 1.23e+04"
    with pytest.raises(TypeError):
        step.parameters["power"] = 1.0
    assert str(Step("balance")) == "balance()"


def test_provenance_goes_through_json_and_back():
    before = (
        Provenance(
            source="WIOD 2013",
            citation="Timmer et al. (2015)",
            licence="CC BY 4.0",
            url="u",
            sha256="0" * 64,
            faults=("rounded",),
        )
        .then("aggregate", {"regions": "41 to 3"})
        .then("balance", {"method": "GRAS"}, residual=1e-12)
    )
    after = Provenance.from_dict(json.loads(json.dumps(before.as_dict())))
    assert after == before
    assert Provenance.from_dict({}) == Provenance()


def test_provenance_travels_between_processes():
    before = Provenance("x").then("balance", {"method": "GRAS"}, residual=1e-12)
    assert pickle.loads(pickle.dumps(before)) == before


def test_a_certificate_reads_as_one_line():
    assert str(Certificate("LU", 1, 3.21e-14, 1e-10)) == "LU, residual 3.2e-14 (≤ 1e-10)"
