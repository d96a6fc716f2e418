"""Triverse's client."""

from jobs.vendors.triverse_operations import OPERATIONS as OPERATIONS

BASE_URL = "https://api.triverse.ai/api/v1"
