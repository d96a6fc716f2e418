"""Third-party code comes from a lock file without hosts, and templates ask for nothing that is not there."""

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SCRIPTS = sorted((ROOT / "static" / "js").glob("*.js"))


@pytest.fixture
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("vendor_frontend", ROOT / "scripts" / "vendor_frontend.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_lock_file_holds_hashes_and_no_registry() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    fetched = {name: about for name, about in packages.items() if name}

    assert all(about["integrity"].startswith("sha512-") for about in fetched.values())
    assert not any("resolved" in about for about in fetched.values())


def test_packages_are_pinned_exactly() -> None:
    wanted = json.loads((ROOT / "package.json").read_text())["dependencies"]

    assert all(re.fullmatch(r"\d+\.\d+\.\d+(-[\w.]+)?", version) for version in wanted.values())


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_a_template_uses_only_icons_of_the_sprite_and_no_inline_code(path: Path, script: ModuleType) -> None:
    text = path.read_text()

    assert set(re.findall(r'{% icon "([^"]+)"', text)) <= set(script.read_icon_names())
    assert not re.search(r"\sstyle=|\son[a-z]+=|<style|javascript:|hx-on|hx-vals='js", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>\s*\S", text)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_needs_no_right_that_our_policy_withholds(path: Path) -> None:
    text = path.read_text()

    assert not re.search(r"\beval\(|new Function\(|https?://|setAttribute\(\"style\"|\.innerHTML\s*=", text)


def test_copying_twice_does_the_work_once(tmp_path: Path, script: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    packages, target = tmp_path / "node_modules", tmp_path / "vendor"
    for source in script.FILES:
        path = packages / source
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"content of {source}\n//# sourceMappingURL=x.map\n")
    for name in {script.find_package(source) for source in script.FILES} | {script.ICON_PACKAGE}:
        folder = packages / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"version": "1.2.3", "license": "MIT"}')
        (folder / "LICENSE").write_text("do as you like")
    names = tmp_path / "names.txt"
    names.write_text("brand # our own\n")
    for name, value in {
        "PACKAGES": packages,
        "TARGET": target,
        "ICON_NAMES": names,
        "STAMP": target / ".stamp",
    }.items():
        monkeypatch.setattr(script, name, value)

    assert script.vendor() is True
    assert script.vendor() is False
    assert "sourceMappingURL" not in (target / "htmx" / "htmx.min.js").read_text()
    assert '<symbol id="brand"' in (target / "icons.svg").read_text()
    assert (target / "licences" / "google-model-viewer.txt").read_text() == "do as you like"
    described = json.loads((target / "VENDORED.json").read_text())
    assert {about["version"] for about in described} == {"1.2.3"}


def test_a_missing_package_folder_gives_one_clear_line(
    tmp_path: Path, script: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(script, "PACKAGES", tmp_path / "nothing")
    monkeypatch.setattr(script, "STAMP", tmp_path / "no-stamp")

    assert script.main() == 1
    assert capsys.readouterr().err == "node_modules is missing: run `npm ci` first.\n"
