"""`manage.py sample_project`: the project `sample` with a pretty model; doing it again changes nothing."""

from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from engine.client import EngineError
from jobs.models import User
from jobs.projects import make_sample_project


class Command(BaseCommand):
    help = "Make the sample project with a model made by the engine."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--owner", required=True, metavar="NAME", help="user name of its owner")

    def handle(self, *args: Any, owner: str, **options: Any) -> None:
        user = User.objects.filter(username=owner).first()
        if user is None:
            raise CommandError(f"There is no user called {owner}. Make one with manage.py createsuperuser.")
        try:
            project = make_sample_project(user)
        except EngineError as error:
            raise CommandError(f"The sample model could not be made: {error}") from error
        self.stdout.write(f"Project {project.slug} has {project.assets.count()} files.")
