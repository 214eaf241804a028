"""Signs what leaves the house with the station's Ed25519 key, and checks such signatures.

The private key is a file of the data folder (`kiosk.secrets_store`), the public key may be given to anybody.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kiosk import secrets_store
from kiosk.settings import Settings

ALGORITHM = "Ed25519"
SIGNATURE_BYTES = 64


def encode(content: bytes) -> str:
    """Bytes as unpadded base64url text."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def decode(written: str) -> bytes:
    """The bytes of unpadded base64url text. Raises `ValueError`."""
    try:
        return base64.b64decode(written + "=" * (-len(written) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("not base64url") from error


def key_id(public_key: bytes) -> str:
    """The first 16 hex digits of a public key's SHA-256: short enough to compare on the telephone."""
    return hashlib.sha256(public_key).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Signer:
    """A key pair. `public_key` is 32 bytes."""

    private: Ed25519PrivateKey
    public_key: bytes

    @classmethod
    def of(cls, settings: Settings) -> Signer:
        """The station's own, made at the first call. Raises `OSError`, and `ValueError` for a damaged key file."""
        seed = decode(secrets_store.read_or_make(settings, secrets_store.SIGNING_KEY))
        private = Ed25519PrivateKey.from_private_bytes(seed)
        return cls(private, private.public_key().public_bytes_raw())

    @property
    def key_id(self) -> str:
        """See `key_id`."""
        return key_id(self.public_key)

    def sign(self, content: bytes) -> bytes:
        """The signature, 64 bytes; the same content always has the same."""
        return self.private.sign(content)


def valid(public_key: bytes, signature: bytes, content: bytes) -> bool:
    """Whether the holder of `public_key` signed exactly `content`."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, content)
    except (InvalidSignature, ValueError):
        return False
    return True


def seal(signer: Signer, purpose: bytes, content: bytes) -> str:
    """`content` and its signature as one short text. `purpose` is signed with it: a seal means one thing only."""
    return encode(content + signer.sign(purpose + b"\0" + content))


def unseal(public_key: bytes, purpose: bytes, sealed: str) -> bytes | None:
    """The content of a genuine seal, None for any other text."""
    try:
        raw = decode(sealed)
    except ValueError:
        return None
    content, signature = raw[:-SIGNATURE_BYTES], raw[-SIGNATURE_BYTES:]
    return content if content and valid(public_key, signature, purpose + b"\0" + content) else None
