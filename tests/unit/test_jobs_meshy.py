"""How Meshy's answers are read and its requests built: both profiles, errors row by row, results in any shape."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_django import Settings

from jobs.checks import check_vendor_addresses
from jobs.operations import OperationForm
from jobs.vendors import OPERATIONS, get_connection, get_profile, meshy_operations
from jobs.vendors.base import Connection, SentRequest, Status, VendorError
from jobs.vendors.http import Answer
from jobs.vendors.meshy import Meshy, read_moment
from jobs.vendors.meshy_errors import REQUEST_ERRORS, TASK_ERRORS, build_error
from jobs.vendors.meshy_results import build_results
from jobs.vendors.sse import Event, read_events

KEY = "msy_0123456789abcdef-secret"
CONNECTION = Connection(base_url="https://api.example", key=KEY, sandbox=False)
ASSETS = "https://assets.example/t/1/output"
SIGNED = "Expires=1781800000&Signature=s3cret&Key-Pair-Id=k"


class ScriptedHttp:
    """Gives prepared answers in the place of the network."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.calls: list[str] = []

    def get(self, path: str) -> Answer:
        self.calls.append(f"GET {path}")
        return self.answers.pop(0)

    def post(self, path: str, body: Mapping[str, Any]) -> Answer:
        self.calls.append(f"POST {path}")
        return self.answers.pop(0)

    def delete(self, path: str) -> Answer:
        self.calls.append(f"DELETE {path}")
        return self.answers.pop(0)

    def stream(self, path: str, **_: object) -> Iterator[bytes | Answer]:
        self.calls.append(f"STREAM {path}")
        for answer in self.answers:
            yield from [answer] if isinstance(answer, Answer) else [bytes([sign]) for sign in answer]


def make_client(*answers: Any) -> Meshy:
    client = Meshy(CONNECTION)
    client._http = ScriptedHttp(*answers)  # type: ignore[assignment]
    return client


def answer(body: Any, http_status: int = 200, **more: Any) -> Answer:
    return Answer(http_status=http_status, body=body, **more)


def read(**fields: Any) -> Status:
    return make_client(answer({"id": "t-1", **fields})).poll("t-1")


# --- Statuses ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("PENDING", "waiting"),
        ("IN_PROGRESS", "running"),
        ("SUCCEEDED", "done"),
        ("FAILED", "failed"),
        ("CANCELED", "canceled"),
        ("EXPIRED", "failed"),
        ("in_progress", "running"),
        ("REFINING", "unheard"),
        ("", "unheard"),
    ],
)
def test_the_vendors_words_become_ours(word: str, state: str) -> None:
    status = read(status=word)

    assert (status.state, status.word) == (state, word)


@pytest.mark.parametrize("nothing", [None, "", 0, [], {}, "nonsense", False])
def test_what_is_not_there_yet_may_be_written_in_any_way(nothing: Any) -> None:
    fields = ("progress", "preceding_tasks", "model_urls", "texture_urls", "task_error", "consumed_credits", "type")
    status = read(status="FAILED", created_at=nothing, thumbnail_url=nothing, **dict.fromkeys(fields, nothing))
    listed = make_client().describe(status)

    assert build_results(status.raw) == []
    assert (listed.created_at, listed.finished_at, listed.expires_at, listed.thumbnail_url) == (None, None, None, "")
    assert status.error_message.startswith("Meshy could not finish the task")


def test_a_task_with_nothing_but_its_id_and_status_is_read() -> None:
    listed = make_client().describe(read(status="SUCCEEDED"))

    assert (listed.kind, listed.prompt, listed.has_picture, listed.status.progress_percent) == ("", "", False, 100)


