"""`manage.py doctor`: one page that tells what is wrong with this installation, and how to mend it."""

import json
import logging
import sys
from typing import Any

from django.core.management import BaseCommand, CommandParser
from django.utils import timezone

from jobs.doctor import examine
from jobs.doctor.lines import format_page


class Command(BaseCommand):
    help = "Tell what is wrong with this installation and how to mend it. Exit status 1 when something is."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", dest="as_json", help="one object: ok, lines")

    def handle(self, *args: Any, as_json: bool, **options: Any) -> None:
        logging.disable(logging.CRITICAL)  # what goes wrong stands on the page
        try:
            lines = examine()
        finally:
            logging.disable(logging.NOTSET)
        is_well = all(line.level != "wrong" for line in lines)
        if as_json:
            found = {"ok": is_well, "lines": [line.describe() for line in lines]}
            self.stdout.write(json.dumps(found, indent=2))
        else:
            self.stdout.write(f"Patina's doctor, {timezone.now():%Y-%m-%d %H:%M} UTC")
            for line in format_page(lines):
                self.stdout.write(line)
        if not is_well:
            sys.exit(1)
