"""Puts a sender together: address, token, connection, patience; and sends files through it."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from services.intake.domain.rows.pack import Pack
from services.offline.bodies import Body, bodies, is_table
from services.offline.context import default_context
from services.offline.files import STANDARD_INPUT
from services.offline.trial import PackUnknownError, chosen, is_file, pack_of
from services.publish.connection import Connection
from services.publish.refusals import PackMissingError, TokenMissingError
from services.publish.refused_file import RefusedFile
from services.publish.sending import Patience, Route, Sender
from services.publish.settings import PublishSettings
from services.publish.tally import RefusedReport, Tally
from shared.clock import monotonic
from shared.site.files import read_text

_TOKEN_HINT = "Put nothing but the token into that file."  # noqa: S105 - an advice


@dataclass(frozen=True, slots=True)
class Order:
    """What to send: files, the pack of their rows, and what to do about refusals and waits.

    `pack` is the name of one that intake has, or the path of a file that intake must have too.
    """

    files: tuple[str, ...]
    pack: str | None = None
    is_trial: bool = False
    refused: Path | None = None
    patience_seconds: float = 600.0


def publish(
    settings: PublishSettings, order: Order, advance: Callable[[str, Body], None]
) -> Iterator[tuple[str, Tally]]:
    """Send the files and yield what became of each; `advance` is told each answered request.

    Raises:
        PublishError: sending stopped; what was taken before stays taken.
        PackError, SiteFileError, EmptyFileError, OSError: a file is no use.
    """
    pack = _pack(order)
    route = _route(settings, order, pack)
    patience = Patience(order.patience_seconds, time.sleep, monotonic)
    with ExitStack() as open_files:
        keep: Callable[[Body, list[RefusedReport]], None] = _forget
        if order.refused is not None:
            keep = open_files.enter_context(RefusedFile(order.refused)).keep
        connection = open_files.enter_context(
            Connection(settings.peerline_url, _token(settings), settings.peerline_ca_file)
        )
        sender = Sender(connection, route, patience, keep)
        for file in order.files:

            def told(body: Body, file: str = file) -> None:
                advance(file, body)

            yield file, sender.send(bodies(file, pack), told)


def _pack(order: Order) -> Pack | None:
    if order.pack is not None:
        try:
            return pack_of(chosen(default_context("publish"), order.pack))
        except PackUnknownError:
            return None  # it may be the tenant's own, which only intake has
    tables = (file for file in order.files if file != STANDARD_INPUT and is_table(file))
    table = next(tables, None)
    if table is not None:
        raise PackMissingError(table)
    return None


def _route(settings: PublishSettings, order: Order, pack: Pack | None) -> Route:
    is_own = pack is not None and order.pack is not None and is_file(order.pack)
    return Route(
        settings.peerline_url,
        pack.name if pack else order.pack,
        order.is_trial,
        version=pack.version if pack and is_own else None,
        is_pack_elsewhere=order.pack is not None and pack is None,
    )


def _token(settings: PublishSettings) -> str:
    if settings.peerline_token is not None:
        return settings.peerline_token.get_secret_value()
    if settings.peerline_token_file is None:
        raise TokenMissingError
    return read_text(settings.peerline_token_file.expanduser(), _TOKEN_HINT).strip()


def _forget(_body: Body, _refused: list[RefusedReport]) -> None:
    """Keep refused reports nowhere but in the file they came from."""
