"""Write, or with `--check` compare, every file that is generated from the code.

Run as `python -m scripts.generate [--check]`; under `--check` a difference is named and exits 1.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from scripts.asyncapi import asyncapi_document
from scripts.kafka_access import acl_lines, strimzi_users, topic_table
from scripts.openapi import openapi_document
from scripts.rule_table import rules_page
from scripts.tenant_page import tenant_page
from services.triage.domain.rule_schema import FILE_NAME as RULE_SCHEMA
from services.triage.domain.rule_schema import rule_file_schema
from shared import contracts
from shared.contracts.values import Produced

ROOT = Path(__file__).resolve().parent.parent


def generated() -> Iterator[tuple[Path, str]]:
    """Yield each generated file with its text."""
    for name in contracts.__all__:
        model = getattr(contracts, name)
        mode = "serialization" if issubclass(model, Produced) else "validation"
        schema = model.model_json_schema(mode=mode)
        schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
        yield ROOT / f"shared/contracts/schemas/{name}.json", _json(schema)
    yield (
        ROOT / "docs/asyncapi.yaml",
        yaml.safe_dump(asyncapi_document(), sort_keys=False, width=100),
    )
    yield ROOT / "docs/openapi.json", _json(openapi_document())
    yield ROOT / "docs/topics.md", topic_table()
    yield ROOT / "docs/default-rules.md", rules_page()
    yield ROOT / "docs/tenant.md", tenant_page()
    yield ROOT / "deploy/kafka/acls.txt", acl_lines()
    yield ROOT / "deploy/kafka/strimzi-users.yaml", strimzi_users()
    yield ROOT / "services/triage/rulesets" / RULE_SCHEMA, _json(rule_file_schema())


def _json(document: Mapping[str, object]) -> str:
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def write() -> None:
    """Write every generated file."""
    for path, text in generated():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        print(f"wrote {path.relative_to(ROOT)}")


def drifted() -> list[Path]:
    """Return the files whose text is not what the code generates."""
    return [path for path, text in generated() if not path.exists() or path.read_text() != text]


def main() -> int:
    """Write, or check and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only, exit 1 on a difference")
    if not parser.parse_args().check:
        write()
        return 0
    stale = drifted()
    for path in stale:
        print(f"{path.relative_to(ROOT)} differs from the code: run 'make schemas' and commit it.")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
