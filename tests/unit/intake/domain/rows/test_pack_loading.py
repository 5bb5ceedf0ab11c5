"""Loading a pack: every mistake is named with its place and what to write."""

from pathlib import Path

import pytest

from services.intake.domain.rows.problems import PackError
from services.intake.packs.pack_files import load_file, load_text, packs_of, shipped_packs
from shared.site.refusals import SiteFileError
from tests.builders.rows import HEAD, a_pack, draft_of


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("statsu: {column: s}", "`statsu` is not known here. Write one of"),
        ("statsu: {column: s}", "Did you mean `status`?"),
        ("status: {colum: s}", "`colum` is not known here"),
        ("status: {column: s, map: {A: retracte}}", "Did you mean `retracted`?"),
        ("status: {column: s, const: closed}", "exactly one of column, const"),
        ("status: {map: {A: closed}}", "exactly one of column, const"),
        ("status: {column: s, scale: nrls}", "`scale` is not known here"),
        ("status: {column: s, map: [A]}", "this is not a mapping"),
        ("status: {column: s, map: {a b: closed, A-B: retracted}}", "two meanings"),
        ("status: [closed]\nkind: {}", "kind: it is not clear where"),
        ("patients: {harm: {column: h}}", "harm has no `scale`"),
        ("patients: {harm: {column: h, scale: nrsl}}", "Did you mean `nrls`?"),
        ("patients: {where: {a: b}, died: {column: d}}", "Add `from: COLUMN`"),
        ("staff: {from: p, where: {a: {end: C}}, id: l}", "Did you mean `ends`?"),
        ("staff: {from: p, where: {a: {ends: '*'}}, id: l}", "no code ends with this"),
        ("patients: {name: {column: n}}", "`name` is not known here"),
        ("updated_at: {column: u, zone: Europe/Londn}", "time zone is not known"),
        ('updated_at: {column: u, parse: ["%d/%m"]}', "without a year"),
        ('updated_at: {column: u, parse: ["%Q"]}', "a pattern consists of"),
        ('updated_at: {column: u, parse: ["%d %d %Y"]}', "twice in the pattern"),
        ("kind: {udf: x}", "does not say where user-defined fields stand"),
        ("kind: {column: k, split: ['']}", "this separates nothing"),
        ("kind: {column: k}\ndrop: [K]", "dropped and read"),
        ("circumstances: {error: {column: e, map: {Y: maybe}}}", "write one of".capitalize()),
        ("extends: nowhere", "there is no such pack"),
        ("kind: &a {column: k}", "anchors and aliases are not read"),
        ("kind: !!python/name:os.system k", "tags are not read"),
        ("kind: {column: a}\nkind: {column: b}", "stands here twice"),
        ("kind: {column: [", "this is not YAML"),
        ("kind: {column: ''}", "this is not text"),
        (f"kind: {{column: {'x' * 601}}}", "the text is too long"),
        ("? [a, b]\n: x", "a key is not text"),
        ('title: "\\x00"\nkind: \x01', "characters or nesting"),
    ],
)
def test_a_mistake_is_named_with_what_to_write(text: str, says: str) -> None:
    """Did you mean, where something is near."""
    with pytest.raises(PackError, match=r"trial\.yaml") as refusal:
        a_pack(text + "\n")

    assert says in str(refusal.value)


def test_all_mistakes_are_told_at_once_with_their_places() -> None:
    """A pack is corrected in one go."""
    with pytest.raises(PackError) as refusal:
        a_pack("status: {column: s, map: {A: clsed}}\nkind: {column: k, map: {B: incdent}}\n")

    assert [line.split(" ")[0] for line in refusal.value.problems] == [
        "trial.yaml:4:27:",
        "trial.yaml:5:25:",
    ]


@pytest.mark.parametrize(
    "text", ["", "- a\n", "pack: x\n", "pack: A B\nversion: 1\nrecord_id: a\n"]
)
def test_a_file_that_is_no_pack_is_refused(text: str) -> None:
    """Empty, a list, without its head, or with a name that no setting can hold."""
    with pytest.raises(PackError):
        load_text(text, file="x.yaml")


def test_yes_no_and_numbers_are_words() -> None:
    """As people mean them, whatever YAML 1.1 thought of Norway."""
    pack = a_pack("circumstances: {error: {column: e, map: {no: yes, 1: no, off: unknown}}}\n")

    said = [draft_of(pack, e=e).content["circumstances"].get("error") for e in ("no", "1", "off")]
    assert said == [True, False, None]


def test_a_site_lays_its_values_over_a_shipped_pack() -> None:
    """What it does not say stays as it was."""
    text = (
        "pack: ours\nextends: datixweb\nversion: 2\n"
        "patients: {harm: {map: {CATA: death}}}\nlocation: {specialty: {column: dept}}\n"
    )
    pack = load_text(text, file="ours.yaml")
    contacts = '[{"con_type": "PATC"}]'

    draft = draft_of(pack, recordid="9", contacts=contacts, inc_severity="CATA", dept="ITU")

    assert (draft.mapping_id, draft.mapping_version) == ("ours", 2)
    assert draft.content["patients"][0]["harm"] == "death"
    assert draft.content["location"]["specialty"] == "ITU"
    assert shipped_packs()["datixweb"].columns - pack.columns == {"inc_specialty"}


def test_packs_of_a_folder_win_over_shipped_ones(tmp_path: Path) -> None:
    """A pack is named as its file, and a bad one is refused by the file's name."""
    own = "pack: rl6\nextends: rl6\nversion: 7\n"

    assert packs_of({tmp_path / "rl6.yaml": own})["rl6"].version == 7
    with pytest.raises(SiteFileError, match="another name"):
        packs_of({tmp_path / "rl7.yaml": own})
    with pytest.raises(SiteFileError, match="not known here"):
        packs_of({tmp_path / "bad.yaml": HEAD + "nonsense: 1\n"})
    with pytest.raises(SiteFileError, match="cannot be read"):
        load_file(tmp_path / "absent.yaml")


def test_a_file_too_large_or_too_deep_is_not_read() -> None:
    """Before anything is built of it."""
    with pytest.raises(PackError, match="larger than"):
        a_pack("title: " + "x" * 300_000)
    with pytest.raises(PackError, match="deeper"):
        a_pack("title: " + "[" * 40 + "]" * 40)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("patients: {from: contacts, harm: {column: a}}\n", "harm has no `scale`"),
        ("zebra: {column: b}\n", "record_id,"),
    ],
    ids=["problem", "key"],
)
def test_a_problem_is_told_once_and_names_each_key_once(text: str, told: str) -> None:
    """A list that says everything twice is read by nobody."""
    with pytest.raises(PackError) as error:
        a_pack(text)

    assert str(error.value).count(told) == 1
