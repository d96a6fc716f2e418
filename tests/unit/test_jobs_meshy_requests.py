"""What is sent to Meshy in both profiles of its API, and what is refused before it leaves."""

from typing import Any

import pytest
from pytest_django import Settings

from jobs.checks import check_vendor_addresses
from jobs.operations import OperationForm
from jobs.vendors import OPERATIONS, get_connection, get_profile, meshy_operations
from jobs.vendors.base import Connection
from tests.unit.meshy_client import KEY


class File:
    def __init__(self, pk: int, *, kind: str, file_format: str, size_bytes: int = 1000, **facts: Any) -> None:
        self.pk, self.kind, self.format, self.size_bytes, self.facts = pk, kind, file_format, size_bytes, facts
        self.extension, self.name = facts.pop("extension", file_format), f"file {pk}"


class EarlierTask:
    def __init__(self, operation: str) -> None:
        self.operation, self.remote_id = operation, "r-5"


FILES = {
    1: File(1, kind="model", file_format="glb"),
    2: File(2, kind="image", file_format="png"),
    3: File(3, kind="image", file_format="jpeg"),
    4: File(4, kind="image", file_format="webp"),
    5: File(5, kind="model", file_format="glb", size_bytes=100_000_001),
    6: File(6, kind="image", file_format="png", size_bytes=20_000_001),
    7: File(7, kind="model", file_format="obj", extension="zip"),
    8: File(8, kind="model", file_format="stl", has_uvs_everywhere=False),
    9: File(9, kind="model", file_format="ply"),
}


def make_form(profile: str = "current", **values: Any) -> OperationForm:
    operation = meshy_operations.PROFILES[profile]
    switches = {name: item.initial for name, item in operation.fields.items() if isinstance(item.initial, bool)}
    return OperationForm(
        operation,
        {**switches, **values},
        find_asset=FILES.get,  # type: ignore[arg-type]
        find_task={10: EarlierTask("meshy.remesh"), 11: EarlierTask("meshy.retexture")}.get,
    )


def build_body(profile: str = "current", **values: Any) -> dict[str, Any]:
    form = make_form(profile, **values)
    assert form.is_valid(), form.errors
    return form.operation.build_body(form.params, file_keys={name: f"<{name}>" for name in form.assets}, order_id="")


def test_the_current_profile_always_says_what_happens_to_uvs_and_which_formats_are_wanted() -> None:
    assert build_body(model_url=1, text_style_prompt="oak") == {
        "model_url": "<model_url>",
        "text_style_prompt": "oak",
        "enable_original_uv": True,
        "target_formats": ["glb"],
    }


def test_the_seed_profile_sends_none_of_the_newer_parameters() -> None:
    body = build_body("seed", model_url=1, text_style_prompt="oak", art_style="cartoon", ai_model="meshy-4")

    assert body == {
        "model_url": "<model_url>",
        "text_style_prompt": "oak",
        "enable_original_uv": True,
        "art_style": "cartoon",
        "ai_model": "meshy-4",
    }
    assert not set(meshy_operations.SEED.fields) & meshy_operations.CURRENT.newer


def test_everything_that_was_chosen_is_sent() -> None:
    chosen: dict[str, Any] = {
        "enable_original_uv": False,
        "ai_model": "meshy-6",
        "enable_pbr": True,
        "texture_resolution": "4k",
        "remove_lighting": False,
        "target_formats": ["obj", "3mf"],
        "alpha_thumbnail": True,
    }

    assert build_body(input_task_id="r-9", image_style_url=3, **chosen) == {
        "input_task_id": "r-9",
        "image_style_url": "<image_style_url>",
        **chosen,
    }


def test_several_views_bring_their_model_with_them() -> None:
    body = build_body(model_url=1, multiview_image_urls="2,3")

    assert body["multiview_image_urls"] == ["<multiview_image_urls.0>", "<multiview_image_urls.1>"]
    assert body["ai_model"] == "meshy-7"


def test_a_model_that_nobody_has_heard_of_may_be_asked_for() -> None:
    assert build_body(model_url=1, text_style_prompt="oak", ai_model="meshy-9", texture_resolution="8k") == {
        "model_url": "<model_url>",
        "text_style_prompt": "oak",
        "enable_original_uv": True,
        "ai_model": "meshy-9",
        "texture_resolution": "8k",
        "target_formats": ["glb"],
    }


STYLED = {"text_style_prompt": "oak"}


