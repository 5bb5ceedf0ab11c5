"""What each `Effect` of the table does to a case; one small pure function each."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from services.notifier.domain.clocks import contact_by
from services.notifier.domain.draft import Draft
from services.notifier.domain.plan import Step
from services.notifier.domain.states import MessageKind, State, TimerKind
from services.notifier.domain.transitions import Effect

EXPEDITED: Final = 3  # tier: peer and lead alerted, professional referral offered at once


def search(draft: Draft) -> Draft:
    """Look for a supporter now: the dispatcher is woken."""
    return draft.arm(TimerKind.SEARCH, draft.move.at)


def ask_coordinator(draft: Draft) -> Draft:
    """Ask the next coordinator to confirm; the timer asks the one after."""
    asked = draft.case.coordinators_asked
    coordinators = draft.move.roster.coordinators
    draft = draft.put(coordinators_asked=asked + 1)
    draft = draft.tell(MessageKind.CONFIRM_REQUEST, coordinators[asked : asked + 1])
    return draft.arm_in(TimerKind.CONFIRM_DUE, draft.case.plan.confirm_next.of(draft.case.priority))


def offer(draft: Draft) -> Draft:
    """Ask the supporters of this step; silence is noticed by a timer."""
    draft = draft.put(asked=draft.move.asked, step=draft.move.step or draft.case.step)
    draft = draft.tell(MessageKind.SUPPORTER_OFFER, draft.case.asked)
    return draft.arm_in(TimerKind.ACKNOWLEDGE, draft.case.plan.acknowledge.of(draft.case.priority))


def next_step(draft: Draft) -> Draft:
    """Climb one step; after the supporters come the coordinators."""
    return draft.put(step=Step(min(draft.case.step + 1, Step.COORDINATOR)))


def ask_coordinators(draft: Draft) -> Draft:
    """Nobody is left to ask: coordinators are told at once, the programme lead follows."""
    coordinators = draft.move.roster.coordinators
    draft = draft.tell(MessageKind.ESCALATION, coordinators, draft.move.reason)
    draft = draft.put(step=Step.PROGRAMME_LEAD)
    return draft.arm_in(TimerKind.SEARCH, draft.case.plan.acknowledge.of(draft.case.priority))


def stop_asking(draft: Draft) -> Draft:
    """Tell every supporter who was asked that the case is taken."""
    accepted = (draft.move.actor.ref, draft.move.supporter)
    others = tuple(ref for ref in draft.case.asked if ref not in accepted)
    return draft.tell(MessageKind.TAKEN, others).put(asked=())


def refused(draft: Draft) -> Draft:
    """Keep the supporter who said no out of this case."""
    who = draft.move.actor.ref
    left = tuple(ref for ref in draft.case.asked if ref != who)
    return draft.put(asked=left, refused=_with(draft.case.refused, who))


def kept_silent(draft: Draft) -> Draft:
    """Remember who did not answer; their link still works while the case is offered."""
    silent = tuple(dict.fromkeys((*draft.case.was_asked, *draft.case.asked)))
    return draft.put(asked=(), was_asked=silent)


def supporter(draft: Draft) -> Draft:
    """Give the case to the supporter who accepted or was named; respond_by is met."""
    who = draft.move.supporter or draft.case.supporter or draft.move.actor.ref
    draft = taken(draft.put(supporter=who))
    draft = draft.tell(MessageKind.SUPPORTER_TASK, [who])
    if TimerKind.CONTACT_BY in draft.case.timers:
        return draft
    return draft.arm_in(TimerKind.TOUCH_MISSED, draft.case.plan.respond.of(draft.case.priority))


def taken(draft: Draft) -> Draft:
    """A human has the case: respond_by is met."""
    owner = draft.move.actor.ref if draft.case.state is State.ATTENTION else draft.case.owner
    taken_at = draft.case.taken_at or draft.move.at
    return draft.put(owner=owner, taken_at=taken_at).disarm(TimerKind.RESPOND_BY)


def respond_breached(draft: Draft) -> Draft:
    """Tell the programme lead; whoever is being asked makes way for the next step."""
    draft = draft.disarm(TimerKind.RESPOND_BY)
    draft = draft.tell(MessageKind.BREACH, draft.move.roster.programme_leads, "respond_by")
    if draft.case.state is State.OFFERED and draft.case.step < Step.ALL:
        return draft.arm(TimerKind.ACKNOWLEDGE, draft.move.at)
    return draft


def contact_breached(draft: Draft) -> Draft:
    """Tell the supporter and the programme lead; from then on a day at a time."""
    draft = draft.disarm(TimerKind.CONTACT_BY)
    told = (draft.case.supporter, *draft.move.roster.programme_leads)
    draft = draft.tell(MessageKind.BREACH, told, "contact_by")
    return draft.arm_in(TimerKind.TOUCH_MISSED, draft.case.plan.missed_again)


def touched(draft: Draft) -> Draft:
    """A contact with the person (or the unit) has been recorded."""
    draft = mark_begun(draft).put(contacts=draft.case.contacts + 1)
    return draft.put(taken_at=draft.case.taken_at or draft.move.at)


def mark_begun(draft: Draft) -> Draft:
    """Outreach has begun: contact_by is met."""
    draft = draft.put(begun=True, touched_at=draft.move.at)
    return draft.disarm(TimerKind.CONTACT_BY, TimerKind.TOUCH_MISSED)


def await_answer(draft: Draft) -> Draft:
    """Wait for the person's answer as long as the plan says."""
    return draft.arm_in(TimerKind.ANSWER, draft.case.plan.answer.of(draft.case.priority))


