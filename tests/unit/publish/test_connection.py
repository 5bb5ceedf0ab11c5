"""An address is one before anything is sent to it."""

import pytest

from services.publish.connection import Connection
from services.publish.refusals import UrlInvalidError


@pytest.mark.parametrize(
    "url", ["intake.example.org", "ftp://intake", "https://", "http://intake/v1/incidents", ""]
)
def test_what_is_no_address_is_told(url: str) -> None:
    """With a path it would be another address than the one that reports go to."""
    with (
        Connection(url, "plt_secret") as connection,
        pytest.raises(UrlInvalidError, match="is no address"),
    ):
        connection.post("/v1/incidents", b"{}", "application/json")


def test_the_token_is_in_no_text() -> None:
    """A connection in a message or a log tells the address only."""
    assert "plt_secret" not in repr(Connection("http://intake", "plt_secret"))
