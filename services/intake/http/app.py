"""The FastAPI application: its routes, and what each failure is answered with."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import orjson
from fastapi import FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from services.intake.domain.results import Result
from services.intake.http import openapi
from services.intake.http.answers import (
    Answer,
    Question,
    answer,
    preview,
    problem_answer,
    question_of,
)
from services.intake.http.api_page import CONTENT_POLICY, api_page
from services.intake.http.enquiries import Enquiries, QueryInvalidError, ReportUnknownError
from services.intake.http.gate import Gate, TooManyRequestsError
from services.intake.http.health import Readiness
from services.intake.http.limits import BodyTooLargeError, BodyTooSlowError
from services.intake.http.problems import FHIR_TYPE, Problem
from services.intake.http.raw_log import RETRY_AFTER_SECONDS
from services.intake.http.rounds import Rounds
from services.intake.http.submission import Submission, TenantMissingError, UnavailableError
from services.intake.keystore.errors import KeyStoreUnavailableError
from shared.clock import Clock
from shared.observability import Metrics, event_log
from shared.site.refusals import SiteError, TokenRefusedError

_FHIR_ROUTE: Final = "/v1/fhir"
_TAKEN: Final[dict[str, Any]] = {"response_model": None, "status_code": 202}
_HEADERS: Final = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
_CHALLENGE: Final = {"www-authenticate": 'Bearer realm="peerline", error="invalid_token"'}
_RETRY: Final = {"retry-after": str(RETRY_AFTER_SECONDS)}
Asked: TypeAlias = tuple[Submission, Question]


@dataclass(frozen=True, slots=True)
class Edge:
    """What the application is made of; `version` is the product's, told in OpenAPI.

    `is_documented` False leaves out what tells strangers about it: the documents and the numbers.
    """

    gate: Gate
    enquiries: Enquiries
    readiness: Readiness
    metrics: Metrics
    clock: Clock
    version: str
    is_documented: bool = True


def create_app(edge: Edge) -> FastAPI:
    """Return the application; it opens nothing before its first request."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, title=openapi.TITLE)
    acceptor = _Acceptor(edge)
    _report_routes(app, edge, acceptor)
    _fhir_routes(app, acceptor)
    _status_routes(app, edge)
    _health_routes(app, edge)
    if edge.is_documented:
        _documentation_routes(app, edge)
    _failures(app, edge)
    openapi.publish(app, edge.version)
    return app


def _report_routes(app: FastAPI, edge: Edge, acceptor: "_Acceptor") -> None:
    @app.post(
        "/v1/incidents",
        summary="Send reports.",
        responses=openapi.REPORT_RESPONSES,
        openapi_extra=openapi.REPORT_BODY,
        response_model=None,
        status_code=202,
    )
    async def send_reports(request: Request) -> Response:
        """Take one report, an array, NDJSON, CloudEvents or FHIR; several get an answer each."""
        return await acceptor.accept(request)

    @app.post(
        "/v1/incidents:validate",
        summary="Try reports: mapped and answered in full, stored nowhere.",
        responses=openapi.PREVIEW_RESPONSES,
        openapi_extra=openapi.REPORT_BODY,
        response_model=None,
    )
    async def validate_reports(request: Request) -> Response:
        """Show what the canonical report would be, with everything that could not be read."""
        submission = await edge.gate.enter(request)
        results = await run_in_threadpool(edge.gate.acceptance.map, submission)
        return _respond(edge, preview(results, edge.clock.now()), submission.tenant)


