"""One case as one visitor may see it: everything the template shows, in words."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.notifier import pages as read_models
from services.notifier.console import words
from services.notifier.console.access import Visitor
from services.notifier.console.buttons import Button, actions_of, actors, buttons
from services.notifier.console.clocks import Clock, all_clocks
from services.notifier.console.moments import moment
from services.notifier.console.supporters import SupporterLine, supporter_lines
from services.notifier.console.timeline import Entry, happenings, mails
from services.notifier.console.today import CaseLine, Face, line
from services.notifier.domain.case import Actor, Case
from services.notifier.domain.directory import Person
from services.notifier.domain.errors import CaseUnknownError
from services.notifier.domain.states import LOOKING, Action, AttentionCode, State
from services.notifier.pages import CasePage
from services.notifier.people import is_unresolved
from services.notifier.store.encounter_rows import Encounter
from services.notifier.store.unit import Unit
from shared.contracts.words import ActorRole, FollowUp, SubjectKind


@dataclass(frozen=True, slots=True)
class Side:
    """What a visitor sees in one role: the buttons, and which of the larger forms."""

    buttons: tuple[Button, ...]
    assign: Action | None
    can_check_in: bool
    can_add_person: bool
    can_call_for_help: bool


@dataclass(frozen=True, slots=True)
class Lead:
    """What only coordinators and programme leads see."""

    side: Side
    supporters: tuple[SupporterLine, ...]
    families: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    happenings: tuple[Entry, ...]
    mails: tuple[Entry, ...]
    is_unresolved: bool
    is_doubtful: bool


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case for one visitor; `person` and `meetings` only where the role may know them."""

    line: CaseLine
    clocks: tuple[Clock, ...]
    person: Person | None
    person_role: str
    supporter: str
    is_team: bool
    is_offer: bool
    lead: Lead | None
    own: Side | None
    meetings: tuple[tuple[str, str], ...]


def case_view(unit: Unit, visitor: Visitor, case_ref: UUID, at: datetime) -> CaseView:
    """Return the page of a case; the caller records the view when `person` is shown.

    Raises:
        CaseUnknownError: there is none, or it is not this visitor's to see.
    """
    found = unit.pages.case(visitor.tenant, unit.cases.now_ref(visitor.tenant, case_ref))
    faces = tuple(actors(visitor, found)) if found is not None else ()
    if found is None or not faces:
        raise CaseUnknownError
    shown = read_models.case_page(unit, visitor.tenant, found.case_ref, _widest(faces), at)
    face = _face(found, faces)
    own = next((one for one in faces if one == visitor.supporter), None)
    return CaseView(
        line=line(found, visitor.zone, at, face),
        clocks=all_clocks(found, visitor.zone, at),
        person=shown.person,
        person_role=words.role(shown.person.role) if shown.person else "",
        supporter=shown.names.get(found.supporter or "", ""),
        is_team=found.subject.kind is SubjectKind.TEAM,
        is_offer=found.state is State.OFFERED and own is not None,
        lead=_lead(unit, visitor, shown, at) if visitor.lead else None,
        own=_side(unit, found, own, at) if own else None,
        meetings=() if face is Face.ASKED else _meetings(unit, found, visitor.zone),
    )


def _face(case: Case, faces: tuple[Actor, ...]) -> Face:
    widest = _widest(faces)
    if widest.role is not ActorRole.SUPPORTER:
        return Face.LEAD
    is_theirs = case.is_open and case.supporter == widest.ref
    return Face.SUPPORTER if is_theirs else Face.ASKED


def _widest(faces: tuple[Actor, ...]) -> Actor:
    return faces[-1]


def _side(unit: Unit, case: Case, actor: Actor, at: datetime) -> Side:
    actions = actions_of(unit, case, actor, at)
    plain = buttons(case, actor, actions)
    return Side(
        buttons=plain if case.supporter else tuple(b for b in plain if b.action not in _KEEPS),
        assign=_assign(actions),
        can_check_in=Action.CHECK_IN_DONE in actions,
        can_add_person=Action.ADD_PERSON in actions,
        can_call_for_help=Action.CRISIS in actions,
    )


# "Leave it with the supporter" needs one; choosing another is the assign form's.
_KEEPS = (Action.RESOLVE_ASSIGN,)


def _assign(actions: tuple[Action, ...]) -> Action | None:
    return next((a for a in (Action.ASSIGN, Action.RESOLVE_ASSIGN) if a in actions), None)


def _lead(unit: Unit, visitor: Visitor, shown: CasePage, at: datetime) -> Lead | None:
    case, actor = shown.case, visitor.lead
    if actor is None:
        return None
    candidates = unit.directory.candidates(case.tenant)
    side = _side(unit, case, actor, at)
    looks = case.state in LOOKING or side.assign is not None
    is_doubtful = case.state is State.ATTENTION and case.code == AttentionCode.UNCERTAIN
    families = case.criteria if visitor.policy.families_shown else ()
    return Lead(
        side=side,
        supporters=supporter_lines(shown.ranking, candidates) if shown.ranking and looks else (),
        families=tuple(words.say(words.FAMILIES, one) for one in families),
        facts=_facts(case, visitor),
        happenings=happenings(shown, visitor.zone),
        mails=mails(shown, visitor.zone),
        is_unresolved=is_unresolved(case),
        is_doubtful=is_doubtful,
    )


def _facts(case: Case, visitor: Visitor) -> tuple[tuple[str, str], ...]:
    who = case.subject
    team_period = ""
    if who.earliest and who.latest:
        team_period = f"{moment(who.earliest, visitor.zone)} to {moment(who.latest, visitor.zone)}"
    known = (
        ("Role", words.role(who.role)),
        ("Unit", who.unit_id or who.campus or ""),
        ("Team period", team_period),
        ("People on the team", str(who.headcount or "")),
        ("Tier", str(case.tier)),
        ("Priority", words.say(words.PRIORITIES, case.priority)),
        ("Came from", words.say(words.ORIGINS, case.origin)),
        ("Opened", moment(case.opened_at, visitor.zone)),
        ("Follow-up", "Extended, also after six months" if _is_long(case) else "Standard"),
        ("Group conversation", "May help, in addition" if case.group_support else ""),
        ("Reference", str(case.case_ref)),
    )
    return tuple((label, value) for label, value in known if value)


def _is_long(case: Case) -> bool:
    return case.follow_up is FollowUp.EXTENDED


def _meetings(unit: Unit, case: Case, zone: str) -> tuple[tuple[str, str], ...]:
    return tuple(
        (moment(one.at, zone), _met(one))
        for one in unit.encounters.of_case(case.tenant, case.case_ref)
    )


def _met(one: Encounter) -> str:
    parts = [
        words.say(words.MODES, one.mode),
        words.say(words.DURATIONS, one.duration).lower(),
        words.say(words.OUTCOMES, one.outcome).lower(),
    ]
    if one.next_on is not None:
        parts.append(f"next on {one.next_on:%a} {one.next_on.day} {one.next_on:%b}")
    return ", ".join(parts)
