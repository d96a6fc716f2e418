"""The gallery in a real browser: drop, watch, rename, delete, undo; and all of it without script."""

import base64
from collections.abc import Mapping
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from jobs import projects, stars, tags
from jobs.models import Project, State, User
from tests import made_models
from tests.browser.every_look import look_in_every_way
from tests.browser.looking import Window, open_window
from tests.factories import ImageFactory, TaskFactory, TaskInputFactory
from tests.stored import store_shown_cube

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS = "/p/robots/"
DRAG = """([events, files]) => {
  const transfer = new DataTransfer();
  for (const [name, content] of Object.entries(files)) {
    const bytes = Uint8Array.from(atob(content), (sign) => sign.charCodeAt(0));
    transfer.items.add(new File([bytes], name));
  }
  for (const name of events) {
    document.body.dispatchEvent(new DragEvent(name, {bubbles: true, cancelable: true, dataTransfer: transfer}));
  }
}"""


@pytest.fixture
def window(browser: Browser, live_server: LiveServer, editor: User) -> Window:
    window = open_window(browser, live_server, editor)
    window.go(ADDRESS)
    return window


def drag(page: Page, files: Mapping[str, bytes], *events: str) -> None:
    packed = {name: base64.b64encode(content).decode() for name, content in files.items()}
    page.evaluate(DRAG, [list(events), packed])


def test_dropped_files_are_uploaded_and_appear_and_bad_ones_are_explained(window: Window, project: Project) -> None:
    files = {
        "robot.glb": made_models.glb(),
        "rust.png": made_models.png(),
        "half.glb": made_models.glb()[:300],
        "notes.txt": b"words",
        "nothing.glb": b"",
    }
    page = window.page

    tools = page.get_by_role("searchbox", name="Search in this project")
    expect(tools).to_be_hidden()
    drag(page, files, "dragenter", "dragover")
    expect(page.get_by_text("Drop to upload to Robots")).to_be_visible()
    drag(page, files, "drop")

    rows = page.locator(".upload-row")
    expect(page.get_by_role("heading", name="3 of 5 not uploaded")).to_be_visible()
    expect(page.get_by_text("Drop to upload to Robots")).to_be_hidden()
    expect(rows.filter(has_text="half.glb")).to_contain_text("cut off")
    expect(rows.filter(has_text="notes.txt")).to_contain_text("This format cannot be read here.")
    expect(rows.filter(has_text="nothing.glb")).to_contain_text("empty")
    expect(page.locator(".tile").filter(has_text="robot")).to_be_visible()
    expect(page.locator(".tile").filter(has_text="rust")).to_be_visible()
    expect(tools).to_be_visible()
    assert sorted(project.assets.values_list("name", flat=True)) == ["robot", "rust"]
    assert window.complaints == []


def test_a_file_over_the_limit_is_not_even_sent(
    browser: Browser, live_server: LiveServer, editor: User, settings: Settings
) -> None:
    settings.MODEL_MAX_BYTES = 1000
    window = open_window(browser, live_server, editor)
    window.go(ADDRESS)
    sent: list[str] = []
    window.page.on("request", lambda request: sent.append(request.method))

    drag(window.page, {"huge.glb": made_models.glb()}, "drop")

    expect(window.page.locator(".upload-row")).to_contain_text("This file is too large: 1.3 kB. The limit is 1 kB.")
    assert "POST" not in sent


def test_files_are_chosen_by_the_button_too(window: Window, project: Project) -> None:
    page = window.page
    with page.expect_file_chooser() as chooser:
        page.get_by_role("link", name="Choose files").click()

    chooser.value.set_files([{"name": "cube.stl", "mimeType": "", "buffer": made_models.stl()}])

    expect(page.get_by_role("heading", level=1, name="cube")).to_be_visible()  # one file alone opens its own page
    assert project.assets.get().format == "stl"


def test_a_person_who_was_signed_out_meanwhile_is_told(window: Window) -> None:
    window.page.context.clear_cookies(name="sessionid")

    drag(window.page, {"robot.glb": made_models.glb()}, "drop")

    expect(window.page.locator(".upload-row")).to_contain_text("signed out")


