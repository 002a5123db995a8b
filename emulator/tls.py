"""https for clients that refuse plain http: a certificate authority of the emulator's own, kept beside its file."""

import ssl
from pathlib import Path

import trustme


def certificate_file(db: str) -> Path:
    """Where clients find what to trust."""
    return Path(f"{db}.ca.pem")


def context(db: str, host: str) -> ssl.SSLContext:
    """What a server on `host` needs. The authority is made at the first start and stays, so clients trust it once; its
    key lies beside it, readable by its owner only. It is for this machine, and nobody else should ever trust it."""
    authority = _authority(certificate_file(db), Path(f"{db}.ca.key"))
    names = dict.fromkeys(["localhost", "127.0.0.1", "::1", host])
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(made)
    return made


def _authority(certificate: Path, key: Path) -> trustme.CA:
    if certificate.exists() and key.exists():
        return trustme.CA.from_pem(certificate.read_bytes(), key.read_bytes())
    made = trustme.CA(organization_name="QuickBooks emulator, for tests on one machine")
    key.touch(mode=0o600)
    made.private_key_pem.write_to_path(key)
    made.cert_pem.write_to_path(certificate)
    return made
