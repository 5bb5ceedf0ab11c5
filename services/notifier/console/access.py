"""Who is signed in and which screens they may open: default deny, on every request anew."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Final

from fastapi import Depends, Request, Response

from services.notifier import pages as read_models
from services.notifier.console.forms import Form, read_form, same_origin
from services.notifier.console.refusals import ForgedError, ScreenForbiddenError, SignInNeededError
from services.notifier.domain.case import Actor
from services.notifier.domain.directory import Person
from services.notifier.domain.policy import Policies, Policy
from services.notifier.store.engine import Store
from services.notifier.store.session_rows import Session
from shared.clock import Clock
from shared.contracts.words import ActorRole
from shared.identity import same_secret, sha256_hex

IDLE: Final = timedelta(minutes=30)
LONGEST: Final = timedelta(hours=12)
_TOUCH: Final = timedelta(seconds=30)
LEADS: Final = (ActorRole.PROGRAMME_LEAD, ActorRole.COORDINATOR)
SUPPORTERS: Final = (ActorRole.SUPPORTER,)
EVERYBODY: Final = (*LEADS, *SUPPORTERS)


@dataclass(frozen=True, slots=True)
class Cookie:
    """The session cookie; `is_https` decides on `Secure` and the `__Host-` name."""

    is_https: bool

    @property
    def name(self) -> str:
        """Return the cookie's name."""
        return "__Host-peerline" if self.is_https else "peerline"

    def put(self, response: Response, token: str) -> None:
        """Give the cookie to the browser; it ends with the browser or the session."""
        response.set_cookie(
            self.name, token, path="/", secure=self.is_https, httponly=True, samesite="strict"
        )

    def drop(self, response: Response) -> None:
        """Take the cookie back."""
        response.delete_cookie(
            self.name, path="/", secure=self.is_https, httponly=True, samesite="strict"
        )


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is signed in, with the roles the directory gives them at this moment.

    `csrf` is what every form carries back; another site can neither read nor guess it.
    """

    person: Person
    roles: tuple[ActorRole, ...]
    policy: Policy
    csrf: str

    @property
    def tenant(self) -> str:
        """Return the tenant: a visitor never sees another's."""
        return self.person.tenant

    @property
    def zone(self) -> str:
        """Return the time zone of the pages: the visitor's own, else the tenant's."""
        return self.person.zone or self.policy.zone

    @property
    def lead(self) -> Actor | None:
        """Return the visitor as programme lead or coordinator; None if they are neither."""
        role = next((one for one in LEADS if one in self.roles), None)
        return Actor(role, self.person.person_id) if role else None

    @property
    def supporter(self) -> Actor | None:
        """Return the visitor as supporter; None if they are none."""
        is_one = ActorRole.SUPPORTER in self.roles
        return Actor(ActorRole.SUPPORTER, self.person.person_id) if is_one else None


@dataclass(frozen=True, slots=True)
class Posted:
    """A form that a visitor sent from one of our pages."""

    visitor: Visitor
    form: Form


@dataclass(frozen=True, slots=True)
class Gate:
    """Lets visitors in; every signed-in route names the roles that may use it."""

    store: Store
    clock: Clock
    policies: Policies
    cookie: Cookie

    def reads(self, *roles: ActorRole) -> Callable[[Request], Visitor]:
        """Return the guard of a page."""

        def guard(request: Request) -> Visitor:
            return self._allowed(request, roles)

        return guard

    def acts(self, *roles: ActorRole) -> Callable[[Request, Form], Posted]:
        """Return the guard of a form: also same origin and the form's secret."""

        def guard(request: Request, form: Annotated[Form, Depends(read_form)]) -> Posted:
            same_origin(request)
            visitor = self._allowed(request, roles)
            if not same_secret(form.get("csrf", ""), visitor.csrf):
                raise ForgedError
            return Posted(visitor, form)

        return guard

    def visitor(self, request: Request) -> Visitor | None:
        """Return who is signed in, and keep the session alive; None for nobody.

        Raises:
            PolicyUnavailableError: the tenant's settings cannot be read.
        """
        token = request.cookies.get(self.cookie.name)
        if token is None:
            return None
        with self.store.read() as unit:
            session = unit.sessions.find(token)
            if session is None or not self._is_live(session):
                return None
            person = unit.directory.find(session.tenant, session.person_id)
        roles = read_models.roles_of(person) if person is not None else ()
        if person is None or not roles:
            return None
        self._touch(token, session)
        csrf = sha256_hex(f"csrf|{token}".encode())
        return Visitor(person, roles, self.policies(person.tenant), csrf)

    def _allowed(self, request: Request, roles: tuple[ActorRole, ...]) -> Visitor:
        visitor = self.visitor(request)
        if visitor is None:
            raise SignInNeededError
        if not set(roles) & set(visitor.roles):
            raise ScreenForbiddenError
        return visitor

    def _is_live(self, session: Session) -> bool:
        now = self.clock.now()
        return now - session.seen_at < IDLE and now - session.opened_at < LONGEST

    def _touch(self, token: str, session: Session) -> None:
        now = self.clock.now()
        if now - session.seen_at >= _TOUCH:
            with self.store.begin() as unit:
                unit.sessions.seen(token, now)
