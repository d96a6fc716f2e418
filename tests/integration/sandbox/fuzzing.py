"""Makes requests out of an OpenAPI document: some that it allows, more that are a little wrong, and sheer nonsense."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import requests
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

Schema = dict[str, Any]

LONGEST_TEXT = 40
JSON = "application/json"
# Halves of characters, control characters and other alphabets included.
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=LONGEST_TEXT)
NONSENSE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    ANY_TEXT,
    st.lists(st.integers(), max_size=3),
    st.dictionaries(ANY_TEXT, st.integers(), max_size=2),
)
IDS = ("none", "url", "../..", "%00", "5f0c2c1e-3a54-4a0d-9f0e-6a1f3d0b7c42")


def bounded(examples: int) -> settings:
    """So many examples, the same each time, so that a failure is everybody's."""
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


@dataclass(frozen=True)
class Maker:
    """Makes values from schemas. `files` are keys and addresses by the schema's `x-file`.

    `exact`: only what the schema allows; otherwise also what lies just beside.
    """

    files: Mapping[str, list[str]]
    exact: bool = True

    def build_bodies(self, schema: Schema) -> st.SearchStrategy[Any]:
        """Bodies for a request: objects with the right names, spoiled ones, and a few that are no objects at all."""
        names = st.sampled_from(list(schema["properties"]) or ["anything"]) | ANY_TEXT
        right, near = self.build_objects(schema), replace(self, exact=False).build_objects(schema)
        wrong = st.builds(lambda body, name, value: {**body, name: value}, right, names, NONSENSE)
        short = st.builds(lambda body, name: {key: body[key] for key in body if key != name}, right, names)
        return st.one_of(right, near, wrong, short, st.one_of(NONSENSE, st.lists(right, max_size=2)))

    def build_objects(self, schema: Schema) -> st.SearchStrategy[Any]:
        values = {name: self.build_values(each) for name, each in schema.get("properties", {}).items()}
        required = {name: values.pop(name) for name in schema.get("required", [])}
        return st.fixed_dictionaries(required, optional=values)

    def build_values(self, schema: Schema) -> st.SearchStrategy[Any]:
        if "x-file" in schema:
            return self._or_any_text(st.sampled_from(self.files[schema["x-file"]]))
        if "enum" in schema:
            return st.sampled_from(schema["enum"])
        if "const" in schema:
            return st.just(schema["const"])
        if "oneOf" in schema or "anyOf" in schema:
            return st.one_of([self.build_values(each) for each in schema.get("oneOf", schema.get("anyOf"))])
        return self._build_typed(schema)

    def _build_typed(self, schema: Schema) -> st.SearchStrategy[Any]:
        kind = schema.get("type")
        if kind == "integer":
            return self._build_numbers(schema.get("minimum", 0), schema.get("maximum", 2**31))
        if kind == "boolean":
            return st.booleans()
        if kind == "array":
            return st.lists(self.build_values(schema.get("items", {})), max_size=5)
        if kind == "object":
            return self.build_objects(schema)
        if kind == "string" and "pattern" in schema:
            return st.from_regex(schema["pattern"], fullmatch=True)
        if kind == "string":
            return self._build_texts(schema)
        return NONSENSE

    def _build_numbers(self, low: int, high: int) -> st.SearchStrategy[int]:
        beside = [] if self.exact else [low - 1, high + 1]
        return st.integers(low, high) | st.sampled_from([low, high, *beside])

    def _build_texts(self, schema: Schema) -> st.SearchStrategy[str]:
        longest = schema.get("maxLength", LONGEST_TEXT)
        beside = [] if self.exact else ["x" * (longest + 1)]
        return self._or_any_text(st.sampled_from([*schema.get("examples", ["an oak chair", "x" * longest]), *beside]))

    def _or_any_text(self, values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return values if self.exact else values | ANY_TEXT


class Answers:
    """Knows what each operation of the document may answer."""

    def __init__(self, document: Schema) -> None:
        self._document = document

    def check(self, method: str, path: str, answer: requests.Response) -> None:
        """Hold an answer to what the document says of the operation."""
        operation = self._document["paths"][path][method]
        content_type = answer.headers.get("content-type", "")
        body = answer.json() if content_type.startswith(JSON) else None
        faults = self.find_faults(operation, status=answer.status_code, content_type=content_type, body=body)
        assert answer.status_code < 500, answer.text
        assert not faults, (faults, answer.request.body, answer.text)

    def find_faults(self, operation: Schema, *, status: int, content_type: str, body: Any) -> list[str]:
        """What an answer breaks of the document; an empty list for one that is as described."""
        response = operation["responses"].get(str(status))
        if response is None:
            return [f"{status} is not described"]
        content = self._follow(response)["content"]
        media_type = content_type.partition(";")[0]
        if media_type not in content:
            return [f"{media_type} is not described for {status}"]
        if not media_type.endswith("json"):
            return []
        schema = {**content[media_type]["schema"], "components": self._document["components"]}
        return [f"{error.json_path}: {error.message}" for error in Draft202012Validator(schema).iter_errors(body)]

    def _follow(self, node: Schema) -> Schema:
        while "$ref" in node:
            target: Any = self._document
            for name in node["$ref"].removeprefix("#/").split("/"):
                target = target[name]
            node = target
        return node
