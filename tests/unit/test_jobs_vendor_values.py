"""What comes from vendors in values that no row, no page and no field of ours can take."""

import json
import math
import random
from pathlib import Path
from typing import Any

import pytest

from jobs.importing import read_echo
from jobs.texts import find_text, read_text
from jobs.vendors import OPERATIONS
from jobs.vendors.base import Connection, SentRequest, VendorError
from jobs.vendors.http import Answer
from jobs.vendors.json_text import parse_json
from tests.unit import meshy_client, triverse_client


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b'{"a": [1, -1, 2.5, 1e3]}', {"a": [1, -1, 2.5, 1000.0]}),
        (b'{"a": 1e999, "b": -1e999, "c": NaN, "d": Infinity}', {"a": None, "b": None, "c": None, "d": None}),
        (b'{"a": ' + b"9" * 400 + b"}", {"a": None}),
        (b'{"a": ' + b"9" * 5_000 + b"}", {"a": None}),
        (b'{"a": "\\ud83d\\ude00", "b": "\xf0\x9f\x98\x80"}', {"a": "😀", "b": "😀"}),
        (b'{"\\ud800k": ["x\\udfffy"], "a": "\xed\xa0\x80"}', {"k": ["xy"], "a": ""}),
        (b'["a\\u0000b"]', ["ab"]),
        (
            b'{"a": 123456789012345678, "b": -12345678901234567, "c": 0, "d": -0}',
            {"a": 123456789012345678, "b": -12345678901234567, "c": 0, "d": 0},
        ),
        (
            b'{"a": 1234567890123456789, "b": [-123456789012345678, {"c": 1e400}]}',
            {"a": None, "b": [None, {"c": None}]},
        ),
        (b'{"a": "\xc3\xa9", "b": 1e999, "c": 1234567890123456789}', {"a": "é", "b": None, "c": None}),
        (b"\xef\xbb\xbf[1]", [1]),
        ('{"a": "b"}'.encode("utf-16"), {"a": "b"}),
        (b'["\\u00e9\\u0000", true, null]', ["é", True, None]),
        (b"1e999", None),
        (b'"\xff"', None),
        (b"[" * 100_000, None),
        (b"nonsense", None),
    ],
)
def test_only_what_can_be_stored_and_shown_comes_through(text: bytes, value: Any) -> None:
    found = parse_json(text)

    assert found == value
    assert json.dumps(found, ensure_ascii=False, allow_nan=False).encode()


def parse_one_by_one(text: bytes) -> Any:
    """Look at every number and sign by itself, however harmless the text is."""

    def clean(value: Any) -> Any:
        if isinstance(value, str):
            return value.replace("\0", "").encode(errors="ignore").decode()
        if isinstance(value, dict):
            return {clean(name): clean(item) for name, item in value.items()}
        return [clean(item) for item in value] if isinstance(value, list) else value

    return clean(
        json.loads(
            text,
            parse_constant=lambda _: None,
            parse_float=lambda digits: number if math.isfinite(number := float(digits)) else None,
            parse_int=lambda digits: int(digits) if len(digits) <= 18 else None,
        )
    )


def draw_value(source: random.Random, depth: int) -> str:
    """Return JSON with numbers and signs of every kind."""
    kind = source.randrange(4 if depth else 2)
    if kind == 0:
        digits = "".join(source.choices("0123456789", k=source.choice([1, 3, 17, 18, 19, 40, 5_000])))
        number = source.choice(["", "-"]) + (digits.lstrip("0") or "0")
        return number + source.choice(["", "", ".5", "e3", "e999", "E-400"]) if source.random() < 0.9 else "NaN"
    if kind == 1:
        signs = ["a", "é", "\\u0000", "\\ud800", "\\ude00", "\\n", "😀", "\\\\u0000", "9" * 30]
        return '"' + "".join(source.choices(signs, k=source.randrange(4))) + '"'
    items = [draw_value(source, depth - 1) for _ in range(source.randrange(4))]
    if kind == 2:
        return f"[{','.join(items)}]"
    return "{" + ",".join(f'"k{number}\\ud83d": {item}' for number, item in enumerate(items)) + "}"


def test_the_fast_way_gives_what_looking_at_every_value_gives() -> None:
    source = random.Random(20261122)
    for _ in range(1_000):
        text = draw_value(source, 3).encode()

        assert repr(parse_json(text)) == repr(parse_one_by_one(text)), text


def test_a_text_has_no_half_signs(tmp_path: Path) -> None:
    path = tmp_path / "result"
    path.write_bytes(b'{"text": "a \\ud800chair"}')

    assert read_text(path) == "a chair"
    assert find_text("a \ud800chair") == "a chair"


SANDBOX = Connection(base_url="https://api.example", key="key", sandbox=True)
STRANGE_ECHOES = [{"a": 5}, [[1]], [{"a": {}}], {"a": {"b": ["c"]}}]


@pytest.mark.parametrize("value", [*STRANGE_ECHOES, 5, True, 1.5])
def test_an_echo_that_no_list_can_hold_is_left_out(value: Any) -> None:
    echo = read_echo(OPERATIONS["meshy.retexture"], {"target_formats": value, "ai_model": "meshy-6"}, SANDBOX)

    assert echo == {"ai_model": "meshy-6"}


@pytest.mark.parametrize("value", [*STRANGE_ECHOES, ["x"]])
@pytest.mark.parametrize("name", ["text_style_prompt", "enable_pbr", "ai_model"])
def test_an_echo_that_no_field_can_hold_is_left_out(name: str, value: Any) -> None:
    echo = read_echo(OPERATIONS["meshy.retexture"], {name: value, "target_formats": ["glb", "obj"]}, SANDBOX)

    assert echo == {"target_formats": ["glb", "obj"]}


@pytest.mark.parametrize("remote_id", ["", "x" * 101, "two\nlines"])
@pytest.mark.parametrize("vendor", ["meshy", "triverse"])
def test_an_id_that_no_row_can_keep_leaves_the_create_in_doubt(vendor: str, remote_id: str) -> None:
    body = {"result": remote_id} if vendor == "meshy" else {"code": 0, "data": {"task_uuid": remote_id}}
    make = meshy_client.make_client if vendor == "meshy" else triverse_client.make_client

    with pytest.raises(VendorError) as caught:
        make(Answer(http_status=200, body=body)).submit(SentRequest("POST", "/x", {}))

    assert (caught.value.code, caught.value.sent) == ("no_task_id", "maybe")