def write_first(draft: Draft) -> Draft:
    """The supporter decided to make contact: write to the person once."""
    return draft.tell(MessageKind.FIRST_CONTACT, [draft.case.person_key])


def write_second(draft: Draft) -> Draft:
    """The supporter decided on a second, last touch."""
    return draft.tell(MessageKind.SECOND_TOUCH, [draft.case.person_key])


def engaged(draft: Draft) -> Draft:
    """The person accepted: contacts are answered, check-ins are planned."""
    days = draft.case.plan.check_ins(draft.case.follow_up)
    check_ins = tuple(draft.move.at + timedelta(days=day) for day in days)
    draft = draft.put(check_ins=check_ins, contacts=0, begun=True, touched_at=draft.move.at)
    draft = draft.disarm(TimerKind.CONTACT_BY, TimerKind.TOUCH_MISSED)
    return draft.arm(TimerKind.CHECK_IN, check_ins[0]) if check_ins else draft


def said_no(draft: Draft) -> Draft:
    """Remember when the person declined: nobody asks again for a while."""
    return draft.put(touched_at=draft.move.at)


def release_supporter(draft: Draft) -> Draft:
    """Start the chain again without the supporter who had the case."""
    before = draft.case.supporter
    refused_now = _with(draft.case.refused, before)
    if before != draft.move.actor.ref:
        draft = draft.tell(MessageKind.TAKEN, [before])
    draft = draft.put(supporter=None, step=Step.BEST, asked=(), was_asked=())
    return draft.put(refused=refused_now, owner=None)


def tell_supporter(draft: Draft) -> Draft:
    """The person answered by link: the supporter hears of it."""
    reason = draft.move.action.value
    return draft.tell(MessageKind.SUPPORTER_REMINDER, [draft.case.supporter], reason)


def postpone(draft: Draft) -> Draft:
    """Not now: wait once more, the same time."""
    return await_answer(draft.put(postponed=True))


def ask_second_touch(draft: Draft) -> Draft:
    """Ask the supporter, not the person, for a second and last touch."""
    draft = draft.tell(MessageKind.SUPPORTER_REMINDER, [draft.case.supporter], "second_touch")
    return draft.arm_in(TimerKind.TOUCH_MISSED, draft.case.plan.missed)


def touch_late(draft: Draft) -> Draft:
    """The supporter has not got round to it: coordinators are told, then daily."""
    roster = draft.move.roster
    draft = draft.tell(MessageKind.ESCALATION, roster.coordinators, "touch_missed")
    return draft.arm_in(TimerKind.TOUCH_MISSED, draft.case.plan.missed_again)


def remind_check_in(draft: Draft) -> Draft:
    """Remind the supporter of the check-in."""
    draft = draft.tell(MessageKind.CHECK_IN, [draft.case.supporter])
    return draft.arm_in(TimerKind.CHECK_IN_MISSED, draft.case.plan.missed)


def check_in_late(draft: Draft) -> Draft:
    """No check-in was recorded: coordinators are told, then daily."""
    roster = draft.move.roster
    draft = draft.tell(MessageKind.ESCALATION, roster.coordinators, "check_in_missed")
    return draft.arm_in(TimerKind.CHECK_IN_MISSED, draft.case.plan.missed_again)


