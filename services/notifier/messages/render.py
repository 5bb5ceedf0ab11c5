"""Renders the reviewed templates: sandboxed, strict about unknown names, capped in size."""

from dataclasses import asdict
from functools import lru_cache
from importlib.resources import files
from typing import Final

from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from services.notifier.domain.rendering import Content
from services.notifier.domain.states import MessageKind

LONGEST: Final = 4096  # characters; the sandbox does not stop 'a' * 10**9 by itself
_SUBJECT: Final = "Subject: "


class TemplateTooLongError(ValueError):
    """A rendered message is over 4 kB: a reviewed template never is, so something is wrong."""

    def __init__(self, kind: str) -> None:
        """Name the template."""
        super().__init__(f"The message '{kind}' is longer than {LONGEST} characters; not sent.")


@lru_cache(maxsize=1)
def _environment() -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def source(kind: MessageKind, language: str) -> str:
    """Return the text of a template file."""
    folder = files("services.notifier.messages").joinpath(language)
    return folder.joinpath(f"{kind}.txt").read_text(encoding="utf-8")


def render(kind: MessageKind, language: str, content: Content) -> tuple[str, str]:
    """Return subject and text.

    Raises:
        TemplateTooLongError: the result is over 4 kB.
        jinja2.UndefinedError: the template uses what `Content` does not have.
    """
    text = _template(kind, language).render({**asdict(content)})
    if len(text) > LONGEST:
        raise TemplateTooLongError(kind)
    first, _, rest = text.partition("\n")
    subject = " ".join(first.removeprefix(_SUBJECT).split())
    return subject, rest.strip() + "\n"


@lru_cache(maxsize=64)
def _template(kind: MessageKind, language: str):  # type: ignore[no-untyped-def]  # noqa: ANN202
    return _environment().from_string(source(kind, language))
