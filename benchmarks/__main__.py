"""Every benchmark, one after the other, each in a process of its own: `python -m benchmarks [--list] [NAME …]`."""

from __future__ import annotations

import argparse
import subprocess
import sys

from core.settings import PROJECT_ROOT

BENCHMARKS = {
    "cards": "how fast cards are drawn, and whether the fixed mask costs readability",
    "kill": "what is lost or doubled when the server is killed in the middle of load",
    "recording": "how fast credits are recorded, beside PostgreSQL's own benchmark",
}


def main() -> None:
    """Run those that are named, by default all; exit 1 when one failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--list", action="store_true", help="say what there is, and run nothing")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    given = parser.parse_args()
    if unknown := sorted(set(given.names) - set(BENCHMARKS)):
        parser.error(f"no benchmark named {unknown[0]}; there are: {', '.join(BENCHMARKS)}")
    failed = []
    for name in given.names or BENCHMARKS:
        print(f"{name}: {BENCHMARKS[name]}", flush=True)
        if not given.list and _run(name):
            failed.append(name)
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


def _run(name: str) -> int:
    return subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], cwd=PROJECT_ROOT, check=False).returncode


if __name__ == "__main__":
    main()
