"""HTTP/1.1 on the wire (ASVS 2.4.1, 4.2.1, 16.x): bare sockets against the server as configured."""

import json
import logging
import socket
from collections.abc import Iterator
from ipaddress import ip_network
from time import sleep

import pytest

from services.intake.http.client_certificates import ClientCertificates
from services.intake.http.connection import LONGEST_HEAD, MOST_HEADERS, StrictHttp
from services.intake.http.limits import Limits
from services.tenants.tokens import Grant, issue
from shared.clock import FixedClock, monotonic
from shared.observability import JsonLines
from tests.builders.certificates import Authority, as_header
from tests.builders.intake_edge import IntakeStage, an_intake
from tests.builders.intake_server import BODY, Served, chunked, read, served
from tests.builders.site import NOW

LENGTH = b"Content-Length: %d" % len(BODY)
CHUNKED = b"Transfer-Encoding: chunked"
# How long silence must last to be called so; the server answers within milliseconds.
SILENCE = 0.5


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An edge that waits a second for a body."""
    stage = an_intake(tmp_path_factory.mktemp("site"), limits=Limits(body_seconds=1.0))
    with served(stage) as running:
        yield running


def drips_until_cut_off(connection: socket.socket) -> bool:
    """Send a byte now and then; whether that fails within five seconds."""
    until = monotonic() + 5
    while monotonic() < until:
        try:
            connection.sendall(b"x")
        except OSError:
            return True
        sleep(0.05)
    return False


FINE = {
    "a length": (LENGTH, BODY),
    "chunks": (CHUNKED, chunked(BODY[:5], BODY[5:])),
    "a chunk extension": (CHUNKED, b"%x;a=b\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)),
    "a trailer": (CHUNKED, chunked(BODY, trailer=b"X-Sum: 1\r\n")),
    "spelt otherwise": (b"TRANSFER-encoding:\tChunked", chunked(BODY)),
}


@pytest.mark.parametrize(("line", "body"), FINE.values(), ids=FINE.keys())
def test_what_can_be_read_in_one_way_only_is_taken(edge: Served, line: bytes, body: bytes) -> None:
    """In one piece or byte for byte."""
    whole = edge.head(line) + body

    assert edge.send(whole, wait=SILENCE).statuses == (202,)
    assert edge.send(*(bytes([each]) for each in whole), wait=SILENCE).statuses == (202,)


SMUGGLED = {
    "both lengths": [LENGTH, CHUNKED],
    "both lengths, turned round": [CHUNKED, LENGTH],
    "two lengths": [LENGTH, b"Content-Length: 5"],
    "the same length twice": [LENGTH, LENGTH],
    "a list of lengths": [LENGTH + b", %d" % len(BODY)],
    "a signed length": [b"Content-Length: +18"],
    "a negative length": [b"Content-Length: -1"],
    "a hexadecimal length": [b"Content-Length: 0x12"],
    "a length with a blank": [b"Content-Length: 1 8"],
    "an empty length": [b"Content-Length:"],
    "a blank before the colon": [b"Content-Length : 18"],
    "a coding with a blank before the colon": [b"Transfer-Encoding : chunked"],
    "chunked twice": [CHUNKED, CHUNKED],
    "chunked in a list": [b"Transfer-Encoding: chunked, chunked"],
    "chunked is not last": [b"Transfer-Encoding: chunked, identity"],
    "gzip and chunked": [b"Transfer-Encoding: gzip, chunked"],
    "identity": [b"Transfer-Encoding: identity"],
    "no such coding": [b"Transfer-Encoding: xchunked"],
    "a quoted coding": [b'Transfer-Encoding: "chunked"'],
    "a coding after a vertical tab": [b"Transfer-Encoding: \x0bchunked"],
    "a folded coding": [b"Transfer-Encoding:\r\n chunked"],
    "a coding in a folded line": [b"X: a\r\n Transfer-Encoding: chunked", LENGTH],
    "a line feed alone": [b"X: a\n" + CHUNKED, LENGTH],
    "a carriage return alone": [b"X: a\r" + CHUNKED, LENGTH],
    "a NUL": [b"X: a\x00b", LENGTH],
    "two hosts": [b"Host: other", LENGTH],
    "no name": [b": a", LENGTH],
}


@pytest.mark.parametrize("lines", SMUGGLED.values(), ids=SMUGGLED.keys())
def test_what_can_be_read_in_two_ways_is_refused(edge: Served, lines: list[bytes]) -> None:
    """One 400 and the end of the connection: what follows is nobody's request."""
    before = len(edge.stage.log.records)
    smuggled = edge.head(b"Content-Length: 0", line=b"GET /healthz HTTP/1.1")
    told = edge.send(edge.head(*lines) + chunked(BODY) + smuggled)

    assert (told.statuses, told.is_closed) == ((400,), True)
    assert len(edge.stage.log.records) == before


