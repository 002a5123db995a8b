"""https with an authority of the emulator's own, for clients that refuse plain http."""

from pathlib import Path

import pytest
import requests

from tests.emulator_process import SECONDS, EmulatorProcess, start_emulator


@pytest.fixture
def secured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EmulatorProcess:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    return start_emulator("--tls", file=tmp_path / "emulator.sqlite3")


def authority(emulator: EmulatorProcess) -> str:
    return f"{emulator.file}.ca.pem"


def test_who_trusts_its_authority_is_answered_by_https(secured: EmulatorProcess) -> None:
    secured.session.verify = authority(secured)
    try:
        company = secured.company()
        assert secured.url.startswith("https://127.0.0.1:")
        assert company.create("Customer", {"DisplayName": "Ann"})["DisplayName"] == "Ann"
        by_name = secured.url.replace("127.0.0.1", "localhost")
        found = requests.get(
            f"{by_name}/.well-known/openid_sandbox_configuration", verify=authority(secured), timeout=SECONDS
        ).json()
        assert found["token_endpoint"].startswith("https://localhost:")
    finally:
        secured.stop()


def test_nobody_else_trusts_it_and_plain_http_gets_nothing(secured: EmulatorProcess) -> None:
    try:
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(secured.url, timeout=SECONDS)
        with pytest.raises(requests.ConnectionError):
            requests.get(secured.url.replace("https", "http"), timeout=SECONDS)
    finally:
        secured.stop()


def test_the_authority_outlives_the_process_and_its_key_is_nobody_elses(secured: EmulatorProcess) -> None:
    secured.stop()
    before = Path(authority(secured)).read_bytes()
    assert Path(f"{secured.file}.ca.key").stat().st_mode & 0o777 == 0o600
    again = start_emulator("--tls", file=secured.file)
    again.session.verify = authority(again)
    try:
        assert Path(authority(again)).read_bytes() == before
        assert again.company().query("SELECT * FROM Customer") == []
    finally:
        again.stop()
