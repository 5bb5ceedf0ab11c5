"""The mapping tables as values: harm crosswalk, synonyms of words, meanings of codes."""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from shared.contracts import words

_BLANKS: Final = re.compile(r"[\W_]+")
VOCABULARIES: Final[Mapping[str, type[StrEnum]]] = MappingProxyType(
    {
        "age_group": words.AgeGroup,
        "category": words.Category,
        "harm": words.Harm,
        "harm_duration": words.HarmDuration,
        "harmed": words.StaffHarm,
        "involvement": words.Involvement,
        "kind": words.Kind,
        "outcome": words.PatientOutcome,
        "place_type": words.PlaceType,
        "proceeding": words.ProceedingType,
        "relationship": words.Relationship,
        "reporter_type": words.ReporterType,
        "role": words.StaffRole,
        "shift": words.Shift,
        "signal": words.ReportedSignal,
        "status": words.Status,
    }
)
FHIR_USES: Final = frozenset(
    {
        "category",
        "snomed_category",
        "outcome",
        "criterion",
        "release_status",
        "involvement",
        "not_an_incident",
        "place_type",
    }
)
# What a code may say that is no word of a vocabulary, and how it says so.
CODE_USES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "concern": frozenset("12345"),
        "error": frozenset({"yes"}),
        "fear": frozenset({"yes"}),
        "resuscitation": frozenset({"yes", "no"}),
        "unrelated_death": frozenset({"yes"}),
        "coding": frozenset({"cause", "never_event", "people"}),
    }
)
_SAYS_NOTHING: Final = "-"


class TableError(ValueError):
    """A shipped or site table cannot be used; the text names the file, line and remedy."""


@dataclass(frozen=True, slots=True)
class HarmRow:
    """What one code of one scale says; None is unknown."""

    scale: str
    code: str
    harm: str | None
    kind: str | None
    reached_patient: bool | None


@dataclass(frozen=True, slots=True)
class CodeMeaning:
    """What one code of a source's own system says; `word` None is a known code that says nothing.

    `use` is a vocabulary, or a key of `CODE_USES`.
    """

    use: str
    word: str | None
    display: str


@dataclass(frozen=True, slots=True)
class Tables:
    """All tables of one mapping version.

    Harm is found by (scale, code), and by the display of a code that only one of its scale has.
    Codes of LFPSE and AHRQ are found by (system, code or display in `normal` spelling);
    `lfpse_fields` are the values that each section of an LFPSE report may hold. Plain mappings: a
    proxy would make each of the thousand look-ups of a request dearer, and nobody writes.
    """

    harm: Mapping[tuple[str, str], HarmRow]
    harm_scales: frozenset[str]
    words: Mapping[str, Mapping[str, str]]
    fhir: Mapping[str, Mapping[str, str]]
    lfpse: Mapping[tuple[str, str], CodeMeaning]
    ahrq: Mapping[tuple[str, str], CodeMeaning]
    lfpse_fields: Mapping[str, frozenset[str]]

    @classmethod
    def parse(cls, texts: Mapping[str, str]) -> "Tables":
        """Build the tables from the texts of `packs/`.

        Raises:
            TableError: a row is short, repeated, or names a word that no contract knows.
        """
        harm = _harm(texts["harm.tsv"])
        return cls(
            harm=harm,
            harm_scales=frozenset(scale for scale, _ in harm),
            words=_words(texts["synonyms.tsv"]),
            fhir=_fhir(texts["fhir_codes.tsv"]),
            lfpse=_codes("lfpse_codes.tsv", texts),
            ahrq=_codes("ahrq_codes.tsv", texts),
            lfpse_fields=_sections(texts["lfpse_fields.tsv"]),
        )

    def word(self, vocabulary: str, text: str) -> str | None:
        """Return the contract's word for `text`, or None where no table knows it."""
        table = self.words[vocabulary]
        return table.get(text) or table.get(normal(text))

    def harm_row(self, scale: str, code: str) -> HarmRow | None:
        """Return the crosswalk's row for a code of a declared scale."""
        found = self.harm.get((scale, code)) or self.harm.get((scale, code.casefold()))
        return found or self.harm.get((scale, normal(code)))


