"""The OpenAPI 3.1 document of intake's HTTP edge, generated from its routes."""

from importlib.metadata import version
from typing import Any, cast

from services.intake.http.app import Edge, create_app
from shared.clock import SystemClock
from shared.observability import Metrics


def openapi_document() -> dict[str, Any]:
    """Return the document; the application is built without its gate, which only requests need."""
    missing = cast("Any", None)
    metrics = cast("Metrics", missing)
    edge = Edge(missing, missing, missing, metrics, SystemClock(), version("peerline"))
    return create_app(edge).openapi()
