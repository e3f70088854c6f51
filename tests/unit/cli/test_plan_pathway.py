"""``autarky plan pathway`` and ``plan fastest``: as the library has it, and what mistakes say."""

import pytest

from autarky.cli.plan.options import share_of
from autarky.plan import Goal, Pathway
from refusals import fails


def words(text):
    return " ".join(text.split())


SHORT = ("--goal", "electronics=45%", "--no-band")


def test_pathway_answers_in_its_first_sentence(run, world):
    goal = Goal(region="DEU", domain=["electronics"], share=0.45, by=3)
    expected = Pathway(band=None).solve(world, [goal])
    done = run("plan", "pathway", "DEU", *SHORT, "--by", "3")
    assert done.code == 0
    assert words(done.out).startswith(expected.sentences[0])
    for heading in ("What is reached?", "How does it go there?"):
        assert heading in done.out
    assert "One planner knows the whole path" in done.err
    quiet = run("plan", "pathway", "DEU", *SHORT, "--by", "3", "--quiet")
    assert (quiet.code, quiet.out, quiet.err) == (0, done.out, "")


def test_pathway_gives_scripts_what_the_library_has(run, world):
    goals = [
        Goal(region="DEU", domain=["chemicals", "metals"], share=0.55, by=4, ramp="linear"),
        Goal(region="DEU", domain=["electronics"], share=0.4, by=4, ramp="linear"),
    ]
    expected = Pathway(elasticity=6.0, band=None).solve(world, goals)
    done = run(
        *("plan", "pathway", "DEU", "--goal", "chemicals+metals=55%"),
        *("--goal", "electronics=0.4", "--by", "4", "--evenly", "--elasticity", "6"),
        *("--no-band", "--json"),
    )
    answer = done.json
    assert answer["indicator"] == "pathway"
    assert answer["sentences"] == list(expected.sentences)
    assert answer["reached"] is expected.reached
    assert answer["assumptions"]
    got = {
        (r["time"], r["sector"], r["variable"]): r["value"]
        for r in answer["data"]
        if r["variable"] in ("output", "goal_reached")
    }
    frame = expected.tidy(["output", "goal_reached"])
    assert len(got) == len(frame)
    for _, row in frame.iterrows():
        value = got[row["time"], row["sector"], row["variable"]]
        assert value == pytest.approx(row["value"])


def test_a_goal_out_of_reach_is_an_answer(run):
    done = run("plan", "pathway", "JPN", "--goal", "energy=90%", "--by", "3", "--no-band")
    assert done.code == 0
    assert "points short of 90 %" in words(done.out)
    assert "It is held back by" in words(done.out)


def test_a_goal_about_a_partner(run):
    done = run(
        *("plan", "pathway", "DEU", "--goal", "electronics=10%", "--partner", "CHN"),
        *("--by", "3", "--no-band", "--quiet"),
    )
    assert done.code == 0
    assert "from CHN" in done.out


def test_the_whole_economy(run):
    done = run("plan", "pathway", "DEU", "--goal", "economy=81%", "--by", "3", "--no-band", "-q")
    assert done.code == 0
    assert "whole economy" in words(done.out)


def test_fastest_says_how_many_years(run, world):
    goal = Goal(region="DEU", domain=["electronics"], share=0.5, by=1)
    expected = Pathway(band=None).fastest(world, goal, max_loss=0.01)
    done = run(
        *("plan", "fastest", "DEU", "--goal", "electronics=50%", "--max-loss", "1%"),
        *("--no-band", "--quiet"),
    )
    assert done.code == 0
    assert words(done.out).startswith(expected.sentences[0])
    asked = run(
        *("plan", "fastest", "DEU", "--goal", "electronics=50%", "--max-loss", "0.01"),
        *("--no-band", "--json"),
    )
    (years,) = [r["value"] for r in asked.json["data"] if r["variable"] == "years_needed"]
    assert years == expected.value("years_needed", region="DEU")


# --- shares ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "share"), [("80%", 0.8), ("0.8", 0.8), (" 12.5 %", 0.125), (".5", 0.5), ("1", 1.0)]
)
def test_a_share_is_typed_in_percent_or_as_a_number(text, share):
    assert share_of(text) == pytest.approx(share)


@pytest.mark.parametrize(
    ("text", "said"), [("80", "write 80%"), ("120%", "more than all"), ("most", "no share")]
)
def test_what_is_no_share_is_refused(text, said):
    with pytest.raises(ValueError, match=said):
        share_of(text)


# --- mistakes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("pathway", "GERMANY", *SHORT, "--by", "3"), "did you mean DEU?"),
        (("pathway", "DEU", "--goal", "electronic=80%", "--by", "3"), "did you mean electronics?"),
        (("pathway", "DEU", "--goal", "electronics", "--by", "3"), "is no goal"),
        (("pathway", "DEU", "--goal", "electronics=80", "--by", "3"), "write 80%"),
        (("pathway", "DEU", "--goal", "+=80%", "--by", "3"), "is no goal"),
        (("pathway", "DEU", "--goal", "electronics=10%", "--by", "3"), "asks for nothing"),
        (("pathway", "DEU", "--goal", "electronics=80%", "--by", "0"), "at least 1 year"),
        (("pathway", "DEU", "--goal", "electronics=80%"), "--by"),
        (("pathway", "DEU", "--by", "3"), "--goal"),
        (("pathway", "DEU", *SHORT, "--by", "3", "--elasticity", "none"), "none"),
        (("fastest", "DEU", "--goal", "a=80%", "--goal", "b=80%"), "takes one --goal"),
        (("fastest", "DEU", "--goal", "electronics=50%", "--max-loss", "5"), "write 5%"),
        (("fastest", "GERMANY", "--goal", "electronics=50%"), "did you mean DEU?"),
    ],
)
def test_mistakes_get_one_paragraph(run, args, said):
    assert said in fails(run("plan", *args), 2)
