"""The tree of errors: what is drawn is what is defined, and every class carries facts."""

import inspect
import pickle
import re

import pytest

from autarky import errors
from autarky.errors import AutarkyError

CLASSES = [
    cls
    for _, cls in inspect.getmembers(errors, inspect.isclass)
    if issubclass(cls, Exception) and cls.__module__ == errors.__name__
]
EXIT_CODES = {
    "AutarkyError": 3,
    "LabelError": 2,
    "OptionError": 2,
    "TableError": 3,
    "BalanceError": 3,
    "NotProductiveError": 3,
    "ShockError": 2,
    "UnsupportedShockError": 2,
    "ConvergenceError": 4,
    "NoEquilibriumError": 4,
    "InfeasibleError": 1,
    "UnboundedError": 1,
    "DataError": 3,
    "StoreError": 3,
    "ArchiveError": 3,
    "MissingTableError": 3,
    "DownloadError": 5,
    "ChecksumError": 5,
    "MissingExtraError": 2,
}
EXAMPLES = [
    errors.AutarkyError("something"),
    errors.LabelError("region", ["Germny", "X"], {"Germny": ["DEU"]}),
    errors.OptionError("share is 2; it must lie in [0, 1]"),
    errors.TableError("two things", ["one", "two"]),
    errors.BalanceError("no", ["one"]),
    errors.NotProductiveError("no", spectral_radius=1.2),
    errors.ShockError("nothing"),
    errors.UnsupportedShockError("not this model"),
    errors.ConvergenceError("stopped", iterations=7, residual=0.25),
    errors.NoEquilibriumError("nobody supplies it", regions=["DEU"]),
    errors.InfeasibleError("nothing meets both", [("goal(chips)", 2.0)], ["labour"]),
    errors.UnboundedError("no end", ["x(a)"]),
    errors.DataError("not a number", path="a.csv", row=3, column="Z", found="x", hint="Mend it."),
    errors.StoreError("disk full", path="store"),
    errors.ArchiveError("a link", path="a.zip"),
    errors.MissingTableError("no table 'x'"),
    errors.DownloadError("404"),
    errors.ChecksumError("differs"),
    errors.MissingExtraError("needs openpyxl"),
]


def _drawn():
    """(name, parent, other bases) of each class, read from the drawing by its indentation."""
    stack, found = [], {}
    for line in errors.__doc__.splitlines():
        match = re.match(r"^    ([│├└─ ]*)(\w+)(?: \(([\w, ]+)\))?", line)
        if not match or not match[2].endswith("Error"):
            continue
        depth = len(match[1]) // 4
        del stack[depth:]
        found[match[2]] = (stack[-1] if stack else None, match[3])
        stack.append(match[2])
    return found


def test_the_drawn_tree_is_the_tree():
    defined = {}
    for cls in CLASSES:
        inner = [b.__name__ for b in cls.__bases__ if b.__module__ == errors.__name__]
        outer = [b.__name__ for b in cls.__bases__ if b.__module__ != errors.__name__]
        parent = inner[0] if inner else None
        defined[cls.__name__] = (parent, ", ".join(outer) or None)
    defined["AutarkyError"] = (None, None)
    assert _drawn() == defined


def test_every_class_has_its_exit_code():
    assert {cls.__name__: cls.exit_code for cls in CLASSES} == EXIT_CODES


def test_every_class_says_when_it_is_raised():
    assert all(cls.__doc__ and cls.__doc__.strip() for cls in CLASSES)
    assert {type(error) for error in EXAMPLES} == set(CLASSES)


def test_each_is_caught_as_the_root_and_as_the_fitting_builtin():
    builtin = {
        errors.LabelError: KeyError,
        errors.OptionError: ValueError,
        errors.TableError: ValueError,
        errors.BalanceError: ValueError,
        errors.ShockError: ValueError,
        errors.UnsupportedShockError: NotImplementedError,
        errors.ConvergenceError: ArithmeticError,
        errors.DataError: ValueError,
        errors.StoreError: OSError,
        errors.MissingTableError: LookupError,
        errors.DownloadError: OSError,
        errors.ChecksumError: OSError,
        errors.MissingExtraError: ImportError,
    }
    assert all(issubclass(cls, AutarkyError) for cls in CLASSES)
    assert all(issubclass(cls, base) for cls, base in builtin.items())


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda e: type(e).__name__)
def test_the_text_is_the_message_and_not_its_repr(error):
    text = str(error)
    assert text
    assert not text.startswith(("'", '"', "("))
    assert "\\n" not in text


def test_an_error_without_a_message_names_itself():
    assert str(AutarkyError()) == "AutarkyError"


def test_label_error_lists_all_with_suggestions_and_keeps_them():
    error = errors.LabelError("region", ["Germny", "X"], {"Germny": ["DEU", "GER"]})
    assert str(error) == "unknown regions: 'Germny' (did you mean DEU or GER?), 'X'"
    assert (error.axis, error.unknown) == ("region", ("Germny", "X"))
    assert error.suggestions == {"Germny": ("DEU", "GER")}


def test_label_error_of_one_label_is_in_the_singular():
    assert str(errors.LabelError("sector", ["c99"], {})) == "unknown sector: 'c99'"


def test_table_error_keeps_its_problems():
    assert errors.BalanceError("both", ["a", "b"]).problems == ("a", "b")
    assert errors.TableError("one").problems == ()


def test_not_productive_error_keeps_the_spectral_radius():
    error = errors.NotProductiveError("no inverse", 1.02)
    assert error.spectral_radius == 1.02
    assert isinstance(error, errors.TableError)


def test_convergence_error_says_how_far_it_came():
    error = errors.ConvergenceError("stopped", iterations=12, residual=1.5e-3)
    assert (error.iterations, error.residual) == (12, 1.5e-3)
    assert str(error) == "stopped (residual 1.50e-03 after 12 iterations)"


def test_data_error_says_where_what_and_what_to_do():
    error = errors.DataError(
        "not a number", path="a.csv", row=3, column="Z", found="x1", expected="a number",
        hint="Remove the footnote.",
    )  # fmt: skip
    assert str(error) == (
        "file a.csv, row 3, column Z: not a number; found 'x1'; expected a number. "
        "Remove the footnote."
    )
    assert (error.path, error.row, error.column) == ("a.csv", 3, "Z")
    assert (error.found, error.expected, error.hint) == (
        "x1", "a number", "Remove the footnote.",
    )  # fmt: skip
    assert error.message == "not a number"


def test_data_error_keeps_row_zero_and_shortens_what_was_found():
    text = str(errors.DataError("bad", row=0, found="x" * 500))
    assert text.startswith("row 0: bad; found 'xxx")
    assert len(text) < 100
    assert str(errors.DataError("bad")) == "bad"


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda e: type(e).__name__)
def test_errors_travel_between_processes(error):
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)


def test_labels_far_from_all_get_the_list():
    def said(*unknown, known, **near):
        return str(errors.LabelError("sector", unknown, near, known=known))

    assert said("x", known=["food", "cars"]) == "unknown sector: 'x'; there are food, cars"
    assert "there are" not in said("car", known=["food", "cars"], car=["cars"])
    many = said("x", known=[f"s{i}" for i in range(200)])
    assert many.endswith("s49, … (200 in all)")
    assert "\x1b" not in said("x", known=["a\x1b[31m"])


def test_no_residual_is_told_where_there_is_none():
    lost = errors.ConvergenceError("it left all numbers", iterations=7, residual=float("inf"))
    assert str(lost) == "it left all numbers"
    assert (lost.iterations, lost.residual) == (7, float("inf"))
