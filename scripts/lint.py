"""Run every check that is not a test, all of them even when one fails."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
MANAGE = [sys.executable, "manage.py"]
CODE = ["benchmarks", "dashboard", "jobs", "engine", "sandbox", "tests", "scripts", "manage.py"]

CHECKS = {
    "ruff check": [str(BIN / "ruff"), "check", *CODE],
    "ruff format": [str(BIN / "ruff"), "format", "--check", *CODE],
    "djlint": [str(BIN / "djlint"), "--lint", "--quiet", "templates"],
    "djlint format": [str(BIN / "djlint"), "--check", "--quiet", "templates"],
    "import-linter": [str(BIN / "lint-imports"), "--no-cache"],
    "mypy": [str(BIN / "mypy")],
    "migrations": [*MANAGE, "makemigrations", "--check", "--dry-run"],
    "deployment": [*MANAGE, "check", "--deploy", "--fail-level", "WARNING"],
    "Dockerfile": [str(BIN / "hadolint"), "Dockerfile"],
}


def main() -> int:
    environment = {**os.environ, "PATINA_HTTPS": "1", "PATINA_DATA_DIR": str(ROOT / "build" / "lint")}
    failed = []
    for name, command in CHECKS.items():
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
        print(f"{'ok    ' if done.returncode == 0 else 'FAILED'} {name}", flush=True)
        if done.returncode:
            failed.append(name)
            print(done.stdout + done.stderr, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
