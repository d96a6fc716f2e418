"""An installation in which every page has something to show: demo data, and the states that demo data lack."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django.utils import timezone

from jobs import circuit, comments, invitations, sharing
from jobs.demo.rows import LONG_NAME, make_demo_data
from jobs.models import Asset, Circuit, Invitation, Membership, Project, ShareLink, State, Task, User
from tests import made_models
from tests.factories import (
    AssetFactory,
    MembershipFactory,
    ProjectFactory,
    TaskEventFactory,
    TaskFactory,
    TaskInputFactory,
    UserFactory,
)
from tests.stored import store, store_shown_cube

WORD = "A_very_long_name_without_any_spaces_exported_from_some_tool_v12_final_FINAL_really_final"
RENDER = "triverse.model-preview-render"
RETEXTURE = "meshy.retexture"
CANDIDATES = ["018f6a2e-9c1b-7d3a-8e4f-0a1b2c3d4e5f", "018f6a2e-9c1b-7d3a-8e4f-ffffffffffff"]
PIN = {
    "position": "0 0.5 0",
    "normal": "0 1 0",
    "orbit": "0rad 1.2rad 3m",
    "target": "0m 0m 0m",
    "field_of_view": "30deg",
}


@dataclass
class House:
    """What the pages are opened with."""

    owner: User
    project: Project
    empty: Project
    viewed: Project
    model: Asset
    awaited: Asset
    render: Asset
    picture: Asset
    tasks: dict[str, Task]
    links: dict[str, ShareLink]
    invitation: Invitation


def build_house(owner: User, *, assets: int = 30, tasks: int = 12, members: int = 12) -> House:
    """Make it for `owner`, who is one of the staff too."""
    project = make_demo_data(owner=owner, assets=assets, tasks=tasks, projects=1, say=lambda text: None)[0]
    empty = join(owner, Membership.Role.OWNER, name=WORD[:80], slug="empty")
    viewed = join(owner, Membership.Role.VIEWER, name="Seen", slug="seen")
    join(owner, Membership.Role.OWNER, name="Given up", slug="given-up", trashed_at=timezone.now())
    add_members(project, members)
    model = store_shown_cube(project, name=WORD, facts={"triangles": 48_210}, version=4, user=owner)
    AssetFactory(project=project, name="failed", preview="failed", preview_problem="It is broken.", created_by=owner)
    AssetFactory(project=project, name="stl", preview="lacking", format="stl", created_by=owner)
    AssetFactory(project=project, name=LONG_NAME, trashed_at=timezone.now())
    picture = store(project, made_models.png(640, 480), name="moss.png", preview=Asset.Preview.READY, user=owner)
    made = make_tasks(model, owner)
    render = store_renders(model, made["succeeded"])
    discuss(model, picture, owner)
    circuit.pause("triverse", actor=owner, reason="We wait for the new contract.")
    Circuit.objects.create(vendor="meshy", opened_at=timezone.now(), open_until=timezone.now() + timedelta(hours=1))
    return House(
        owner=owner,
        project=project,
        empty=empty,
        viewed=viewed,
        model=model,
        awaited=AssetFactory(project=project, parent=model, root=model, version=5, format="fbx", name=WORD),
        render=render,
        picture=picture,
        tasks=made,
        links=make_links(project, owner, [model, picture]),
        invitation=invite(project, owner),
    )


def join(user: User, role: str, **columns: Any) -> Project:
    return MembershipFactory(user=user, role=role, project=ProjectFactory(**columns)).project


def add_members(project: Project, number: int) -> None:
    """Fill the list of members; one has a long name."""
    MembershipFactory(project=project, user=UserFactory(username="somebody-with-a-rather-long-name-of-an-account"))
    for place in range(number):
        role = Membership.Role.values[1 + place % 3]
        MembershipFactory(project=project, role=role, may_spend=place % 2 == 0, user__first_name=f"Member {place + 1}")


def make_tasks(model: Asset, owner: User) -> dict[str, Task]:
    """Make a task in each state that has a look of its own, by a word for it."""
    params = {"camera_angles": ["front", "left"], "enable_white_render": False}
    columns = {"project": model.project, "created_by": owner, "params": params, "operation": RENDER}
    note = {"note": "Triverse is not answering. Your task waits safely."}
    broken = {"error_what": WORD, "error_code": "1004", "error_charged": "no", "error_now": "Try triangles."}
    asked = {"operation": RETEXTURE, "params": {}, "sent_at": timezone.now(), "error_code": "ask"}
    made = {
        "queued": TaskFactory(state=State.QUEUED, **columns),
        "waiting": TaskFactory(state=State.WAITING, **columns | note),
        "running": TaskFactory(state=State.RUNNING, progress_percent=62, **columns),
        "failed": TaskFactory(state=State.FAILED, answer={"name": WORD}, **columns | broken),
        "asked": TaskFactory(state=State.UNKNOWN, **columns | asked),
        "succeeded": TaskFactory(state=State.SUCCEEDED, charged_credits=8, **columns),
        "deletable": TaskFactory(state=State.SUCCEEDED, **columns | asked | {"error_code": ""}),
    }
    for task in made.values():
        TaskInputFactory(task=task, asset=model)
        TaskEventFactory(task=task, kind="state", state="queued", text="", data={"code": 0})
    found = [
        {"remote_id": name, "created_at": timezone.now().isoformat(), "prompt": "oak, " * 30, "state": state}
        for name, state in zip(CANDIDATES, ("running", "done"), strict=True)
    ]
    TaskEventFactory(task=made["asked"], data={"candidates": CANDIDATES, "found": found})
    return made


def store_renders(model: Asset, task: Task) -> Asset:
    """Store two pictures that the task made of the model, and return one of them."""
    columns = {"task": task, "parent": model, "root": model, "style": "rgb", "kind": "render", "preview": "ready"}
    front, _ = (
        store(model.project, made_models.png(64, 64), name=f"{label}.png", output_key=label, label=label, **columns)
        for label in ("front", "left")
    )
    return front


def discuss(model: Asset, picture: Asset, owner: User) -> None:
    other = UserFactory(username="chiara", first_name="Chiara", last_name="Conti")
    MembershipFactory(project=model.project, user=other, role=Membership.Role.REVIEWER)
    comments.add_comment(model, author=other, text="The seam on top shows. " * 12, verdict="changes", pin=PIN)
    comments.add_comment(model, author=owner, text=f"As on {WORD}")
    comments.add_comment(picture, author=other, text="", verdict="approved")
    comments.resolve_comment(comments.add_comment(model, author=other, text="Fine now.", pin=PIN), resolved=True)


def make_links(project: Project, owner: User, assets: list[Asset]) -> dict[str, ShareLink]:
    """Make a link of each kind, by a word for it."""
    every = sharing.Wish(rights=sharing.RIGHTS, title="For Ana, and for everybody who works on the spring collection")
    locked = sharing.Wish(rights=("look",), password="open sesame")
    make = partial(sharing.create_link, project=project, user=owner)
    links = {
        "gallery": make(scope="gallery", wish=every),
        "files": make(scope="assets", assets=assets, wish=every),
        "compared": make(scope="comparison", assets=assets, options={"mode": "side"}, wish=every),
        "locked": make(scope="gallery", wish=locked),
        "ended": make(scope="gallery", wish=every),
    }
    sharing.revoke_link(links["ended"], now=timezone.now())
    return links


def invite(project: Project, owner: User) -> Invitation:
    given = {"role": "reviewer", "may_spend": False, "for_whom": "Dana, who draws the boots"}
    return invitations.invite(project, by=owner, now=timezone.now(), **given)
