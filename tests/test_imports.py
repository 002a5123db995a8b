"""Import rules finer than the layers that `lint-imports` keeps (see pyproject.toml)."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
OURS = ("billing_portal", "invoices", "customers", "qbo")
HTTP = {"http.client", "httpx", "intuitlib", "requests", "urllib.request", "urllib3"}


def test_the_api_client_knows_neither_django_nor_the_rest_of_the_portal() -> None:
    allowed = {"requests", "simplejson", "urllib3"}
    assert not {
        (path, name)
        for path, name in imports(ROOT / "qbo/api")
        if not is_standard(name) and top(name) not in allowed and not name.startswith("qbo.api")
    }


def test_the_emulator_stands_alone() -> None:
    allowed = {"cryptography", "emulator", "flask", "fpdf", "markupsafe", "simplejson", "trustme", "werkzeug"}
    assert not {
        (path, name)
        for path, name in imports(ROOT / "emulator")
        if not is_standard(name) and top(name) not in allowed
    }


def test_http_is_spoken_in_the_client_and_the_oauth_wrapper_only() -> None:
    """Everything else would escape the timeouts, the limits and the scrubbing of tokens."""
    doors = {"qbo/oauth.py"}
    speaking = {
        path
        for app in OURS
        for path, name in imports(ROOT / app)
        if name in HTTP or top(name) in HTTP
        if path not in doors and not path.startswith("qbo/api/")
    }
    # The supervisor of `make run` asks each program on this machine whether it is up.
    assert speaking <= {"billing_portal/processes.py"}


def imports(folder: Path) -> Iterator[tuple[str, str]]:
    """(file, imported module) of every absolute import below `folder`; there must be some."""
    files = sorted(folder.rglob("*.py"))
    assert files, f"{folder} holds no Python"
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            path = file.relative_to(ROOT).as_posix()
            if isinstance(node, ast.Import):
                yield from ((path, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{path} imports relatively: write the module's full name"
                yield path, node.module or ""


def top(name: str) -> str:
    return name.partition(".")[0]


def is_standard(name: str) -> bool:
    return top(name) in sys.stdlib_module_names
