"""The parameter rules of the operations that the vendor's models perform: texturing, picture making, rewriting."""

from typing import Any

from sandbox.triverse.body import Body
from sandbox.triverse.dialects import OLD
from sandbox.triverse.errors import invalid

TEXTURE_FIELDS = ("model_version", "texture_size", "polygon_limit")
TEXT_TEXTURE_FIELDS = ("text_prompt", *TEXTURE_FIELDS)
IMAGE_FIELDS = ("prompt", "ai_model", "image_count")
PROMPT_FIELDS = ("user_input",)

# No other value stands on the vendor's pages. A service refuses a model that it does not have, so this one does.
MODEL_VERSIONS = ("v2",)
IMAGE_MODELS = ("seedream_4_5",)
SHORTEST_PROMPT = 3
LONGEST_USER_INPUT = 500
# Invented: how long a prompt may be is not documented.
LONGEST_PROMPT = 4000
TEXTURE_SIZES = (1024, 4096)
POLYGON_LIMITS = (1000, 1_500_000)
OLD_POLYGON_LIMITS = (1000, 10_000_000)
IMAGE_COUNTS = (1, 4)


def check_texture(body: Body) -> dict[str, Any]:
    return {
        "model_version": body.choice("model_version", "v2", among=MODEL_VERSIONS),
        "texture_size": body.integer("texture_size", 1024, among=TEXTURE_SIZES),
        "polygon_limit": body.integer(
            "polygon_limit", 1_000_000, among=OLD_POLYGON_LIMITS if body.dialect == OLD else POLYGON_LIMITS
        ),
    }


def check_text_texture(body: Body) -> dict[str, Any]:
    prompt = _check_longest("text_prompt", body.require_text("text_prompt"), LONGEST_PROMPT)
    return {"text_prompt": prompt, **check_texture(body)}


def check_images(body: Body) -> dict[str, Any]:
    prompt = body.require_text("prompt")
    if len(prompt) < SHORTEST_PROMPT:
        raise invalid(f"prompt must have at least {SHORTEST_PROMPT} characters.")
    return {
        "prompt": _check_longest("prompt", prompt, LONGEST_PROMPT),
        "ai_model": body.choice("ai_model", "seedream_4_5", among=IMAGE_MODELS),
        **check_image_count(body),
    }


def check_image_count(body: Body) -> dict[str, Any]:
    return {"image_count": body.integer("image_count", 4, among=IMAGE_COUNTS)}


def check_prompt(body: Body) -> dict[str, Any]:
    return {"user_input": _check_longest("user_input", body.require_text("user_input"), LONGEST_USER_INPUT)}


def _check_longest(name: str, text: str, longest: int) -> str:
    if len(text) > longest:
        raise invalid(f"{name} must have {longest} characters at most; it has {len(text)}.")
    return text
