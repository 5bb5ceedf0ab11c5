"""Every template in every language: forbidden words, the promises of the first message, size."""

import re
from dataclasses import replace
from itertools import product

import pytest
from jinja2 import UndefinedError

from services.notifier.domain.case import Message
from services.notifier.domain.policy import Policy, Programme
from services.notifier.domain.rendering import LANGUAGES, Content, content, language_of
from services.notifier.domain.states import MessageKind, TimerKind
from services.notifier.messages import render as rendering
from services.notifier.messages.render import TemplateTooLongError, render, source
from tests.builders.notifier import NOON, a_case, a_person

CONTENT = Content(
    first_name="Ada",
    supporter="Sue",
    programme="Peer support",
    telephone="+44 20 7946 0000",
    crisis_line="+44 20 7946 0999",
    reason="",
    until="17:30 GMT",
    page="https://console.example/cases/1",
    link="https://console.example/l/token",
    limits="Nothing here is recorded.",
)
ALL = list(product(MessageKind, LANGUAGES))
FORBIDDEN = re.compile(
    r"\b(event|incident|flagged|patient\w*|death|died|error|mistake|harm\w*|adverse|report(ed|s)?|"
    r"unit|ward|tier|urgent|trauma\w*|investigat\w+|victim\w*|second victim|"
    r"vorfall\w*|ereignis\w*|zwischenfall\w*|fehler\w*|schaden\w*|tod|tot|gestorben|verstorben\w*|"
    r"station|meldung\w*|opfer|dringend)\b",
    re.IGNORECASE,
)
REASONS = ("", "person_accepts", "later", "second_touch", "channel_refused", "no_address", "x")


@pytest.mark.parametrize(("kind", "language"), ALL)
def test_no_message_says_what_happened(kind: MessageKind, language: str) -> None:
    """No clinical content and no word that gives one away, whatever the reason code."""
    for reason in REASONS:
        subject, text = render(kind, language, replace(CONTENT, reason=reason))

        assert not FORBIDDEN.search(subject + text), FORBIDDEN.search(subject + text)
        assert not FORBIDDEN.search(source(kind, language))


@pytest.mark.parametrize(("kind", "language"), ALL)
def test_subjects_are_neutral_and_name_nobody(kind: MessageKind, language: str) -> None:
    """A preview on a locked screen tells nothing."""
    subject, text = render(kind, language, CONTENT)

    assert 0 < len(subject) <= 60
    assert "Ada" not in subject
    assert "Sue" not in subject
    assert text.endswith("\n")
    assert "{" not in text
    assert "\n\n\n\n" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_first_message_keeps_its_promises(language: str) -> None:
    """Who writes, voluntary, confidential with its limits, no inquiry, how to say no, help now."""
    _, text = render(MessageKind.FIRST_CONTACT, language, CONTENT)
    words = {
        "en": (
            "Sue",
            "offer",
            "voluntary",
            "no answer is fine",
            "confidential",
            "danger to life",
            "duty by law",
            "inquiry, appraisal or personnel",
            "never to ask again",
        ),
        "de": (
            "Sue",
            "Angebot",
            "freiwillig",
            "keine Antwort",
            "vertraulich",
            "Lebensgefahr",
            "gesetzliche Pflicht",
            "Untersuchung, Beurteilung",
            "nie wieder zu fragen",
        ),
    }

    for word in (*words[language], CONTENT.crisis_line, CONTENT.telephone, CONTENT.limits):
        assert word in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_offer_names_nobody(language: str) -> None:
    """No name before acceptance; three links."""
    _, text = render(MessageKind.SUPPORTER_OFFER, language, CONTENT)

    assert [f"{CONTENT.link}/{c}" in text for c in ("accept", "decline", "someone_else")] == [
        True
    ] * 3


def test_lines_without_a_value_disappear() -> None:
    """A programme without telephone or crisis line prints no empty promise."""
    bare = replace(CONTENT, telephone="", crisis_line="", limits="", until="")

    for kind, language in ALL:
        _, text = render(kind, language, bare)
        assert ": \n" not in text


def test_a_template_cannot_use_what_it_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """StrictUndefined: a wrong name is an error, never an empty place."""
    monkeypatch.setattr(rendering, "source", lambda *_: "Subject: x\n{{ patient }}")
    rendering._template.cache_clear()

    with pytest.raises(UndefinedError):
        render(MessageKind.TAKEN, "en", CONTENT)
    rendering._template.cache_clear()


def test_a_message_is_capped() -> None:
    """The sandbox does not stop a huge value; the cap does."""
    with pytest.raises(TemplateTooLongError, match="taken"):
        render(MessageKind.TAKEN, "en", replace(CONTENT, first_name="a" * 5000))


def test_time_is_told_in_the_recipients_zone_without_a_date() -> None:
    """An hour and a zone; the day would say when something happened."""
    case = a_case(timers={TimerKind.ACKNOWLEDGE: NOON})
    message = Message(MessageKind.SUPPORTER_OFFER, "sue", 1, 1, NOON)
    policy = Policy(programme=Programme(name="Support"))

    inputs = content(
        case, message, a_person("sue", zone="Europe/Berlin"), None, policy, ("page", "link")
    )

    assert inputs.until == "13:00 CET"
    assert (inputs.programme, inputs.supporter) == ("Support", "")


@pytest.mark.parametrize(
    ("kind", "timer", "until"),
    [
        (MessageKind.SUPPORTER_TASK, TimerKind.CONTACT_BY, "12:00 UTC"),
        (MessageKind.CONFIRM_REQUEST, TimerKind.CONFIRM_WINDOW, "12:00 UTC"),
        (MessageKind.CONFIRM_REQUEST, TimerKind.CONFIRM_DUE, "12:00 UTC"),
        (MessageKind.TAKEN, TimerKind.CONTACT_BY, ""),
        (MessageKind.SUPPORTER_OFFER, TimerKind.CONTACT_BY, ""),
    ],
)
def test_which_clock_a_message_tells(kind: MessageKind, timer: TimerKind, until: str) -> None:
    """Each kind tells the clock that its recipient can do something about."""
    case = a_case(timers={timer: NOON})

    inputs = content(
        case, Message(kind, "s", 1, 1, NOON), a_person(), a_person("sue"), Policy(), ("", "")
    )

    assert inputs.until == until


@pytest.mark.parametrize(
    ("own", "tenants", "language"), [("de", "en", "de"), (None, "de", "de"), ("fr", "de", "en")]
)
def test_language_of_the_person_else_of_the_tenant(
    own: str | None, tenants: str, language: str
) -> None:
    """A language that we do not have is English."""
    assert language_of(a_person(language=own), Policy(language=tenants)) == language
