"""What is said: templates compiled once at publishing, rendered per customer."""

from __future__ import annotations

from kaskad.content.asked import DataSpec, PromoCode
from kaskad.content.compile import compile_message
from kaskad.content.data import MissingData, resolve_data
from kaskad.content.message import CompiledMessage, MessageSpec, Written
from kaskad.content.names import FIELDS, nearest
from kaskad.content.render import Renderer, nearest_variant
from kaskad.content.yaml_files import problem_in_spec

__all__ = [
    "FIELDS",
    "CompiledMessage",
    "DataSpec",
    "MessageSpec",
    "MissingData",
    "PromoCode",
    "Renderer",
    "Written",
    "compile_message",
    "nearest",
    "nearest_variant",
    "problem_in_spec",
    "resolve_data",
]
