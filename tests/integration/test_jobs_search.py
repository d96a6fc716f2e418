"""Words of files and tasks: what is written when something changes, and what is found by them."""

from __future__ import annotations

import io

import pytest
from django.core.management import call_command

from jobs import lifecycle, projects, search, tags
from jobs.models import Asset, Project, SearchWord, Task, User
from jobs.vendors import OPERATIONS
from tests.factories import AssetFactory, ProjectFactory, TaskFactory, TaskInputFactory
from tests.made_models import glb

pytestmark = pytest.mark.django_db


def make_asset(project: Project, **columns: object) -> Asset:
    asset = AssetFactory(project=project, **columns)
    search.index_new_asset(asset)
    return asset


def find_files(project: Project, text: str) -> list[str]:
    found = search.find("asset", [project.pk], text)
    assert found is not None
    rows = search.narrow(Asset.objects.all(), "asset", found)
    return list(rows.order_by("-pk").values_list("name", flat=True))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Rusty robot, rusty!", ["rusty", "robot"]),
        ("Café_12 über-Löwe", ["cafe", "12", "uber", "lowe"]),
        ("STRASSE straße", ["strasse"]),
        ("ロボット 3D", ["ロホット", "3d"]),
        ("  ...  ", []),
        ("x" * 50, ["x" * 40]),
    ],
)
def test_words_are_small_and_without_accents(text: str, words: list[str]) -> None:
    assert search.split_words(text) == words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("robot", ["rusty robot", "robot arm"]),
        ("rob", ["rusty robot", "robot arm"]),
        ("ROB rus", ["rusty robot"]),
        ("robot zebra", []),
        ("zebra", []),
        ("obot", []),
    ],
)
def test_a_file_is_found_by_the_beginnings_of_all_words(project: Project, text: str, found: list[str]) -> None:
    make_asset(project, name="robot arm")
    make_asset(project, name="rusty robot")
    make_asset(project, name="rusty lamp")

    assert find_files(project, text) == found


def test_nothing_is_looked_for_without_a_word(project: Project) -> None:
    assert search.find("asset", [project.pk], " … ") is None


def test_a_file_of_another_project_is_not_found(project: Project) -> None:
    make_asset(ProjectFactory(), name="robot")

    assert find_files(project, "robot") == []


def test_an_upload_is_found_by_name_format_and_person_and_by_a_new_name(project: Project, owner: User) -> None:
    asset = lifecycle.add_upload(project=project, user=owner, file=io.BytesIO(glb()), name="Service robot.glb")
    by_all = [find_files(project, text) for text in ("service", "glb", owner.username)]

    projects.rename_asset(asset, name="Waiter")

    assert by_all == [["Service robot"]] * 3
    assert find_files(project, "waiter") == ["Waiter"]
    assert find_files(project, "service") == []


def test_an_output_is_found_by_the_prompt_and_the_vendor_that_made_it(project: Project) -> None:
    task = TaskFactory(
        project=project, operation="meshy.retexture", params={"text_style_prompt": "verdigris copper"}, state="running"
    )
    make_asset(project, name="lamp", task=task, output_key="model")
    make_asset(project, name="copper pot")

    assert find_files(project, "verdi") == ["lamp"]
    assert find_files(project, "copper meshy") == ["lamp"]


def test_a_task_is_found_by_prompt_operation_file_and_person(project: Project, owner: User) -> None:
    operation = OPERATIONS["triverse.text-to-texture"]
    model = AssetFactory(project=project, name="Fox")
    field = next(iter(operation.file_fields))
    task = lifecycle.create_task(
        project=project,
        user=owner,
        operation=operation,
        params={operation.prompt_fields[0]: "mossy stone"},
        assets={field: model},
    )
    TaskInputFactory(task=TaskFactory(project=project))

    for text in ("mossy", "fox", "texture mossy", f"{owner.username} stone"):
        found = search.find("task", [project.pk], text)
        assert found is not None
        assert list(search.narrow(Task.objects.all(), "task", found)) == [task], text


def test_tags_are_words_as_long_as_a_file_has_them(project: Project) -> None:
    asset = make_asset(project, name="Fox")

    tag = tags.add_tag(project, [asset], " Hero  shots ")
    again = tags.add_tag(project, [asset], "hero SHOTS")
    tagged = find_files(project, "shots")
    tags.remove_tag(project, [asset], "Hero Shots")

    assert tag == again
    assert tag.name == "Hero shots"
    assert tagged == ["Fox"]
    assert find_files(project, "shots") == []
    assert not project.tags.exists()


@pytest.mark.parametrize("name", ["", "  ", "#", "x" * 41, "a,b"])
def test_a_tag_that_cannot_be_is_refused(project: Project, name: str) -> None:
    with pytest.raises(tags.TagRefused):
        tags.add_tag(project, [make_asset(project)], name)

    assert not project.tags.exists()


def test_a_look_goes_on_where_the_last_one_ended(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "LISTED", 3)
    pks = [make_asset(project, name=f"robot {number}").pk for number in range(8)][::-1]

    seen: list[int] = []
    reached: int | None = None
    while True:
        found = search.find("asset", [project.pk], "robot", beyond=reached)
        assert found is not None
        seen += found.pks
        if found.reached is None:
            break
        assert found.pks
        reached = found.reached

    assert seen == pks


def test_a_rare_word_leads_a_frequent_one_however_old_its_file_is(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "LISTED", 3)
    make_asset(project, name="golden robot")
    for number in range(8):
        make_asset(project, name=f"robot {number}")

    assert find_files(project, "robot golden") == ["golden robot"]


def test_a_look_back_from_a_file_finds_the_next_newer_ones(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "LISTED", 3)
    pks = [make_asset(project, name="robot").pk for _ in range(6)]

    found = search.find("asset", [project.pk], "robot", beyond=pks[1], oldest_first=True)

    assert found is not None
    assert list(found.pks) == pks[2:5]
    assert found.reached == pks[4]


def test_housekeeping_writes_the_words_that_were_forgotten(project: Project) -> None:
    AssetFactory(project=project, name="from before there was a search")
    first = search.index_forgotten()
    AssetFactory(project=project, name="forgotten")

    assert first == 1
    assert search.index_forgotten() == 1
    assert search.index_forgotten() == 0
    assert find_files(project, "forgotten") == ["forgotten"]


def test_housekeeping_lets_things_be_found_by_the_new_name_of_their_maker(project: Project, owner: User) -> None:
    make_asset(project, name="Fox", created_by=owner)
    search.index_renamed()
    owner.first_name = "Renard"
    owner.save()

    assert find_files(project, "renard") == []
    assert search.index_renamed() == 1
    assert find_files(project, "renard") == ["Fox"]
    assert search.index_renamed() == 0


def test_the_command_writes_all_words_anew(project: Project, owner: User) -> None:
    make_asset(project, name="Fox", created_by=owner)
    SearchWord.objects.filter(word="fox").delete()
    owner.first_name = "Renard"
    owner.save()
    said = io.StringIO()

    call_command("search_index", stdout=said)

    assert said.getvalue() == "1 files\n"
    assert find_files(project, "fox renard") == ["Fox"]