STRANGE = [5, -1, 1.5, True, "x", "", None, [], [5], [[]], {}, {"a": 5}, {"glb": ["x"]}, [{"base_color": {}}]]
FIELDS = [
    "id",
    "type",
    "status",
    "progress",
    "model_urls",
    "thumbnail_url",
    "alpha_thumbnail_url",
    "texture_urls",
    "text_style_prompt",
    "image_style_url",
    "multiview_image_urls",
    "created_at",
    "started_at",
    "finished_at",
    "expires_at",
    "preceding_tasks",
    "task_error",
    "consumed_credits",
]


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_of_another_type_breaks_nothing(name: str) -> None:
    client = make_client()
    for word in ("PENDING", "SUCCEEDED", "FAILED"):
        for value in STRANGE:
            status = make_client(answer({"id": "t-1", "status": word, name: value})).poll("t-1")
            assert client.describe(status).status.remote_id == "t-1"
            assert all(file.url.startswith("http") for file in build_results(status.raw))


@pytest.mark.parametrize(("status", "progress", "percent"), [("SUCCEEDED", 1, 100), ("IN_PROGRESS", 37, 37)])
def test_a_task_that_is_done_is_done_whatever_its_progress_says(status: str, progress: int, percent: int) -> None:
    assert read(status=status, progress=progress).progress_percent == percent


def test_the_queue_position_counts_while_a_task_waits_alone() -> None:
    assert read(status="PENDING", preceding_tasks=4).queue_position == 4
    assert read(status="IN_PROGRESS", preceding_tasks=4).queue_position is None


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        (1781540000123, datetime(2026, 6, 15, 16, 13, 20, 123000, tzinfo=UTC)),
        (0, None),
        (None, None),
        ("", None),
        (-5, None),
        (1e30, None),
        (True, None),
    ],
)
def test_moments_are_milliseconds(value: Any, moment: datetime | None) -> None:
    assert read_moment(value) == moment


@pytest.mark.parametrize(
    ("fields", "has_picture"),
    [
        ({"image_style_url": "https://assets.example/p.png"}, True),
        ({"image_style_url": ""}, False),
        ({"image_style_url": None, "multiview_image_urls": ["https://assets.example/p.png"]}, True),
        ({"texture_image_url": ""}, False),
    ],
)
def test_a_picture_is_seen_in_the_echo(fields: dict[str, Any], has_picture: bool) -> None:
    assert make_client().describe(read(status="PENDING", **fields)).has_picture is has_picture


# --- The five endpoints -----------------------------------------------------------------------------------------------

CREATE = SentRequest(method="POST", path=meshy_operations.PATH, body={"text_style_prompt": "oak"})


