"""The reference: each operation of the catalogue as its vendor takes it, for people who call vendors themselves."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboard.wire import list_snippets
from jobs.operations import Operation
from jobs.reference import build_reference
from jobs.vendors import OPERATIONS, VENDOR_LABELS


@require_safe
def references(request: HttpRequest) -> HttpResponse:
    """List the operations by vendor, with the calls that belong to each."""
    by_vendor: dict[str, list[Operation]] = {}
    for operation in OPERATIONS.values():
        by_vendor.setdefault(operation.vendor, []).append(operation)
    groups = [{"label": VENDOR_LABELS[vendor], "operations": found} for vendor, found in by_vendor.items()]
    return render(request, "references/list.html", {"section": "reference", "groups": groups})


@require_safe
def reference(request: HttpRequest, key: str) -> HttpResponse:
    """Show one operation: its parameters, rules and results, and a request to start from."""
    operation = OPERATIONS.get(key)
    if operation is None:
        raise Http404(f"There is no operation {key}.")
    context = {
        "section": "reference",
        "operation": operation,
        "reference": build_reference(operation),
        "snippets": list_snippets(operation, None),
    }
    return render(request, "references/detail.html", context)
