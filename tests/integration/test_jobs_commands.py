"""The commands that people and scripts type: what they print, what they leave behind, and their exit status."""

import hashlib
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from PIL import Image

from jobs.models import Asset, Membership, Project, Task, User
from tests.factories import AssetFactory, ImageFactory, MembershipFactory, TaskFactory, UserFactory
from tests.integration.jobs.trip import make_glb
from tests.sandbox_process import ROOT, SandboxProcess
from tests.waiting import wait_until
from tests.worker_process import WorkerProcess

REMESH = "triverse.model-remesh"
RENDER = "triverse.model-preview-render"
RETEXTURE = "meshy.retexture"
COMMAND_WITHIN_S = 120
REPORT_KEYS = {"task", "operation", "state", "remote_id", "error", "credits", "moments", "outputs"}
OUTPUT_KEYS = {"role", "format", "path", "size_bytes", "sha256", "facts", "verdict"}
OPERATION_KEYS = {
    "key",
    "vendor",
    "endpoints",
    "label",
    "summary",
    "fields",
    "automatic",
    "rules",
    "docs_url",
    "checked_on",
}
FIELD_KEYS = {"name", "type", "required", "default", "min", "max", "choices", "help", "source"}
FIELD_TYPES = {"text", "integer", "boolean", "choice", "list", "model", "image", "task"}


@pytest.fixture
def glb(tmp_path: Path) -> Path:
    path = tmp_path / "robot.glb"
    path.write_bytes(make_glb(str(tmp_path)))
    return path


# --- In this process: what is refused, and what is taken on --------------------------------------------------------


