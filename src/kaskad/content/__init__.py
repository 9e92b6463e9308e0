"""What is said: templates compiled once at publishing, rendered per customer."""

from __future__ import annotations

from kaskad.content.compile import compile_message
from kaskad.content.data import MissingData, resolve_data
from kaskad.content.message import CompiledMessage, DataSpec, MessageSpec
from kaskad.content.names import FIELDS
from kaskad.content.render import Renderer

__all__ = [
    "FIELDS",
    "CompiledMessage",
    "DataSpec",
    "MessageSpec",
    "MissingData",
    "Renderer",
    "compile_message",
    "resolve_data",
]
