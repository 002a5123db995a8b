"""The bootstrap really makes environments here: a wheel built on the spot stands in for the package index."""

import hashlib
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent / "scripts" / "bootstrap.py"
MAKEFILE = SCRIPT.parent.parent / "Makefile"
Run = subprocess.CompletedProcess[str]


def wheel(folder: Path, version: str) -> str:
    """A line of a lock file for a package `greeting`, built in `folder`."""
    info = f"greeting-{version}.dist-info"
    path = folder / f"greeting-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("greeting.py", f"version = {version!r}\n")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: greeting\nVersion: {version}\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return f"./{path.name} --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


@pytest.fixture
def bootstrap(tmp_path: Path) -> Callable[[], Run]:
    def run() -> Run:
        command = [sys.executable, str(SCRIPT), ".venv", "lock.txt"]
        environment = os.environ | {"PIP_NO_INDEX": "1"}
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)

    return run


def greeting(folder: Path) -> str:
    command = [str(folder / ".venv/bin/python"), "-c", "import greeting; print(greeting.version)"]
    return subprocess.run(command, capture_output=True, text=True).stdout.strip()


def test_fills_once_then_again_only_when_the_lock_changes(
    tmp_path: Path, bootstrap: Callable[[], Run]
) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text(wheel(tmp_path, "1.0"))
    assert bootstrap().returncode == 0
    assert greeting(tmp_path) == "1.0"

    second = bootstrap()
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")

    lock.write_text(wheel(tmp_path, "2.0"))
    assert "Installing" in bootstrap().stdout
    assert greeting(tmp_path) == "2.0"


def test_repairs_a_half_made_environment(tmp_path: Path, bootstrap: Callable[[], Run]) -> None:
    (tmp_path / "lock.txt").write_text(wheel(tmp_path, "1.0"))
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").symlink_to("/nowhere/python3")
    (tmp_path / ".venv/left-over").touch()

    assert bootstrap().returncode == 0
    assert greeting(tmp_path) == "1.0"
    assert not (tmp_path / ".venv/left-over").exists()


def test_a_package_with_another_hash_is_refused_and_tried_again(
    tmp_path: Path, bootstrap: Callable[[], Run]
) -> None:
    lock = tmp_path / "lock.txt"
    good = wheel(tmp_path, "1.0")
    lock.write_text(good.partition("sha256:")[0] + "sha256:" + "0" * 64 + "\n")
    refused = bootstrap()
    assert refused.returncode == 1
    assert "Installing lock.txt failed" in refused.stderr.splitlines()[-1]
    assert greeting(tmp_path) == ""

    lock.write_text(good)
    assert bootstrap().returncode == 0
    assert greeting(tmp_path) == "1.0"


@pytest.mark.parametrize(
    ("circumstance", "line"),
    [
        ("bootstrap.OLDEST = (99, 0)", "Python 3.11 or newer is needed; "),
        (
            "sys.modules['ensurepip'] = None",
            "has no 'ensurepip' module. On Debian and Ubuntu: sudo apt install",
        ),
    ],
)
def test_an_unfit_python_is_refused_in_one_line(circumstance: str, line: str) -> None:
    program = f"import sys, bootstrap; {circumstance}; bootstrap.refuse_unfit_python()"
    refused = subprocess.run(
        [sys.executable, "-c", program], cwd=SCRIPT.parent, capture_output=True, text=True
    )
    assert refused.returncode == 1
    assert line in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_make_passes_over_pythons_that_will_not_do(tmp_path: Path) -> None:
    """A version manager's stub, or a Python without venv, must not hide a good one further down."""
    for name, body in {"python3.13": "exit 127", "python3.12": "exit 1", "python3.11": "exit 0"}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    outside_make = {
        name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))
    }
    chosen = subprocess.run(
        ["make", "--dry-run", "--file", str(MAKEFILE), "environment"],
        env=outside_make | {"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )
    assert chosen.stdout.split()[0] == "python3.11"


def test_make_without_any_python_says_so(tmp_path: Path) -> None:
    (tmp_path / "sh").symlink_to("/bin/sh")
    refused = subprocess.run(
        ["/usr/bin/make", "--dry-run", "--file", str(MAKEFILE), "environment"],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert refused.returncode == 2
    assert "Python 3.11 or newer is needed and no python3 was found" in refused.stderr
