"""Light models are made for guests once, one at a time, and kept apart from the team's."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jobs import light_models, previews, sharing
from jobs.models import Asset, LightWish, Project
from tests import made_models
from tests.integration.sharing.links import ask, get_addresses, get_front, make_link
from tests.stored import store_cube

pytestmark = pytest.mark.django_db


@pytest.fixture
def engine_runs(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Stand in for the engine: a light GLB of other bytes than the file's."""
    runs: list[dict[str, Any]] = []

    def run(verb: str, *, file: Path, out: Path, options: dict[str, Any], timeout_s: float) -> dict[str, Any]:
        runs.append(options)
        (out / "light.glb").write_bytes(made_models.glb_of_size(5000))
        return {"light": "light.glb", "poster": None, "facts": {}}

    monkeypatch.setattr(light_models.engine, "run", run)
    monkeypatch.setattr(light_models.engine, "is_available", lambda: True)
    return runs


def test_a_guest_who_may_only_look_gets_a_light_model_that_the_team_does_not_see(
    client: Client, project: Project, engine_runs: list[dict[str, Any]]
) -> None:
    asset = store_cube(project, preview=Asset.Preview.READY)
    link = make_link(project, asset, rights=["look"])

    while_made = client.get(get_front(link)).content.decode()
    light_models.make_wished(asset.pk)
    light_models.make_wished(asset.pk)
    page = client.get(get_front(link)).content.decode()
    made = LightWish.objects.get()
    answer = ask(client, reverse("guest-light", args=[sharing.make_token(link), asset.pk, made.sha256]))
    asset.refresh_from_db()

    assert "being prepared" in while_made
    assert [run["light_over_bytes"] for run in engine_runs] == [0]
    assert f"/light/{made.sha256}.glb" in page
    assert (answer.status_code, len(answer.read)) == (200, 5000)  # type: ignore[attr-defined]
    assert asset.light_sha256 == ""
    assert ask(client, get_addresses(link, asset)["file"]).status_code == 404


def test_who_may_have_the_file_looks_at_the_file(
    client: Client, project: Project, engine_runs: list[dict[str, Any]]
) -> None:
    asset = store_cube(project, preview=Asset.Preview.READY)
    link = make_link(project, asset, rights=["look", "sources"])

    page = client.get(get_front(link)).content.decode()

    assert f'data-src="{get_addresses(link, asset)["file"]}"' in page
    assert not LightWish.objects.exists()


def test_a_light_model_that_cannot_be_made_is_not_tried_for_ever(
    client: Client, project: Project, engine_runs: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    asset = store_cube(project, preview=Asset.Preview.READY)
    link = make_link(project, asset, rights=["look"])

    def fail(*args: object, **options: object) -> None:
        engine_runs.append({})
        raise light_models.engine.EngineError("failed", "It cannot be made.")

    monkeypatch.setattr(light_models.engine, "run", fail)
    for _ in range(4):
        client.get(get_front(link))
        light_models.make_wished(asset.pk)

    assert len(engine_runs) == light_models.TRIES_MAX
    assert "being prepared" not in client.get(get_front(link)).content.decode()
    assert LightWish.objects.get().problem == "It cannot be made."


def test_one_model_at_a_time_is_made_on_a_machine(project: Project, engine_runs: list[dict[str, Any]]) -> None:
    asset = store_cube(project, preview=Asset.Preview.READY)
    light_models.wish(asset, now=timezone.now())
    light_models.leases.take(previews.SLOT, seconds=60)

    light_models.make_wished(asset.pk)

    assert engine_runs == []
    assert LightWish.objects.get().tries == 0
