"""The rows of demo data: projects, people, files with their lineage, ended tasks, marks and comments.

No task of it is open, so that no vendor is ever asked about one and nothing is charged. The same numbers make the same
data.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count, islice
from typing import Any

from django.db import transaction
from django.utils import timezone

from jobs import search
from jobs.demo.contents import TRIANGLES, Content, store_contents
from jobs.models import (
    Asset,
    Comment,
    Membership,
    Project,
    Star,
    State,
    Tag,
    Task,
    TaskEvent,
    TaskInput,
    User,
    make_slug,
)

BATCH = 500
PEOPLE = ("Ana Ruiz", "Ben Okafor", "Chiara Conti", "Dae Kim", "Elif Demir", "Farid Haddad")
THINGS = (
    "robot",
    "lantern",
    "boot",
    "helmet",
    "crate",
    "teapot",
    "dragon",
    "chair",
    "violin",
    "kettle",
    "anchor",
    "mask",
)
WEARS = ("polished", "rusty", "mossy", "hand-painted", "weathered", "glazed", "cracked", "brushed", "gilded", "dusty")
TAGS = ("hero", "prop", "environment", "draft", "final", "web", "print", "spring collection", "client A", "client B")
LONG_NAME = "left front door of the second prototype, repaired after the transport, with the old handle"
REFUSED = "The vendor refused the prompt or the picture."
SPAN = timedelta(days=180)
RENDER_ANGLES = ("front", "right", "back", "left")
SHARE_OF_FIRST = 0.5
"""Half of all lies in the first project, so that a large one is there to look at."""


@dataclass
class Plan:
    """How much is still to be made, and what it is made from."""

    assets: int
    tasks: int
    total: int
    contents: list[Content]
    people: list[User]
    chance: random.Random
    start: datetime
    tags: dict[int, list[Tag]] = field(default_factory=dict)
    made: int = 0
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def take_moment(self) -> datetime:
        """Return the next moment: later files are newer, as in life."""
        self.made += 1
        return self.start + SPAN * min(1.0, self.made / max(1, self.total))


def make_demo_data(*, owner: User, assets: int, tasks: int, projects: int, say: Callable[[str], None]) -> list[Project]:
    """Make so many files and ended tasks, in so many new projects of `owner`, and the words by which they are found."""
    now = timezone.now()
    plan = Plan(
        assets=assets,
        tasks=tasks,
        total=assets + tasks,
        contents=store_contents(),
        people=[owner, *_get_people()],
        chance=random.Random(7),  # noqa: S311 (the same data each time)
        start=now - SPAN,
    )
    made = [_make_project(plan, number) for number in range(1, projects + 1)]
    stories = _tell_stories(plan, made)
    while batch := list(islice(stories, BATCH)):
        with transaction.atomic():
            _write(plan, batch)
        say(f"{assets - plan.assets:,} files, {tasks - plan.tasks:,} tasks")
    return made


def _get_people() -> list[User]:
    """Return the made-up members; nobody can sign in as one of them."""
    people = []
    for name in PEOPLE:
        first, last = name.split()
        person, is_new = User.objects.get_or_create(
            username=f"demo-{first.lower()}", defaults={"first_name": first, "last_name": last}
        )
        if is_new:
            person.set_unusable_password()
            person.save()
        people.append(person)
    return people


def _make_project(plan: Plan, number: int) -> Project:
    name = f"Demo {number}"
    taken = Project.objects.filter(slug__startswith="demo-").values_list("slug", flat=True)
    project = Project.objects.create(name=name, slug=make_slug(name, taken))
    roles = [Membership.Role.OWNER, *[Membership.Role.EDITOR] * 3, Membership.Role.REVIEWER, Membership.Role.VIEWER]
    Membership.objects.bulk_create(
        Membership(project=project, user=person, role=role) for person, role in zip(plan.people, roles, strict=False)
    )
    plan.tags[project.pk] = Tag.objects.bulk_create(Tag(project=project, name=name) for name in TAGS)
    return project


@dataclass
class Story:
    """One upload and what was made of it: rows without numbers yet, in the order in which they came."""

    project: Project
    content: Content
    upload: Asset
    steps: list[tuple[Task, list[Asset]]] = field(default_factory=list)

    @property
    def assets(self) -> list[Asset]:
        return [self.upload, *(asset for _, made in self.steps for asset in made)]


def _tell_stories(plan: Plan, projects: list[Project]) -> Iterator[Story]:
    """Yield stories until as many files and tasks are told as were asked for."""
    last = None
    while plan.assets or plan.tasks:
        is_first = plan.chance.random() < SHARE_OF_FIRST
        project = projects[0] if is_first else plan.chance.choice(projects)
        upload = _build_upload(plan, project) if _take(plan) or last is None else last
        last = upload
        yield _tell(plan, upload)


def _build_upload(plan: Plan, project: Project) -> Asset:
    chance = plan.chance
    name = LONG_NAME if chance.random() < 0.01 else f"{chance.choice(THINGS)} {next(plan.numbers)}"
    return _build_model(plan, project, chance.choice(plan.contents), name)


def _tell(plan: Plan, upload: Asset) -> Story:
    """Tell what was made of the upload, which may have a story already when no more files were asked for."""
    chance = plan.chance
    story = Story(upload.project, chance.choice(plan.contents), upload)
    prompt = f"{chance.choice(WEARS)} {story.content.look.name}, fit for a {chance.choice(THINGS)}"
    for build in (_build_texturing, _build_renders, _build_conversion):
        if plan.tasks and chance.random() < 0.9:
            plan.tasks -= 1
            story.steps.append(build(plan, story, prompt))
    if plan.tasks and chance.random() < 0.2:
        plan.tasks -= 1
        story.steps.append((_build_failure(plan, story, prompt), []))
    return story


def _build_asset(plan: Plan, project: Project, kind: str, **columns: Any) -> Asset:
    return Asset(
        project=project,
        kind=kind,
        created_by=plan.chance.choice(plan.people),
        created_at=plan.take_moment(),
        preview=Asset.Preview.READY,
        **columns,
    )


def _build_model(plan: Plan, project: Project, content: Content, name: str, **columns: Any) -> Asset:
    facts = {"triangles": TRIANGLES, "vertices": 1225, "meshes": 1, "has_uvs": True, "textures": []}
    facts["materials"] = [{"name": content.look.name.capitalize()}]
    stored = content.model.get_columns() | {"poster_sha256": content.poster.sha256}
    chance = plan.chance.random()
    marks = {"picked_at": timezone.now(), "picked_by": plan.people[0]} if chance < 0.02 else {}
    return _build_asset(plan, project, Asset.Kind.MODEL, name=name, facts=facts, **(stored | marks | columns))


def _build_task(plan: Plan, story: Story, key: str, params: dict[str, Any], **columns: Any) -> Task:
    number = next(plan.numbers)
    started = plan.take_moment()
    person = plan.chance.choice(plan.people)
    ended = started + timedelta(seconds=plan.chance.randint(8, 240))
    values = {
        "state": State.SUCCEEDED,
        "remote_id": f"demo-{story.project.pk}-{number}",
        "charged_credits": float(plan.chance.choice((5, 8, 10, 15))),
    }
    return Task(
        project=story.project,
        operation=key,
        vendor=key.partition(".")[0],
        params=params,
        created_by=person,
        created_at=started,
        state_at=ended,
        **(values | columns),
    )


def _build_texturing(plan: Plan, story: Story, prompt: str) -> tuple[Task, list[Asset]]:
    is_meshy = plan.chance.random() < 0.5
    key, field_name = (
        ("meshy.retexture", "text_style_prompt") if is_meshy else ("triverse.text-to-texture", "text_prompt")
    )
    task = _build_task(plan, story, key, {field_name: prompt})
    made = []
    if _take(plan):
        made.append(_build_model(plan, story.project, story.content, story.upload.name, version=2, output_key="model"))
    for name, stored in story.content.maps.items():
        if _take(plan):
            columns = stored.get_columns() | {"poster_sha256": stored.sha256}
            title = f"{story.upload.name} {name}"[:150]
            kind = Asset.Kind.TEXTURE_MAP
            made.append(_build_asset(plan, story.project, kind, name=title, label=name, output_key=name, **columns))
    return task, made


def _build_renders(plan: Plan, story: Story, prompt: str) -> tuple[Task, list[Asset]]:
    task = _build_task(plan, story, "triverse.model-preview-render", {"camera_angles": list(RENDER_ANGLES)})
    columns = story.content.render.get_columns() | {"poster_sha256": story.content.poster.sha256, "style": "rgb"}
    made = []
    for angle in RENDER_ANGLES:
        if _take(plan):
            title = f"{story.upload.name} {angle}"[:150]
            kind = Asset.Kind.RENDER
            made.append(_build_asset(plan, story.project, kind, name=title, label=angle, output_key=angle, **columns))
    return task, made


def _build_conversion(plan: Plan, story: Story, prompt: str) -> tuple[Task, list[Asset]]:
    task = _build_task(plan, story, "triverse.model-remesh", {"face_type": "triangle", "target_face_count": 2000})
    if not _take(plan):
        return task, []
    return task, [_build_model(plan, story.project, story.content, story.upload.name, version=3, output_key="model")]


def _build_failure(plan: Plan, story: Story, prompt: str) -> Task:
    ended = plan.chance.choice((State.FAILED, State.FAILED, State.CANCELED, State.EXPIRED))
    seen = {"dismissed_at": timezone.now()} if plan.chance.random() < 0.8 else {}
    error = {"error_what": REFUSED, "error_charged": "no", "error_now": "Change the words and run it again."}
    columns: dict[str, Any] = {
        "state": ended,
        "charged_credits": None,
        **(error if ended == State.FAILED else {}),
        **seen,
    }
    return _build_task(plan, story, "triverse.text-to-texture", {"text_prompt": prompt}, **columns)


def _take(plan: Plan) -> bool:
    """Count one more file; False when there are as many as were asked for."""
    if plan.assets <= 0:
        return False
    plan.assets -= 1
    return True


def _write(plan: Plan, stories: list[Story]) -> None:
    """Store a batch of stories: uploads first, whose numbers the database gives, then tasks, then what they made."""
    uploads = {id(story.upload): story.upload for story in stories if story.upload.pk is None}
    Asset.objects.bulk_create(uploads.values(), batch_size=BATCH)
    steps = [(story, task, made) for story in stories for task, made in story.steps]
    Task.objects.bulk_create([task for _, task, _ in steps], batch_size=BATCH)
    outputs = []
    for story, task, made in steps:
        for asset in made:
            asset.task, asset.parent, asset.root = task, story.upload, story.upload
            outputs.append(asset)
    Asset.objects.bulk_create(outputs, batch_size=BATCH)
    TaskInput.objects.bulk_create(
        [
            TaskInput(task=task, asset=story.upload, field=next(iter(task.spec.file_fields), "model_file"))
            for story, task, _ in steps
        ],
        batch_size=BATCH,
    )
    TaskEvent.objects.bulk_create([event for _, task, _ in steps for event in _list_events(task)], batch_size=BATCH)
    _mark(plan, stories)
    search.index_assets([asset.pk for story in stories for asset in story.assets])
    search.index_tasks([task.pk for _, task, _ in steps])


def _list_events(task: Task) -> Iterator[TaskEvent]:
    path = [State.QUEUED, State.SUBMITTING, State.RUNNING, task.state]
    for number, state in enumerate(path):
        at = task.created_at + (task.state_at - task.created_at) * number / (len(path) - 1)
        yield TaskEvent(task=task, at=at, kind=TaskEvent.Kind.STATE, state=state)


def _mark(plan: Plan, stories: list[Story]) -> None:
    """Tag, star and review some of the models."""
    chance = plan.chance
    every = {asset.pk: asset for story in stories for asset in story.assets}.values()
    models = [asset for asset in every if asset.kind == Asset.Kind.MODEL and not asset.review]
    tagging = Asset.tags.through
    tagging.objects.bulk_create(
        [
            tagging(asset_id=asset.pk, tag_id=chance.choice(plan.tags[asset.project_id]).pk)
            for asset in models
            if chance.random() < 0.3
        ],
        batch_size=BATCH,
    )
    Star.objects.bulk_create(Star(user=plan.people[0], asset=asset) for asset in models if chance.random() < 0.02)
    reviewed = [asset for asset in models if chance.random() < 0.05]
    comments = []
    for asset in reviewed:
        asset.review = chance.choice(Asset.Review.values)
        text = "Ready to go." if asset.review == Asset.Review.APPROVED else "The seam on the back shows."
        comments.append(Comment(asset=asset, author=chance.choice(plan.people), text=text, verdict=asset.review))
    Asset.objects.bulk_update(reviewed, ["review"], batch_size=BATCH)
    Comment.objects.bulk_create(comments, batch_size=BATCH)
