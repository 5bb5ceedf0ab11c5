"""Bodies through mapping and the fold, one after the other, as intake and triage would."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.intake.domain.context import Hints
from services.intake.domain.finish import finish
from services.intake.domain.receive import receive
from services.intake.domain.results import Draft, Mapped, Refused
from services.offline.bodies import Body, bodies
from services.triage.domain.activation import ActiveRules
from services.triage.domain.decide import decide
from services.triage.domain.state import State, Step
from shared.contracts import IncidentReported
from shared.contracts.triage_decision import InputPosition


@dataclass(frozen=True, slots=True)
class Answer:
    """What one report of a file became; its place in the file counts from 0."""

    record_id: str
    index: int
    report: IncidentReported
    step: Step


@dataclass(slots=True)
class Offline:
    """The fold over files: reports of all files share one memory, in the order they are given.

    `received_at` None takes reported_at of each report, else its event time, else `now`, so that
    an old file is not late.
    """

    hints: Hints
    rules: ActiveRules
    now: datetime
    received_at: datetime | None = None
    pinned_format: str | None = None
    state: State = field(default_factory=State)
    offset: int = 0

    def decide_file(self, name: str) -> Iterator[Answer | Refused]:
        """Yield what each report of a file became, or why it was refused.

        Raises:
            OSError: the file cannot be read.
            EmptyFileError: it is empty.
        """
        pack = self.hints.context.packs.get(self.hints.pack or "")
        for body in bodies(name, pack):
            if body.broken is not None:
                code, detail = body.broken
                yield Refused(code, detail, body.first, b"")
            else:
                yield from self._decide_body(name, body)

    def _decide_body(self, name: str, body: Body) -> Iterator[Answer | Refused]:
        hints = replace(self.hints, content_type=body.media, pinned_format=self.pinned_format)
        for result in receive(body.content, hints):
            placed = replace(result, index=body.place_of(result.index))
            yield placed if isinstance(placed, Refused) else self._decide(name, placed)

    def _decide(self, name: str, mapped: Mapped) -> Answer:
        draft = mapped.draft
        report = finish(
            draft,
            received_at=self.received_at or _moment_of(draft) or self.now,
            raw_ref=f"{name}#{mapped.index}"[-256:],
        )
        position = InputPosition(topic="offline", partition=0, offset=self.offset)
        step = decide(self.state, report, self.rules, position)
        self.state.apply(step)
        self.offset += 1
        return Answer(draft.record_id, mapped.index, report, step)


def _moment_of(draft: Draft) -> datetime | None:
    """Return when the draft says it was reported, else when it happened."""
    occurred = draft.content.get("occurred") or {}
    text = draft.content.get("reported_at") or occurred.get("latest")
    return datetime.fromisoformat(text) if text else None
