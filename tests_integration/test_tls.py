"""Encrypted connections as the page about authentication has them: the server and the client verify each other."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Annotated, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from coodie import aio, sync
from coodie.exceptions import Unavailable
from coodie.fields import PrimaryKey

from .conftest import PATIENT, require
from .server import NoCluster, Node, prepare_server

pytestmark = pytest.mark.needs_server("with certificates")

NAME = "db.example.org"
CONNECTIONS = "SELECT ssl_enabled, driver_name FROM system_views.clients"


class Order(sync.Document):
    id: Annotated[int, PrimaryKey()]


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


# What an authority does, in the order of the arguments: it signs certificates.
SIGNS = x509.KeyUsage(False, False, False, False, False, True, False, False, False)


class Authority:
    """Signs certificates, and keeps them with their keys in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.file = folder / "ca.pem"
        signs = x509.BasicConstraints(ca=True, path_length=None), SIGNS
        self.file.write_bytes(self._signed("authority", self._key, *signs))

    def certificate(self, subject: str) -> Path:
        """A file with a key and its certificate for this name."""
        key = ec.generate_private_key(ec.SECP256R1())
        file = self._folder / f"{subject}.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + self._signed(subject, key, x509.SubjectAlternativeName([x509.DNSName(subject)]))
        )
        return file

    def _signed(self, subject: str, key: ec.EllipticCurvePrivateKey, *extensions: x509.ExtensionType) -> bytes:
        now = datetime.now(timezone.utc)
        builder = x509.CertificateBuilder(name("authority"), name(subject), key.public_key(), 1 + len(subject))
        builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        # Since Python 3.13 a certificate is to say whose key signed it.
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        for extension in (*extensions, identifier, x509.SubjectKeyIdentifier.from_public_key(key.public_key())):
            builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        return builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def node(authority: Authority) -> Iterator[Node]:
    """A server that takes encrypted connections, of clients with a certificate, beside those that are not encrypted."""
    files = {"private_key": authority.certificate(NAME), "trusted_certificates": authority.file}
    options = {
        "enabled": True,
        "optional": True,  # for those who wait until it is ready
        "require_client_auth": True,
        "ssl_context_factory": {
            "class_name": "org.apache.cassandra.security.PEMBasedSslContextFactory",
            "parameters": {option: file.read_text() for option, file in files.items()},
        },
    }
    try:
        prepare_server()
        with Node(changes={"client_encryption_options": options}) as started:
            yield started
    except NoCluster as error:
        require(error)


@pytest.fixture
def options(node: Node, authority: Authority) -> dict[str, Any]:
    context = ssl.create_default_context(cafile=authority.file)
    context.load_cert_chain(authority.certificate("client"))
    return {
        "hosts": [node.host],
        "port": node.port,
        "ssl_context": context,
        "ssl_options": {"server_hostname": NAME},
        **PATIENT,
    }


async def test_both_doors_connect_with_certificates(options: dict[str, Any]) -> None:
    await aio.init_coodie(keyspace="shop", create_keyspace=True, **options)
    try:
        await aio.sync_table(Order)
        await aio.save(Order(id=1))
        assert await aio.find_one(Order, id=1) == Order(id=1)
        ours = [row for row in await aio.execute_raw(CONNECTIONS) if row["driver_name"]]
        assert ours
        assert all(row["ssl_enabled"] for row in ours)
    finally:
        await aio.close()


def test_the_sync_door_likewise(options: dict[str, Any]) -> None:
    sync.init_coodie(**options)
    try:
        assert any(row["ssl_enabled"] for row in sync.execute_raw(CONNECTIONS))
    finally:
        sync.close()


def another_name(options: dict[str, Any], _: Path) -> None:
    options["ssl_options"] = {"server_hostname": "other.example.org"}


def another_authority(options: dict[str, Any], folder: Path) -> None:
    options["ssl_context"] = ssl.create_default_context(cafile=Authority(folder).file)


@pytest.mark.parametrize("change", [another_name, another_authority])
def test_a_server_that_is_another_one_is_refused(options: dict[str, Any], change: Any, tmp_path: Path) -> None:
    change(options, tmp_path)
    with pytest.raises(Unavailable, match="certificate verify failed"):
        sync.init_coodie(**options)
