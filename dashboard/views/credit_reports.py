"""Credits by project and person, on one page and as a file."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from dashboard import access
from dashboard.credits_page import PERIODS, Choice, build_report, read_choice, write_csv
from jobs.balances import get_balances
from jobs.vendors import get_connection


@require_safe
def credit_report(request: HttpRequest) -> HttpResponse:
    """Show what the person's projects spent; `?as=csv` gives every line as a file."""
    projects = access.get_projects(access.get_user(request))
    choice = read_choice(request.GET, projects)
    now = timezone.now()
    report = build_report(choice, projects, now=now)
    if request.GET.get("as") == "csv":
        name = f"patina-credits-{choice.period}-{timezone.localdate(now):%Y-%m-%d}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
        return HttpResponse(write_csv(report), content_type="text/csv; charset=utf-8", headers=headers)
    balances = get_balances()
    context = {
        "section": "credits",
        "choice": choice,
        "report": report,
        "accounts": [
            {
                "balance": balance,
                "sums": report.totals.get(vendor),
                "is_sandbox": get_connection(vendor).sandbox,
            }
            for vendor, balance in balances.items()
        ],
        "periods": [(Choice(key, choice.project).query, label, key == choice.period) for key, label in PERIODS.items()],
        "since": choice.get_since(now),
    }
    return render(request, "credits/page.html", context)
