"""The tables of LFPSE against the published code systems of version 5: same codes and displays."""

import re
from pathlib import Path

import pytest

from services.intake.packs.pack_files import shipped_packs
from tests.builders.reports import TABLES

PUBLISHED = Path(__file__).parents[5] / "shared" / "samples" / "lfpse"
_OURS = {system for system, _ in TABLES.lfpse} - {"event-type", "specialty"}
needs_samples = pytest.mark.skipif(
    not PUBLISHED.is_dir(), reason="the shared samples are not here: no display was compared"
)


def published_systems() -> dict[str, dict[str, str]]:
    """Return every code system of the taxonomy by its name without version: code to display."""
    found: dict[str, dict[str, str]] = {}
    current: dict[str, str] = {}
    for line in (PUBLISHED / "v5-code-systems.md").read_text(encoding="utf-8").splitlines():
        if system := re.fullmatch(r"- Id: (.+)-5", line):
            current = found.setdefault(system[1], {})
        elif row := re.fullmatch(r"\| `\s*(\w+)` \| (.*) \|", line):
            current[row[1]] = row[2]
    return found


@needs_samples
@pytest.mark.parametrize("system", sorted(_OURS))
def test_a_code_system_that_we_read_is_whole_and_has_the_published_displays(system: str) -> None:
    """A code that is missing would be counted as unmapped at every trust."""
    ours = {code: row.display for (name, code), row in TABLES.lfpse.items() if name == system}

    assert ours == published_systems()[system]


@needs_samples
@pytest.mark.parametrize(
    ("system", "scale"),
    [
        ("level-of-physical-harm", "lfpse-physical"),
        ("level-of-psychological-harm", "lfpse-psychological"),
    ],
)
def test_the_harm_scales_are_the_published_ones(system: str, scale: str) -> None:
    """Code and display of each level, in the crosswalk that every format uses."""
    text = (Path(__file__).parents[4] / "services/intake/packs/harm.tsv").read_text()
    rows = [line.split("\t") for line in text.splitlines() if line.startswith(f"{scale}\t")]

    assert {row[2]: row[3] for row in rows} == published_systems()[system]


@needs_samples
def test_every_section_and_word_of_the_taxonomy_is_known() -> None:
    """What version 5 may hold leaves no `field_unknown`."""
    text = (PUBLISHED / "v5-taxonomy.md").read_text(encoding="utf-8")
    section, missing = "", []
    for heading, profile in re.findall(
        r"^#{2,4} (\w+)$|^Nested profile: .*StructureDefinition/([\w-]+)-5\]", text, re.MULTILINE
    ):
        section = profile or section
        words = TABLES.lfpse_fields.get(section, frozenset())
        if heading and section and heading not in words:
            missing.append(heading)

    # Headings of the sections themselves stand before their profile; all others are words.
    names = {name.replace("-", "") for name in TABLES.lfpse_fields}
    assert [word for word in missing if word.lower() not in names] == []


def test_the_extract_and_the_events_say_the_same_of_the_same_codes() -> None:
    """The pack of the national extract spells its maps out; they are those of the table."""
    document = shipped_packs()["lfpse-extract"].document
    agents, outcomes = (each["map"] for each in document["categories"])
    for system, use, found in (
        ("agent-type", "category", agents),
        ("outcome-type", "category", outcomes),
        ("outcome-type", "outcome", document["patients"]["outcomes"]["map"]),
    ):
        table = {
            code: row.word
            for (name, code), row in TABLES.lfpse.items()
            if name == system and row.use == use and row.word
        }
        assert {code: word for code, word in found.items() if word} == table


def test_a_specialty_says_the_place_or_the_age_or_is_not_in_the_table() -> None:
    """Ours is no list of all specialties: who is neither would only look known."""
    told = re.compile(r"\bneonat|\bbaby|\bpa?ed|\bchild", re.IGNORECASE)
    for (system, _), row in TABLES.lfpse.items():
        if system == "specialty":
            assert row.word is not None or told.search(row.display), row
