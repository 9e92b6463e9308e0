"""The texts of the pages that customers see: one file a language in `pages/`, found by being there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML

DEFAULT = "en"  # for readers of languages that have no file


@dataclass(frozen=True, slots=True)
class PageTexts:
    """All texts in one language, as its file has them: `document["confirm"]["button"]`.

    `version` and `digest` tell later which texts somebody saw when they chose.
    """

    language: str
    name: str
    version: str
    digest: str  # SHA-256 of the file
    document: Mapping[str, Any]


@cache
def all_texts() -> Mapping[str, PageTexts]:
    """Returns the texts of every language by its code."""
    found = [
        _read(file.read_bytes()) for file in files("kaskad.api").joinpath("pages").iterdir() if _is_language(file.name)
    ]
    return {texts.language: texts for texts in sorted(found, key=lambda texts: texts.language)}


def _is_language(name: str) -> bool:
    return name.endswith(".yaml")


def _read(content: bytes) -> PageTexts:
    document = YAML(typ="safe", pure=True).load(content.decode())
    language = document["language"]
    version = f"pages/{language}/{document['version']}"
    return PageTexts(language, document["name"], version, hashlib.sha256(content).hexdigest(), document)


def get_texts(language: str) -> PageTexts:
    """Returns the texts in this language, or in English if there are none."""
    return all_texts().get(language) or all_texts()[DEFAULT]


def choose_language(accept: str, *, locale: str | None = None) -> str:
    """Returns the language of the customer's locale if it has texts, else the one that `Accept-Language` prefers.

    English if nothing fits (RFC 9110, 12.5.4).
    """
    known = language_of(locale or "")
    if known in all_texts():
        return known
    liked = dict.fromkeys([DEFAULT, *all_texts()], 0.0)
    for part in accept.split(","):
        tag, _, parameter = part.strip().partition(";")
        language = language_of(tag.strip())
        if language in liked:
            liked[language] = max(liked[language], _weight(parameter))
    return max(liked, key=lambda language: liked[language])


def language_of(locale: str) -> str:
    """Returns `pt` for `pt-BR` and `pt_br`."""
    return locale.replace("_", "-").partition("-")[0].lower()


def in_language(titles: Mapping[str, str], language: str, fallbacks: Iterable[str] = ()) -> str | None:
    """Returns the title in that language, else in the first of the others that has one."""
    by_language = {language_of(locale): title for locale, title in titles.items()}
    return next((by_language[each] for each in (language, *fallbacks) if each in by_language), None)


def _weight(parameter: str) -> float:
    name, _, value = parameter.replace(" ", "").partition("=")
    try:
        return float(value) if name == "q" else 1.0
    except ValueError:
        return 0.0
