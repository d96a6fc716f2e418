"""A project with a file of every kind and origin, links to it, and where a link's bytes lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from jobs import sharing
from jobs.models import Asset, Project, ShareLink, State, User
from tests import made_models
from tests.factories import TaskFactory
from tests.stored import store

PASSWORD = "open sesame"


@dataclass
class Files:
    """One of each; every one has bytes of its own."""

    source: Asset  # an uploaded model with poster and light GLB, as a model has that was looked at
    result: Asset  # a model that a task made of it, with both
    render: Asset  # of the result
    texture_map: Asset  # made with the result
    picture: Asset  # uploaded
    image: Asset  # made by a task

    def list_all(self) -> list[Asset]:
        return [getattr(self, name) for name in self.__dataclass_fields__]


def make_files(project: Project) -> Files:
    poster = store_bytes(project, made_models.png(8, 8), name="poster.png")
    light = store_bytes(project, made_models.glb_of_size(4000), name="light.glb")
    looks = {"preview": Asset.Preview.READY, "poster_sha256": poster.sha256}
    in_3d = looks | {"light_sha256": light.sha256, "light_size_bytes": light.size_bytes}
    task = TaskFactory(project=project, state=State.SUCCEEDED)
    source = store(project, made_models.glb_of_size(6000), facts={"generator": "Meshy", "triangles": 12}, **in_3d)
    made = {"task": task, "root": source, "parent": source}
    result = store(project, made_models.glb_of_size(8000), output_key="model", version=2, **in_3d, **made)
    beside = looks | made | {"parent": result}
    pictures = {
        "render": {"kind": Asset.Kind.RENDER, "output_key": "front", "label": "front"} | beside,
        "texture_map": {"kind": Asset.Kind.TEXTURE_MAP, "output_key": "map"} | beside,
        "picture": looks,
        "image": looks | {"task": task, "output_key": "image"},
    }
    stored = {
        name: store(project, made_models.png(12 + place, 9), name=f"{name}.png", **columns)
        for place, (name, columns) in enumerate(pictures.items())
    }
    return Files(source, result, **stored)


def store_bytes(project: Project, content: bytes, *, name: str) -> Asset:
    """Store bytes that a test names by their hash; the row goes."""
    asset = store(project, content, name=name)
    Asset.objects.filter(pk=asset.pk).delete()
    return asset


def make_link(
    project: Project,
    *assets: Asset,
    scope: str = "",
    rights: Any = sharing.RIGHTS,
    user: User | None = None,
    mode: str = "",
    **wish: Any,
) -> ShareLink:
    """Make a link to these files; to the whole gallery without any."""
    scope = scope or (ShareLink.Scope.ASSETS if assets else ShareLink.Scope.GALLERY)
    return sharing.create_link(
        project=project,
        user=user,
        scope=scope,
        assets=assets,
        options={"mode": mode} if mode else {},
        wish=sharing.Wish(rights=rights, **wish),
    )


def get_front(link: ShareLink) -> str:
    return reverse("guest", args=[sharing.make_token(link)])


def get_addresses(link: ShareLink, asset: Asset) -> dict[str, str]:
    """Return the address of each kind of a file's bytes within a link, whether or not the link gives them."""
    token = sharing.make_token(link)
    addresses = {"file": reverse("guest-file", args=[token, asset.pk, asset.sha256, asset.file_name])}
    for kind, sha256 in (("poster", asset.poster_sha256), ("light", asset.light_sha256)):
        if sha256:
            addresses[kind] = reverse(f"guest-{kind}", args=[token, asset.pk, sha256])
    return addresses


def ask(client: Client, address: str, **headers: str) -> HttpResponse:
    """Ask, and read the answer to its end: that closes its file, and leaves the test its rows."""
    response = client.get(address, headers=headers)
    if response.streaming:
        response.read = b"".join(response)  # type: ignore[attr-defined]
    return response


def unlock(client: Client, link: ShareLink, password: str, **extra: Any) -> HttpResponse:
    return client.post(get_front(link), {"password": password}, **extra)
