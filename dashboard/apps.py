"""The dashboard application."""

from django.apps import AppConfig, apps


class DashboardConfig(AppConfig):
    name = "dashboard"

    def ready(self) -> None:
        apps.get_app_config("axes").verbose_name = "Signing in"
        from dashboard import door  # noqa: F401 (registers the check that every address has a rule)
