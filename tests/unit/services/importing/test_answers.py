"""Answers of consent in files: a word that the map does not name never grants."""

from __future__ import annotations

from typing import Any

import pytest

from kaskad.domain.importing.import_map import Column, ImportMap
from kaskad.domain.importing.kinds import ImportKind
from kaskad.domain.rejection import EventRejected
from kaskad.services.importing.answers import answer_of
from kaskad.services.importing.values import ColumnReader

OUT = {"true": False, "1": False, "false": None, "0": None}
BOTH = {"subscribed": True, "unsubscribed": False, "never": None}
IN = {"yes": None, "no": False}


def answer(said: Any, names: dict[str, Any] | None, column: str = "x", **more: Any) -> Any:
    reader = ColumnReader([column], ImportMap(ImportKind.CONSENTS, "map", ""))
    try:
        return answer_of(Column(column, names=names, **more), reader)([said])
    except EventRejected:
        return "unclear"


@pytest.mark.parametrize("names", [OUT, {"1": False, "0": None}, IN, {"x": None}])
@pytest.mark.parametrize("said", ["t", "да", "Y", "on", "ok", "Active", "subscribed", True, 1])
def test_a_column_of_which_no_word_grants_never_grants(names: dict[str, Any], said: Any) -> None:
    assert answer(said, names) is names.get(str(said).casefold(), False)


@pytest.mark.parametrize(
    ("said", "names", "meant"),
    [
        ("subscribed", BOTH, True),
        ("Never ", BOTH, None),
        ("yes", BOTH, "unclear"),
        ("active", BOTH, "unclear"),
        ("no", BOTH, False),
        ("opted out", BOTH, False),
        ("perhaps", BOTH, "unclear"),
        ("perhaps", OUT, "unclear"),
        ("unsubscribed", OUT, False),
        (None, OUT, None),
        (False, OUT, None),
    ],
)
def test_words_that_the_map_does_not_name(said: Any, names: dict[str, Any], meant: Any) -> None:
    assert answer(said, names) is meant or answer(said, names) == meant


def test_a_default_is_for_what_says_nothing() -> None:
    assert answer(None, OUT, default=True) is True
    assert answer("yes", OUT, default=True) is False
    assert answer("perhaps", BOTH, default=True) == "unclear"


@pytest.mark.parametrize("column", ["Unsubscribed", "Do Not Email", "opt_out", "profile.optedOut"])
def test_a_column_whose_name_says_no(column: str) -> None:
    """Without names a yes in it is a no, and its no says nothing."""
    assert [answer(said, None, column) for said in ("yes", True, "1", "no", False, "", "withdrawn", "eh")] == [
        *(False, False, False),
        *(None, None, None),
        *(False, "unclear"),
    ]


def test_whatever_fills_a_column() -> None:
    said = ["['HARD_BOUNCE']", "2025-01-01", "yes", "[]", "", None]
    assert [answer(one, {"[]": None}, filled=False) for one in said] == [False, False, False, None, None, None]
    assert [answer(one, None, filled=True) for one in ("2025-01-01", "no", "0", None)] == [True, False, False, None]


@pytest.mark.parametrize(
    "said",
    [
        *("do not email", "Do Not Contact", "don't call", "Don’t send anything", "no more letters", "NO ADS OR OFFERS"),
        *(
            "Не беспокоить",
            "не звонить!",
            "больше не пишите",
            "без рекламы",
            "не хочу",
            "рассылки не нужны",
            "никаких смс",
        ),
        *("bitte keine Werbung", "not interested", "never text me", "I do not want it"),
    ],
)
def test_plain_refusals(said: str) -> None:
    assert answer(said, None) is False
    assert answer(said, BOTH) is False


@pytest.mark.parametrize("said", ["perhaps", "email", "по почте", "write me", "не знаю", "call after six"])
def test_what_refuses_nothing_is_unclear(said: str) -> None:
    assert answer(said, None) == "unclear"