def checked_in(draft: Draft) -> Draft:
    """One check-in less; the next is at least a day away."""
    left = draft.move.planned(draft.case.check_ins[1:])
    soonest = draft.move.at + timedelta(days=1)
    draft = draft.put(check_ins=left).disarm(TimerKind.CHECK_IN_MISSED, TimerKind.TOUCH_MISSED)
    return draft.arm(TimerKind.CHECK_IN, max(left[0], soonest))


def call_for_help(draft: Draft) -> Draft:
    """Coordinators and programme leads are told at once."""
    return draft.tell(MessageKind.CRISIS, draft.move.roster.all)


def strengthen(draft: Draft) -> Draft:
    """Take over what the request adds; clocks of an open case only shorten."""
    request = draft.move.request
    if request is None:
        return draft
    case = draft.case
    if case.is_open and case.tier < EXPEDITED <= request.tier:
        draft = alert_expedited(draft)
    highest = max((case.priority, request.priority), key=lambda priority: priority.rank)
    asks = case.confirm or request.confirm or request.priority is highest
    confirm = asks and case.plan.human_must_confirm(request, draft.move.at)
    draft = draft.put(
        tier=max(case.tier, request.tier),
        priority=highest,
        confirm=confirm,
        criteria=tuple(dict.fromkeys((*case.criteria, *request.criteria))),
        group_support=case.group_support or request.group_support,
    )
    draft = _shorten(amend(draft))
    if not confirm or TimerKind.CONFIRM_WINDOW not in draft.case.timers:
        return draft
    return ask_coordinator(draft.disarm(TimerKind.CONFIRM_WINDOW))


def _shorten(draft: Draft) -> Draft:
    request, case = draft.move.request, draft.case
    if request is None or request.respond_by >= case.respond_by:
        return draft
    reach_by = contact_by(request.respond_by, case.quiet, case.zone)
    shorter = {TimerKind.RESPOND_BY: request.respond_by, TimerKind.CONTACT_BY: reach_by}
    draft = draft.put(respond_by=request.respond_by, contact_by=min(case.contact_by, reach_by))
    for kind, at in shorter.items():
        if kind in case.timers:
            draft = draft.arm(kind, min(at, case.timers[kind]))
    return _shorten_waits(draft)


def _shorten_waits(draft: Draft) -> Draft:
    plan, priority = draft.case.plan, draft.case.priority
    waits = {
        TimerKind.CONFIRM_WINDOW: plan.confirm_window,
        TimerKind.CONFIRM_DUE: plan.confirm_next,
        TimerKind.ACKNOWLEDGE: plan.acknowledge,
    }
    for kind, wait in waits.items():
        if kind in draft.case.timers:
            sooner = min(draft.case.timers[kind], draft.move.at + wait.of(priority))
            draft = draft.arm(kind, sooner)
    return draft


def new_round(draft: Draft) -> Draft:
    """A second occurrence after contact: a supporter task with its own respond_by."""
    draft = draft.put(round=draft.case.round + 1, contacts=0, postponed=False)
    if draft.case.supporter is None:
        return draft
    draft = draft.tell(MessageKind.SUPPORTER_TASK, [draft.case.supporter], "second_occurrence")
    due = draft.move.request.respond_by if draft.move.request else draft.case.respond_by
    return draft.arm(TimerKind.TOUCH_MISSED, max(due, draft.move.at))


def reopen(draft: Draft) -> Draft:
    """Begin a new round as at opening; the plan stays, the clocks are the request's."""
    request, case = draft.move.request, draft.case
    respond_by = request.respond_by if request else case.respond_by
    reach_by = contact_by(respond_by, case.quiet, case.zone)
    fresh = replace(
        case,
        round=case.round + 1,
        step=Step.BEST,
        was_asked=(),
        asked=(),
        supporter=None,
        owner=None,
        taken_at=None,
        begun=False,
        contacts=0,
        postponed=False,
        check_ins=(),
        coordinators_asked=0,
        confirm=case.plan.human_must_confirm(request, draft.move.at) if request else case.confirm,
        respond_by=respond_by,
        contact_by=reach_by,
    )
    return propose(replace(draft, case=fresh))


def alert_expedited(draft: Draft) -> Draft:
    """Tier 3: the programme lead is alerted at once."""
    leads = draft.move.roster.programme_leads
    return draft.tell(MessageKind.ESCALATION, leads, "expedited")


