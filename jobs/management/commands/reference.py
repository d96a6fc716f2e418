"""`manage.py reference`: write docs/reference.md anew from the catalogue."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandParser

from jobs.reference_page import build_page
from jobs.vendors import OPERATIONS


class Command(BaseCommand):
    help = "Write docs/reference.md from the catalogue."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--output", type=Path, default=Path(settings.BASE_DIR) / "docs" / "reference.md")

    def handle(self, *args: Any, **options: Any) -> None:
        options["output"].write_text(build_page(OPERATIONS.values()), encoding="utf-8")
        self.stdout.write(f"wrote {options['output']}")
