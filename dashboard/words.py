"""Words that a task was given and words that it gave back, side by side, and where they can go from there."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from dashboard.uses import Use, find_words_field, get_limit, list_word_uses
from jobs.models import Task
from jobs.texts import gives_text

MANY_WORDS = 1_000
"""No prompt has so many."""


@dataclass(frozen=True)
class WordUse:
    """An operation that takes the words; `over` is by how many characters they are too many for it."""

    use: Use
    over: int


@dataclass(frozen=True)
class Words:
    """What went in and what came out; `after` is empty until then."""

    before: str
    after: str
    uses: list[WordUse]


def build_words(task: Task) -> Words | None:
    """Return the words of a task that gives back words, None for any other."""
    if not gives_text(task.spec) and not task.result_text:
        return None
    before = str(task.params.get(find_words_field(task.spec), ""))
    after = task.result_text
    uses = [WordUse(use, count_over(after, use)) for use in list_word_uses(leave_out=task.operation)]
    return Words(before=before, after=after, uses=uses)


def count_over(text: str, use: Use) -> int:
    """Return how many characters of the text are too many for the field, 0 where it fits."""
    limit = get_limit(use.operation, use.field)
    return max(0, len(text) - limit) if limit else 0


def mark_kept(before: str, after: str) -> SafeString:
    """Return `after` as HTML in which the words that stand in `before` too are marked; its text is unchanged."""
    pieces = ((format_html("<b>{}</b>", text) if is_kept else text,) for text, is_kept in split_kept(before, after))
    return format_html_join("", "{}", pieces)


def split_kept(before: str, after: str) -> Iterator[tuple[str, bool]]:
    """Cut `after` into runs of words, each with whether it stands in `before`."""
    old, new = re.findall(r"\w+", before.lower()), re.findall(r"\w+|\W+", after)
    places = [place for place, text in enumerate(new) if text[0].isalnum() or text[0] == "_"]
    words = [new[place].lower() for place in places]
    is_long = len(words) > MANY_WORDS  # the words that fill it are left unmarked: each of them costs a walk through it
    matcher = difflib.SequenceMatcher(None, old, words, autojunk=is_long)
    kept = {places[start + step] for _, start, size in matcher.get_matching_blocks() for step in range(size)}
    for place, text in enumerate(new):
        yield text, place in kept
