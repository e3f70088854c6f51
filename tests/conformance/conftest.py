"""Checks that do not apply to a model, each with the reason."""

import pytest

_ONE_OF_MANY = "the least total is unique, who bears it is not: results say so"
_AVOIDABLE = "the best case of a cut can cost nothing: spare capacity and stocks make it good"

#: By the model's own name, then the check's.
EXEMPT = {
    "rationing": {
        "test_order_does_not_matter": _ONE_OF_MANY,
        "test_more_of_a_cut_hurts_more_where_all_are_alike": _AVOIDABLE,
        "test_isolation_hurts_whom_it_isolates": _AVOIDABLE,
    },
}


@pytest.fixture(autouse=True)
def applicable(request):
    """Skip a check that does not apply to its model, with the reason."""
    callspec = getattr(request.node, "callspec", None)
    model = callspec.params.get("model") if callspec else None
    reason = EXEMPT.get(getattr(model, "name", ""), {}).get(request.node.originalname)
    if reason:
        pytest.skip(f"{model.name}: {reason}")


@pytest.fixture(scope="session", autouse=True)
def exemptions_name_checks():
    """A check that was renamed does not stay exempt unseen."""
    from conformance import test_stress_models as checks

    assert all(hasattr(checks, name) for names in EXEMPT.values() for name in names)
