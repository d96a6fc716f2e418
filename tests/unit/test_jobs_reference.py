"""The reference says what the catalogue says, and docs/reference.md is as it would be written now."""

from pathlib import Path

import pytest

from jobs.operations import Operation
from jobs.reference import LIMITS, RULE_SENTENCES, build_reference, build_sentence
from jobs.reference_page import build_page
from jobs.vendors import OPERATIONS
from jobs.vendors.meshy_operations import PROFILES

ROOT = Path(__file__).resolve().parents[2]
KNOWN = {**OPERATIONS, "meshy.retexture as it was": PROFILES["seed"]}
ALL = pytest.mark.parametrize("operation", KNOWN.values(), ids=KNOWN.keys())


def test_the_document_is_as_the_catalogue_says() -> None:
    written = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")

    assert written == build_page(OPERATIONS.values()), "run: manage.py reference"


@ALL
def test_every_parameter_stands_in_the_reference_with_its_limits(operation: Operation) -> None:
    described = {field["name"]: field for field in operation.describe()["fields"]}

    for parameter in build_reference(operation).parameters:
        field = described.pop(parameter.name)
        limits = " ".join(parameter.limits).replace(",", "")
        assert all(str(field[side]) in limits for side in ("min", "max") if field[side] is not None), parameter.name
        assert [choice.value for choice in parameter.choices] == [str(value) for value in field["choices"]]
        assert bool(parameter.default) == (field["default"] not in (None, "", []))
        assert parameter.label
        assert parameter.sent
    assert described == {}


@ALL
def test_every_rule_is_a_sentence(operation: Operation) -> None:
    sentences = build_reference(operation).rules

    assert len(sentences) == len(operation.rules)
    for sentence, rule in zip(sentences, operation.rules, strict=True):
        assert sentence.endswith(".")
        assert "{" not in sentence
        assert rule.describe()["reason"] in sentence


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        (
            {"rule": "forbids", "when": {"a": "x"}, "field": "b", "refused": ["y", "z"], "reason": "So it is."},
            "With `a` = x, `b` cannot be y or z. So it is.",
        ),
        (
            {"rule": "exactly_one", "fields": ["a", "b", "c"], "reason": "So it is."},
            "Exactly one of `a`, `b` and `c` is given. So it is.",
        ),
        (
            {"rule": "needs", "field": "a", "values": [], "other": "b", "allowed": ["x"], "reason": "So it is."},
            "With `a`, `b` has to be x. So it is.",
        ),
        (
            {
                "rule": "needs",
                "field": "a",
                "values": ["1", "2"],
                "other": "b",
                "allowed": ["x"],
                "reason": "So it is.",
            },
            "With `a` = 1 or 2, `b` has to be x. So it is.",
        ),
    ],
)
def test_a_rule_reads_like_this(rule: dict[str, object], sentence: str) -> None:
    assert build_sentence(rule) == sentence


def test_every_vendor_has_limits_and_every_kind_of_rule_a_sentence() -> None:
    kinds = {rule.describe()["rule"] for operation in OPERATIONS.values() for rule in operation.rules}

    assert kinds <= set(RULE_SENTENCES)
    assert {operation.vendor for operation in OPERATIONS.values()} == set(LIMITS)


def test_newer_and_retired_values_are_marked() -> None:
    reference = build_reference(OPERATIONS["meshy.retexture"])
    model = next(parameter for parameter in reference.parameters if parameter.name == "ai_model")
    marks = {choice.value: choice.mark for choice in model.choices}

    assert (marks["meshy-5"], marks["meshy-4"], marks["meshy-7"]) == ("", "retired", "newer")
    assert model.is_open


def test_the_one_default_that_is_never_filled_in_is_told() -> None:
    reference = build_reference(OPERATIONS["triverse.texture-model"])
    limit = next(parameter for parameter in reference.parameters if parameter.name == "polygon_limit")

    assert (limit.default, limit.sent, limit.limits) == ("1,000,000", "when given", ("1,000 to 1,500,000",))
