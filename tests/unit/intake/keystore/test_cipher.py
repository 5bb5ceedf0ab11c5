"""A raw record opens with its own data key and with nothing else."""

import pytest

from services.intake.keystore.cipher import NONCE_BYTES, new_data_key, unwrap
from services.intake.keystore.errors import CipherBrokenError, TenantKeyWrongError
from tests.builders.keystore import RAW_KEY, a_data_key

PLAIN = b'{"record_id": "1", "narrative": "canary"}'


def test_what_was_encrypted_opens_after_the_key_was_wrapped_and_unwrapped() -> None:
    """The way of a raw record: HTTP edge, key store, normaliser."""
    key, stored = a_data_key()
    cipher = key.encrypt(PLAIN, "body")

    assert unwrap(stored, RAW_KEY).decrypt(cipher, "body") == PLAIN
    assert b"canary" not in cipher


def test_equal_plain_texts_have_different_ciphertexts() -> None:
    """Nobody who reads the topic learns that two reports are equal."""
    key, _ = a_data_key()

    assert key.encrypt(PLAIN, "body") != key.encrypt(PLAIN, "body")


@pytest.mark.parametrize("cut", [0, NONCE_BYTES, 20, -1])
def test_a_ciphertext_that_is_cut_short_does_not_open(cut: int) -> None:
    """Truncation is noticed, never decrypted to something shorter."""
    key, _ = a_data_key()

    with pytest.raises(CipherBrokenError):
        key.decrypt(key.encrypt(PLAIN, "body")[:cut], "body")


def test_one_flipped_bit_is_noticed() -> None:
    """GCM authenticates."""
    key, _ = a_data_key()
    cipher = bytearray(key.encrypt(PLAIN, "body"))
    cipher[NONCE_BYTES] ^= 1

    with pytest.raises(CipherBrokenError):
        key.decrypt(bytes(cipher), "body")


def test_a_part_does_not_open_as_another_part_or_with_another_key() -> None:
    """A ciphertext is bound to its record and to the part of it that it is."""
    key, _ = a_data_key()
    other, _ = a_data_key()
    cipher = key.encrypt(PLAIN, "body")

    with pytest.raises(CipherBrokenError):
        key.decrypt(cipher, "envelope")
    with pytest.raises(CipherBrokenError):
        other.decrypt(cipher, "body")


def test_a_data_key_opens_only_with_the_raw_key_of_its_tenant() -> None:
    """A swapped key file is told apart from a damaged record: nothing may be rejected for it."""
    _, stored = new_data_key("northwick", RAW_KEY)

    with pytest.raises(TenantKeyWrongError, match="northwick"):
        unwrap(stored, bytes(32))


def test_no_key_shows_in_a_representation() -> None:
    """A traceback or a log of locals tells no key."""
    key, stored = a_data_key()

    assert repr(key.secret) not in repr(key)
    assert repr(stored.wrapped) not in repr(stored)