def _fhir_routes(app: FastAPI, acceptor: "_Acceptor") -> None:
    event: dict[str, Any] = {"responses": openapi.EVENT_RESPONSES, **_TAKEN}
    one = f"{_FHIR_ROUTE}/AdverseEvent/{{fhir_id}}"

    @app.post(
        _FHIR_ROUTE,
        summary="Send a FHIR Bundle.",
        responses=openapi.BUNDLE_RESPONSES,
        openapi_extra=openapi.BUNDLE_BODY,
        **_TAKEN,
    )
    async def send_bundle(request: Request) -> Response:
        """Take the events and forms of a Bundle: a batch one by one, a transaction whole or not."""
        return await acceptor.accept(request)

    @app.post(
        f"{_FHIR_ROUTE}/AdverseEvent",
        summary="Send a FHIR AdverseEvent.",
        openapi_extra=openapi.EVENT_BODY,
        **event,
    )
    async def create_adverse_event(request: Request) -> Response:
        """Take an AdverseEvent (STU3, R4, R4B, R5); its id and identifiers name the record."""
        return await acceptor.accept(request)

    @app.put(
        one,
        summary="Send a FHIR AdverseEvent again, changed.",
        openapi_extra=openapi.EVENT_BODY,
        **event,
    )
    async def update_adverse_event(request: Request, fhir_id: str) -> Response:
        """Take a new revision of an AdverseEvent; the id in the URL is the resource's."""
        return await acceptor.accept(request, fhir_id)

    @app.delete(
        one,
        summary="Retract a FHIR AdverseEvent.",
        responses=openapi.DELETE_RESPONSES,
        **_TAKEN,
    )
    async def delete_adverse_event(request: Request, fhir_id: str) -> Response:
        """Withdraw outreach that has not begun.

        The id alone names the record; where reports also carry identifiers, the source needs
        `record_id: id` in tenant.yaml. Without it the answer warns of record_id_fallback.
        """
        return await acceptor.retract(request, fhir_id)


def _status_routes(app: FastAPI, edge: Edge) -> None:
    @app.get(
        "/v1/incidents/{event_id}",
        summary="Ask where a report is.",
        responses=openapi.STATUS_RESPONSES,
        response_model=None,
    )
    async def report_status(request: Request, event_id: str) -> Response:
        """Received, mapped with quality flags, or rejected with the reason; only your own."""
        credential = edge.gate.identify(request)
        told = await run_in_threadpool(edge.enquiries.status, credential, event_id)
        return _respond(edge, told, credential.tenant)

    @app.get(
        "/v1/rejections",
        summary="Ask what was refused.",
        responses=openapi.REJECTION_RESPONSES,
        openapi_extra=openapi.REJECTION_QUERY,
        response_model=None,
    )
    async def refused_reports(request: Request) -> Response:
        """List refusals of your own, oldest first, five seconds after they were noted."""
        credential = edge.gate.identify(request)
        asked = request.query_params
        told = await run_in_threadpool(
            edge.enquiries.rejections, credential, asked.get("since"), asked.get("limit")
        )
        return _respond(edge, told, credential.tenant)


def _health_routes(app: FastAPI, edge: Edge) -> None:
    @app.get("/healthz", summary="Alive.", response_model=None)
    async def alive() -> Response:
        """Answer as long as the process does, whatever happens to Kafka or the key store."""
        return _json(200, {"state": "alive"})

    @app.get("/startupz", summary="Started.", response_model=None)
    async def started() -> Response:
        """Answer once the key store's tables are there: the process listens only then."""
        return _json(200, {"state": "started"})

    @app.get("/readyz", summary="Ready.", responses=openapi.READY_RESPONSES, response_model=None)
    async def ready() -> Response:
        """Answer 200 when a report can be accepted now, else 503 and what is missing."""
        failed = await run_in_threadpool(edge.readiness)
        state = "not_ready" if failed else "ready"
        return _json(503 if failed else 200, {"state": state, "failed": dict(failed)})


def _documentation_routes(app: FastAPI, edge: Edge) -> None:
    @app.get(
        "/metrics",
        summary="Numbers, in Prometheus' text format.",
        responses=openapi.METRICS_RESPONSES,
        response_class=PlainTextResponse,
        response_model=None,
    )
    async def metrics() -> Response:
        """Tell the counters of this process."""
        told = edge.metrics.text()
        return Response(told, headers=_HEADERS, media_type="text/plain; version=0.0.4")

    @app.get("/openapi.json", include_in_schema=False)
    async def document() -> Response:
        return _json(200, app.openapi())

    @app.get("/docs", include_in_schema=False)
    async def page(request: Request) -> Response:
        base = str(request.base_url).rstrip("/")
        headers = _HEADERS | {"content-security-policy": CONTENT_POLICY}
        return Response(api_page(app.openapi(), base), media_type="text/html", headers=headers)


