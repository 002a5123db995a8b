"""What test_processes runs: a supervisor over two small programs.

    python -m tests.supervised FOLDER [what the first program does]

Each program says that it is up by writing its process id into FOLDER. The second one starts another that is
deaf to polite requests.
"""

import os
import sys
from pathlib import Path

from billing_portal.processes import Program, ProgramFailed, Supervisor

UP = "(folder / '{name}.pid').write_text(str(os.getpid()))\n"
STAY = "time.sleep(600)\n"
LEAVE_A_DEAF_ONE = """
deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
child = subprocess.Popen([sys.executable, "-c", deaf])
(folder / "grandchild.pid").write_text(str(child.pid))
"""


def program(folder: Path, name: str, body: str) -> Program:
    start = f"import os, subprocess, sys, time\nfrom pathlib import Path\nfolder = Path({str(folder)!r})\n"
    command = [sys.executable, "-c", start + body.format(name=name)]
    return Program(name, command, folder / f"{name}.log", (folder / f"{name}.pid").exists)


def main(folder: Path, first_body: str = UP + STAY) -> None:
    first = program(folder, "first", first_body)
    second = program(folder, "second", LEAVE_A_DEAF_ONE + UP + STAY)
    try:
        Supervisor([first, second], os.environ).run(
            when_ready=lambda: print("ready", flush=True),
            when_stopping=lambda: print("stopping", flush=True),
        )
    except ProgramFailed as failure:
        sys.exit(str(failure))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