@pytest.mark.parametrize("http_status", [200, 201, 202])
def test_a_create_is_one_post_and_its_answer_an_id(http_status: int) -> None:
    client = make_client(answer({"result": "t-9"}, http_status))

    assert client.submit(CREATE).remote_id == "t-9"
    assert client._http.calls == ["POST /openapi/v1/retexture"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("body", [{}, {"result": ""}, {"result": None}, {"result": 5}, [], None, "t-9"])
def test_a_create_that_names_no_task_may_have_been_taken(body: Any) -> None:
    with pytest.raises(VendorError) as caught:
        make_client(answer(body, 202)).submit(CREATE)

    assert caught.value.sent == "maybe"


def test_ids_are_no_paths() -> None:
    client = make_client(answer({"status": "PENDING"}))
    client.poll("../balance?x=1")

    assert client._http.calls == ["GET /openapi/v1/retexture/..%2Fbalance%3Fx%3D1"]  # type: ignore[attr-defined]


def test_the_list_is_asked_for_newest_first_and_at_most_fifty_at_once() -> None:
    client = make_client(answer([{"id": "t-2", "status": "PENDING"}, {"status": "PENDING"}, "nonsense"]))
    found = client.fetch_page(3, page_size=100)

    assert client._http.calls == [  # type: ignore[attr-defined]
        "GET /openapi/v1/retexture?page_num=3&page_size=50&sort_by=-created_at"
    ]
    assert [item.status.remote_id for item in found] == [
        "t-2",
        "",
        "",
    ]  # the page's length tells whether it is the last


@pytest.mark.parametrize("body", [{}, {"result": []}, None])
def test_a_list_that_is_none_is_an_error(body: Any) -> None:
    with pytest.raises(VendorError) as caught:
        make_client(answer(body)).fetch_page(1, page_size=10)

    assert caught.value.retryable


@pytest.mark.parametrize("body", [None, {}, {"ok": True}])
def test_a_delete_has_no_answer_to_read(body: Any) -> None:
    client = make_client(answer(body))
    client.delete("t-1")

    assert client._http.calls == ["DELETE /openapi/v1/retexture/t-1"]  # type: ignore[attr-defined]


def test_the_balance_is_a_number() -> None:
    assert make_client(answer({"balance": 1000})).fetch_balance() == 1000
    with pytest.raises(VendorError):
        make_client(answer({})).fetch_balance()


# --- Streams ----------------------------------------------------------------------------------------------------------


def follow(*pieces: bytes | Answer) -> list[Status]:
    return list(make_client(*pieces).follow("t-1", idle_s=60, on_open=lambda _: None))


def message(**fields: Any) -> bytes:
    return b"event: message\ndata: " + json.dumps({"id": "t-1", **fields}).encode() + b"\n\n"


def test_a_stream_is_read_to_the_tasks_end_and_no_further() -> None:
    found = follow(
        b": hello\n\n",
        message(progress=50, status="IN_PROGRESS"),
        message(progress=100, status="SUCCEEDED"),
        b"event: error\ndata: {}\n\n",
    )

    assert [(status.state, status.progress_percent) for status in found] == [("running", 50), ("done", 100)]


@pytest.mark.parametrize(("status_code", "is_gone"), [(404, True), (500, False)])
def test_an_error_event_is_an_error(status_code: int, is_gone: bool) -> None:
    data = json.dumps({"status_code": status_code, "message": "Task not found"}).encode()
    with pytest.raises(VendorError) as caught:
        follow(b"event: error\ndata: " + data + b"\n\n")

    assert (caught.value.is_gone, caught.value.http_status) == (is_gone, status_code)


def test_an_error_without_its_name_is_seen_by_its_code() -> None:
    with pytest.raises(VendorError) as caught:
        follow(b'data: {"status_code": 404, "message": "Task not found"}\n\n')

    assert caught.value.is_gone


def test_a_stream_that_is_refused_is_an_error() -> None:
    with pytest.raises(VendorError) as caught:
        follow(answer({"message": "Task not found"}, 404))

    assert caught.value.is_gone


@pytest.mark.parametrize("pieces", [(), (message(progress=5, status="IN_PROGRESS"),), (b"data: nonsense\n\n",)])
def test_a_stream_that_ends_too_early_or_says_nonsense_is_an_error(pieces: tuple[bytes, ...]) -> None:
    with pytest.raises(VendorError) as caught:
        follow(*pieces)

    assert caught.value.retryable
    assert caught.value.code in ("stream_ended", "stream_broken")


@pytest.mark.parametrize(
    ("text", "events"),
    [
        (b"data: 1\n\n", [("message", "1")]),
        (b"event: error\r\ndata:1\r\ndata: 2\r\n\r\n", [("error", "1\n2")]),
        (b"event: x\rdata: 1\r\r", [("x", "1")]),
        (b"event: x\n\ndata: 1\n\n", [("message", "1")]),
        (b": comment\nid: 5\nretry: 10\ndata: 1\n\ndata: not finished", [("message", "1")]),
        (b'data: {\n"id": "t-1",\n"progress": 5\n}\n\n', [("message", '{\n"id": "t-1",\n"progress": 5\n}')]),
    ],
)
def test_events_are_cut_out_of_lines(text: bytes, events: list[tuple[str, str]]) -> None:
    found = list(read_events([bytes([sign]) for sign in text], idle_s=60, label="Meshy"))

    assert found == [Event(name, data) for name, data in events]


def test_comments_do_not_count_as_a_sign_of_life() -> None:
    with pytest.raises(VendorError) as caught:
        list(read_events([b": still here\n", b": still here\n"], idle_s=-1, label="Meshy"))

    assert caught.value.code == "stream_silent"


# --- Errors -----------------------------------------------------------------------------------------------------------

# Meshy's page Errors (and what its clients have seen): status, message, what is said, may it pass later, arrived?
REQUEST_TABLE = [
    (400, "Invalid model file extension: .blend", "refuses a value", False, "no"),
    (401, "Invalid API key", "refuses the key", False, "no"),
    (402, "Insufficient funds", "not enough credits", False, "no"),
    (402, "NoMorePendingTasks", "plan at Meshy creates no tasks", False, "no"),
    (403, "CORS", "does not allow", False, "no"),
    (404, "Task not found", "does not know this task", False, "no"),
    (409, "wrong state", "cannot do that", False, "no"),
    (413, "", "larger than Meshy takes", False, "no"),
    (418, "", "refuses the request", False, "no"),
    (422, "Pose estimation failed", "cannot work with this input", False, "no"),
    (429, "RateLimitExceeded", "slow down", True, "no"),
    (429, "NoMoreConcurrentTasks", "queue for this account is full", True, "no"),
    (429, "No more pending tasks", "queue for this account is full", True, "no"),
    (429, "", "slow down", True, "no"),
    (301, "", "leads elsewhere", False, "no"),
    (500, "InternalError", "a problem of its own", True, "maybe"),
    (503, "", "a problem of its own", True, "maybe"),
    (200, "", "cannot be read", True, "maybe"),
]


@pytest.mark.parametrize(("http_status", "text", "what", "retryable", "sent"), REQUEST_TABLE)
def test_every_refusal_says_what_happened_and_what_to_do(
    http_status: int, text: str, what: str, retryable: bool, sent: str
) -> None:
    error = build_error(answer({"message": text}, http_status), CONNECTION)

    assert what in error.message
    assert text in error.message
    assert (error.retryable, error.sent) == (retryable, sent)
    assert error.suggestion.endswith(".")
    assert error.is_gone is (http_status == 404)


def test_the_table_has_every_documented_status() -> None:
    assert {row[0] for row in REQUEST_TABLE} >= set(REQUEST_ERRORS)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("RateLimitExceeded", "rate_limited"),
        ("NoMoreConcurrentTasks", "queue_full"),
        ("NoMorePendingTasks", "queue_full"),
    ],
)
def test_the_two_kinds_of_too_much_are_told_apart(text: str, code: str) -> None:
    error = build_error(answer({"message": text}, 429, retry_after_s=7.0), CONNECTION)

    assert (error.code, error.retry_after_s) == (code, 7.0)