def test_progress_arrives_without_touching_pictures_or_an_open_menu(
    browser: Browser, live_server: LiveServer, editor: User, project: Project
) -> None:
    model = store_shown_cube(project, name="Fox")
    task = TaskFactory(project=project, state=State.RUNNING, progress_percent=10)
    TaskInputFactory(task=task, asset=model)
    window = open_window(browser, live_server, editor)
    fetched: list[str] = []
    window.page.on("request", lambda request: fetched.append(request.url))
    window.go(ADDRESS)
    page = window.page
    tile = page.locator(f"#task-{task.pk}")
    expect(tile).to_contain_text("10%")
    page.evaluate(f"document.querySelector('#asset-{model.pk} img').isTheSame = true")
    page.locator(f"#asset-{model.pk} summary").click()

    task.progress_percent = 60
    task.save()
    expect(tile).to_contain_text("60%")

    assert page.locator(f"#asset-{model.pk} img").evaluate("picture => picture.isTheSame")
    assert page.locator(f"#asset-{model.pk} details").evaluate("menu => menu.open")
    assert sum("/poster/" in url for url in fetched) == 1

    assert task.move(State.SAVING)
    assert task.move(State.SUCCEEDED)
    expect(tile).to_have_count(0)

    expect(page.locator("#living")).to_have_attribute("hx-trigger", "patina:refresh from:body")
    assert window.complaints == []


def test_a_file_is_renamed_in_a_dialog_that_keeps_what_was_typed(window: Window, project: Project) -> None:
    asset = store_shown_cube(project, name="Fox")
    window.page.reload()
    page = window.page

    page.get_by_label("Actions for Fox").click()
    page.get_by_role("link", name="Rename").click()
    field = page.locator("dialog[open] input[name=name]")
    field.fill("a/b")
    page.get_by_role("button", name="Rename").click()
    expect(page.locator("dialog[open] .field-error")).to_contain_text("slashes")
    expect(field).to_have_value("a/b")
    field.fill("Red fox")
    page.get_by_role("button", name="Rename").click()

    expect(page.locator(".tile-name")).to_have_text("Red fox")
    asset.refresh_from_db()
    assert asset.name == "Red fox"
    assert window.complaints == []


def test_escape_closes_menu_and_dialog(window: Window, project: Project) -> None:
    store_shown_cube(project, name="Fox")
    page = window.page
    page.reload()

    page.get_by_label("Actions for Fox").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Rename")).to_be_hidden()
    page.get_by_label("Actions for Fox").click()
    page.get_by_role("link", name="Rename").click()
    page.locator("dialog[open]").wait_for()
    page.keyboard.press("Escape")

    expect(page.locator("dialog[open]")).to_have_count(0)


def test_a_deleted_file_comes_back_by_undo(window: Window, project: Project) -> None:
    store_shown_cube(project, name="Fox")
    page = window.page
    page.reload()

    page.get_by_label("Actions for Fox").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.locator(".tile")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()

    expect(page.locator(".tile-name")).to_have_text("Fox")


def test_all_of_it_works_without_script(
    browser: Browser, live_server: LiveServer, editor: User, project: Project
) -> None:
    window = open_window(browser, live_server, editor, java_script_enabled=False)
    page = window.page

    window.go(reverse("upload", args=["robots"]))
    page.get_by_label("Models and pictures").set_input_files(
        [{"name": "cube.glb", "mimeType": "", "buffer": made_models.glb()}]
    )
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", level=1, name="cube")).to_be_visible()
    window.go(ADDRESS)
    expect(page.locator(".tile-name")).to_have_text("cube")
    page.get_by_label("Actions for cube").click()
    page.get_by_role("link", name="All actions").click()
    page.get_by_role("link", name="Rename").click()
    page.get_by_label("Name").fill("Dice")
    page.get_by_role("button", name="Rename").click()
    expect(page.locator(".tile-name")).to_have_text("Dice")
    page.get_by_label("Star Dice").click()
    expect(page.get_by_label("Star Dice")).to_have_attribute("aria-pressed", "true")
    page.get_by_label("Choose Dice").check()
    page.locator(".choice-bar summary").click()
    page.get_by_label("Tag", exact=True).fill("Games")
    page.get_by_role("button", name="Add").click()
    page.get_by_text("Filter", exact=True).click()
    page.get_by_role("link", name="Games", exact=True).click()
    page.get_by_label("Choose Dice").check()
    page.get_by_role("button", name="Trash").click()
    expect(page.get_by_role("heading", name="Nothing matches #Games")).to_be_visible()
    page.get_by_role("button", name="Undo").click()

    expect(page.locator(".tile-name")).to_have_text("Dice")
    assert project.assets.kept().get().name == "Dice"


def turn_by_the_pointer(page: Page) -> None:
    """See another angle of a render under each part of the tile, and the poster again when the pointer leaves."""
    stage = page.locator("[data-angles]")
    box = stage.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 60)
    expect(stage.locator(".angle-name")).to_have_text("back")
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 60)
    expect(stage.locator(".angle-name")).to_have_text("front")
    page.mouse.move(0, 0)
    expect(stage.locator(".angle-name")).to_have_count(0)


