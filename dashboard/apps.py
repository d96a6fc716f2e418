"""The dashboard application."""

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "dashboard"

    def ready(self) -> None:
        from dashboard import door  # noqa: F401 (registers the check that every address has a rule)
