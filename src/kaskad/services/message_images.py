"""Images of messages: stored from the folder into the database when a project is deployed, and served from there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path

from kaskad.content import CompiledMessage
from kaskad.content.images import Image, read_image
from kaskad.domain.errors import NotFound, Rejected
from kaskad.services.ports import HasDatabase
from kaskad.storage.publishing import images
from kaskad.storage.publishing.images import StoredImage


async def store_images(deps: HasDatabase, root: Path, compiled: Iterable[CompiledMessage]) -> None:
    """Stores every image of the project's messages in `root`, before any message contains its URL.

    Raises Rejected if an image was edited since the messages were compiled.
    """
    paths = {ref.hash: ref.path for message in compiled for ref in message.images}
    if not paths:
        return
    async with deps.database.transaction() as connection:
        new = await images.find_missing(connection, sorted(paths))
    read = await asyncio.to_thread(_read_images, root / "templates", {hash_: paths[hash_] for hash_ in new})
    async with deps.database.transaction() as connection:
        await images.store_images(
            connection, {hash_: (image.ref.media_type, image.content) for hash_, image in read.items()}
        )


async def load_image(deps: HasDatabase, hash_: str) -> StoredImage:
    """Returns the media type and the bytes. Raises NotFound."""
    async with deps.database.transaction() as connection:
        found = await images.load_image(connection, hash_)
    if found is None:
        raise NotFound("no message shows this image")
    return found


def _read_images(templates: Path, paths: Mapping[str, str]) -> dict[str, Image]:
    read = {hash_: read_image(templates / path) for hash_, path in paths.items()}
    for hash_, image in read.items():
        if image.ref.hash != hash_:
            raise Rejected(f"templates/{image.ref.path} was edited at this moment: publish again")
    return read
