"""What comes from vendors in values that no row, no page and no field of ours can take."""

import json
from pathlib import Path
from typing import Any

import pytest

from jobs.lifecycle import read_echo
from jobs.texts import find_text, read_text
from jobs.vendors import OPERATIONS
from jobs.vendors.base import Connection
from jobs.vendors.json_text import parse_json


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
        (b'"\xff"', None),
        (b"[" * 100_000, None),
        (b"nonsense", None),
    ],
)
def test_only_what_can_be_stored_and_shown_comes_through(text: bytes, value: Any) -> None:
    found = parse_json(text)

    assert found == value
    assert json.dumps(found, ensure_ascii=False, allow_nan=False).encode()


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
