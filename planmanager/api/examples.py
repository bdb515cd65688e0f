"""Examples of the API's description, by operation."""

from typing import Any

BODIES: dict[str, Any] = {}
ANSWERS: dict[str, Any] = {}
