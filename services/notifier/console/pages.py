"""Renders templates: escaped, strict about missing values, with the headers every page carries."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

from fastapi import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from services.notifier.console.access import Visitor
from services.notifier.domain.policy import Programme

SECURITY_HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
}
LANGUAGE: Final = "en"  # a folder of templates for each language; English is the first
_HTML: Final = "text/html; charset=utf-8"
_TEMPLATES: Final = Path(__file__).parent / "templates"


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the environment of all templates."""
    return Environment(
        loader=FileSystemLoader(_TEMPLATES / LANGUAGE),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(template: str, programme: Programme, status: int = 200, **values: object) -> Response:
    """Return a page for whoever holds a link or nothing; `programme` signs it."""
    text = environment().get_template(template)
    inputs = {"programme": programme, "visitor": None} | values
    return Response(text.render(**inputs), status, SECURITY_HEADERS, _HTML)


def own_page(template: str, visitor: Visitor, status: int = 200, **values: object) -> Response:
    """Return a page for somebody signed in."""
    return page(template, visitor.policy.programme, status, visitor=visitor, **values)
