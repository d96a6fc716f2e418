"""`manage.py prepare_static`: what `serve` would do at its first start with the files of the pages."""

from typing import Any

from django.core.management import BaseCommand

from jobs import static_files


class Command(BaseCommand):
    help = "Collect and compress the static files, unless those that are there are still the same."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        static_files.collect()
