"""`manage.py demo_data`: made-up projects of any size, without a vendor and without a charge."""

from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from jobs.demo.rows import make_demo_data
from jobs.models import User

PER_PROJECT = 2_500
PROJECTS_MAX = 40


class Command(BaseCommand):
    help = "Make demo projects with so many files and ended tasks. No vendor is asked and nothing is charged."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--assets", type=int, default=200, metavar="N", help="files to make (200)")
        parser.add_argument("--tasks", type=int, default=60, metavar="N", help="ended tasks to make (60)")
        parser.add_argument("--projects", type=int, metavar="N", help="projects to spread them over")
        parser.add_argument("--owner", metavar="NAME", help="their owner; the first superuser if not named")

    def handle(
        self, *args: Any, assets: int, tasks: int, projects: int | None, owner: str | None, **options: Any
    ) -> None:
        if assets < 1 or tasks < 0 or (projects is not None and projects < 1):
            raise CommandError("Ask for at least one file and one project.")
        people = User.objects.filter(username=owner) if owner else User.objects.filter(is_superuser=True).order_by("pk")
        person = people.first()
        if person is None:
            raise CommandError(
                f"There is no user called {owner}." if owner else "There is no superuser yet. Name an --owner."
            )
        number = projects or min(PROJECTS_MAX, 1 + assets // PER_PROJECT)
        made = make_demo_data(owner=person, assets=assets, tasks=tasks, projects=number, say=self.say)
        self.stdout.write(f"{len(made)} projects, from {made[0].slug} to {made[-1].slug}.")

    def say(self, text: str) -> None:
        if self.stdout.isatty():
            self.stdout.write(text)