class _Acceptor:
    """What every route does that takes reports in."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        self._rounds = Rounds(lambda asked: _accepted(edge, asked), _size)

    async def accept(self, request: Request, fhir_id: str | None = None) -> Response:
        """Take what the request holds; `fhir_id` is the id in its URL."""
        submission = await self._edge.gate.enter(request, fhir_id)
        question = question_of(
            submission.body, submission.content_type, is_fhir_route=_is_fhir_route(request)
        )
        return await self._answer(submission, question)

    async def retract(self, request: Request, fhir_id: str) -> Response:
        """Take the record of that id back."""
        submission = (await self._edge.gate.enter(request)).retracting(fhir_id)
        question = Question(len(submission.body), is_fhir=True, is_many=False)
        return await self._answer(submission, question)

    async def _answer(self, submission: Submission, question: Question) -> Response:
        told = await self._rounds((submission, question))
        return _respond(self._edge, told, submission.tenant)


def _size(asked: Asked) -> int:
    return asked[1].size


def _accepted(edge: Edge, asked: Sequence[Asked]) -> Sequence[Answer | Exception]:
    accepted = edge.gate.acceptance.accept([submission for submission, _ in asked])
    return [
        results if isinstance(results, Exception) else _answered(edge, each, results)
        for each, results in zip(asked, accepted, strict=True)
    ]


def _answered(edge: Edge, asked: Asked, results: Sequence[Result]) -> Answer:
    submission, question = asked
    try:
        return answer(results, question, edge.clock.now())
    except Exception as error:  # noqa: BLE001 - the reports are durable, which is what counts
        event_log("intake-http").fault("mapper_failed", error, tenant=submission.tenant)
        return problem_answer(Problem("mapper_error"), is_fhir=question.is_fhir)


def _failures(app: FastAPI, edge: Edge) -> None:
    def answered_by(make: Callable[[Exception], Problem]) -> Callable[..., Awaitable[Response]]:
        async def handler(request: Request, error: Exception) -> Response:
            return _respond(edge, problem_answer(make(error), is_fhir=_speaks_fhir(request)))

        return handler

    table: dict[type[Exception], Callable[[Exception], Problem]] = {
        TokenRefusedError: lambda _: Problem("unauthenticated", headers=_CHALLENGE),
        TooManyRequestsError: _too_many,
        BodyTooLargeError: lambda _: Problem("limit", headers={"connection": "close"}),
        BodyTooSlowError: lambda _: Problem("too_slow", headers={"connection": "close"}),
        TenantMissingError: lambda _: Problem("tenant_unknown"),
        ReportUnknownError: lambda _: Problem("report_unknown"),
        QueryInvalidError: lambda _: Problem("query_invalid"),
        KeyStoreUnavailableError: lambda _: Problem("status_unavailable", headers=_RETRY),
        UnavailableError: _unavailable,
        SiteError: _unavailable,
    }
    for kind, make in table.items():
        app.add_exception_handler(kind, answered_by(make))

    async def no_such_address(request: Request, _error: Exception) -> Response:
        problem = _no_such_address(_methods(app, request.scope["path"]))
        return _respond(edge, problem_answer(problem, is_fhir=_speaks_fhir(request)))

    app.add_exception_handler(HTTPException, no_such_address)

    async def gone(_request: Request, _error: Exception) -> Response:
        return Response(status_code=400)  # nobody reads it

    app.add_exception_handler(ClientDisconnect, gone)


def _too_many(error: Exception) -> Problem:
    wait = error.retry_after if isinstance(error, TooManyRequestsError) else RETRY_AFTER_SECONDS
    return Problem("rate_limited", headers={"retry-after": str(wait)})


def _unavailable(error: Exception) -> Problem:
    reason = error.reason if isinstance(error, UnavailableError) else type(error).__name__
    event_log("intake-http").fault("report_not_accepted", reason=reason)
    return Problem("unavailable", headers=_RETRY)


def _methods(app: FastAPI, path: str) -> list[str]:
    routes = [one for one in app.routes if isinstance(one, Route) and one.path_regex.match(path)]
    return sorted({method for route in routes for method in route.methods or ()})


def _no_such_address(methods: list[str]) -> Problem:
    if methods:
        return Problem("method_not_allowed", headers={"allow": ", ".join(methods)})
    return Problem("not_found")


def _is_fhir_route(request: Request) -> bool:
    return request.url.path.startswith(_FHIR_ROUTE)


def _speaks_fhir(request: Request) -> bool:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return _is_fhir_route(request) or media_type == FHIR_TYPE


def _respond(edge: Edge, told: Answer, tenant: str = "-") -> Response:
    edge.metrics.count("intake_answers_total", tenant=tenant, state=str(told.status))
    return Response(
        orjson.dumps(told.document),
        told.status,
        headers=_HEADERS | dict(told.headers),
        media_type=told.media_type,
    )


def _json(status: int, document: object) -> Response:
    return Response(orjson.dumps(document), status, headers=_HEADERS, media_type="application/json")