def test_every_line_must_end_as_it_should(edge: Served) -> None:
    """Line feeds alone, in all of the head or after the request line only."""
    head = edge.head(LENGTH)

    for broken in (head.replace(b"\r\n", b"\n"), head.replace(b"\r\n", b"\n", 1), b"\n" + head):
        assert edge.send(broken + BODY).statuses == (400,), broken[:60]


def test_an_old_client_may_not_send_chunks(edge: Served) -> None:
    """HTTP/1.0 knows none, so a proxy of that age sees another end (RFC 9112, section 6.1)."""
    old = b"POST /v1/incidents HTTP/1.0"

    assert edge.send(edge.head(CHUNKED, line=old) + chunked(BODY)).statuses == (400,)
    assert edge.send(edge.head(LENGTH, line=old) + BODY).statuses == (202,)


def test_a_second_request_on_the_connection_is_read_as_strictly(edge: Served) -> None:
    """Also one that came in the same packet, before the first was answered."""
    good, bad = edge.head(LENGTH) + BODY, edge.head(LENGTH, CHUNKED) + chunked(BODY)
    told = edge.send(good + bad)

    assert (told.statuses, told.is_closed) == ((202, 400), True)
    assert edge.send(good + good, wait=SILENCE).statuses == (202, 202)


CHUNKS = {
    "a size of no number": b"0x12\r\n" + BODY + b"\r\n0\r\n\r\n",
    "a negative size": b"-1\r\n" + BODY + b"\r\n0\r\n\r\n",
    "a size of 21 digits": b"f" * 21 + b"\r\n" + BODY,
    "no end after the data": b"%x\r\n%sXX0\r\n\r\n" % (len(BODY), BODY),
    "an extension without end": b"%x;" % len(BODY) + b"a" * 2 * LONGEST_HEAD,
    "an extension with a line feed": b"%x;a\n=b\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY),
    "a trailer with a length": chunked(BODY, trailer=LENGTH + b"\r\n" + CHUNKED + b"\r\n"),
}


@pytest.mark.parametrize("body", CHUNKS.values(), ids=CHUNKS.keys())
def test_chunks_that_are_none_are_refused(edge: Served, body: bytes) -> None:
    """Nothing of it is kept; a connection that cannot be followed is closed."""
    before = len(edge.stage.log.of("incident.raw.v1"))
    told = edge.send(edge.head(CHUNKED) + body)

    assert (set(told.statuses) <= {400}, told.is_closed) == (True, True)
    assert len(edge.stage.log.of("incident.raw.v1")) == before


@pytest.mark.parametrize("size", [b"ffffffffffffffff", b"7fffffff"])
def test_a_chunk_that_never_ends_costs_no_more_than_the_limit(edge: Served, size: bytes) -> None:
    """Its announced size is not believed: too much is a 413, too slow a 408."""
    endless = edge.head(CHUNKED) + size + b"\r\n"

    assert edge.send(endless + b" " * 10_500_000).statuses == (413,)
    assert edge.send(endless + BODY).statuses == (408,)


