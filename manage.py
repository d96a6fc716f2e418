#!/usr/bin/env python
"""Run Patina's commands: `manage.py serve`, `worker`, `run_operation`, `operations` and Django's own."""

import os
import signal
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
    if sys.argv[1:2] == ["serve"]:
        for number in (signal.SIGINT, signal.SIGTERM):  # a stop while Django is still being loaded is a stop, too
            signal.signal(number, lambda *_: sys.exit(0))
    try:
        from django.core.management import execute_from_command_line
    except ImportError as error:
        sys.exit(f"Django is missing ({error}). Run `make setup` first, then use .venv/bin/python manage.py.")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
