"""Client certificates behind a proxy (ASVS 12.1.3, 4.1.3): believed only where verified."""

from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError

from services.intake.http.client_certificates import ClientCertificates
from services.intake.settings import HttpSettings
from services.tenants.refusals import TenantCommandError
from services.tenants.tokens import Grant, issue, revoke_token
from shared.clock import FixedClock
from tests.builders.certificates import Authority, as_header, as_nginx_header
from tests.builders.intake_edge import IntakeStage, an_intake
from tests.builders.site import NOW

NAME = "reporting.northwick.example"
OURS, STRANGER = Authority(), Authority("Some other CA")
REPORT = b'{"record_id": "1"}'
MONTH = timedelta(days=30)
Stage = Callable[[str], IntakeStage]


def stage(folder: Path, proxies: str = "127.0.0.1/32") -> IntakeStage:
    """Give an intake behind proxies, where NAME may send for datix."""
    certificates = ClientCertificates([ip_network(proxies)], OURS.pem, FixedClock(NOW))
    intake = an_intake(folder, certificates=certificates)
    grant = Grant(("datix",), validity=MONTH, certificate=NAME)
    issue(intake.site, intake.site.tenant("northwick"), grant, NOW)
    return intake


def send(intake: IntakeStage, *certificates: str, **headers: str) -> httpx.Response:
    """Send a report without a token."""
    given = [("client-cert", each) for each in certificates]
    given += [(name.replace("_", "-"), text) for name, text in headers.items()]
    given += [("content-type", "application/json")]
    return intake.client.request("POST", "/v1/incidents", content=REPORT, headers=given)


@pytest.mark.parametrize("spelt", [as_header, as_nginx_header])
def test_a_certificate_of_our_authority_opens_its_tenant(
    tmp_path: Path, spelt: Callable[..., str]
) -> None:
    """As RFC 9440 and as nginx pass it on; what it may see is its own."""
    intake = stage(tmp_path)
    certificate = spelt(OURS.client(NAME))
    answer = send(intake, certificate)

    assert (answer.status_code, answer.json()["incident_key"]) == (202, "northwick|datix|1")
    path = f"/v1/incidents/{answer.json()['event_id']}"
    asked = intake.client.request("GET", path, headers={"client-cert": certificate})
    assert asked.json()["state"] == "received"


REFUSED: dict[str, Callable[[], list[str]]] = {
    "wrong authority": lambda: [as_header(STRANGER.client(NAME))],
    "expired": lambda: [as_header(OURS.client(NAME, until=NOW - timedelta(seconds=1)))],
    "other name": lambda: [as_header(OURS.client("payroll.northwick.example"))],
    "name as a part": lambda: [as_header(OURS.client(f"{NAME}.evil.example"))],
    "twice": lambda: [as_header(OURS.client(NAME))] * 2,
    "cut short": lambda: [as_header(OURS.client(NAME))[:200] + ":"],
    "no base64": lambda: [":canary!:"],
    "no certificate": lambda: ["canary"],
    "too long": lambda: [":" + "A" * 20_000 + ":"],
    "an authority's own": lambda: [OURS.pem.decode().replace("\n", "%0A")],
    "none": list,
}


@pytest.mark.parametrize("certificates", REFUSED.values(), ids=REFUSED.keys())
def test_any_other_certificate_opens_nothing(
    tmp_path: Path, certificates: Callable[[], list[str]]
) -> None:
    """401 as without any; nothing is kept, and the answer does not say which part was wrong."""
    intake = stage(tmp_path)
    answer = send(intake, *certificates())

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert "canary" not in answer.text
    assert intake.log.records == []


def test_the_header_counts_only_from_a_proxy(tmp_path: Path) -> None:
    """Anybody can write it, and no forwarded header makes anybody a proxy (ASVS 4.1.3)."""
    intake = stage(tmp_path, proxies="10.0.0.0/8")
    forged = {"x_forwarded_for": "10.0.0.1", "forwarded": "for=10.0.0.1"}

    assert send(intake, as_header(OURS.client(NAME)), **forged).status_code == 401


def test_without_proxies_the_header_means_nothing(intake: IntakeStage) -> None:
    """The default: tokens only."""
    assert send(intake, as_header(OURS.client(NAME))).status_code == 401


def test_a_token_counts_before_a_certificate(tmp_path: Path) -> None:
    """A wrong token is not healed by a certificate: one claim, one answer."""
    intake = stage(tmp_path)
    answer = send(intake, as_header(OURS.client(NAME)), authorization="Bearer plt_wrong")

    assert answer.status_code == 401


def test_a_name_is_trusted_until_it_expires_or_is_revoked(tmp_path: Path) -> None:
    """Without a restart; entering it again renews it and makes no second one."""
    intake = stage(tmp_path)
    tenant, header = intake.site.tenant("northwick"), as_header(OURS.client(NAME))
    again = issue(intake.site, tenant, Grant(validity=MONTH, certificate=NAME), NOW)
    assert [known.certificate for known in intake.site.credentials()].count(NAME) == 1
    assert send(intake, header).status_code == 202

    revoke_token(intake.site, "northwick", again.credential.id)
    assert send(intake, header).status_code == 401
    issue(intake.site, tenant, Grant(validity=MONTH, certificate=NAME), NOW - MONTH)
    assert send(intake, header).status_code == 401


def test_one_name_is_never_two_tenants(tmp_path: Path) -> None:
    """Refused when it is entered, and for good where a file was edited by hand."""
    from shared.site.credentials import write_credentials

    intake = stage(tmp_path)
    southmoor = intake.site.tenant("southmoor")
    with pytest.raises(TenantCommandError, match="another tenant"):
        issue(intake.site, southmoor, Grant(certificate=NAME), NOW)
    known = intake.site.credentials()
    write_credentials(
        intake.site.credentials_file, (*known, known[-1].model_copy(update={"id": "abcd1234"}))
    )

    assert send(intake, as_header(OURS.client(NAME))).status_code == 401


@pytest.mark.parametrize("name", ["", "a b", "x\n", "ü.example", "'; drop"])
def test_a_name_that_no_certificate_has_is_refused(tmp_path: Path, name: str) -> None:
    """With what to write instead."""
    intake = an_intake(tmp_path)

    with pytest.raises(TenantCommandError):
        issue(intake.site, intake.site.tenant("northwick"), Grant(certificate=name), NOW)


def test_proxies_without_an_authority_are_refused(tmp_path: Path) -> None:
    """Settings say so at the start, not at the first request."""
    with pytest.raises(ValidationError, match="both"):
        HttpSettings(proxy_addresses=(ip_network("10.0.0.7/32"),))
    settings = HttpSettings.model_validate(
        {"proxy_addresses": ["10.0.0.7"], "client_ca_file": tmp_path / "ca.pem"}
    )
    assert settings.proxy_addresses == (ip_network("10.0.0.7/32"),)
