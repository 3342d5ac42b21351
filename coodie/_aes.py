"""AES-GCM of 256 bits, with a key that HKDF-SHA-256 derives from a secret (NIST SP 800-38D, RFC 5869).

It needs the package ``cryptography``, so it is imported when a token is sealed or opened, and not before.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def encrypt(secret: bytes, nonce: bytes, data: bytes, bound: bytes) -> bytes:
    """The data, encrypted and signed together with ``bound``, which is not part of the result."""
    return _cipher(secret).encrypt(nonce, data, bound)


def decrypt(secret: bytes, nonce: bytes, sealed: bytes, bound: bytes) -> bytes | None:
    """The data, or None if it was not encrypted with this secret, nonce and ``bound``, or was changed."""
    try:
        return _cipher(secret).decrypt(nonce, sealed, bound)
    except (InvalidTag, ValueError):
        return None


def _cipher(secret: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt=None, info=b"coodie page token").derive(secret))
