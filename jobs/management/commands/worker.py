"""`manage.py worker`: do the background work."""

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand

from jobs.worker import run_worker


class Command(BaseCommand):
    help = "Do the background work: send tasks, follow them, save their files. Ends with 70 or 71 to be restarted."

    def handle(self, *args: Any, **options: Any) -> None:
        status = run_worker()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)  # multiprocessing would wait here for a sentinel that may stand still
