"""Images of published messages over real HTTP: found by the address in the message, for good."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kaskad import settings
from kaskad.content import CompiledMessage, compile_message
from kaskad.domain.errors import Rejected
from kaskad.runtime import open_runtime
from kaskad.services import message_images
from tests.integration.api.front import ApiClient, door, refused

pytestmark = pytest.mark.anyio

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


@pytest.fixture
async def api(database_url: str, tmp_path: Path) -> AsyncIterator[ApiClient]:
    """The API, with the folder of a project beside it."""
    async with door(tmp_path / "home", KASKAD_DATABASE_URL=database_url) as opened:
        yield opened


def write(root: Path, content: bytes) -> None:
    image = root / "templates" / "hello" / "images" / "hero_picture.png"
    image.parent.mkdir(parents=True, exist_ok=True)
    image.write_bytes(content)
    (image.parents[1] / "viber.yaml").write_text("text: Hi\nimage: images/hero_picture.png\n")


def compiled(root: Path) -> CompiledMessage:
    return compile_message(root / "templates" / "hello")


async def store(root: Path, message: CompiledMessage, database_url: str) -> None:
    known = {"KASKAD_HOME": str(root / "home"), "KASKAD_DATABASE_URL": database_url}
    async with open_runtime(settings.load_settings(root, known)) as runtime:
        await message_images.store_images(runtime, root, [message])


async def test_an_address_shows_its_image_for_good(api: ApiClient, tmp_path: Path, database_url: str) -> None:
    addresses = []
    for content in (PNG, PNG + b"edited", PNG):
        write(tmp_path, content)
        message = compiled(tmp_path)
        await store(tmp_path, message, database_url)
        addresses.append(f"/images/{message.images[0].address}")
    assert addresses[0] == addresses[2] != addresses[1]
    for address, content in zip(addresses, (PNG, PNG + b"edited"), strict=False):
        answer = await api.client.get(address)
        assert (answer.status_code, answer.content) == (200, content)
        assert answer.headers["content-type"] == "image/png"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["x-content-type-options"] == "nosniff"
    again = await api.client.get(addresses[0], headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 200, "another image's tag"
    again = await api.client.get(addresses[1], headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    head = await api.client.head(addresses[0])
    assert (head.status_code, head.content) == (200, b"") and head.headers["content-length"] == str(len(PNG))


@pytest.mark.parametrize("hash_", ["0" * 32, "../../../etc/passwd", "A" * 32, "0" * 31])
async def test_nothing_else_is_shown(api: ApiClient, hash_: str) -> None:
    answer = await api.client.get(f"/images/{hash_}/hero.png")
    assert answer.status_code in (404, 422)
    assert "immutable" not in answer.headers.get("cache-control", "")
    if hash_ == "0" * 32:
        assert refused(answer, 404) == "no message shows this image"


async def test_an_image_edited_while_it_is_published_is_told(tmp_path: Path, database_url: str) -> None:
    write(tmp_path, PNG)
    message = compiled(tmp_path)
    write(tmp_path, PNG + b"edited")
    with pytest.raises(Rejected, match=r"templates/hello/images/hero_picture.png was edited"):
        await store(tmp_path, message, database_url)
