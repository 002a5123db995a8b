"""`python -m bench [only=NAME]`: run the benchmarks, print a table, write bench/results.json."""

import json
import sys
from pathlib import Path

from bench.world import open_world

RESULTS = Path(__file__).parent / "results.json"


def main(arguments: list[str]) -> None:
    with open_world() as world:
        # Django has to be set up before models can be imported.
        from bench import cases, emulator_cases, import_cases, push_cases, receiver_cases

        known = {
            **cases.CASES,
            **push_cases.CASES,
            **import_cases.CASES,
            **receiver_cases.CASES,
            **emulator_cases.CASES,
        }
        chosen = names(arguments, list(known))
        results = []
        for name in chosen:
            results.append(known[name](world))
            print(results[-1].row, flush=True)
    RESULTS.write_text(json.dumps([result.as_json() for result in results], indent=2) + "\n")


def names(arguments: list[str], known: list[str]) -> list[str]:
    """All names, or the one after `only=`; exits with one line when there is no such benchmark."""
    match arguments:
        case []:
            return known
        case [argument] if argument.removeprefix("only=") in known:
            return [argument.removeprefix("only=")]
        case _:
            sys.exit(f"usage: make bench [only=NAME], where NAME is one of: {', '.join(known)}")


if __name__ == "__main__":
    main(sys.argv[1:])
