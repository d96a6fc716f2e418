"""Writes docs/reference.md from the catalogue: the same rows as on the reference pages."""

from collections.abc import Iterable

from jobs.operations import Operation
from jobs.reference import Parameter, Reference, build_reference

HEAD = """\
# Reference

Made by `manage.py reference` from the catalogue in `jobs/vendors/`; do not edit it. Parameters have the vendors' own
names. *Newer* is what came after the pages that this catalogue began with. Where a list of values is open, another
value may be typed: the vendor has the last word.
"""
LANGUAGES = {"curl": ("cURL", "sh"), "javascript": ("JavaScript", "js"), "python": ("Python", "python")}


def build_page(operations: Iterable[Operation]) -> str:
    references = [build_reference(operation) for operation in operations]
    contents = "\n".join(f"- [{item.vendor_label}: {item.label}](#{_anchor(item)})" for item in references)
    return "\n".join([HEAD, contents, *map(build_chapter, references)])


def _heading(item: Reference) -> str:
    return f"{item.vendor_label} {item.label.lower()}"


def _anchor(item: Reference) -> str:
    return _heading(item).lower().replace(" ", "-")


def build_chapter(item: Reference) -> str:
    parts = [
        f"\n## {_heading(item)}\n",
        f"`{item.key}`: {item.summary} The vendor's page: <{item.docs_url}>, read on {item.checked_on.isoformat()}.\n",
        _table(["call", "path", "what for"], [[e.method, f"`{e.path}`", e.purpose] for e in item.endpoints]),
        _table(["parameter", "type", "default", "values and limits", "sent"], map(_build_row, item.parameters)),
    ]
    if item.rules:
        parts.append("\n".join(f"- {sentence}" for sentence in item.rules) + "\n")
    parts.append("Gives back: " + "; ".join(f"{output.role}: {output.note}" for output in item.outputs) + ".\n")
    parts.append(" ".join(item.limits) + "\n")
    parts += [_build_snippet(name, code) for name, code in item.snippets.items()]
    return "\n".join(parts)


def _build_row(parameter: Parameter) -> list[str]:
    name = f"`{parameter.name}`" + (" (required)" if parameter.is_required else "")
    name += " *newer*" if parameter.source == "current" else ""
    return [name, parameter.type, parameter.default, _build_values(parameter), parameter.sent]


def _build_values(parameter: Parameter) -> str:
    choices = [f"`{item.value}`" + (f" ({item.mark})" if item.mark else "") for item in parameter.choices]
    texts = [", ".join(choices) + (" or another" if parameter.is_open else "")] if choices else []
    return "; ".join([*texts, *parameter.limits, *([parameter.help.rstrip(".")] if parameter.help else [])])


def _table(head: list[str], rows: Iterable[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


def _build_snippet(name: str, code: str) -> str:
    label, language = LANGUAGES[name]
    return f"<details><summary>{label}</summary>\n\n```{language}\n{code.rstrip()}\n```\n\n</details>\n"
