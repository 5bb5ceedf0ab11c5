"""The page at /docs: the API in words, from the OpenAPI document, with nothing from outside."""

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, Final

from services.intake.http.problems import ADVICE

# No script, no font, no image: the page reads the same on a ward without the internet.
CONTENT_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'"
_STYLE: Final = """
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
section { border-top: 1px solid #8886; padding: .5rem 0 }
code, pre { font-family: ui-monospace, monospace; background: #8882; border-radius: .25rem }
code { padding: 0 .25rem } pre { padding: .75rem; overflow-x: auto }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .25rem .5rem; border-top: 1px solid #8884 }
.method { font-weight: 700; margin-right: .5rem }
"""
_TRY: Final = """curl -i -H "Authorization: Bearer plt_..." -H "Content-Type: application/json" \\
  --data '{"record_id": "2026-0417", "kind": "incident"}' \\
  BASE/v1/incidents"""


def api_page(document: Mapping[str, Any], base: str) -> str:
    """Return the page for an OpenAPI `document`; `base` is the address that the reader used."""
    title = escape(document["info"]["title"])
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body>"
        f"<h1>{title}</h1><p>{escape(document['info']['description'])}</p>"
        '<p>Machines read <a href="openapi.json">openapi.json</a> (OpenAPI 3.1).</p>'
        f"<h2>Try it</h2><pre>{escape(_TRY.replace('BASE', base))}</pre>"
        f"<h2>Addresses</h2>{''.join(_operations(document))}"
        f"<h2>Refusals</h2>{_refusals()}</body></html>"
    )


def _operations(document: Mapping[str, Any]) -> Iterator[str]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield _operation(method.upper(), path, operation)


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> str:
    bodies = operation.get("requestBody", {}).get("content", {})
    takes = ", ".join(f"<code>{escape(name)}</code>" for name in bodies)
    rows = "".join(
        f"<tr><th>{escape(status)}</th><td>{escape(response['description'])}</td></tr>"
        for status, response in operation.get("responses", {}).items()
    )
    told = escape(operation.get("description", ""))
    return (
        f'<section><h3><span class="method">{escape(method)}</span><code>{escape(path)}</code></h3>'
        f"<p><strong>{escape(operation.get('summary', ''))}</strong> {told}</p>"
        + (f"<p>Takes {takes}</p>{''.join(_examples(bodies))}" if takes else "")
        + f"<table>{rows}</table></section>"
    )


def _examples(bodies: Mapping[str, Any]) -> Iterator[str]:
    for media_type, body in bodies.items():
        for example in body.get("examples", {}).values():
            value = example["value"]
            shown = value if isinstance(value, str) else json.dumps(value, indent=2)
            yield (
                f"<details><summary><code>{escape(media_type)}</code> "
                f"{escape(example['summary'])}</summary><pre>{escape(shown)}</pre></details>"
            )


def _refusals() -> str:
    rows = "".join(
        f'<tr id="{escape(code)}"><th><code>{escape(code)}</code></th><td>{advice.status}</td>'
        f"<td><strong>{escape(advice.title)}.</strong> {escape(advice.detail)}</td></tr>"
        for code, advice in ADVICE.items()
    )
    return f"<table>{rows}</table>"
