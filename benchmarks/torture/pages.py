"""Forms as a browser sees them: their fields with the values that they come with."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

FLAGS = frozenset({"checkbox", "radio"})


@dataclass
class Form:
    """`values` holds what would be sent; `buttons` what each named button would add, as (name, value)."""

    action: str = ""
    values: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class FormReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select = ""
        self._text: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = {name: value if value is not None else "" for name, value in attrs}
        if tag == "form":
            self._form = Form(about.get("action", ""))
            self.forms.append(self._form)
        if self._form is None:
            return
        name = about.get("name", "")
        if tag == "input" and name and "disabled" not in about:
            self._take_input(name, about)
        elif tag == "button" and name:
            self._form.buttons.append((name, about.get("value", "")))
        elif tag == "select":
            self._select = "" if "disabled" in about else name
        elif tag == "option" and self._select and "selected" in about:
            self._form.values.setdefault(self._select, []).append(about.get("value", ""))
        elif tag == "textarea" and "disabled" not in about:
            self._text = name

    def _take_input(self, name: str, about: dict[str, str]) -> None:
        kind = about.get("type", "text")
        if kind == "file" or (kind in FLAGS and "checked" not in about):
            return
        if self._form is not None:
            self._form.values.setdefault(name, []).append(about.get("value", "on" if kind in FLAGS else ""))

    def handle_data(self, data: str) -> None:
        if self._text and self._form is not None:
            self._form.values[self._text] = [self._form.values.get(self._text, [""])[0] + data]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._text = None


def read_forms(page: str) -> list[Form]:
    reader = FormReader()
    reader.feed(page)
    return reader.forms
