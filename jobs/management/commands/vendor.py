"""`manage.py vendor`: how the vendors stand, and the switch that holds back what is new for one."""

from typing import Any

from django.core.management import BaseCommand, CommandParser

from jobs import circuit
from jobs.vendors import VENDOR_LABELS


class Command(BaseCommand):
    help = "Show how the vendors stand; pause or resume one. A pause holds back new tasks, running ones go on."

    def add_arguments(self, parser: CommandParser) -> None:
        deeds = parser.add_subparsers(dest="deed", required=True)
        deeds.add_parser("show", help="how each vendor stands")
        pause = deeds.add_parser("pause", help="hold back new tasks")
        pause.add_argument("vendor", choices=list(VENDOR_LABELS))
        pause.add_argument("--reason", default="", help="everybody reads it above every page")
        deeds.add_parser("resume", help="let them go").add_argument("vendor", choices=list(VENDOR_LABELS))

    def handle(self, *args: Any, deed: str, vendor: str = "", reason: str = "", **options: Any) -> None:
        if deed == "pause" and not circuit.pause(vendor, actor=None, reason=reason):
            self.stdout.write(f"{VENDOR_LABELS[vendor]} is paused already.")
        if deed == "resume" and not circuit.resume(vendor, actor=None):
            self.stdout.write(f"{VENDOR_LABELS[vendor]} is not paused.")
        for row in circuit.list_circuits():
            said = [f"{circuit.build_down_text(row)}."] if row.is_open else []
            said += [f"{circuit.build_pause_text(row)}{circuit.build_pause_reason(row)}."] if row.is_paused else []
            self.stdout.write(" ".join(said) or f"{row.label} is asked as usual.")
