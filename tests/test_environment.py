from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from billing_portal.environment import fill_in

EXAMPLE = "# Secrets\nSECRET_KEY=\nTOKEN_KEYS=\nQBO_ENVIRONMENT=emulator\n"


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.delenv("TOKEN_KEYS", raising=False)
    (tmp_path / "example").write_text(EXAMPLE)
    return tmp_path / "example"


def values(file: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in file.read_text().splitlines() if not line.startswith("#"))


def test_the_first_start_writes_fresh_secrets_that_only_the_owner_can_read(example: Path) -> None:
    file = example.with_name(".env")
    made = fill_in(file, example)
    assert values(file) == {**made, "QBO_ENVIRONMENT": "emulator"}
    assert len(made["SECRET_KEY"]) >= 50
    Fernet(made["TOKEN_KEYS"])
    assert file.stat().st_mode & 0o777 == 0o600
    assert fill_in(example.with_name("other"), example)["SECRET_KEY"] != made["SECRET_KEY"]


def test_a_second_start_changes_nothing(example: Path) -> None:
    file = example.with_name(".env")
    fill_in(file, example)
    before = file.read_bytes()
    assert fill_in(file, example) == {}
    assert file.read_bytes() == before


def test_what_a_person_wrote_stays_and_only_gaps_are_filled(example: Path) -> None:
    file = example.with_name(".env")
    file.write_text("SECRET_KEY=mine\nTOKEN_KEYS=\nPORT=8001\n")
    made = fill_in(file, example)
    assert set(made) == {"TOKEN_KEYS"}
    assert values(file) == {"SECRET_KEY": "mine", "PORT": "8001", **made}


def test_a_secret_of_the_process_environment_stays_out_of_the_file(
    example: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "from a vault")
    file = example.with_name(".env")
    assert set(fill_in(file, example)) == {"TOKEN_KEYS"}
    assert values(file)["SECRET_KEY"] == ""
