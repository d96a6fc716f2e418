"""The files of the pages are collected once, and again after a change."""

import os
import time
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import Settings

SAID = "Preparing the files of the pages"


def test_files_are_collected_once_and_after_a_change(
    tmp_path: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "static"
    source.mkdir()
    (source / "page.css").write_text("p {}")
    settings.STATICFILES_DIRS, settings.STATIC_ROOT = [source], tmp_path / "collected"
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]

    told = []
    for change in ("", "", "p { margin: 0 }"):
        if change:
            (source / "page.css").write_text(change)
            os.utime(source / "page.css", ns=(later := time.time_ns() + 10**10, later))  # Django counts in seconds
        call_command("prepare_static")
        told.append(SAID in capsys.readouterr().out)

    assert told == [True, False, True]
    assert (tmp_path / "collected" / "page.css").read_text() == "p { margin: 0 }"
