"""Follows a link as a person with a browser does: GET the page, press the button it shows."""

import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

_SECONDS: Final = 10.0


@dataclass(slots=True)
class _Forms(HTMLParser):
    action: str | None = None
    fields: dict[str, str] = field(default_factory=dict)
    inside: bool = False

    def __post_init__(self) -> None:
        HTMLParser.__init__(self)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form" and found.get("method", "").lower() == "post" and self.action is None:
            self.action, self.inside = found.get("action", ""), True
        elif self.inside and tag in {"input", "button"} and found.get("name"):
            self.fields.setdefault(found["name"], found.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False


def press(link: str) -> int:
    """Open `link`, send the first form on its page, and return the status of the answer."""
    with urllib.request.urlopen(link, timeout=_SECONDS) as page:  # noqa: S310 -- our own console
        forms = _Forms()
        forms.feed(page.read().decode())
    if forms.action is None:
        return 0
    target = urllib.parse.urljoin(link, forms.action)
    data = urllib.parse.urlencode(forms.fields).encode()
    request = urllib.request.Request(target, data, method="POST")  # noqa: S310 -- likewise
    request.add_header(
        "Origin", f"{urllib.parse.urlsplit(link).scheme}://{urllib.parse.urlsplit(link).netloc}"
    )
    with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 -- likewise
        return int(answer.status)
