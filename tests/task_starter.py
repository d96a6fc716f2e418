"""Makes tasks on a product's data, in a process that is started once: Django's start takes longer than the rest."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parent.parent
LOOP = """
import sys, django
django.setup()
from django.db import close_old_connections
from jobs.lifecycle import create_task
from jobs.models import Project
from jobs.vendors import OPERATIONS
from tests.integration.jobs.trip import start_task
project, _ = Project.objects.get_or_create(name="Robots", slug="robots")
for number, line in enumerate(sys.stdin):
    close_old_connections()
    kind, _, marker = line.strip().partition(" ")
    if kind == "model":
        task = start_task(project, marker=f"{marker} {number}")
    else:
        operation, words = OPERATIONS["triverse.prompt-optimize"], {"user_input": f"a ball, {marker} {number}"}
        task = create_task(project=project, user=None, operation=operation, params=words, assets={})
    print(task.pk, flush=True)
"""


class TaskStarter:
    """Its process starts with the first task. No two tasks are equal."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment
        self.process: subprocess.Popen[str] | None = None

    def start_words(self, marker: str) -> int:
        """Start a task whose result is a text: no file, nothing for Blender to look at."""
        return self._start("words", marker)

    def start_model(self, marker: str) -> int:
        """Start a task that takes a model and gives one."""
        return self._start("model", marker)

    def _start(self, kind: str, marker: str) -> int:
        if self.process is None:
            command = [sys.executable, "-c", LOOP]
            pipe = subprocess.PIPE
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=dict(self.environment), stdin=pipe, stdout=pipe, text=True, bufsize=1
            )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{kind} {marker}\n")
        return int(self.process.stdout.readline())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def stop(self) -> None:
        if self.process is not None:
            self.process.communicate()
