"""Triverse: pictures and better prompts from words. Facts: its page Utilities, read on 2026-11-21."""

from django import forms

from jobs.fields import OpenChoiceField, PromptField
from jobs.operations import Endpoint, Operation, OrderId, Output
from jobs.vendors.triverse_fields import FETCH, FOLLOW, READ_ON, SHARED_FIELDS
from jobs.vendors.triverse_utilities import UTILITIES_URL

IMAGE_GENERATION = Operation(
    key="triverse.image-generation",
    vendor="triverse",
    label="Image generation",
    verb="Generate",
    icon="photo-ai",
    summary="Make pictures from words, to use as style images for example.",
    endpoints=(Endpoint("POST", "/tasks/image-generation", "create the task"), FOLLOW, FETCH),
    fields={
        "prompt": PromptField(label="Prompt", min_length=3, help_text="What the pictures show, and in which style."),
        "image_count": forms.IntegerField(label="Pictures", min_value=1, max_value=4, required=False, initial=4),
        "ai_model": OpenChoiceField(
            label="AI model",
            choices=[("seedream_4_5", "Seedream 4.5")],
            required=False,
            initial="seedream_4_5",
            help_text="Triverse's name for the model that draws.",
        ),
        **SHARED_FIELDS,
    },
    automatic={"client_order_id": OrderId()},
    advanced=frozenset({"ai_model", "allow_duplicate"}),
    outputs=(Output("image", "as many pictures as asked for"),),
    docs_url=UTILITIES_URL,
    checked_on=READ_ON,
)

PROMPT_OPTIMIZE = Operation(
    key="triverse.prompt-optimize",
    vendor="triverse",
    label="Prompt optimization",
    verb="Improve prompt",
    icon="sparkles",
    summary="Turn a few words into a prompt that says more.",
    endpoints=(Endpoint("POST", "/tasks/prompt-optimize", "create the task"), FOLLOW),
    fields={
        "user_input": PromptField(
            label="Your words",
            is_improvable=False,
            max_length=500,
            help_text="A few are enough: a worn leather ball.",
        ),
        **SHARED_FIELDS,
    },
    automatic={"client_order_id": OrderId()},
    advanced=frozenset({"allow_duplicate"}),
    outputs=(Output("text", "the improved prompt"),),
    docs_url=UTILITIES_URL,
    checked_on=READ_ON,
)

OPERATIONS = (IMAGE_GENERATION, PROMPT_OPTIMIZE)
