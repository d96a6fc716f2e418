"""`manage.py operations`: what the catalogue offers, for people or as JSON."""

import json
from typing import Any

from django.core.management import BaseCommand, CommandParser

from jobs.vendors import OPERATIONS


class Command(BaseCommand):
    help = "List the operations with their fields, rules and sources."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one list of objects, as docs/command-line.md tells")

    def handle(self, *args: Any, **options: Any) -> None:
        described = [operation.describe() for operation in OPERATIONS.values()]
        if options["json"]:
            self.stdout.write(json.dumps(described, indent=2))
            return
        for operation in described:
            self.stdout.write(f"{operation['key']}\n  {operation['summary']}")
            for field in operation["fields"]:
                self.stdout.write(f"  {field['name']:20} {field['type']:8} {field['help']}")