@pytest.mark.parametrize(
    "body",
    [
        {"message": "too big"},
        {"error": "too big"},
        {"error": {"message": "too big", "code": 5}},
        {"error_message": "too big"},
        {"detail": [{"msg": "too big"}]},
        {"message": "", "error": "too big"},
    ],
)
def test_an_error_may_be_said_in_several_shapes(body: dict[str, Any]) -> None:
    assert "too big" in build_error(answer(body, 400), CONNECTION).message


@pytest.mark.parametrize("body", [None, [], "text", {}, {"message": None}, {"message": {"a": 1}}])
def test_an_error_without_words_is_still_one(body: Any) -> None:
    assert build_error(answer(body, 400), CONNECTION).message == "Meshy refuses a value of the request."


def test_an_error_quotes_neither_key_nor_files_nor_signatures() -> None:
    said = f"bad {KEY} in data:application/octet-stream;base64,{'QUJD' * 20} and {ASSETS}/m.glb?{SIGNED}"
    message_text = build_error(answer({"message": said}, 400), CONNECTION).message

    assert KEY not in message_text
    assert "QUJDQUJD" not in message_text
    assert "s3cret" not in message_text


@pytest.mark.parametrize("code", TASK_ERRORS)
@pytest.mark.parametrize("name", ["code", "type"])
def test_every_task_error_says_what_happened_what_came_back_and_what_to_do(code: str, name: str) -> None:
    status = read(status="FAILED", consumed_credits=0, task_error={"message": "It said so.", name: code})

    assert status.error_message == f"{TASK_ERRORS[code].what}: It said so."
    assert (status.error_code, status.charged) == (code, "released")
    assert status.error_suggestion.endswith(".")


