"""Stored files leave here, after the check of access: originals, posters and light previews."""

from __future__ import annotations

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from dashboard import access
from dashboard.ranges import FilePart, serve_file
from dashboard.viewer_data import get_maps_sha256
from jobs import files
from jobs.models import Asset

# What a browser may show by itself; everything else is only ever saved, whatever it holds.
SHOWN_EXTENSIONS = frozenset({"glb", "png", "jpg", "jpeg", "webp"})
MAP_EXTENSIONS = {"jpeg": "jpg"}


@require_safe
def original(request: HttpRequest, pk: int, sha256: str, name: str) -> HttpResponseBase:
    asset = access.get_asset_or_trashed(access.get_user(request), pk)
    attach = "download" in request.GET or asset.extension not in SHOWN_EXTENSIONS
    return send(request, asset, sha256, expected=asset.sha256, name=asset.file_name, attach=attach)


@require_safe
def poster(request: HttpRequest, pk: int, sha256: str) -> HttpResponseBase:
    asset = access.get_asset_or_trashed(access.get_user(request), pk)
    return send(request, asset, sha256, expected=asset.poster_sha256, name=f"{asset.name}.webp")


@require_safe
def light(request: HttpRequest, pk: int, sha256: str) -> HttpResponseBase:
    asset = access.get_asset_or_trashed(access.get_user(request), pk)
    return send(request, asset, sha256, expected=asset.light_sha256, name=f"{asset.name}-light.glb")


@require_safe
def surface_map(request: HttpRequest, pk: int, sha256: str, material: int, channel: str) -> HttpResponseBase:
    """Send a texture map that lies inside the model."""
    asset = access.get_asset_or_trashed(access.get_user(request), pk)
    return send_map(request, asset, sha256, material=material, channel=channel)


def send_map(request: HttpRequest, asset: Asset, sha256: str, *, material: int, channel: str) -> HttpResponseBase:
    """Send the part of the model's content that is this material's map."""
    if not sha256 or sha256 != get_maps_sha256(asset):
        raise Http404
    try:
        found = asset.facts["maps"]["materials"][material]["maps"][channel]
        file = files.open_file(sha256)
    except (KeyError, IndexError, FileNotFoundError) as error:
        raise Http404 from error
    extension = MAP_EXTENSIONS.get(found["format"], found["format"])
    return serve_file(
        request,
        FilePart(file, start=found["offset"], length=found["size_bytes"]),
        etag=f"{sha256}-{material}-{channel}",
        media_type=files.get_media_type(extension),
        name=f"{asset.name}_{channel}.{extension}",
        attach="download" in request.GET,
    )


def send(
    request: HttpRequest, asset: Asset, sha256: str, *, expected: str, name: str, attach: bool = False
) -> HttpResponseBase:
    """Send the content named in the address, if it is this asset's."""
    if not expected or sha256 != expected:
        raise Http404
    try:
        file = files.open_file(sha256)
    except FileNotFoundError as error:
        raise Http404 from error
    media_type = files.get_media_type(name.rpartition(".")[2])
    return serve_file(request, file, etag=sha256, media_type=media_type, name=name, attach=attach)
