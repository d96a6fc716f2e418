"""The page of measurements keeps the parts that were not measured again."""

import json
from pathlib import Path

import pytest

from benchmarks import figures, report


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(figures, "FOLDER", tmp_path / "bench")
    return tmp_path / "bench"


def save(name: str, value: str) -> None:
    section = figures.Section(name, f"Title of {name}", method="How it was done.")
    section.add_table(("design", "lag"), [("a|b", value)], caption="What is shown.")
    section.add_note("A note.")
    section.save()


def test_a_part_is_written_again_and_the_others_stay(folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    save("torture", "1.0")
    save("lag", "2.0")
    report.update(page, folder)
    first = page.read_text()
    (folder / "torture.json").unlink()
    save("lag", "3.0")

    report.update(page, folder, {"lag"})

    assert "| a\\|b | 2.0 |" in first
    assert first.index("Title of lag") < first.index("Title of torture")
    assert "| a\\|b | 3.0 |" in page.read_text()
    assert report.read_page(page.read_text())["torture"] == report.read_page(first)["torture"]


def test_the_same_measurements_give_the_same_page(folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    save("lag", "2.0")
    report.update(page, folder)
    first = page.read_text()

    report.update(page, folder)

    assert page.read_text() == first
    assert json.loads((folder / "lag.json").read_text())["commit"] in first


def test_percentiles_are_values_that_were_measured() -> None:
    values = [5.0, 1.0, 2.0, 4.0, 3.0]

    assert [figures.get_percentile(values, percent) for percent in (50, 95, 100)] == [3.0, 5.0, 5.0]
