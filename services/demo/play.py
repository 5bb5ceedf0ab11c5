"""Plays the story on a stage: posts each report, waits for its decision, tells what it became."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from services.demo.mailbox import Mail, Mailbox
from services.demo.mailbox_page import links
from services.demo.posting import Answer, post
from services.demo.stage import Stage
from services.demo.story.reports import Chapter, chapters
from services.demo.telling import answered, decided, told
from services.demo.watching import Witness, wait_for
from shared.clock import Clock
from shared.contracts import TriageDecision

PATIENCE_SECONDS: Final = 30.0
_ACCEPTS: Final = "/accept"


@dataclass(frozen=True, slots=True)
class Played:
    """One chapter as it went; `decision` is None where nothing was decided."""

    chapter: Chapter
    answer: Answer
    decision: TriageDecision | None


@dataclass(slots=True)
class Play:
    """The story and who watches it; `say` writes a line."""

    stage: Stage
    clock: Clock
    say: Callable[[str], None]
    witness: Witness = field(init=False)
    played: list[Played] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Take a seat."""
        self.witness = Witness(self.stage.kafka)

    def run(self) -> list[Played]:
        """Play every chapter."""
        for number, chapter in enumerate(chapters(self.clock.now()), start=1):
            self.say(told(number, chapter))
            self.played.append(self._play(chapter))
            self.say(f"   → {chapter.teaches}\n")
        return self.played

    def _play(self, chapter: Chapter) -> Played:
        body = json.dumps(chapter.body).encode()
        answer = post(self.stage.intake_url, self.stage.token, body, chapter.media_type)
        self.say(answered(answer))
        event_id = answer.event_id
        if event_id is None:
            return Played(chapter, answer, None)
        decision = wait_for(lambda: self.witness.decision(event_id), PATIENCE_SECONDS)
        for line in decided(decision) if decision else ["   triage   no decision in time"]:
            self.say(line)
        return Played(chapter, answer, decision)

    def offers(self) -> Iterator[tuple[Mail, str]]:
        """Yield the mails that ask a supporter, with the link that accepts."""
        for mail in Mailbox(self.stage.mailbox_file):
            for link in links(mail.text):
                if link.endswith(_ACCEPTS):
                    yield mail, link
