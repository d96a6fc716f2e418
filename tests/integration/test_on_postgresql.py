"""The tests that lean most on what databases do in their own way, once more on PostgreSQL.

All others run there too, with PATINA_TEST_DATABASE_URL (CONTRIBUTING.md).
"""

import os
import subprocess
import sys

from tests.servers import PostgresServer
from tests.site_process import ROOT

JOBS = "tests/integration/jobs"
# The only writer of states, claims and leases, turns, the sweep, adoption, rows that several may write at once, and
# statements that Django did not write.
REPEATED = [f"{JOBS}/test_jobs_{name}.py" for name in ("sweep", "turns", "circuit", "lifecycle", "resend")]
ALSO = ("test_jobs_models", "test_jobs_search")
ALSO += tuple(f"test_dashboard_{name}" for name in ("signing_in", "invitations", "hostile"))
REPEATED += [f"tests/integration/{name}.py" for name in ALSO]
WITHIN_S = 240


def test_the_life_of_a_task_is_the_same_on_postgresql() -> None:
    with PostgresServer() as server:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not engine", *REPEATED],
            cwd=ROOT,
            env={**os.environ, "PATINA_TEST_DATABASE_URL": server.url},
            capture_output=True,
            text=True,
            timeout=WITHIN_S,
        )

    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr
    assert " passed" in done.stdout
