"""`data:` of message.yaml: what it may ask for, and what is said of the rest; a code as templates write it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from kaskad.content import CompiledMessage, MissingData, PromoCode, Renderer, compile_message, resolve_data
from kaskad.domain.channel import Channel
from kaskad.domain.duration import Duration
from kaskad.domain.errors import InvalidFiles, TemplateError

UNTIL = datetime(2027, 3, 9, 9, 0, tzinfo=UTC)
CART10 = PromoCode.of("CART-7F3K", UNTIL, ("site", "store"))


def compiled(folder: Path, data: str, text: str = "hello") -> CompiledMessage:
    """The message with that `data:` and an SMS."""
    folder.mkdir()
    (folder / "message.yaml").write_text(f"data:\n  {data}\n")
    (folder / "sms.yaml").write_text(f'text: "{text}"\n')
    return compile_message(folder)


def said(message: CompiledMessage, code: PromoCode | None) -> str:
    resolved = resolve_data(message.spec, {"code": code})
    assert isinstance(resolved, dict)
    return Renderer().render(message, Channel.SMS, "en", data=resolved)["text"]


def test_what_may_be_asked_for(tmp_path: Path) -> None:
    data = "also: {recommend: bought_together, at_most: 4, never: bought_or_similar 30d}\n  code: {promo: cart10}"
    spec = compiled(tmp_path / "offer", data).spec
    assert spec.data["code"].promo == "cart10"
    assert (spec.data["also"].recommend, spec.data["also"].at_most) == ("bought_together", 4)
    assert spec.data["also"].never == Duration(seconds=30 * 86_400)


def test_it_is_stored_and_read_again(tmp_path: Path) -> None:
    data = "also: {recommend: bought_together, never: bought_or_similar 2w}\n  code: {promo: cart10}"
    message = compiled(tmp_path / "offer", data)
    assert CompiledMessage.model_validate_json(message.model_dump_json(by_alias=True)) == message


TROUBLES = [
    ("code: {}", "2:3: 'code': one of 'from', 'promo' and 'recommend' is needed"),
    ("code: {promo: a, from: cart.items}", "2:3: 'code': one of 'from', 'promo' and 'recommend' is needed"),
    ("code: {promo: a, at_most: 2}", "2:3: 'code': a promo gives one code: at_least and at_most say nothing here"),
    ("code: {promo: a, never: bought_or_similar 30d}", "2:3: 'code': 'never' belongs to 'recommend'"),
    ("code: {prmo: a}", "2:10: unknown key 'prmo', did you mean 'promo'?"),
    ("also: {recommend: bought}", "2:10: 'recommend': input should be 'bought_together'"),
    ("also: {recommend: bought_together, never: 30d}", "2:38: 'never': write one like bought_or_similar 30d"),
    ("also: {recommend: bought_together, at_most: 0}", "2:38: 'at_most': input should be greater than or equal to 1"),
]


@pytest.mark.parametrize(("data", "trouble"), TROUBLES)
def test_what_may_not(tmp_path: Path, data: str, trouble: str) -> None:
    with pytest.raises(InvalidFiles) as raised:
        compiled(tmp_path / "offer", data)
    assert [str(problem).partition("message.yaml:")[2] for problem in raised.value.problems] == [trouble]


TEXTS = [
    ("{{ code }}", "CART-7F3K"),
    ("{{ code.code }}!", "CART-7F3K!"),
    ("until {{ code.valid_until | date }}", "until March 9, 2027"),
    ("{{ code.where | join(', ') }}", "site, store"),
    ("{% if code %}with{% else %}without{% endif %}", "with"),
]


@pytest.mark.parametrize(("text", "expected"), TEXTS)
def test_what_a_template_says_of_a_code(tmp_path: Path, text: str, expected: str) -> None:
    assert said(compiled(tmp_path / "offer", "code: {promo: cart10}", text), CART10) == expected


def test_a_message_that_goes_without_a_code_has_to_ask(tmp_path: Path) -> None:
    asking = compiled(tmp_path / "asking", "code: {promo: cart10}", "{% if code %}with{% else %}without{% endif %}")
    assert said(asking, None) == "without"
    with pytest.raises(TemplateError, match="a value is empty"):
        said(compiled(tmp_path / "blunt", "code: {promo: cart10}", "{{ code }}"), None)


def test_a_field_that_no_code_has(tmp_path: Path) -> None:
    with pytest.raises(InvalidFiles, match="valid_til"):
        compiled(tmp_path / "offer", "code: {promo: cart10}", "{{ code.valid_til }}")


def test_too_little_to_recommend(tmp_path: Path) -> None:
    spec = compiled(tmp_path / "offer", "also: {recommend: bought_together, at_least: 2}").spec
    assert resolve_data(spec, {"also": [1]}) == MissingData("also", "products to recommend", 2, 1)
    assert resolve_data(spec, {"also": [1, 2, 3]}) == {"also": [1, 2, 3]}
