"""What people write: packs, rule sets, tenants, credentials, tables of units."""

from pathlib import Path
from typing import Final

import orjson

from services.intake.domain.context import Hints
from services.intake.domain.rows.pack import Pack
from services.intake.domain.rows.problems import PackError
from services.intake.packs import files as pack_tables
from services.intake.packs.pack_files import load_text
from services.offline.bodies import EmptyFileError
from services.offline.drafting import NoTableError, draft
from services.tenants.refusals import UnitTableError
from services.tenants.unit_table import read_unit_table
from services.triage.domain.rule_problems import RuleSetError
from services.triage.rule_files import load_rule_set
from shared.site.credentials import read_credentials
from shared.site.refusals import SiteFileError
from shared.site.site import Site
from tests.builders.reports import a_context
from tests.fuzz.mapping_targets import mapped
from tests.fuzz.target import Target, headed, name_of, on_disk, words

_PACKS: Final = tuple(sorted(Path(pack_tables.__file__).parent.glob("*.yaml")))
_CELLS: Final = (
    "1", "2026-03-01", "22:10", "a; b", '[{"con_type": "PATC", "login": 7}, 1]', "Y", "PATC", 7,
    1.5, True, [1, "x", None], {"a": ["b"]}, "31/12/2025 23:59", "x" * 300, "[[", "\u2028",
)  # fmt: skip
_SUFFIXES: Final = ("csv", "tsv", "txt", "json", "jsonl", "ndjson")
_SOURCES: Final = ("datixweb", "fhir")
_TENANT: Final = "northwick"


def _pack(data: bytes) -> str:
    try:
        pack = load_text(data.decode("utf-8", "replace"), file="fuzz.yaml")
    except PackError as error:
        return words(name_of(error), len(str(error).splitlines()))
    return words("pack", len(pack.fields), pack.needs_scale, _use(pack))


def _use(pack: Pack) -> str:
    """Map rows with a pack that loads: whatever it says, no row makes it fail."""
    columns = sorted(pack.columns)
    rows = [
        {name: _CELLS[(place + turn) % len(_CELLS)] for place, name in enumerate(columns)}
        for turn in range(3)
    ]
    hints = Hints(a_context(packs={pack.name: pack}), "application/json", pack=pack.name)
    return mapped(orjson.dumps(rows), hints)


def _export(data: bytes) -> str:
    """Draft a pack from a file: whatever is in it, the draft loads."""
    suffix, content = headed(data)
    path = on_disk(f"export.{suffix if suffix in _SUFFIXES else 'csv'}", content)
    try:
        text = draft(path, "drafted", lambda _read_bytes: None)
    except (EmptyFileError, NoTableError) as error:
        return name_of(error)
    pack = load_text(text, file="drafted.yaml")
    return words("draft", min(len(pack.fields), 9), len(pack.drop) > 0)


def _rule_set(data: bytes) -> str:
    try:
        rule_set = load_rule_set(data.decode("utf-8", "replace"), file="fuzz.yaml")
    except RuleSetError as error:
        return words(name_of(error), *sorted({each.check.value for each in error.problems}))
    return words("rules", len(rule_set.rules))


def _tenant(data: bytes) -> str:
    path = on_disk(f"site/tenants/{_TENANT}/tenant.yaml", data)
    try:
        tenant = Site(path.parents[2]).tenant(_TENANT)
    except SiteFileError as error:
        return words(name_of(error), str(error).partition(":")[2][:40])
    return words("tenant", len(tenant.sources), len(tenant.units))


def _credentials(data: bytes) -> str:
    try:
        found = read_credentials(on_disk("credentials.json", data))
    except SiteFileError as error:
        return name_of(error)
    return words("credentials", len(found))


def _units(data: bytes) -> str:
    try:
        units = read_unit_table(on_disk("units.csv", data), _SOURCES)
    except (SiteFileError, UnitTableError) as error:
        return name_of(error)
    return words("units", min(len(units), 9))


TARGETS: Final = (
    Target("pack", "a pack, YAML", _pack, _PACKS),
    Target("export", "a line with the file's ending, then a file to draft a pack from", _export),
    Target("rule-set", "a rule set, YAML", _rule_set),
    Target("tenant", "tenant.yaml", _tenant),
    Target("credentials", "credentials.json", _credentials),
    Target("units", "a table of units, CSV", _units),
)
