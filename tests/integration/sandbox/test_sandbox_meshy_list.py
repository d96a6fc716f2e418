"""Meshy's list of tasks (its pages' List endpoints, read 2026-11-21)."""

import pytest

from tests.integration.sandbox.meshy_caller import RETEXTURE, MeshyCaller, read_refusal


@pytest.fixture(scope="module")
def many_key() -> str:
    """One account for all tests of this file; they only read."""
    return "msy_many_tasks"


@pytest.fixture
def many(meshy: MeshyCaller, many_key: str) -> MeshyCaller:
    meshy.session.headers["Authorization"] = f"Bearer {many_key}"
    for _ in range(12 - len(meshy.list(query="page_size=50").json())):
        meshy.start()
    return meshy


def read_ids(meshy: MeshyCaller, query: str) -> list[str]:
    answer = meshy.list(query=query)
    assert answer.status_code == 200, answer.text
    assert isinstance(answer.json(), list)
    return [task["id"] for task in answer.json()]


def test_ten_come_unless_more_are_asked_for_the_newest_first(many: MeshyCaller) -> None:
    shown = read_ids(many, "")

    assert len(shown) == 10
    assert shown == sorted(shown, reverse=True)


@pytest.mark.parametrize("order", ["%2Bcreated_at", "+created_at", "%20created_at"])
def test_the_oldest_first_however_the_plus_is_written(many: MeshyCaller, order: str) -> None:
    shown = read_ids(many, f"sort_by={order}&page_size=50")

    assert shown == sorted(read_ids(many, "sort_by=-created_at&page_size=50"))


def test_pages_follow_each_other_until_a_short_one(many: MeshyCaller) -> None:
    pages = [read_ids(many, f"page_num={number}&page_size=5") for number in (1, 2, 3, 4)]

    assert [len(page) for page in pages] == [5, 5, 2, 0]
    assert [task for page in pages for task in page] == read_ids(many, "page_size=50")


@pytest.mark.parametrize(
    "query",
    ["page_size=51", "page_size=0", "page_size=-1", "page_size=ten", "page_num=0", "page_num=1.5", "sort_by=name"],
)
def test_wrong_paging_is_refused(many: MeshyCaller, query: str) -> None:
    assert read_refusal(many.list(query=query))[0] == 400


def test_each_entry_is_a_whole_task(meshy_of_any_age: MeshyCaller) -> None:
    shown = meshy_of_any_age.finish()

    (entry,) = meshy_of_any_age.list().json()

    signed = ("model_urls", "thumbnail_url", "texture_urls")
    assert set(entry) == set(shown)
    assert {name: entry[name] for name in entry if name not in signed} == {
        name: shown[name] for name in shown if name not in signed
    }


def test_unknown_query_parameters_do_no_harm(many: MeshyCaller) -> None:
    assert many.call("GET", f"{RETEXTURE}?status=SUCCEEDED&phase=texture").status_code == 200
