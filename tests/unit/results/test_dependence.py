"""Results: every number finds its labels, its unit and its place in the tidy frame."""

import numpy as np
import pytest

from autarky.axes import Axis
from autarky.errors import LabelError, OptionError, TableError
from autarky.results import Dependence, Dimension, Field
from autarky.units import Certificate, Provenance, Unit
from strategies import ragged_table, random_table

REGION = Dimension({"region": ("DEU", "FRA")})
PARTNER = Dimension({"partner": ("CHN", "USA", "DEU")})
INDUSTRY = Dimension({"region": ("DEU", "DEU", "FRA"), "sector": ("c1", "c2", "c1")})


def _result(*fields, **more):
    options = {"unit": Unit("USD", "million"), "year": 2011} | more
    return Dependence("toy", "What?", fields, **options)


@pytest.fixture
def result():
    return _result(
        Field("output", [1.0, 2.0, 3.0], (INDUSTRY,)),
        Field("exports", np.arange(6.0).reshape(2, 3), (REGION, PARTNER)),
        Field("imports", 7.0, ()),
    )


# --- dimensions ---------------------------------------------------------------------------------


def test_a_dimension_of_an_axis_fills_its_own_column():
    axis = Axis("region", ["DEU", "FRA"])
    assert Dimension.of(axis).columns == {"region": ("DEU", "FRA")}
    assert Dimension.of(axis, "partner").columns == {"partner": ("DEU", "FRA")}
    assert Dimension.of(axis).size == 2


def test_a_dimension_of_industries_fills_two_columns():
    table = ragged_table(0, (2, 3, 1))
    found = Dimension.of(table.industries)
    assert list(found.columns) == ["region", "sector"]
    assert list(Dimension.of(table.industries, "partner").columns) == ["partner", "partner_sector"]
    pairs = zip(found.columns["region"], found.columns["sector"], strict=True)
    assert [f"{r}:{s}" for r, s in pairs] == [table.industries.label(i) for i in range(table.n)]


@pytest.mark.parametrize("columns", [{"region": ("A",), "sector": ("s", "t")}, {}])
def test_columns_of_other_lengths_are_refused(columns):
    with pytest.raises(TableError, match="the columns of a dimension need the same length"):
        Dimension(columns)


# --- fields -------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(3,), (3, 2), (2, 3, 1), ()])
def test_a_shape_that_does_not_fit_the_labels_is_refused(shape):
    with pytest.raises(TableError, match=r"exports has shape .*, its labels make \(2, 3\)"):
        Field("exports", np.zeros(shape), (REGION, PARTNER))


def test_a_variable_that_is_not_registered_is_refused():
    with pytest.raises(LabelError, match=r"unknown variable: 'exprts' \(did you mean exports"):
        Field("exprts", [1.0, 2.0], (REGION,))


@pytest.mark.parametrize(
    ("dimensions", "shape"),
    [((REGION, REGION), (2, 2)), ((INDUSTRY, REGION), (3, 2)), ((INDUSTRY, INDUSTRY), (3, 3))],
)
def test_two_dimensions_may_not_fill_the_same_column(dimensions, shape):
    with pytest.raises(TableError, match="two dimensions of exports fill the column 'region'"):
        Field("exports", np.zeros(shape), dimensions)


@pytest.mark.parametrize("name", ["variable", "value", "unit"])
def test_a_dimension_may_not_take_a_column_of_every_frame(name):
    with pytest.raises(TableError, match=f"exports may not fill the column '{name}'"):
        Field("exports", [1.0], (Dimension({name: ("a",)}),))


def test_values_become_float_arrays():
    field = Field("output", [1, 2, 3], [INDUSTRY])
    assert field.values.dtype == np.float64
    assert field.dimensions == (INDUSTRY,)


# --- tidy ---------------------------------------------------------------------------------------


def test_the_frame_has_one_row_per_number(result):
    frame = result.tidy()
    columns = ["time", "region", "sector", "partner", "variable", "value", "unit"]
    assert list(frame.columns) == columns
    assert list(frame.index) == list(range(10))
    assert frame.to_numpy().tolist() == [
        [2011, "DEU", "c1", "total", "output", 1.0, "million USD/yr"],
        [2011, "DEU", "c2", "total", "output", 2.0, "million USD/yr"],
        [2011, "FRA", "c1", "total", "output", 3.0, "million USD/yr"],
        [2011, "DEU", "total", "CHN", "exports", 0.0, "million USD/yr"],
        [2011, "DEU", "total", "USA", "exports", 1.0, "million USD/yr"],
        [2011, "DEU", "total", "DEU", "exports", 2.0, "million USD/yr"],
        [2011, "FRA", "total", "CHN", "exports", 3.0, "million USD/yr"],
        [2011, "FRA", "total", "USA", "exports", 4.0, "million USD/yr"],
        [2011, "FRA", "total", "DEU", "exports", 5.0, "million USD/yr"],
        [2011, "total", "total", "total", "imports", 7.0, "million USD/yr"],
    ]
    assert frame["value"].dtype == np.float64


def test_region_and_sector_are_always_there_and_time_where_known():
    only = _result(Field("exports", [1.0, 2.0, 3.0], (PARTNER,)), year=None)
    assert list(only.tidy().columns) == ["region", "sector", "partner", "variable", "value", "unit"]
    assert set(only.tidy()["region"]) == {"total"}


