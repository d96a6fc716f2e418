"""Write the words by which files and tasks are found: after people were renamed, or rows were made by other means."""

from typing import Any

from django.core.management.base import BaseCommand

from jobs import search


class Command(BaseCommand):
    help = __doc__

    def handle(self, **options: Any) -> None:
        done: dict[str, int] = {}
        for name, count in search.index_everything():
            done[name] = count
        self.stdout.write(", ".join(f"{count:,} {name}" for name, count in done.items()) or "Nothing to find yet.")