@pytest.mark.parametrize("profile", ["current", "seed"])
@pytest.mark.parametrize(
    ("values", "field", "text"),
    [
        (STYLED, "model_url", "Choose a model, or an earlier task"),
        ({**STYLED, "model_url": 1, "input_task_id": "r-9"}, "input_task_id", "leave the model out"),
        ({"model_url": 1}, "text_style_prompt", "Say the style in words, or choose a picture"),
        ({**STYLED, "model_url": 1, "image_style_url": 2}, "image_style_url", "leave the words out"),
        ({"model_url": 1, "text_style_prompt": "x" * 601}, "text_style_prompt", "at most 600"),
        ({"model_url": 1, "image_style_url": 4}, "image_style_url", "reads PNG, JPEG"),
        ({**STYLED, "model_url": 5}, "model_url", "at most 100 MB. Remesh it"),
        ({"model_url": 1, "image_style_url": 6}, "image_style_url", "at most 20 MB. Save it smaller"),
        ({**STYLED, "model_url": 9}, "model_url", "is PLY"),
        ({**STYLED, "input_task_id": "11"}, "input_task_id", "Choose the model that it made instead"),
        ({**STYLED, "input_task_id": "12"}, "input_task_id", "There is no finished task 12"),
    ],
)
def test_what_the_vendor_would_refuse_or_misread_is_refused_here(
    profile: str, values: dict[str, Any], field: str, text: str
) -> None:
    assert text in make_form(profile, **values).errors[field][0]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({**STYLED, "multiview_image_urls": [2]}, "multiview_image_urls"),
        ({"multiview_image_urls": [2], "ai_model": "latest"}, "ai_model"),
        ({"multiview_image_urls": [2, 3, 2]}, "multiview_image_urls"),
        ({"multiview_image_urls": [2, 4]}, "multiview_image_urls"),
        ({**STYLED, "texture_resolution": "4k", "ai_model": "meshy-5"}, "ai_model"),
        ({**STYLED, "texture_resolution": "8k", "ai_model": "meshy-6-lite"}, "ai_model"),
        ({**STYLED, "ai_model": "meshy-n1"}, "text_style_prompt"),
        ({"image_style_url": 2, "ai_model": "meshy-n1", "enable_pbr": True}, "enable_pbr"),
        ({**STYLED, "target_formats": "glb,../x"}, "target_formats"),
    ],
)
def test_rules_of_the_current_profile_hold(values: dict[str, Any], field: str) -> None:
    assert field in make_form(model_url=1, **values).errors


def test_files_in_a_zip_are_not_one_file() -> None:
    assert "Convert it to GLB first" in make_form(model_url=7, **STYLED).errors["model_url"][0]
    assert "reads GLB" in make_form("seed", model_url=7, **STYLED).errors["model_url"][0]


def test_uvs_that_are_not_there_are_not_kept_and_a_notice_says_so() -> None:
    form = make_form(model_url=8, **STYLED)

    assert form.is_valid()
    assert form.params["enable_original_uv"] is False
    assert "no UVs to keep" in form.notices["enable_original_uv"]


def test_a_task_of_ours_is_sent_by_its_id_there() -> None:
    assert build_body(input_task_id="10", **STYLED)["input_task_id"] == "r-5"


@pytest.mark.parametrize("formats", ["", [], None])
def test_without_a_choice_of_formats_glb_is_asked_for(formats: Any) -> None:
    assert build_body(model_url=1, target_formats=formats, **STYLED)["target_formats"] == ["glb"]


def test_five_endpoints_in_the_order_of_the_vendors_page() -> None:
    for operation in meshy_operations.PROFILES.values():
        assert [(endpoint.method, endpoint.path) for endpoint in operation.endpoints] == [
            ("POST", "/openapi/v1/retexture"),
            ("GET", "/openapi/v1/retexture/{id}"),
            ("GET", "/openapi/v1/retexture"),
            ("DELETE", "/openapi/v1/retexture/{id}"),
            ("GET", "/openapi/v1/retexture/{id}/stream"),
        ]


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("MESHY_BASE_URL", "https://api.meshy.ai/openapi/v1", "jobs.E005"),
        ("MESHY_PROFILE", "2025", "jobs.E004"),
        ("MESHY_BASE_URL", "https://api.meshy.ai", None),
        ("MESHY_PROFILE", "seed", None),
    ],
)
def test_a_setting_that_cannot_be_is_found_before_the_first_request(
    settings: Settings, name: str, value: str, problem: str | None
) -> None:
    settings.MESHY_API_KEY = KEY
    setattr(settings, name, value)

    assert [found.id for found in check_vendor_addresses()] == ([problem] if problem else [])


@pytest.mark.parametrize("profile", ["current", "seed"])
def test_the_catalogue_follows_the_setting(settings: Settings, profile: str) -> None:
    settings.MESHY_PROFILE = profile

    assert OPERATIONS["meshy.retexture"] is meshy_operations.PROFILES[profile]
    assert get_profile("meshy") == profile
    assert len(OPERATIONS) == len(list(OPERATIONS)) == 8


def test_meshy_is_reached_at_its_host_or_at_the_sandbox(settings: Settings) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:8100"
    settings.MESHY_API_KEY = settings.MESHY_BASE_URL = ""
    assert get_connection("meshy") == Connection("http://127.0.0.1:8100", "sandbox", sandbox=True)

    settings.MESHY_API_KEY = KEY
    assert get_connection("meshy") == Connection("https://api.meshy.ai", KEY, sandbox=False)

    settings.MESHY_BASE_URL = "http://127.0.0.1:9000"
    assert get_connection("meshy").base_url == "http://127.0.0.1:9000"
