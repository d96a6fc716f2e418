"""Which words of an improved prompt were there before."""

import time

from dashboard.words import mark_kept


def test_words_that_stay_are_marked_and_everything_else_is_plain_text() -> None:
    assert mark_kept("red <chair>", "A red leather <chair>!") == "A <b>red</b> leather &lt;<b>chair</b>&gt;!"


def test_a_very_long_answer_full_of_one_word_is_compared_in_a_moment() -> None:
    before = " ".join(f"a x{number}" for number in range(250))
    after = " ".join(f"a y{number}" for number in range(2_500))
    started = time.process_time()

    marked = mark_kept(before, after)

    assert "y2499" in marked
    assert time.process_time() - started < 3
