"""Make or repair the virtual environment that the Makefile's targets run in.

    python3 scripts/bootstrap.py .venv requirements/portal.txt

Standard library only, and no syntax newer than Python 3.6, so that an old Python can say that it is too old.
A stamp in the environment names the lock files it was filled from; a second start only reads it.
"""

import hashlib
import importlib.util
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)
STAMP = "filled-from.txt"


def main(folder: Path, lock: Path) -> None:
    """Leave `folder` holding exactly what `lock` pins; exit with one line when that cannot be done."""
    refuse_unfit_python()
    if not is_usable(folder):
        create(folder)
    if line_for(lock) not in stamped(folder):
        install(folder, lock)
        stamp(folder, lock)


def refuse_unfit_python() -> None:
    if sys.version_info < OLDEST:
        found = "{}.{}.{}".format(*sys.version_info[:3])
        sys.exit(f"Python 3.11 or newer is needed; {sys.executable} is {found}.")
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            remedy = "sudo apt install python{}.{}-venv".format(*sys.version_info[:2])
            sys.exit(f"{sys.executable} has no '{module}' module. On Debian and Ubuntu: {remedy}")


def python_in(folder: Path) -> Path:
    return folder / "bin" / "python"


def is_usable(folder: Path) -> bool:
    """False for an environment that is missing or half made, or whose Python was removed or replaced."""
    probe = [str(python_in(folder)), "-c", f"import sys, pip; sys.exit(sys.version_info < {OLDEST})"]
    try:
        return subprocess.run(probe, stderr=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


def create(folder: Path) -> None:
    print(f"Making {folder} with Python {sys.version.split()[0]}.", flush=True)
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)])
    if made.returncode:
        sys.exit(f"Making the virtual environment {folder} failed; the reason stands above.")


def install(folder: Path, lock: Path) -> None:
    print(f"Installing what {lock} pins. The first time takes about a minute.", flush=True)
    pip = [str(python_in(folder)), "-m", "pip", "--disable-pip-version-check", "-qq", "--no-input"]
    installed = subprocess.run([*pip, "install", "--require-hashes", "--requirement", str(lock)])
    if installed.returncode:
        sys.exit(f"Installing {lock} failed; pip's reason stands above. Is this machine online?")


def line_for(lock: Path) -> str:
    return f"{hashlib.sha256(lock.read_bytes()).hexdigest()}  {lock.as_posix()}"


def stamped(folder: Path) -> set:
    """The lines of the stamp; none when the environment was never filled to the end."""
    try:
        return set((folder / STAMP).read_text().splitlines())
    except FileNotFoundError:
        return set()


def stamp(folder: Path, lock: Path) -> None:
    """Add `lock`, and drop any other that has changed on disk: what it once installed may now be replaced."""
    kept = {line for line in stamped(folder) if is_current(line)}
    (folder / STAMP).write_text("\n".join(sorted(kept | {line_for(lock)})) + "\n")


def is_current(line: str) -> bool:
    lock = Path(line.partition("  ")[2])
    return lock.is_file() and line_for(lock) == line


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: bootstrap.py ENVIRONMENT LOCK")
    main(Path(sys.argv[1]), Path(sys.argv[2]))
