"""Takes files into a project: several from a plain form, or one by one from the script that shows progress."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import (
    FileUploadHandler,
    MemoryFileUploadHandler,
    SkipFile,
    TemporaryFileUploadHandler,
)
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.http.multipartparser import MultiPartParser
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from dashboard import access
from dashboard.uploading import get_upload_rules
from jobs import lifecycle
from jobs.file_locks import hold
from jobs.files import FileRefused, StorageFull, StorageTrouble
from jobs.models import Asset, Project, User

HAS_SLASHES = "The name of this file has slashes in it. Nothing was stored: rename the file and send it again."


@dataclass(frozen=True)
class Arrival:
    """What became of one file that was sent."""

    name: str
    asset: Asset | None = None
    problem: str = ""


class NoFiles(FileUploadHandler):
    """Drop every file: pages that ask for none must not store any on the way (settings: FILE_UPLOAD_HANDLERS)."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        raise SkipFile

    def file_complete(self, file_size: int) -> None:
        return None


class SizeLimit(FileUploadHandler):
    """Drop a file as soon as it is larger than any file may be, so that it never fills the disk."""

    chunk_size = 1 << 20

    def __init__(self, request: HttpRequest, *, limit_bytes: int) -> None:
        super().__init__(request)
        self.limit_bytes = limit_bytes
        self.too_large: list[str] = []

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        if start + len(raw_data) > self.limit_bytes:
            self.too_large.append(self.file_name or "The file")
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None


class HeldUpload(TemporaryFileUploadHandler):
    """Holds a large upload while it comes in, so that what a killed process leaves can be told from it."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        hold(self.file.fileno())


class FolderNotingParser(MultiPartParser):
    """Notes which names came with folders in them: Django takes the folders away without a word."""

    names_with_folders: set[str]

    def sanitize_file_name(self, file_name: str) -> str | None:
        clean = super().sanitize_file_name(file_name)
        if clean and ("/" in file_name or "\\" in file_name):
            self.names_with_folders.add(clean)
        return clean


def note_folders(request: HttpRequest) -> set[str]:
    """Read the request's files so that names with slashes are known; return the set that will hold them."""
    names: set[str] = set()

    def parse(meta: Mapping[str, Any], body: Any) -> tuple[QueryDict, MultiValueDict]:
        parser = FolderNotingParser(dict(meta), body, request.upload_handlers, request.encoding)
        parser.names_with_folders = names
        return parser.parse()

    request.__dict__["parse_file_upload"] = parse
    return names


@csrf_exempt
def upload(request: HttpRequest, slug: str) -> HttpResponse:
    """Check the right and set the limit before anything reads the body; the check against forged forms reads it."""
    user = access.get_user(request)
    project = access.get_project(user, slug)
    access.check(user, project, "edit")
    limit = SizeLimit(request, limit_bytes=max(settings.MODEL_MAX_BYTES, settings.IMAGE_MAX_BYTES))
    request.upload_handlers = [limit, MemoryFileUploadHandler(request), HeldUpload(request)]
    return receive(request, project, limit, note_folders(request))


@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def receive(request: HttpRequest, project: Project, limit: SizeLimit, names_with_folders: set[str]) -> HttpResponse:
    user = access.get_user(request)
    if request.method != "POST":
        return render(request, "projects/upload.html", {"project": project, "upload_rules": get_upload_rules()})
    arrivals = [
        Arrival(file.name or "file", problem=HAS_SLASHES)
        if file.name in names_with_folders
        else take(file, project=project, user=user)
        for file in request.FILES.getlist("file")
    ]
    most = limit.limit_bytes // 1_000_000
    arrivals += [Arrival(name, problem=f"This file is too large. The limit is {most} MB.") for name in limit.too_large]
    if request.accepts("text/html"):
        return answer_form(request, project, arrivals)
    return answer_script(project, arrivals)


def take(file: UploadedFile, *, project: Project, user: User) -> Arrival:
    name = file.name or "file"
    try:
        asset = lifecycle.add_upload(project=project, user=user, file=file, name=name)
    except FileRefused as error:
        return Arrival(name, problem=error.message)
    except StorageFull:
        return Arrival(name, problem="There is no room to store it right now. Nothing was kept; try again later.")
    except StorageTrouble as error:
        return Arrival(name, problem=f"{error.message} Nothing was kept; try again later.")
    return Arrival(name, asset=asset)


def answer_form(request: HttpRequest, project: Project, arrivals: list[Arrival]) -> HttpResponse:
    stored = [arrival.name for arrival in arrivals if arrival.asset]
    if not arrivals:
        messages.error(request, "No file was chosen.")
    for arrival in arrivals:
        if arrival.problem:
            messages.error(request, f"{arrival.name}: {arrival.problem}")
    if stored:
        messages.success(request, f"{stored[0]} is here." if len(stored) == 1 else f"{len(stored)} files are here.")
    if len(arrivals) == 1 and arrivals[0].asset:
        return redirect("asset", project.slug, arrivals[0].asset.pk)
    return redirect("project" if stored else "upload", slug=project.slug)


def answer_script(project: Project, arrivals: list[Arrival]) -> JsonResponse:
    described = [describe(project, arrival) for arrival in arrivals]
    refused = not arrivals or any(arrival.problem for arrival in arrivals)
    return JsonResponse({"files": described}, status=422 if refused else 201)


def describe(project: Project, arrival: Arrival) -> dict[str, Any]:
    if arrival.asset is None:
        return {"name": arrival.name, "problem": arrival.problem}
    address = reverse("asset", args=[project.slug, arrival.asset.pk])
    return {"name": arrival.name, "url": address, "kind": arrival.asset.kind}