def test_files_are_chosen_by_shift_and_x_and_stay_chosen_while_a_task_goes_on(
    browser: Browser, live_server: LiveServer, editor: User, project: Project
) -> None:
    models = [store_shown_cube(project, name=f"Fox {number}") for number in range(6)][::-1]
    for label in ("front", "back"):
        ImageFactory(
            project=project, kind="render", parent=models[0], label=label, poster_sha256=models[0].poster_sha256
        )
    task = TaskFactory(project=project, state=State.RUNNING, progress_percent=10)
    window = open_window(browser, live_server, editor)
    window.go(f"{ADDRESS}?kind=model")
    page = window.page
    bar = page.get_by_label("Chosen files")
    compare = page.get_by_role("button", name="Compare")
    expect(bar).to_be_hidden()

    page.get_by_label("Choose Fox 4").check()
    expect(compare).to_be_disabled()
    page.get_by_label("Choose Fox 1").click(modifiers=["Shift"])
    page.get_by_role("link", name="Fox 0").focus()
    page.keyboard.press("x")
    expect(page.get_by_text("5 chosen")).to_be_visible()
    expect(compare).to_be_disabled()
    page.keyboard.press("x")
    expect(page.get_by_text("4 chosen")).to_be_visible()
    expect(compare).to_be_enabled()

    task.progress_percent = 60
    task.save()
    expect(page.locator(f"#task-{task.pk}")).to_contain_text("60%")
    expect(page.locator("[data-choose]:checked")).to_have_count(4)

    turn_by_the_pointer(page)

    page.get_by_label("Star Fox 5").click()
    expect(page.get_by_label("Star Fox 5")).to_be_enabled()
    expect(page.get_by_label("Star Fox 5")).to_have_attribute("aria-pressed", "true")
    assert editor.stars.get().asset == models[0]
    page.keyboard.press("Escape")
    expect(bar).to_be_hidden()
    with page.expect_download() as downloading:
        page.get_by_label("Choose Fox 2").check()
        page.get_by_role("button", name="Download").click()
    assert downloading.value.suggested_filename.startswith("robots-")
    page.get_by_label("Choose Fox 2").press("Enter")
    bar.locator("summary").click()
    page.get_by_label("Tag", exact=True).fill("den")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 file tagged “den”.")).to_be_visible()
    window.go(reverse("asset", args=[project.slug, models[0].pk]))
    page.get_by_text("Add a tag").click()
    page.get_by_label("Tag", exact=True).fill("burrow")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="#burrow")).to_be_visible()
    assert editor.stars.get().asset == models[0]
    assert not project.assets.exclude(picked_at=None).exists()
    window.go(f"{ADDRESS}?kind=model")
    page.keyboard.press("/")
    page.keyboard.type("fox 3")
    page.keyboard.press("Enter")

    expect(page.locator(".tile-name")).to_have_text("Fox 3")
    assert window.complaints == []


@pytest.mark.parametrize("address", [ADDRESS, f"{ADDRESS}?tag=hero&q=zebra", "/search/?q=fox", "/search/"])
def test_no_page_of_finding_has_accessibility_problems(
    browser: Browser, live_server: LiveServer, editor: User, project: Project, address: str
) -> None:
    long = "A model with a name that no tile has room for, since an exporter wrote all that it knew into it"
    model = store_shown_cube(project, name=f"Fox. {long}", review="approved", picked_at=timezone.now(), version=12)
    store_shown_cube(project, name="Fox", review="changes", version=3)
    TaskInputFactory(task=TaskFactory(project=project, state=State.RUNNING, progress_percent=5), asset=model)
    tags.add_tag(project, [model], "hero")
    stars.star(model, user=editor)
    window = open_window(browser, live_server, editor)
    window.go(address)
    for box in window.page.locator("[data-choose]").all():
        box.check()

    assert look_in_every_way(window) == []
    assert window.complaints == []


def test_the_first_run_page_leads_into_the_sample_project(
    browser: Browser, live_server: LiveServer, settings: Settings, tmp_path: Path
) -> None:
    settings.SAMPLE_MODEL = tmp_path / "sample.glb"
    settings.SAMPLE_MODEL.write_bytes(made_models.glb())
    window = open_window(browser, live_server)
    window.go(reverse("setup", args=[projects.get_setup_token()]))
    page = window.page
    problems = window.list_accessibility_problems()

    page.get_by_label("User name").fill("ana")
    page.get_by_label("Password").fill("a-long-enough-passphrase")
    page.get_by_role("button", name="Create account").click()

    expect(page.get_by_role("heading", name="Sample", level=1)).to_be_visible()
    expect(page.locator(".tile")).to_have_count(1)
    assert problems == []
    assert window.complaints == []