def propose(draft: Draft) -> Draft:
    """Start the clocks and the confirm window; coordinators are told and can stop it."""
    case = draft.case
    if case.tier >= EXPEDITED:
        draft = alert_expedited(draft)
    draft = draft.arm(TimerKind.RESPOND_BY, case.respond_by)
    draft = draft.arm(TimerKind.CONTACT_BY, case.contact_by)
    if case.state is not State.PROPOSED:
        return draft
    if case.confirm:
        return ask_coordinator(draft)
    draft = draft.tell(MessageKind.CONFIRM_REQUEST, draft.move.roster.coordinators)
    return draft.arm_in(TimerKind.CONFIRM_WINDOW, case.plan.confirm_window.of(case.priority))


def amend(draft: Draft) -> Draft:
    """Take over exclusions and a longer follow-up."""
    request = draft.move.request
    if request is None:
        return draft
    longest = max((draft.case.follow_up, request.follow_up), key=lambda length: length.rank)
    exclude = tuple(dict.fromkeys((*draft.case.exclude, *request.exclude)))
    return _ask_no_more(draft.put(exclude=exclude, follow_up=longest))


def _ask_no_more(draft: Draft) -> Draft:
    case, gone = draft.case, draft.move.excluded_now
    asked = tuple(ref for ref in case.asked if ref not in gone)
    return draft.put(asked=asked, was_asked=tuple(r for r in case.was_asked if r not in gone))


def alert_excluded(draft: Draft) -> Draft:
    """The supporter turns out to be involved: a coordinator decides."""
    return draft.tell(MessageKind.ESCALATION, draft.move.roster.coordinators, "excluded")


def doubt(draft: Draft) -> Draft:
    """Nobody knows whether the message arrived."""
    return draft.put(uncertain=True)


def doubt_over(draft: Draft) -> Draft:
    """A human has said what happened."""
    return draft.put(uncertain=False, attention_count=0)


def remind_attention(draft: Draft) -> Draft:
    """Tell the programme leads again; the pause doubles up to a day."""
    count = draft.case.attention_count + 1
    plan = draft.case.plan
    leads = draft.move.roster.programme_leads
    draft = draft.put(attention_count=count).tell(MessageKind.ESCALATION, leads, draft.case.code)
    pause = min(plan.attention * 2 ** min(count, 10), plan.attention_most)
    return draft.arm_in(TimerKind.ATTENTION, pause)


def _with(known: tuple[str, ...], one: str | None) -> tuple[str, ...]:
    return known if one is None or one in known else (*known, one)


EFFECTS: Final[Mapping[Effect, Callable[[Draft], Draft]]] = MappingProxyType(
    {
        Effect.SEARCH: search,
        Effect.ASK_COORDINATOR: ask_coordinator,
        Effect.OFFER: offer,
        Effect.NEXT_STEP: next_step,
        Effect.ASK_COORDINATORS: ask_coordinators,
        Effect.STOP_ASKING: stop_asking,
        Effect.REFUSED: refused,
        Effect.KEPT_SILENT: kept_silent,
        Effect.SUPPORTER: supporter,
        Effect.TAKEN: taken,
        Effect.RESPOND_BREACHED: respond_breached,
        Effect.CONTACT_BREACHED: contact_breached,
        Effect.TOUCHED: touched,
        Effect.MARK_BEGUN: mark_begun,
        Effect.AWAIT_ANSWER: await_answer,
        Effect.WRITE_FIRST: write_first,
        Effect.WRITE_SECOND: write_second,
        Effect.ENGAGED: engaged,
        Effect.SAID_NO: said_no,
        Effect.RELEASE_SUPPORTER: release_supporter,
        Effect.TELL_SUPPORTER: tell_supporter,
        Effect.POSTPONE: postpone,
        Effect.ASK_SECOND_TOUCH: ask_second_touch,
        Effect.TOUCH_LATE: touch_late,
        Effect.REMIND_CHECK_IN: remind_check_in,
        Effect.CHECK_IN_LATE: check_in_late,
        Effect.CHECKED_IN: checked_in,
        Effect.CALL_FOR_HELP: call_for_help,
        Effect.STRENGTHEN: strengthen,
        Effect.NEW_ROUND: new_round,
        Effect.REOPEN: reopen,
        Effect.AMEND: amend,
        Effect.ALERT_EXCLUDED: alert_excluded,
        Effect.DOUBT: doubt,
        Effect.DOUBT_OVER: doubt_over,
        Effect.REMIND_ATTENTION: remind_attention,
    }
)
