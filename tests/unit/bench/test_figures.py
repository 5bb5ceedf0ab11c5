"""What docs/bench.md says beside its figures: a goal is met or missed, and plainly so."""

from xml.etree import ElementTree as ET

from tests.bench.comparison import documents, is_valid, model_of
from tests.bench.figures import Bar, Goal, paragraph, table
from tests.bench.picture import draw

BARS = (Bar("native", 25.0, None, 20.0), Bar("a < b", 50.0, 100.0))


def drawn() -> ET.Element:
    """Return the picture as an XML parser reads it."""
    return ET.fromstring(draw(BARS))  # noqa: S314 - we wrote it ourselves


def test_a_goal_that_is_missed_says_by_how_much() -> None:
    """Nobody has to divide."""
    assert Goal("map", 25, 250, "µs").row == (
        "| map | 25 µs | 250 µs | missed, 10.0 times the goal |"
    )
    assert Goal("map", 25, 25, "µs").is_met


def test_a_table_has_a_cell_for_each_head() -> None:
    """Markdown drops what is too much."""
    head, rule, row = table(("what", "µs"), [["map", "25"]])

    assert head.count("|") == rule.count("|") == row.count("|") == 3


def test_a_paragraph_is_wrapped_and_keeps_its_words() -> None:
    """Lines stay readable in an editor too."""
    words = ["word"] * 100

    lines = paragraph(*words)

    assert max(map(len, lines)) <= 100
    assert " ".join(lines).split() == words


def test_the_picture_is_well_formed_and_says_what_it_shows() -> None:
    """A reader without eyes for it has the figures in its title."""
    root = drawn()
    title = root.findtext("{http://www.w3.org/2000/svg}title") or ""

    assert "a < b: 50" in title
    assert "native: 25" in title


def test_a_bar_is_as_long_as_its_figure() -> None:
    """Theirs is twice ours."""
    root = drawn()
    boxes = root.findall("{http://www.w3.org/2000/svg}rect")
    ours, theirs = [float(box.get("width", 0)) for box in boxes[-2:]]

    assert round(theirs / ours, 2) == 2.0


def test_both_sides_of_the_comparison_read_the_same_documents() -> None:
    """Only LFPSE, which is no valid resource, is refused by fhir.resources."""
    refused = [
        each.what
        for each in documents()
        if not is_valid(model_of(each.body, each.release), each.body)
    ]

    assert refused == ["example: LFPSE v6"]
