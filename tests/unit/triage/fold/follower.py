"""A notifier that only follows requests, as outreach.md section 2 says, and notes what is wrong."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from shared.contracts import OutreachRequested
from shared.contracts.words import RequestAction

TEAM = "team"


def subject_of(request: OutreachRequested) -> str:
    """Return whom a request is about: a person_ref, or `team` wherever it is."""
    return request.subject.person_ref if request.subject.kind == "person" else TEAM


@dataclass
class Follower:
    """Cases as the notifier has them: `replaces` makes several references one case for ever.

    `cases` says of each case, in the order they began, whether it is open; `wrong` collects what a
    request may not be.
    """

    cases: dict[UUID, bool] = field(default_factory=dict)
    subject: dict[UUID, str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    _alias: dict[UUID, UUID] = field(default_factory=dict)

    def resolve(self, ref: UUID) -> UUID:
        """Return the case that goes on for a reference."""
        while ref in self._alias:
            ref = self._alias[ref]
        return ref

    def is_open(self, ref: UUID) -> bool:
        """Return whether the case behind a reference is open."""
        return self.cases.get(self.resolve(ref), False)

    @property
    def open_cases(self) -> set[UUID]:
        """All cases that are open."""
        return {case for case, is_open in self.cases.items() if is_open}

    def follow(self, requests: Iterable[OutreachRequested]) -> None:
        """Apply the requests of one decision in the order they were issued."""
        asked: set[UUID] = set()
        for request in requests:
            self._note(request.case_ref in asked, "one decision asks twice for one case")
            asked.add(request.case_ref)
            self._check_replaced(request)
            self.subject[request.case_ref] = subject_of(request)
            self._apply(request)

    def _check_replaced(self, request: OutreachRequested) -> None:
        self._note(request.case_ref in request.replaces, "a case replaces itself")
        self._note(len(set(request.replaces)) < len(request.replaces), "a case is replaced twice")
        for old in request.replaces:
            mine = self.subject.get(old) == subject_of(request)
            self._note(not mine, "a case that is not the subject's is replaced")

    def _apply(self, request: OutreachRequested) -> None:
        refs = dict.fromkeys(self.resolve(ref) for ref in (request.case_ref, *request.replaces))
        known = [ref for ref in refs if ref in self.cases]
        begun = list(self.cases)
        # The case that is open, else the older one, goes on.
        known.sort(key=lambda ref: (not self.cases[ref], begun.index(ref)))
        case = known[0] if known else request.case_ref
        self._check_action(request, case)
        for other in refs:
            if other != case:
                self.cases.pop(other, None)
                self._alias[other] = case
        if request.action is not RequestAction.AMEND:
            self.cases[case] = request.action is not RequestAction.WITHDRAW

    def _check_action(self, request: OutreachRequested, case: UUID) -> None:
        is_open = self.cases.get(case)
        first = request.action is RequestAction.OPEN and request.code == "first"
        self._note(first and is_open is not None, "a known case is opened as the first")
        raised = request.action is RequestAction.RAISE
        self._note(raised and is_open is None, "a case that nobody opened is raised")
        changed = request.action in (RequestAction.AMEND, RequestAction.WITHDRAW)
        self._note(changed and not is_open, f"a case that is not open: {request.action.value}")

    def _note(self, is_wrong: bool, what: str) -> None:  # noqa: FBT001 - what is noted, and whether
        if is_wrong:
            self.wrong.append(what)