def normal(text: str) -> str:
    """Return lower case with every run of blanks, underscores and punctuation as one blank."""
    if text.isalnum():  # as most codes and words are
        return text.casefold()
    return _BLANKS.sub(" ", text).strip().casefold()


def _rows(name: str, text: str) -> list[dict[str, str]]:
    rows = list(csv.DictReader(text.splitlines(), delimiter="\t"))
    for number, row in enumerate(rows, start=2):
        if None in row or None in row.values():
            raise TableError(f"{name} line {number} has too few or too many columns")
    return rows


def _harm(text: str) -> dict[tuple[str, str], HarmRow]:
    found: dict[tuple[str, str], HarmRow] = {}
    displays: dict[tuple[str, str], list[HarmRow]] = {}
    for row in _rows("harm.tsv", text):
        scale, code = row["scale"], row["source_code"]
        if (scale, code) in found:
            raise TableError(f"harm.tsv holds scale {scale} code {code} twice: keep one row")
        entry = HarmRow(
            scale=scale,
            code=code,
            harm=_known("harm", row["canonical_harm"]),
            kind=_known("kind", row["canonical_kind"]),
            reached_patient={"yes": True, "no": False}.get(row["reached_patient"]),
        )
        found[scale, code] = entry
        displays.setdefault((scale, normal(row["source_display"])), []).append(entry)
    folded = {(scale, code.casefold()): entry for (scale, code), entry in found.items()}
    return {key: rows[0] for key, rows in displays.items() if len(rows) == 1} | folded | found


def _known(vocabulary: str, word: str) -> str | None:
    if word == "unknown":
        return None
    if word not in set(VOCABULARIES[vocabulary]):
        raise TableError(f"'{word}' is no word of {vocabulary}: use one of shared/contracts/words")
    return word


def _words(text: str) -> dict[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for vocabulary, members in VOCABULARIES.items():
        found[vocabulary] = {str(member): str(member) for member in members}
        found[vocabulary] |= {normal(member): str(member) for member in members}
    for row in _rows("synonyms.tsv", text):
        if row["vocabulary"] not in found:
            raise TableError(f"synonyms.tsv: '{row['vocabulary']}' is no vocabulary")
        word = _known(row["vocabulary"], row["word"])
        if word is not None:
            _add("synonyms.tsv", found[row["vocabulary"]], normal(row["synonym"]), word)
    return dict(found)


def _fhir(text: str) -> dict[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = {use: {} for use in FHIR_USES}
    for row in _rows("fhir_codes.tsv", text):
        if row["use"] not in FHIR_USES:
            raise TableError(f"fhir_codes.tsv: unknown use '{row['use']}': one of {FHIR_USES}")
        for code in {row["code"], row["code"].casefold()}:
            _add("fhir_codes.tsv", found[row["use"]], code, row["word"])
    return dict(found)


def _codes(name: str, texts: Mapping[str, str]) -> Mapping[tuple[str, str], CodeMeaning]:
    found: dict[tuple[str, str], CodeMeaning] = {}
    for row in _rows(name, texts[name]):
        key = row["system"], normal(row["code"])
        if key in found:
            raise TableError(f"{name} holds {key[0]} code {row['code']} twice: keep one row")
        found[key] = CodeMeaning(row["use"], _said(name, row["use"], row["word"]), row["display"])
    return found


def _said(name: str, use: str, word: str) -> str | None:
    if use not in VOCABULARIES and use not in CODE_USES:
        raise TableError(f"{name}: '{use}' is no use: one of {[*CODE_USES]} or a vocabulary")
    if word == _SAYS_NOTHING:
        return None
    if use in VOCABULARIES:
        return _known(use, word)
    if word not in CODE_USES[use]:
        raise TableError(f"{name}: '{word}' says nothing of {use}: one of {sorted(CODE_USES[use])}")
    return word


def _sections(text: str) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for row in _rows("lfpse_fields.tsv", text):
        found.setdefault(row["section"], set()).add(row["field"])
    return {name: frozenset(fields) for name, fields in found.items()}


def _add(name: str, table: dict[str, str], key: str, word: str) -> None:
    if table.get(key, word) != word:
        raise TableError(f"{name} gives '{key}' two meanings: keep one row")
    table[key] = word