@pytest.mark.parametrize(
    ("fields", "what", "charged"),
    [
        ({"status": "FAILED", "task_error": {"message": "Odd", "type": "new_kind"}}, "could not finish", "released"),
        ({"status": "FAILED", "task_error": "Odd"}, "could not finish the task: Odd", "released"),
        ({"status": "FAILED", "consumed_credits": 10}, "could not finish", "unknown"),
        ({"status": "CANCELED"}, "canceled at Meshy", "unknown"),
        ({"status": "EXPIRED"}, "is over", "unknown"),
    ],
)
def test_other_ends_say_what_is_known(fields: dict[str, Any], what: str, charged: str) -> None:
    status = read(**fields)

    assert what in status.error_message
    assert status.charged == charged


# --- Results ----------------------------------------------------------------------------------------------------------


def results(**fields: Any) -> list[tuple[str, str, str]]:
    return [(file.key, file.role, file.label) for file in build_results(fields)]


def test_models_and_maps_are_found_and_the_thumbnail_is_none() -> None:
    found = results(
        model_urls={"fbx": f"{ASSETS}/model.fbx?{SIGNED}", "glb": f"{ASSETS}/model.glb", "usdz": "", "obj": None},
        texture_urls=[{"base_color": f"{ASSETS}/texture_0.png", "metallic_roughness": f"{ASSETS}/x.png"}],
        thumbnail_url=f"{ASSETS}/preview.png",
    )

    assert found == [
        ("model_urls.glb", "model", ""),
        ("model_urls.fbx", "model", ""),
        ("texture_urls.0.base_color", "texture_map", "base color"),
        ("texture_urls.0.metallic_roughness", "texture_map", "metallic roughness"),
    ]


@pytest.mark.parametrize(
    "texture_urls", [{"base_color": f"{ASSETS}/t.png"}, [{"base_color": f"{ASSETS}/t.png", "normal": ""}, None, {}]]
)
def test_textures_come_as_a_list_or_as_one_object(texture_urls: Any) -> None:
    assert results(texture_urls=texture_urls) == [("texture_urls.0.base_color", "texture_map", "base color")]


def test_an_unknown_format_and_an_unknown_map_pass_through() -> None:
    found = results(model_urls={"blend": f"{ASSETS}/model.blend"}, texture_urls=[{"sheen_tint": f"{ASSETS}/s.png"}, {}])

    assert found == [("model_urls.blend", "model", ""), ("texture_urls.0.sheen_tint", "texture_map", "sheen tint")]


def test_a_thumbnail_that_was_asked_for_is_a_result() -> None:
    assert results(alpha_thumbnail_url=f"{ASSETS}/alpha.png") == [("alpha_thumbnail_url", "image", "thumbnail")]


def test_an_obj_brings_its_materials_and_textures() -> None:
    (obj,) = build_results({"model_urls": {"obj": f"{ASSETS}/model.obj", "mtl": f"{ASSETS}/model.mtl?{SIGNED}"}})
    (alone,) = build_results({"model_urls": {"obj": f"{ASSETS}/model.obj", "mtl": ""}})

    assert [(item.name, item.channel) for item in obj.companions] == [("model.mtl", "mtl")]
    assert alone.companions == ()


# --- Requests ---------------------------------------------------------------------------------------------------------


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
    8: File(8, kind="model", file_format="stl", has_uvs=False),
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
