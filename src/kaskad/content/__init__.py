"""Message content: templates are compiled once at publishing and rendered per customer."""

from __future__ import annotations

from kaskad.content.compiler import compile_message
from kaskad.content.data_spec import DataSpec, PromoCode
from kaskad.content.message import CompiledMessage, MessageSpec, RenderedFields
from kaskad.content.rendering.message_data import MissingData, resolve_data
from kaskad.content.rendering.renderer import Renderer, find_nearest_variant
from kaskad.content.template_check import FIELDS, suggest_nearest
from kaskad.content.yaml_files import locate_spec_problem

__all__ = [
    "FIELDS",
    "CompiledMessage",
    "DataSpec",
    "MessageSpec",
    "MissingData",
    "PromoCode",
    "RenderedFields",
    "Renderer",
    "compile_message",
    "find_nearest_variant",
    "locate_spec_problem",
    "resolve_data",
    "suggest_nearest",
]
