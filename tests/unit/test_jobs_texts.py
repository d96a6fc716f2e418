"""Words in the answer of an operation that gives back a text, wherever the vendor puts them."""

from pathlib import Path
from typing import Any

import pytest

from jobs.texts import TEXT_MAX_LENGTH, find_text, read_text


@pytest.mark.parametrize(
    ("output", "text"),
    [
        ({"optimized_prompt": "a red chair"}, "a red chair"),
        ({"prompt": "what was asked", "optimized_prompt": "a red chair"}, "a red chair"),
        ({"optimized_prompt": "  ", "text": "a red chair"}, "a red chair"),
        ({"result": {"optimized_text": "a red chair"}}, "a red chair"),
        ({"data": [{"text": "a red chair"}]}, "a red chair"),
        ({"input": {"prompt": "inner"}, "result": "a red chair"}, "a red chair"),
        ("a red chair", "a red chair"),
        ({"text": "https://o.example/result.txt"}, ""),
        ({"text": 7, "prompt": None, "result": []}, ""),
        ({"text": "a\0b"}, "ab"),
        ({}, ""),
        (None, ""),
    ],
)
def test_the_text_is_found_under_any_name(output: Any, text: str) -> None:
    assert find_text(output) == text


def test_a_text_without_end_is_cut() -> None:
    assert len(find_text({"text": "x" * 1_000_000})) == TEXT_MAX_LENGTH


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"a red chair\n", "a red chair"),
        (b'\xef\xbb\xbf{"optimized_prompt": "a red chair"}', "a red chair"),
        (b'"a red chair"', "a red chair"),
        (b"\x89PNG\r\n\x1a\n\xff", ""),
        (b"", ""),
    ],
)
def test_a_text_may_come_as_a_file(content: bytes, text: str, tmp_path: Path) -> None:
    path = tmp_path / "result"
    path.write_bytes(content)

    assert read_text(path) == text