def test_a_body_that_stalls_is_given_up(edge: Served) -> None:
    """408 after the time that the settings allow."""
    told = edge.send(edge.head(b"Content-Length: 100") + BODY)

    assert (told.statuses, told.is_closed) == ((408,), True)


def test_a_head_has_a_limit(edge: Served) -> None:
    """Of lines and of bytes; a certificate of 16 KiB still fits."""
    many = [b"X-%d: a" % number for number in range(MOST_HEADERS)]
    large = [b"Client-Cert: :" + b"A" * 16_384 + b":"]

    assert edge.send(edge.head(LENGTH, *large) + BODY, wait=SILENCE).statuses == (202,)
    assert edge.send(edge.head(LENGTH, *many[:50]) + BODY, wait=SILENCE).statuses == (202,)
    assert edge.send(edge.head(LENGTH, *many) + BODY).statuses == (400,)
    for part in (b"X: " + b"a" * LONGEST_HEAD, b"X" * LONGEST_HEAD + b": a"):
        assert edge.send(edge.head(LENGTH, part) + BODY).statuses in {(400,), ()}
    long_line = b"POST /v1/incidents?" + b"a" * LONGEST_HEAD + b" HTTP/1.1"
    assert edge.send(edge.head(LENGTH, line=long_line) + BODY).statuses in {(400,), ()}


