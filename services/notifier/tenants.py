"""Turns a tenant's settings of the site folder into the notifier's own policy."""

from datetime import timedelta
from typing import Final

from services.notifier.domain import plan as plans
from services.notifier.domain.errors import PolicyUnavailableError
from services.notifier.domain.policy import Policies, Policy, Programme
from shared.contracts.words import Priority
from shared.observability import event_log
from shared.site.models import ConfirmWindows, Outreach, Tenant, Waits, span_of
from shared.site.refusals import SiteError, TenantUnknownError
from shared.site.site import Site

log = event_log("notifier")
_PRIORITIES: Final = (Priority.URGENT, Priority.HIGH, Priority.ROUTINE)


def policies_of(site: Site) -> Policies:
    """Return the policies of the site's tenants, read again when a file changes.

    A tenant that the site does not know gets the defaults: a request is never lost over settings.
    The returned function raises PolicyUnavailableError when a tenant's file cannot be read.
    """

    def policy(name: str) -> Policy:
        try:
            return policy_of(site.tenant(name))
        except TenantUnknownError:
            log.alarm("tenant_unknown", tenant=name)
            return Policy()
        except SiteError:
            raise PolicyUnavailableError(name) from None

    return policy


def policy_of(tenant: Tenant) -> Policy:
    """Return one tenant's policy."""
    told = tenant.programme
    return Policy(
        plan=_plan(tenant),
        programme=Programme(
            name=told.name,
            telephone=told.telephone,
            crisis_line=told.crisis_line,
            from_address=told.from_address,
            privilege_regime=told.privilege_regime,
        ),
        language=tenant.language,
        families_shown=tenant.outreach.families_shown,
    )


def _plan(tenant: Tenant) -> plans.Plan:
    outreach: Outreach = tenant.outreach
    start, end = span_of(outreach.quiet_hours)
    return plans.Plan(
        version="tenant-1",
        confirm_window=_windows(outreach.confirm_minutes),
        human_confirms=_never(outreach.confirm_minutes),
        confirm_next=_waits(outreach.human_confirm_minutes),
        acknowledge=_waits(outreach.acknowledge_minutes),
        answer=_waits(outreach.answer_minutes),
        quiet=plans.QuietHours(start, end),
        zone=tenant.zone,
        load_limit=outreach.load_limit,
        recent_contact=timedelta(days=outreach.recent_contact_days),
        overdue=timedelta(days=outreach.overdue_confirm_days),
        matching=tuple(plans.Preference(one) for one in outreach.matching),
        department=plans.Department(outreach.department),
        exclude_risk_legal_hr=outreach.exclude_risk_legal_hr,
        check_in_days=outreach.check_in_days,
        extended_days=(outreach.extended_check_in_days,),
        unit_in_events=outreach.unit_in_case_events,
    )


def _waits(waits: Waits) -> plans.Waits:
    return plans.Waits(*(timedelta(minutes=waits.of(one)) for one in _PRIORITIES))


def _windows(windows: ConfirmWindows) -> plans.Waits:
    return plans.Waits(*(timedelta(minutes=windows.of(one) or 0) for one in _PRIORITIES))


def _never(windows: ConfirmWindows) -> tuple[Priority, ...]:
    return tuple(one for one in _PRIORITIES if windows.of(one) is None)