def run(*arguments: object) -> tuple[int, str, str]:
    """Return exit status, standard output and standard error of `run_operation`."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("run_operation", *map(str, arguments), stdout=out, stderr=err)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def run_refused(*arguments: object) -> dict[str, list[str]]:
    """Return the field errors of a call that has to be refused."""
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert not Task.objects.exists()
    return json.loads(err)


def test_operations_are_listed_as_plain_data() -> None:
    out = io.StringIO()

    call_command("operations", "--json", stdout=out)

    listed = json.loads(out.getvalue())
    assert [item["key"] for item in listed] == [
        "triverse.texture-model",
        "triverse.text-to-texture",
        REMESH,
        "triverse.convert-model-format",
        RENDER,
        "triverse.image-generation",
        "triverse.prompt-optimize",
        RETEXTURE,
    ]
    assert len({(call["method"], call["path"]) for item in listed for call in item["endpoints"]}) == 14
    assert all(set(item) == OPERATION_KEYS for item in listed)
    fields = [field for item in listed for field in item["fields"]]
    assert all(set(field) == FIELD_KEYS for field in fields)
    assert {field["type"] for field in fields} <= FIELD_TYPES
    assert {field["source"] for field in fields} <= {"seed", "current"}


def test_the_sample_project_is_made_once(db: None, settings, glb: Path) -> None:
    settings.SAMPLE_MODEL = glb
    UserFactory(username="ada")
    make = lambda: call_command("sample_project", "--owner", "ada", stdout=io.StringIO())  # noqa: E731
    look = lambda: [list(model.objects.values()) for model in (Project, Membership, Asset)]  # noqa: E731

    make()
    first = look()
    make()

    assert look() == first
    assert [len(rows) for rows in first] == [1, 1, 1]
    assert Project.objects.get().slug == "sample"


def test_createsuperuser_asks_nothing_when_told_so(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "a-long-enough-passphrase")

    call_command(
        "createsuperuser", "--noinput", "--username", "ada", "--email", "ada@example.com", stdout=io.StringIO()
    )

    user = User.objects.get(username="ada")
    assert user.is_superuser
    assert user.check_password("a-long-enough-passphrase")


def test_the_owner_asks_where_nobody_is_named(project: Project, editor: User, owner: User) -> None:
    model = AssetFactory(project=project)

    status, out, _ = run(REMESH, "--project", project.slug, "--asset", f"model_file={model.pk}", "--json")

    task = Task.objects.get()
    assert status == 0
    assert task.created_by == owner
    assert json.loads(out)["state"] == "queued"
    assert list(task.inputs.all()) == [model]


def test_a_member_who_may_spend_can_be_named(project: Project, editor: User, owner: User) -> None:
    model = AssetFactory(project=project)

    status, _, _ = run(REMESH, "--project", project.slug, "--user", "editor", "--asset", f"model_file={model.pk}")

    assert status == 0
    assert Task.objects.get().created_by == editor


@pytest.mark.parametrize("name", ["viewer", "reviewer", "stingy", "left", "stranger", "nobody"])
def test_who_may_not_spend_starts_nothing(
    name: str, project: Project, owner: User, viewer: User, reviewer: User, stranger: User, glb: Path
) -> None:
    MembershipFactory(project=project, user__username="stingy", may_spend=False)
    MembershipFactory(project=project, user__username="left", user__is_active=False)

    errors = run_refused(REMESH, "--project", project.slug, "--user", name, "--file", f"model_file={glb}")

    assert set(errors) == {"user"}
    assert name in errors["user"][0]
    assert not Asset.objects.exists()


def test_a_project_without_an_owner_is_refused_as_a_field_error(project: Project, editor: User) -> None:
    errors = run_refused(REMESH, "--project", project.slug)

    assert errors == {"user": ["Project robots has no owner: name somebody with --user."]}


@pytest.mark.parametrize(
    ("key", "arguments", "field"),
    [
        ("triverse.dream", [], "key"),
        (REMESH, ["--project", "elsewhere"], "project"),
        (REMESH, [], "model_file"),
        (REMESH, ["--asset", "model_file=999"], "model_file"),
        (REMESH, ["--set", "colour=red"], "colour"),
        (REMESH, ["--set", "colour"], "set"),
        (REMESH, ["--file", "face_type=robot.glb"], "face_type"),
        (REMESH, ["--file", "model_file=/nowhere/robot.glb"], "model_file"),
        (REMESH, ["--file", f"model_file={__file__}"], "model_file"),
        (RENDER, ["--set", "camera_angles=front,front"], "camera_angles"),
        (RENDER, ["--set", "camera_angles=front,\0"], "camera_angles"),
        ("triverse.prompt-optimize", ["--set", "user_input=\udcff"], "user_input"),
    ],
)
def test_wrong_input_is_told_by_field(
    key: str, arguments: list[str], field: str, project: Project, owner: User
) -> None:
    errors = run_refused(key, "--project", project.slug, *arguments)

    assert field in errors
    assert all(isinstance(text, str) and text for texts in errors.values() for text in texts)


@pytest.mark.parametrize("word", ["ja", "1", "on", "yes", ""])
def test_a_switch_takes_true_and_false_alone(word: str, project: Project, owner: User, glb: Path) -> None:
    errors = run_refused(
        RENDER, "--project", project.slug, "--file", f"model_file={glb}", "--set", f"enable_rgb_render={word}"
    )

    assert errors == {"enable_rgb_render": [f"Write true or false instead of “{word}”."]}
    assert not Asset.objects.exists()


@pytest.mark.parametrize(("word", "value"), [("true", True), ("TRUE", True), ("false", False), ("False", False)])
def test_a_switch_may_be_written_in_any_letter_case(word: str, value: bool, project: Project, owner: User) -> None:
    model = AssetFactory(project=project)

    status, _, err = run(
        RENDER,
        *("--project", project.slug, "--asset", f"model_file={model.pk}"),
        *("--set", f"enable_white_render={word}", "--set", "camera_angles=front,left"),
    )

    assert status == 0, err
    params = Task.objects.get().params
    assert params["enable_white_render"] is value
    assert params["enable_rgb_render"] is True  # the vendor's default
    assert params["camera_angles"] == ["front", "left"]


def test_a_refused_call_leaves_no_file_in_the_project(project: Project, owner: User, glb: Path) -> None:
    errors = run_refused(
        REMESH, "--project", project.slug, "--file", f"model_file={glb}", "--set", "target_face_count=-1"
    )

    assert set(errors) == {"target_face_count"}
    assert not Asset.objects.exists()


def test_a_picture_in_the_place_of_a_model_is_not_uploaded(project: Project, owner: User, tmp_path: Path) -> None:
    path = tmp_path / "robot.png"
    Image.new("RGB", (8, 8)).save(path)
    picture = ImageFactory(project=project)

    errors = run_refused(REMESH, "--project", project.slug, "--file", f"model_file={path}")

    assert set(errors) == {"model_file"}
    assert list(Asset.objects.all()) == [picture]


def test_a_call_that_fails_after_the_upload_takes_the_file_back(
    project: Project, owner: User, glb: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploaded: list[bool] = []

    def fail(**_: Any) -> Task:
        uploaded.append(Asset.objects.exists())
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr("jobs.management.commands.run_operation.create_task", fail)

    with pytest.raises(RuntimeError):
        run(REMESH, "--project", project.slug, "--file", f"model_file={glb}")

    assert uploaded == [True]
    assert not Asset.objects.exists()


def make_picture(folder: Path, name: str) -> Path:
    path = folder / name
    Image.new("RGB", (8, 8), name).save(path, "PNG")
    return path


def test_a_list_takes_files_of_the_project_and_of_this_machine_in_order(
    project: Project, owner: User, tmp_path: Path
) -> None:
    first, second = ImageFactory(project=project), ImageFactory(project=project)
    earlier = TaskFactory(project=project, vendor="meshy", state="succeeded", remote_id="at-meshy-1")

    status, _, err = run(
        *(RETEXTURE, "--project", project.slug, "--set", f"input_task_id={earlier.pk}"),
        *("--asset", f"multiview_image_urls={second.pk},{first.pk}"),
        *("--file", f"multiview_image_urls={make_picture(tmp_path, 'red')}"),
        *("--file", f"multiview_image_urls={make_picture(tmp_path, 'green')}"),
    )

    assert status == 0, err
    task = Task.objects.exclude(pk=earlier.pk).get()
    inputs = [(item.field, item.asset.name) for item in task.task_inputs.order_by("field")]
    assert inputs == [
        ("multiview_image_urls.0", second.name),
        ("multiview_image_urls.1", first.name),
        ("multiview_image_urls.2", "red"),
        ("multiview_image_urls.3", "green"),
    ]
    assert task.params["input_task_id"] == "at-meshy-1"


def test_a_list_with_a_wrong_file_leaves_none_in_the_project(
    project: Project, owner: User, tmp_path: Path, glb: Path
) -> None:
    errors = run_refused(
        *(RETEXTURE, "--project", project.slug, "--set", "input_task_id=019-made-elsewhere"),
        *("--file", f"multiview_image_urls={make_picture(tmp_path, 'red')}"),
        *("--file", f"multiview_image_urls={glb}"),
    )

    assert set(errors) == {"multiview_image_urls"}
    assert not Asset.objects.exists()


def test_a_field_for_one_file_takes_no_second_one(project: Project, owner: User, glb: Path) -> None:
    files = ["--file", f"model_file={glb}"] * 2

    assert run_refused(REMESH, "--project", project.slug, *files) == {"model_file": ["This field takes one file."]}


@pytest.mark.parametrize(
    "columns",
    [
        {"state": "running"},
        {"vendor": "triverse"},
        {"deleted_at_vendor_at": timezone.now()},
        {"project__slug": "other"},
    ],
    ids=["open", "of another vendor", "deleted there", "in a project of others"],
)
def test_an_earlier_task_has_to_be_one_that_can_be_used(columns: dict[str, Any], project: Project, owner: User) -> None:
    values = {"vendor": "meshy", "state": "succeeded", "remote_id": "at-1"} | columns
    values = values if "project__slug" in columns else values | {"project": project}
    earlier = TaskFactory(**values)

    status, _, err = run(
        *(RETEXTURE, "--project", project.slug, "--set", f"input_task_id={earlier.pk}"),
        *("--set", "text_style_prompt=old oak"),
    )

    assert status == 2
    assert "There is no finished task" in json.loads(err)["input_task_id"][0]
    assert set(json.loads(err)) == {"input_task_id"}


def test_waiting_without_a_worker_says_so_once(project: Project, owner: User) -> None:
    model = AssetFactory(project=project)

    status, _, err = run(
        REMESH, "--project", project.slug, "--asset", f"model_file={model.pk}", "--wait", "--timeout", "1"
    )

    assert status == 3
    assert err.count("No worker is running") == 1


# --- As processes of their own, with a worker and a sandbox --------------------------------------------------------

MAKE_PROJECT = """
from jobs.models import User
from jobs.projects import create_project
print(create_project(user=User.objects.create_user("ada"), name="Robots").slug)
"""


@pytest.fixture(scope="module")
def canned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    sandbox = SandboxProcess(tmp_path_factory.mktemp("commands-sandbox") / "state", results="canned", speed="fast")
    yield sandbox.start()
    sandbox.kill()


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory, canned: SandboxProcess) -> Iterator[WorkerProcess]:
    """A worker at work, and the project `robots` with its owner."""
    worker = WorkerProcess(tmp_path_factory.mktemp("commands") / "data", SANDBOX_URL=canned.base_url).migrate()
    worker.run_python(MAKE_PROJECT)
    worker.start()
    wait_until(lambda: worker.query("SELECT 1 FROM jobs_lease WHERE name = 'sweep'") != [], within_s=40)
    yield worker
    worker.kill()


def run_process(worker: WorkerProcess, key: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", "run_operation", key, "--project", "robots", *map(str, arguments)]
    return subprocess.run(
        command, cwd=ROOT, env=worker.environment, capture_output=True, text=True, timeout=COMMAND_WITHIN_S
    )


def hash_file(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def test_a_file_goes_out_and_its_results_come_back(worker: WorkerProcess, glb: Path, tmp_path: Path) -> None:
    done = run_process(
        worker,
        RENDER,
        *("--file", f"model_file={glb}", "--set", "camera_angles=front,left", "--set", "render_mode=multi_angle"),
        *("--set", "image_count=2", "--set", "resolution=64x48", "--set", "enable_white_render=false"),
        *("--save-to", tmp_path / "out", "--json"),
    )

    assert done.returncode == 0, done.stderr
    assert "No worker" not in done.stderr
    report = json.loads(done.stdout)
    assert set(report) == REPORT_KEYS
    assert (report["operation"], report["state"], report["error"]) == (RENDER, "succeeded", None)
    assert next(iter(report["moments"])) == "queued"
    assert report["moments"]["succeeded"].endswith("Z")
    assert all(set(output) >= OUTPUT_KEYS for output in report["outputs"])
    assert {row["key"]: row["met"] for row in report["outputs"][0]["verdict"]} == dict.fromkeys(
        ("count", "angles", "resolution", "format"), True
    )
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["robot-front-rgb.png", "robot-left-rgb.png"]
    assert [hash_file(output["path"]) for output in report["outputs"]] == [
        output["sha256"] for output in report["outputs"]
    ]
    assert {Path(output["path"]).stat().st_size for output in report["outputs"]} == {
        output["size_bytes"] for output in report["outputs"]
    }


def test_words_come_back_as_an_output_and_as_a_file(worker: WorkerProcess, tmp_path: Path) -> None:
    done = run_process(
        worker,
        *("triverse.prompt-optimize", "--set", "user_input=a red chair"),
        *("--save-to", tmp_path / "out", "--json"),
    )

    assert done.returncode == 0, done.stderr
    (output,) = json.loads(done.stdout)["outputs"]
    assert set(output) >= OUTPUT_KEYS | {"name", "text"}
    assert (output["role"], output["format"], output["name"]) == ("text", "txt", "prompt-optimization.txt")
    assert "red chair" in output["text"]
    content = Path(output["path"]).read_bytes()
    assert content.decode() == output["text"]
    assert (output["size_bytes"], output["sha256"]) == (len(content), hash_file(output["path"]))


def test_a_task_that_ends_otherwise_is_status_1(worker: WorkerProcess, canned: SandboxProcess, glb: Path) -> None:
    canned.set_fault("failed")

    done = run_process(worker, REMESH, "--file", f"model_file={glb}", "--wait", "--json")

    report = json.loads(done.stdout)
    assert done.returncode == 1
    assert report["state"] == "failed"
    assert set(report["error"]) == {"what", "charged", "now"}
    assert report["error"]["charged"] == "released"


def test_a_time_out_is_status_3_and_the_task_goes_on(worker: WorkerProcess, canned: SandboxProcess, glb: Path) -> None:
    canned.set_fault("never_ending")

    done = run_process(worker, REMESH, "--file", f"model_file={glb}", "--wait", "--timeout", "1", "--json")

    assert done.returncode == 3
    worker.wait_for_state(json.loads(done.stdout)["task"], "running")


def test_refused_input_is_status_2_with_json_on_standard_error(worker: WorkerProcess) -> None:
    done = run_process(worker, REMESH, "--set", "target_face_count=-1")

    assert (done.returncode, done.stdout) == (2, "")
    assert set(json.loads(done.stderr)) == {"model_file", "target_face_count"}
