"""A compiled message is the same wherever it is made, and is not made twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from kaskad.content import FIELDS, CompiledMessage, Renderer, compile_message
from kaskad.domain.channel import Channel
from kaskad.domain.errors import InvalidFiles

MJML = """<mjml><mj-head><mj-title>T</mj-title></mj-head><mj-body>
<mj-include path="../_shared/hello.mjml" />
</mj-body></mjml>"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shared, message = tmp_path / "templates" / "_shared", tmp_path / "templates" / "hello"
    shared.mkdir(parents=True)
    message.mkdir()
    (shared / "hello.mjml").write_text(
        "<mj-section><mj-column><mj-text>Hello</mj-text></mj-column></mj-section>", "utf-8"
    )
    (message / "email.mjml").write_text(MJML, "utf-8")
    return message


def test_survives_the_database(folder: Path) -> None:
    message = compile_message(folder)
    loaded = CompiledMessage.model_validate_json(message.model_dump_json(by_alias=True))
    assert loaded == message
    assert "Hello" in Renderer().render(loaded, Channel.EMAIL, "en", data={})["html"]


def test_the_hash_is_of_the_content(folder: Path, tmp_path: Path) -> None:
    first = compile_message(folder)
    assert compile_message(folder).hash == first.hash
    (folder.parent / "_shared" / "hello.mjml").write_text(
        "<mj-section><mj-column><mj-text>Hi</mj-text></mj-column></mj-section>", "utf-8"
    )
    assert compile_message(folder).hash != first.hash


def test_an_unchanged_message_comes_from_the_cache(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    compiled = compile_message(folder, cache=cache)
    (entry,) = cache.iterdir()
    marked = compiled.model_copy(update={"hash": "from the cache"})
    entry.write_text(marked.model_dump_json(by_alias=True), "utf-8")
    assert compile_message(folder, cache=cache) == marked


@pytest.mark.parametrize("changed", ["hello/email.mjml", "_shared/hello.mjml", "hello/message.yaml", "hello/sms.yaml"])
def test_any_changed_source_passes_the_cache_by(folder: Path, tmp_path: Path, changed: str) -> None:
    cache = tmp_path / "cache"
    compile_message(folder, cache=cache)
    path = folder.parent / changed
    old = path.read_text("utf-8") if path.exists() else {"sms.yaml": "text: a"}.get(path.name, "topic: carts")
    path.write_text(old + "\n", "utf-8")
    compile_message(folder, cache=cache)
    assert len(list(cache.iterdir())) == 2


def test_what_is_wrong_is_not_kept(folder: Path, tmp_path: Path) -> None:
    (folder / "sms.yaml").write_text("text: {{ nobody }}\n", "utf-8")
    for _ in range(2):
        with pytest.raises(InvalidFiles):
            compile_message(folder, cache=tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_a_shop_s_own_attributes_are_known_where_told(folder: Path, tmp_path: Path) -> None:
    (folder / "sms.yaml").write_text('text: "{{ customer.shoe_size }}"\n', "utf-8")
    with pytest.raises(InvalidFiles, match=r"sms\.yaml:1:11: unknown field 'customer\.shoe_size'"):
        compile_message(folder, cache=tmp_path / "cache")
    known = {**FIELDS, "customer": ["shoe_size"]}
    assert Channel.SMS in compile_message(folder, known_fields=known, cache=tmp_path / "cache").variants
