"""Which of the vendors' tasks came of which wish, as it can be seen there without asking the product."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.torture.people import draw_picture
from benchmarks.torture.plan import PICTURE, Wish


def read_mark(task: Mapping[str, Any], files: Path) -> str:
    """Return by what a vendor's task is recognised: its order's key, its picture, or its words."""
    if task["client_order_id"]:
        return str(task["client_order_id"])
    if task["vendor"] == "meshy" and task["pictures"]:
        return hashlib.sha256((files / task["pictures"][0]).read_bytes()).hexdigest()
    return str(task["sent"].get("text_style_prompt", ""))


def get_marks(wish: Wish, order_id: str) -> set[str]:
    """Return by what the vendor's task of this wish would be recognised."""
    if wish.operation.startswith("triverse."):
        return {order_id}
    return {hashlib.sha256(draw_picture(wish.number)).hexdigest() if wish.kind == PICTURE else wish.words}
