"""Builds and serves the console: the composition root of `peerline notifier console`."""

import signal
from typing import Final
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI

from services.notifier.channels.smtp import SmtpChannel, SmtpServer
from services.notifier.console.access import Cookie, Gate
from services.notifier.console.app import Console, create_app
from services.notifier.console.case_routes import CaseDesk
from services.notifier.console.link_routes import LinkDesk
from services.notifier.console.list_routes import ListDesk
from services.notifier.console.person_routes import PersonDesk
from services.notifier.console.programmes import Programmes
from services.notifier.console.rate import RateLimit
from services.notifier.console.sign_in import LinkMail, SignIn
from services.notifier.console.sign_in_routes import SignInDesk
from services.notifier.settings import NotifierSettings
from services.notifier.store.engine import SQL_DOWN, Store
from services.notifier.store.opening import open_migrated
from services.notifier.store.schema import is_current
from services.notifier.tenants import policies_of
from shared.clock import SystemClock, monotonic
from shared.identity import new_token
from shared.observability import configure_logging, event_log
from shared.site.refusals import SiteError
from shared.site.sealing import open_sealed
from shared.site.site import Site

_STOP_SECONDS: Final = 10
log = event_log("console")


def run_console(settings: NotifierSettings) -> None:
    """Serve the console until SIGTERM or SIGINT; requests that were begun are answered first.

    The database is brought up to date first. Kafka is not needed.

    Raises:
        KeyMissingError: the site has no key for Message-IDs.
    """
    configure_logging("console")
    store = open_migrated(settings.database, settings.database_password_file)
    _serve(build_console(settings, store), settings)


def sign_in_link(settings: NotifierSettings, tenant: str, email: str) -> str:
    """Return a one-time link that signs this person in; good for 15 minutes.

    Raises:
        NobodyToSignInError: the tenant has nobody with this address and a role.
    """
    store = open_migrated(settings.database, settings.database_password_file)
    return _sign_in(settings, store).link_for(tenant, email)


def build_console(settings: NotifierSettings, store: Store) -> FastAPI:
    """Return the application on an open database.

    Raises:
        KeyMissingError: the site has no key for Message-IDs.
    """
    site = Site(settings.config_folder)
    clock, policies = SystemClock(), policies_of(site)
    programmes = Programmes(policies, site.tenants)
    is_https = urlsplit(settings.console_url).scheme == "https"
    gate = Gate(store, clock, policies, Cookie(is_https=is_https))
    sign_in = _sign_in(settings, store)
    channel = SmtpChannel(SmtpServer(**settings.smtp.model_dump()))
    mail = LinkMail(sign_in, channel, programmes, site.message_id_key())
    console = Console(
        links=LinkDesk(store, clock, programmes, RateLimit(5, 40, monotonic)),
        sign_in=SignInDesk(gate, sign_in, mail, programmes, RateLimit(0.5, 20, monotonic)),
        lists=ListDesk(store, clock, gate),
        cases=CaseDesk(store, clock, gate),
        persons=PersonDesk(store, clock, gate, lambda text: _unseal(site, text)),
        is_ready=lambda: _is_ready(store),
    )
    return create_app(console)


def _sign_in(settings: NotifierSettings, store: Store) -> SignIn:
    return SignIn(store, SystemClock(), settings.console_url.rstrip("/"), new_token)


def _unseal(site: Site, text: str) -> str | None:
    try:
        return open_sealed(text, site.seal_secret)
    except SiteError:
        log.fault("identifier_not_opened")
        return None


def _is_ready(store: Store) -> bool:
    try:
        return is_current(store.engine)
    except SQL_DOWN:
        return False


def _serve(app: FastAPI, settings: NotifierSettings) -> None:
    served = settings.console
    config = uvicorn.Config(
        app,
        host=served.host,
        port=served.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(served.trusted_proxies),
        forwarded_allow_ips=served.trusted_proxies or None,
        timeout_graceful_shutdown=_STOP_SECONDS,
    )
    log.info("console_listens", state=f"{config.host}:{config.port}")
    # uvicorn raises the signal again once it has shut down; a wanted end has exit code 0.
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: None)
    uvicorn.Server(config).run()