def test_a_head_that_trickles_is_cut_off(edge: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a new connection, after a request, and where not a single byte comes."""
    monkeypatch.setattr(StrictHttp, "head_seconds", 0.3)
    first = edge.head(LENGTH) + BODY

    assert edge.send(b"").is_closed
    assert edge.send(b"POST /v1/inc").is_closed
    with edge.connect() as connection:
        connection.sendall(first)
        assert read(connection, 0.1).statuses == (202,)
        connection.sendall(b"GET /heal")
        assert read(connection, 3).is_closed


EARLY = {
    "no token": (b"POST /v1/incidents HTTP/1.1", 401),
    "no such address": (b"POST /nowhere HTTP/1.1", 404),
    "no such method": (b"PUT /v1/incidents HTTP/1.1", 405),
    "a body that nobody wants": (b"GET /healthz HTTP/1.1", 200),
}


@pytest.mark.parametrize(("line", "status"), EARLY.values(), ids=EARLY.keys())
def test_a_body_that_drips_after_its_answer_holds_no_connection(
    edge: Served, monkeypatch: pytest.MonkeyPatch, line: bytes, status: int
) -> None:
    """Whoever was answered before the body was whole is told to close, and soon cut off."""
    monkeypatch.setattr(StrictHttp, "rest_seconds", 0.3)
    with edge.connect() as connection:
        connection.sendall(line + b"\r\nHost: intake\r\nContent-Length: 1000000000\r\n\r\n")
        told = read(connection, 3)
        is_cut_off = drips_until_cut_off(connection)

    assert (told.statuses, told.is_closed, is_cut_off) == ((status,), True, True)
    assert b"\r\nconnection: close\r\n" in told.text.lower()


def test_who_sends_a_large_body_without_a_token_still_hears_why_it_is_not_taken(
    edge: Served,
) -> None:
    """What is on its way when the answer is given meets no closed socket."""
    head = b"POST /v1/incidents HTTP/1.1\r\nHost: intake\r\n"

    for more in (b"", b"Connection: close\r\n"):
        told = edge.send(head + more + b"Content-Length: 8000000\r\n\r\n", *[b"x" * 1_000_000] * 8)
        assert told.statuses == (401,)


def test_whose_body_had_come_may_go_on_with_the_connection(edge: Served) -> None:
    """A refusal alone ends none."""
    refused = b"POST /v1/incidents HTTP/1.1\r\nHost: intake\r\n" + LENGTH + b"\r\n\r\n" + BODY

    assert edge.send(refused + edge.head(LENGTH) + BODY, wait=SILENCE).statuses == (401, 202)


def test_more_connections_than_agreed_are_turned_away(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """With a 503; once the others have gone, they are taken again."""
    stage = an_intake(tmp_path_factory.mktemp("site"))
    with served(stage, connections=5) as edge:
        request = edge.head(LENGTH) + BODY
        idle = [edge.connect() for _ in range(8)]
        for connection in idle:
            connection.sendall(b"GET")
        refused = edge.send(request, wait=SILENCE)
        for connection in idle:
            connection.close()
        taken = edge.send(request, wait=SILENCE)

    assert (refused.statuses, taken.statuses) == ((503,), (202,))


def test_an_upgrade_is_not_made(edge: Served) -> None:
    """Neither to HTTP/2 nor to a web socket: behind them no rule of this file would hold."""
    for protocol in (b"h2c", b"websocket"):
        lines = [b"Connection: Upgrade", b"Upgrade: " + protocol, b"Sec-WebSocket-Version: 13"]
        told = edge.send(edge.head(*lines, line=b"GET /healthz HTTP/1.1"), wait=SILENCE)
        assert told.statuses == (200,)
        assert b"101 " not in told.text


def test_a_forwarded_header_makes_nobody_a_proxy(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """4.1.3: not even where the environment tells uvicorn to believe everybody."""
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    authority = Authority()
    proxies = ClientCertificates([ip_network("10.0.0.0/8")], authority.pem, FixedClock(NOW))
    stage = an_intake(tmp_path_factory.mktemp("site"), certificates=proxies)
    grant = Grant(("datix",), certificate="reporting.northwick.example")
    issue(stage.site, stage.site.tenant("northwick"), grant, NOW)
    shown = as_header(authority.client("reporting.northwick.example")).encode()
    lines = [b"POST /v1/incidents HTTP/1.1", b"Host: intake", b"Client-Cert: " + shown, LENGTH]
    lines += [b"X-Forwarded-For: 10.0.0.1", b"Forwarded: for=10.0.0.1", b"X-Real-IP: 10.0.0.1"]
    with served(stage) as edge:
        told = edge.send(b"\r\n".join([*lines, b"", BODY]), wait=SILENCE)

    assert told.statuses == (401,)


def test_forged_lines_never_reach_the_log(edge: Served, caplog: pytest.LogCaptureFixture) -> None:
    """16.x: line ends in path, query, headers and user agent; nothing of them is written at all."""
    caplog.set_level(logging.DEBUG)
    for line in (b"GET /%0d%0acanary HTTP/1.1", b"GET /v1/rejections?since=%0Acanary HTTP/1.1"):
        edge.send(edge.head(b"User-Agent: a%0d%0acanary", line=line), wait=SILENCE)
    edge.send(edge.head(b"User-Agent: a\r\ncanary", LENGTH), wait=SILENCE)
    edge.send(edge.head(b"X: \ncanary", LENGTH), wait=SILENCE)

    written = "\n".join(JsonLines("intake-http").format(each) for each in caplog.records)
    assert all(isinstance(json.loads(line), dict) for line in written.splitlines())
    assert "canary" not in written


def test_answers_to_strangers_tell_nothing_of_the_server(edge: Served) -> None:
    """No name, no version, no trace of where it failed."""
    told = [edge.send(b"\x16\x03\x01"), edge.send(b"GET / HTTP/9\r\n\r\n")]
    told += [edge.send(edge.head(line=b"GET /nowhere HTTP/1.1"), wait=SILENCE)]

    for each in told:
        lowered = each.text.lower()
        assert not any(word in lowered for word in (b"uvicorn", b"h11", b"python", b"traceback"))


def test_a_stage_without_server_knows_nothing_of_this(intake: IntakeStage) -> None:
    """What these tests look at is the server's doing: the application alone would take it."""
    answer = intake.post(BODY, transfer_encoding="chunked", content_length=str(len(BODY)))

    assert answer.status_code == 202
