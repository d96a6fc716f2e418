"""Takes a picture of what the viewer shows into the gallery."""

from __future__ import annotations

from django.core.files.uploadhandler import MemoryFileUploadHandler, TemporaryFileUploadHandler
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST

from dashboard import access
from dashboard.views.uploads import SizeLimit
from jobs import view_pictures
from jobs.files import FileRefused, StorageTrouble
from jobs.models import Asset

STORAGE_PROBLEM = "There is no room to keep the picture right now. Nothing was kept; try again later."


@csrf_exempt
@require_POST
def take(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Check the right and set the limit before anything reads the body; the check against forged forms reads it."""
    user = access.get_user(request)
    model = access.get_asset(user, pk)
    if model.project.slug != slug or model.kind != Asset.Kind.MODEL:
        raise Http404("There is no such model in this project.")
    access.check(user, model.project, "edit")
    limit = SizeLimit(request, limit_bytes=view_pictures.LIMIT_BYTES)
    request.upload_handlers = [limit, MemoryFileUploadHandler(request), TemporaryFileUploadHandler(request)]
    return receive(request, model)


@csrf_protect
def receive(request: HttpRequest, model: Asset) -> HttpResponse:
    file = request.FILES.get("picture")
    if file is None:
        return JsonResponse({"problem": view_pictures.NOT_A_PICTURE}, status=422)
    try:
        picture = view_pictures.add_view_picture(
            model, user=access.get_user(request), file=file, angle=request.POST.get("angle", "")
        )
    except FileRefused as error:
        return JsonResponse({"problem": error.message}, status=422)
    except StorageTrouble:
        return JsonResponse({"problem": STORAGE_PROBLEM}, status=507)
    address = reverse("asset", args=[model.project.slug, picture.pk])
    return JsonResponse({"name": picture.name, "url": address}, status=201)
