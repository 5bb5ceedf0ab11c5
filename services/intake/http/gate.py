"""The way of a request up to its body: whose it is, not too often, too much or too slow."""

from dataclasses import dataclass
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from services.intake.http.acceptance import Acceptance
from services.intake.http.authentication import Authentication, Claim
from services.intake.http.client_certificates import HEADER as CERTIFICATE
from services.intake.http.limits import (
    BodyTooLargeError,
    BodyUndecodableError,
    EncodingUnknownError,
    Limits,
    read_body,
)
from services.intake.http.rate import TokenBuckets
from services.intake.http.submission import Submission
from services.intake.raw.parcels import LONGEST_CONTENT_TYPE, continued
from shared.contracts.words import RejectionCode
from shared.observability import event_log
from shared.site.credentials import Credential
from shared.site.refusals import TokenRefusedError

_EVENT_PREFIX: Final = "ce-"
_LONGEST_PACK: Final = 64


class TooManyRequestsError(Exception):
    """The tenant's bucket is empty; `retry_after` is in whole seconds."""

    def __init__(self, retry_after: int) -> None:
        """Keep the wait."""
        super().__init__(f"come again in {retry_after} s")
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Gate:
    """Turns a request into a submission, in this order: token, rate, size, encoding."""

    authentication: Authentication
    buckets: TokenBuckets
    limits: Limits
    acceptance: Acceptance

    async def enter(self, request: Request, fhir_id: str | None = None) -> Submission:
        """Return the authenticated request with its whole body.

        Raises:
            TokenRefusedError, TooManyRequestsError, BodyRefusedError: in that order of checks.
            UnavailableError: the body is too large, and that could not be noted.
        """
        credential = self.identify(request)
        body, refusal = await self._body(request, credential)
        traceparent = request.headers.get("traceparent", "")
        return Submission(
            credential=credential,
            body=body,
            content_type=_content_type(request),
            headers=tuple(
                (name, value)
                for name, value in request.headers.items()
                if name.startswith(_EVENT_PREFIX)
            ),
            refusal=refusal,
            fhir_id=fhir_id,
            pack=request.query_params.get("pack", "")[:_LONGEST_PACK] or None,
            traceparent=continued(traceparent),
        )

    def identify(self, request: Request) -> Credential:
        """Return whose the request is; it counts among the tenant's requests.

        Raises:
            TokenRefusedError, TooManyRequestsError: in that order of checks.
        """
        credential = self._credential(request)
        wait = self.buckets.take(credential.tenant)
        if wait:
            raise TooManyRequestsError(wait)
        return credential

    def _credential(self, request: Request) -> Credential:
        try:
            return self.authentication(_claim(request))
        except TokenRefusedError as error:
            event_log("intake-http").notice("token_refused", reason=error.reason)
            raise

    async def _body(
        self, request: Request, credential: Credential
    ) -> tuple[bytes, RejectionCode | None]:
        declared = request.headers.get("content-length")
        encoding = request.headers.get("content-encoding", "")
        try:
            return await read_body(request.stream(), declared, encoding, self.limits), None
        except BodyTooLargeError as error:
            await run_in_threadpool(self.acceptance.note_size, credential, error.size)
            raise
        except BodyUndecodableError as error:
            return error.received, RejectionCode.UNDECODABLE
        except EncodingUnknownError as error:
            return error.received, RejectionCode.UNKNOWN_FORMAT


def _claim(request: Request) -> Claim:
    headers = request.headers
    # The address of the connection itself: no forwarded header is ever believed.
    peer = request.client.host if request.client else None
    return Claim(headers.getlist("authorization"), headers.getlist(CERTIFICATE), peer)


def _content_type(request: Request) -> str | None:
    found = request.headers.get("content-type")
    return found[:LONGEST_CONTENT_TYPE] if found else None
