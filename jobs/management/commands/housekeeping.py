"""`manage.py housekeeping`: find what stands still or lies around, mend what is safe, list the rest."""

import json
from typing import Any

from django.core.management import BaseCommand, CommandParser
from django.utils import timezone

from jobs import housekeeping, saving
from jobs.files import FileRefused, StorageTrouble
from jobs.housekeeping.findings import Finding, count
from jobs.housekeeping.storage import find_assets, list_stored, read_hashes
from jobs.vendors.base import VendorError


class Command(BaseCommand):
    help = "Mend what stands still, delete what killed processes left, and list what a person has to decide."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--delete-unreferenced", action="store_true", help="delete stored files without a row")
        parser.add_argument("--fetch-again", action="store_true", help="fetch results that the storage lost (free)")
        parser.add_argument(
            "--json", action="store_true", dest="as_json", help="one object, as docs/command-line.md tells"
        )

    def handle(self, *args: Any, delete_unreferenced: bool, fetch_again: bool, as_json: bool, **options: Any) -> None:
        findings = fetch_lost_results() if fetch_again else []
        findings += housekeeping.tidy(now=timezone.now())
        findings += housekeeping.walk(now=timezone.now(), delete=delete_unreferenced)
        self.print_json(findings) if as_json else self.print_lines(findings)

    def print_json(self, findings: list[Finding]) -> None:
        self.stdout.write(json.dumps({"findings": [finding.describe() for finding in findings]}, indent=2))

    def print_lines(self, findings: list[Finding]) -> None:
        for finding in findings:
            self.stdout.write(f"{'mended' if finding.is_mended else 'left  '}  {finding.text}")
            for line in [finding.now_do, ", ".join(finding.examples)]:
                if line:
                    self.stdout.write(f"        {line}")
        if not findings:
            self.stdout.write("Everything is in order.")


def fetch_lost_results() -> list[Finding]:
    """Fetch again what vendors still have of results whose bytes are lost."""
    came: list[int] = []
    for asset in find_assets(read_hashes() - list_stored(), "sha256"):
        try:
            if saving.fetch_again(asset):
                came.append(asset.pk)
        except (VendorError, FileRefused, StorageTrouble):
            continue  # it stays in the list of what is lost
    if not came:
        return []
    return [Finding("fetched", len(came), f"{count(len(came), 'result')} came again from the vendor.", is_mended=True)]
