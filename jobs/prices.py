"""What a task is likely to cost: no vendor has a price list that can be read, so it is judged by earlier ones."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Max, Q

from jobs.models import Task

LOOKED_BACK = 5_000  # tasks of any kind, so that a long history costs no time
COMPARED = 20


def estimate_credits(operation: str, params: Mapping[str, Any]) -> float | None:
    """Return the price of the last task with these values, else of the last one of its kind; None without any."""
    newest = Task.objects.aggregate(newest=Max("pk"))["newest"] or 0
    priced = Q(charged_credits__gt=0) | Q(quoted_credits__gt=0)
    rows = Task.objects.filter(priced, operation=operation, pk__gt=newest - LOOKED_BACK).order_by("-pk")
    known = list(rows.values_list("params", "charged_credits", "quoted_credits")[:COMPARED])
    alike = [row for row in known if row[0] == dict(params)] or known
    return alike[0][1] or alike[0][2] if alike else None
