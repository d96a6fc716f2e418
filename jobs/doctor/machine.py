"""The machine: what is installed, in which version; the data folder and its disk."""

import json
import os
import platform
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from django.conf import settings

from engine import client as engine
from jobs.doctor.lines import Line, note, ok, wrong

PYTHON = "3.11"
VENDORED = settings.BASE_DIR / "static" / "vendor" / "VENDORED.json"
PACKAGES = ("Django", "django-q2", "requests", "gunicorn")
ASK_NODE_S = 5.0
RESULT_BYTES = 1_000_000_000  # the largest result that is taken (jobs/saving.py)
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def check_versions() -> Iterator[Line]:
    python = platform.python_version()
    if python.startswith(f"{PYTHON}."):
        yield ok("Python", python)
    else:
        yield wrong("Python", f"{python}; Patina is written for {PYTHON}.", f"Install Python {PYTHON}, run make setup.")
    for name in PACKAGES:
        yield read_package(name)
    yield read_engine()
    yield read_model_viewer()
    yield read_node()


def read_package(name: str) -> Line:
    try:
        return ok(name, metadata.version(name))
    except metadata.PackageNotFoundError:
        return wrong(name, "It is not installed.", "Run: make setup")


def read_engine() -> Line:
    if engine.is_available():
        return ok("Blender (bpy)", metadata.version("bpy"))
    what = "Not installed: no posters of models, no light models, no facts, no results of the sandbox."
    return note("Blender (bpy)", what, "Run: make setup (requirements/engine.txt, 800 MB)")


def read_model_viewer() -> Line:
    wanted = json.loads((settings.BASE_DIR / "package.json").read_text())["dependencies"]["@google/model-viewer"]
    try:
        packages = json.loads(VENDORED.read_text())
    except (OSError, ValueError):
        return wrong("model-viewer", "It is not there: no page can show a model.", "Run: make setup")
    found = next((item["version"] for item in packages if item["package"] == "@google/model-viewer"), "none")
    if found != wanted:
        return wrong("model-viewer", f"{found} is there, {wanted} is asked for.", "Run: make setup")
    return ok("model-viewer", found)


def read_node() -> Line:
    path = engine.find_node()
    if path is None:
        what = "Not found: models are not checked by Khronos' validator; all else works."
        return note("Node", what, "Install Node 20 or later, or run make setup.")
    told = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=ASK_NODE_S)  # noqa: S603
    return ok("Node", told.stdout.strip().lstrip("v") or "it does not tell its version")


def check_machine() -> Iterator[Line]:
    folder = Path(settings.DATA_DIR)
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"probe")
        yield ok("data folder", str(folder))
    except OSError as error:
        what = f"{folder} cannot be written ({error.strerror})."
        yield wrong("data folder", what, f"Let this user ({os.getuid()}) write there, or set PATINA_DATA_DIR.")
    yield check_rights(folder)
    yield check_disk(folder)


def check_rights(folder: Path) -> Line:
    open_paths = [path for path in (folder, folder / "secret_key") if path.exists() and path.stat().st_mode & OTHERS]
    if not open_paths:
        return ok("rights", "Nobody else can look into the data folder.")
    now_do = f"Run: chmod -R go-rwx {folder}"
    return note("rights", f"Other users of this machine can look into {open_paths[0]}.", now_do)


def check_disk(folder: Path) -> Line:
    free = shutil.disk_usage(folder).free
    upload = 2 * max(settings.MODEL_MAX_BYTES, settings.IMAGE_MAX_BYTES)  # on its way, and stored
    want = upload + 2 * RESULT_BYTES * settings.DOWNLOADS_AT_ONCE
    said = f"{free / 1e9:,.1f} GB free"
    now_do = "Make room, or move the data folder (PATINA_DATA_DIR)."
    if free < upload:
        return wrong("disk", f"{said}: the largest upload ({upload / 2e6:,.0f} MB) may not fit.", now_do)
    if free < want:
        return note("disk", f"{said}; the largest results together may need {want / 1e9:,.1f} GB.", now_do)
    return ok("disk", f"{said}; the largest upload and results need {want / 1e9:,.1f} GB.")