def test_a_dimension_of_time_stands_in_the_column_of_time():
    years = Dimension({"time": (1995, 2011)})
    frame = _result(Field("exports", [1.0, 2.0], (years,)), Field("imports", 3.0, ())).tidy()
    assert frame["time"].tolist() == [1995, 2011, 2011]


def test_a_frame_of_some_variables(result):
    assert set(result.tidy("exports")["variable"]) == {"exports"}
    assert list(result.tidy(["imports", "output"])["variable"]) == ["output"] * 3 + ["imports"]
    with pytest.raises(LabelError, match=r"unknown variables: 'expots' .*, 'x1'"):
        result.tidy(["expots", "exports", "x1"])


def test_no_variables_make_an_empty_frame_with_its_columns(result):
    for frame in (result.tidy([]), _result().tidy()):
        assert frame.empty
        assert {"region", "sector", "variable", "value", "unit"} <= set(frame.columns)


def test_what_is_undefined_stays_so():
    frame = _result(Field("output", [1.0, np.nan, 3.0], (INDUSTRY,))).tidy()
    assert frame["value"].isna().tolist() == [False, True, False]


def test_a_variable_may_have_several_fields():
    result = _result(Field("exports", [1.0, 2.0], (REGION,)), Field("exports", 3.0, ()))
    assert result.variables == ("exports",)
    assert result.tidy()["region"].tolist() == ["DEU", "FRA", "total"]
    assert result.value("exports", region="total") == 3.0
    assert result.value("exports", region="FRA") == 2.0


def test_the_unit_is_the_tables_only_for_money():
    from autarky.results import VARIABLES

    one = next(name for name, entry in VARIABLES.items() if entry.unit != "money/yr")
    frame = _result(Field(one, 0.5, ())).tidy()
    assert frame["unit"].tolist() == [VARIABLES[one].unit]


def test_ragged_industries_on_both_sides():
    table = ragged_table(1, (2, 3, 1))
    both = (Dimension.of(table.industries), Dimension.of(table.industries, "partner"))
    frame = _result(Field("exports", table.Z, both)).tidy()
    assert len(frame) == table.n**2
    row = frame.iloc[2 * table.n + 5]
    assert f"{row['region']}:{row['sector']}" == table.industries.label(2)
    assert f"{row['partner']}:{row['partner_sector']}" == table.industries.label(5)
    assert row["value"] == table.Z[2, 5]


# --- one number ---------------------------------------------------------------------------------


def test_one_number_by_its_labels(result):
    assert result.value("output", region="DEU", sector="c2") == 2.0
    assert result.value("exports", region="FRA", partner="USA") == 4.0
    assert result.value("imports") == 7.0
    assert result.value("imports", region="total") == 7.0
    assert isinstance(result.value("imports"), float)


def test_the_year_is_a_label_too(result):
    assert result.value("imports", time=2011) == 7.0
    with pytest.raises(LabelError, match="unknown time: '2010'"):
        result.value("imports", time=2010)


def test_less_or_more_than_one_number_is_refused(result):
    with pytest.raises(OptionError, match="output at region='DEU' is 2 numbers, not one"):
        result.value("output", region="DEU")
    with pytest.raises(OptionError, match="output at no labels is 3 numbers"):
        result.value("output")
    with pytest.raises(OptionError, match="output at region='FRA', sector='c2' is 0 numbers"):
        result.value("output", region="FRA", sector="c2")


def test_unknown_names_are_label_errors(result):
    with pytest.raises(LabelError, match="unknown variable: 'export'"):
        result.value("export", region="DEU")
    with pytest.raises(LabelError, match=r"unknown region: 'Germany' \(did you mean DEU"):
        result.value("exports", region="Germany", partner="USA")
    with pytest.raises(LabelError, match="unknown partner: 'FRA'"):
        result.value("exports", region="DEU", partner="FRA")
    with pytest.raises(LabelError, match=r"unknown column: 'regoin' \(did you mean region"):
        result.value("exports", regoin="DEU")
    with pytest.raises(LabelError, match=r"unknown sector: 'c1' \(did you mean total"):
        result.value("exports", region="DEU", partner="USA", sector="c1")


def test_an_array_by_its_variable(result):
    np.testing.assert_array_equal(result["output"], [1, 2, 3])
    with pytest.raises(LabelError, match="unknown variable: 'value_added'"):
        result["value_added"]
    with pytest.raises(KeyError):
        result["value_added"]


def test_warnings_are_added_to_a_copy(result):
    louder = result.with_warnings(["small country"])
    assert louder.with_warnings(["two"]).warnings == ("small country", "two")
    assert result.warnings == ()
    assert louder.fields is result.fields


def test_what_a_result_carries_stays_with_it():
    certificate = Certificate("LU", 1, 1e-15, 1e-10)
    result = _result(
        certificates=(certificate,), provenance=Provenance("made"), parameters={"a": 1}
    )
    assert result.certificates == (certificate,)
    assert result.provenance.source == "made"
    assert result.parameters == {"a": 1}
    with pytest.raises(AttributeError):
        result.unit = Unit()


def test_a_field_of_a_table():
    table = random_table(0, 3, 2)
    result = _result(Field("output", table.x, (Dimension.of(table.industries),)))
    assert result.value("output", region="USA", sector="c2") == table.x[5]
