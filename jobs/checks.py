"""What can be known to be wrong before the first request."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, register

from jobs.vendors.meshy_operations import PROFILES


@register()
def check_queue(**kwargs: Any) -> list[CheckMessage]:
    cluster = settings.Q_CLUSTER
    problems: list[CheckMessage] = []
    if cluster["retry"] <= cluster["timeout"]:
        problems.append(
            Error(
                "Q_CLUSTER: retry has to be above timeout, or a long step is delivered again while it runs.",
                id="jobs.E001",
            )
        )
    if cluster["workers"] < 3:
        problems.append(
            Error(
                f"WORKERS is {cluster['workers']}: one is always taken by the sweep; 3 are the least.",
                hint="Set WORKERS=5.",
                id="jobs.E002",
            )
        )
    return problems + check_downloads(at_once=settings.DOWNLOADS_AT_ONCE)


def check_downloads(*, at_once: int) -> list[CheckMessage]:
    if at_once < 1:
        return [Error("DOWNLOADS_AT_ONCE has to be 1 at least, or no result comes home.", id="jobs.E006")]
    return []


@register()
def check_vendor_addresses(**kwargs: Any) -> list[CheckMessage]:
    problems: list[CheckMessage] = []
    if settings.TRIVERSE_BASE_URL and not settings.TRIVERSE_BASE_URL.endswith("/api/v1"):
        problems.append(Error("TRIVERSE_BASE_URL has to end in /api/v1.", id="jobs.E003"))
    if urlsplit(settings.MESHY_BASE_URL).path not in ("", "/"):
        problems.append(Error("MESHY_BASE_URL has to be the host alone: https://api.meshy.ai.", id="jobs.E005"))
    if settings.MESHY_PROFILE not in PROFILES:
        problems.append(Error(f"MESHY_PROFILE has to be one of: {', '.join(PROFILES)}.", id="jobs.E004"))
    for name in ("TRIVERSE", "MESHY"):
        if getattr(settings, f"{name}_BASE_URL") and not getattr(settings, f"{name}_API_KEY"):
            problems.append(
                checks.Warning(
                    f"{name}_BASE_URL is set but {name}_API_KEY is not: requests go to the sandbox.",
                    hint=f"Set {name}_API_KEY, or take {name}_BASE_URL away.",
                    id="jobs.W001",
                )
            )
    return problems
