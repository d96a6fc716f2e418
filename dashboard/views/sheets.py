"""Contact sheets as one picture, to be sent and printed."""

from __future__ import annotations

import hashlib
import threading

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from dashboard import access
from dashboard.comparing import BIGGEST_PK
from dashboard.contact_sheet import STYLE_SHORT, sort_pictures
from dashboard.ranges import CACHE_CONTROL, add_headers, is_known
from dashboard.sheet_picture import CELLS_MAX, draw_sheet
from jobs.models import Asset

LAYOUT = "1"
"""Changed with the drawing, so that no browser keeps a sheet of an older one."""

RETRY_S = 5
DRAWING = threading.BoundedSemaphore(2)
"""So many sheets a process draws at once: one of many large pictures takes seconds and a hundred megabytes."""


@require_safe
def contact_sheet(request: HttpRequest, slug: str) -> HttpResponse:
    """Send the pictures that the address names (`?a=1,2,3`) as one PNG; 404 unless all of them are there."""
    project = access.get_project(access.get_user(request), slug)
    numbers = [text for text in request.GET.get("a", "")[:400].split(",") if text.isascii() and text.isdigit()]
    pks = {min(int(text), BIGGEST_PK) for text in numbers[:CELLS_MAX]}
    rows = project.assets.kept().filter(pk__in=pks).exclude(kind=Asset.Kind.MODEL).select_related("parent")
    pictures = sort_pictures(rows)
    if not pictures or len(pictures) != len(pks):
        raise Http404("Not all of these pictures are here.")
    content = "|".join([LAYOUT, *(f"{item.sha256}:{item.label}:{item.style}" for item in pictures)])
    tag = f'"{hashlib.sha256(content.encode()).hexdigest()}"'
    if is_known(request, tag):
        response = HttpResponse(status=304)
    else:
        if not DRAWING.acquire(blocking=False):
            return say_busy()
        try:
            response = HttpResponse(draw_sheet(pictures, build_captions(pictures)), content_type="image/png")
        except FileNotFoundError as error:
            raise Http404("A picture's file is gone.") from error
        finally:
            DRAWING.release()
        response["Content-Disposition"] = content_disposition_header(True, build_name(pictures[0])) or ""
    add_headers(response, tag)
    response["Cache-Control"] = CACHE_CONTROL.replace(", immutable", "")
    del response["Accept-Ranges"]
    return response


def say_busy() -> HttpResponse:
    text = "Other sheets are being drawn at this moment. Try again in a few seconds."
    headers = {"Retry-After": str(RETRY_S), "Cache-Control": "no-store"}
    return HttpResponse(text, status=503, content_type="text/plain; charset=utf-8", headers=headers)


def build_captions(pictures: list[Asset]) -> list[str]:
    """Return what stands below each picture: its angle, and its style where there are several."""
    has_styles = len({item.style for item in pictures}) > 1
    return [
        " ".join(
            part for part in (item.label.capitalize(), STYLE_SHORT.get(item.style, "") if has_styles else "") if part
        )
        for item in pictures
    ]


def build_name(picture: Asset) -> str:
    of = picture.parent or picture
    parts = [slugify(of.name) or "pictures", f"v{of.version}" if picture.parent else "", picture.style, "sheet"]
    return "-".join(part for part in parts if part) + ".png"
