"""Parts of a rendered page, for comparing what htmx gets with a fresh page."""

import re


def cut(page: str, element_id: str) -> str:
    """Return the element with that id, its whitespace evened and what is fresh in every answer left out."""
    start = re.search(rf'<(section|div|nav|ol)[^>]*\bid="{element_id}"', page)
    assert start is not None, f"there is no #{element_id}"
    tag, depth = start[1], 0
    for edge in re.finditer(rf"<(/?){tag}\b", page[start.start() :]):
        depth += -1 if edge[1] else 1
        if depth == 0:
            text = page[start.start() : start.start() + edge.end()]
            fresh = r'name="(csrfmiddlewaretoken|form_key)" value="[^"]*"'
            return " ".join(re.sub(fresh, "", text).split())
    raise AssertionError(f"#{element_id} does not end")
