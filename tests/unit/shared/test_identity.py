"""Ids and pseudonyms are functions of values, and values only."""

import base64
import hmac
import unicodedata
from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from shared import identity

KEY = b"k" * 32


def test_an_id_depends_on_its_kind_and_every_part() -> None:
    """Two kinds of the same parts never collide."""
    ids = {
        identity.derive_id("event", "a", "b"),
        identity.derive_id("case", "a", "b"),
        identity.derive_id("event", "ab"),
        identity.derive_id("event", "a", "c"),
    }

    assert len(ids) == 4
    assert {one.version for one in ids} == {5}


def test_an_id_is_the_same_for_ever() -> None:
    """A changed namespace would orphan every record: this value never changes."""
    assert str(identity.derive_id("event", "t")) == str(identity.derive_id("event", "t"))
    assert UUID("6f1d2f0e-6a53-5c0e-9a4f-7a0b7e1c9d11") == identity.NAMESPACE


@given(st.lists(st.text(st.characters(codec="utf-8"))))
def test_an_id_is_a_uuid_of_version_5(parts: list[str]) -> None:
    """Whoever knows the namespace can derive it with any library."""
    name = "\x1f".join(("event", *parts))

    assert identity.derive_id("event", *parts) == uuid5(identity.NAMESPACE, name)


def test_a_login_typed_differently_is_one_person() -> None:
    """Case, blanks and composed letters do not make two people."""
    left = identity.person_ref(KEY, "login", "Ágnes")
    right = identity.person_ref(KEY, "login", " a\u0301gnes ")

    assert left == right
    assert left != identity.person_ref(KEY, "email", "ágnes")


def test_a_pseudonym_needs_the_key() -> None:
    """Another tenant's key gives another pseudonym."""
    assert identity.person_ref(KEY, "s", "v") != identity.person_ref(b"x" * 32, "s", "v")


@given(
    st.binary(min_size=1, max_size=100), st.text(st.characters(codec="utf-8")), st.text("aÅ\u0301 ")
)
def test_a_pseudonym_is_the_base32_of_an_hmac(key: bytes, system: str, value: str) -> None:
    """Whoever has the key can derive it with any library: RFC 2104, RFC 4648 in lower case."""
    parts = ("patient", *(unicodedata.normalize("NFC", text).strip() for text in (system, value)))
    digest = hmac.digest(key, "\x1f".join(parts).encode(), "sha256")

    written = base64.b32encode(digest[:20]).decode().lower()[:26]

    assert identity.patient_pseudonym(key, system, value) == f"t_{written}"


def test_persons_and_patients_never_share_a_pseudonym() -> None:
    """A nurse who is also a patient stays two subjects."""
    person = identity.person_ref(KEY, "s", "1")[2:]
    patient = identity.patient_pseudonym(KEY, "s", "1")[2:]
    record = identity.record_pseudonym(KEY, "1")[2:]

    assert len({person, patient, record}) == 3


def test_one_attempt_has_one_message_id() -> None:
    """A mail client can drop a repeat."""
    first = identity.message_id(KEY, "t", "case", "1", "first_contact")

    assert first == identity.message_id(KEY, "t", "case", "1", "first_contact")
    assert first != identity.message_id(KEY, "t", "case", "2", "first_contact")
    assert first.startswith("<")
    assert first.endswith(">")


def test_a_token_fits_a_text_message() -> None:
    """Tokens are 32 characters and never repeat."""
    tokens = {identity.new_token() for _ in range(100)}

    assert len(tokens) == 100
    assert {len(token) for token in tokens} == {32}


def test_secrets_compare_in_constant_time_and_right() -> None:
    """Equal is equal, different is different."""
    assert identity.same_secret("abc", "abc")
    assert not identity.same_secret("abc", "abd")
    assert len(identity.new_key()) == 32
    assert identity.sha256_hex(b"") == (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )


def test_an_incident_is_known_by_tenant_system_and_record() -> None:
    """The key of a record in its source system."""
    assert identity.incident_key("north", "datixweb", "42") == "north|datixweb|42"
