"""The texts of the pages: every language says all that English says, with the same placeholders."""

from __future__ import annotations

import re
from typing import Any

import pytest

from kaskad.api.customer_pages import Page
from kaskad.api.page_texts import all_texts, choose_language, get_texts, in_language
from kaskad.domain.channel import Channel
from kaskad.services.preferences.choices import REASONS


def leaves(document: Any, path: str = "") -> dict[str, list[str]]:
    """The placeholders of each text, by its path."""
    if isinstance(document, dict):
        return {at: found for key, part in document.items() for at, found in leaves(part, f"{path}.{key}").items()}
    assert document not in (None, ""), path
    return {path: sorted(re.findall(r"\{(\w+)\}", str(document)))}


@pytest.mark.parametrize("language", sorted(all_texts()))
def test_a_language_says_all_that_english_says(language: str) -> None:
    texts = get_texts(language)
    assert leaves(texts.document) == leaves(get_texts("en").document)
    assert texts.language == language
    assert texts.version == f"pages/{language}/{texts.document['version']}"
    for page in Page:
        part, name = page.value
        assert set(texts.document[part][name]) == {"title", "text"}
    for names in (texts.document["channels"], texts.document["preferences"]["in_channel"]):
        assert set(names) == set(Channel)
    assert set(texts.document["preferences"]["reasons"]) == set(REASONS)


def test_the_customers_language_counts_before_the_browsers() -> None:
    assert choose_language("en", locale="ru_RU") == "ru"
    assert choose_language("ru", locale="en-GB") == "en"
    assert choose_language("ru", locale="tt") == "ru", "the browser's where there is no page in the customer's"
    assert choose_language("ru", locale=None) == "ru"
    assert get_texts("tt").language == "en"


def test_a_title_is_in_the_reader_s_language_or_in_one_of_the_shop_s() -> None:
    titles = {"ru": "Корзина", "en-GB": "Cart"}
    assert in_language(titles, "en") == "Cart"
    assert in_language(titles, "de", ["ru"]) == "Корзина"
    assert in_language({}, "de", ["ru"]) is None
