"""The mailbox as a page for people and as JSON for tests."""

import re
from dataclasses import asdict
from html import escape
from typing import Any

from fastapi import FastAPI, HTTPException
from fastapi.responses import HTMLResponse

from services.demo.mailbox import Mail, Mailbox

_LINK = re.compile(r"https?://[^\s<>\")]+")
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;"
    "color:#1b1b1b;background:#fff}table{width:100%;border-collapse:collapse}"
    "td,th{text-align:left;padding:.4rem .6rem;border-bottom:1px solid #ddd}"
    "pre{white-space:pre-wrap;font:inherit;background:#f6f6f6;padding:1rem;border-radius:.4rem}"
)


def mailbox_app(mailbox: Mailbox) -> FastAPI:
    """Return the application: `/`, `/mails/{number}`, `/api/mails`, `/healthz`."""
    app = FastAPI(title="Mailbox", docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/", response_class=HTMLResponse)
    def index() -> str:
        rows = "".join(_row(mail) for mail in reversed(list(mailbox)))
        empty = "<p>No mail yet. Mails appear here as the notifier sends them.</p>"
        table = f"<table><tr><th>To</th><th>Subject</th><th>At</th></tr>{rows}</table>"
        return _page("Mailbox", table if rows else empty)

    @app.get("/mails/{number}", response_class=HTMLResponse)
    def one(number: int) -> str:
        for mail in mailbox:
            if mail.number == number:
                return _page(mail.subject, _body(mail))
        raise HTTPException(404, "There is no mail of that number.")

    @app.get("/api/mails")
    def mails() -> list[dict[str, Any]]:
        return [asdict(mail) for mail in mailbox]

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    return app


def links(text: str) -> tuple[str, ...]:
    """Return the links of a mail's text, in order; our templates put each on a line of its own."""
    return tuple(_LINK.findall(text))


def _row(mail: Mail) -> str:
    to, subject = escape(", ".join(mail.recipients)), escape(mail.subject)
    link = f'<a href="/mails/{mail.number}">{subject}</a>'
    return f"<tr><td>{to}</td><td>{link}</td><td>{escape(mail.received_at[11:19])}</td></tr>"


def _body(mail: Mail) -> str:
    text = _LINK.sub(lambda found: f'<a href="{found[0]}">{found[0]}</a>', escape(mail.text))
    head = f"<p>To {escape(', '.join(mail.recipients))} · from {escape(mail.sender)}</p>"
    return f'{head}<pre>{text}</pre><p><a href="/">All mails</a></p>'


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
        f"<body><h1>{escape(title)}</h1>{body}"
        "<p><small>A mail sink for trying out: nothing here was delivered to anybody.</small></p>"
        "</body></html>"
    )
