"""The images of messages, by the hash of their content. They are never changed and never deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kaskad.storage.database import Connection

StoredImage = tuple[str, bytes]  # media type, content


async def find_missing(connection: Connection, hashes: Sequence[str]) -> set[str]:
    """Those of the hashes that are not stored yet."""
    cursor = await connection.execute(
        """SELECT w.hash FROM unnest(%(hashes)s::text[]) AS w(hash)
            WHERE NOT EXISTS (SELECT FROM image i WHERE i.hash = w.hash)""",
        {"hashes": list(hashes)},
    )
    return {row["hash"] for row in await cursor.fetchall()}


async def store_images(connection: Connection, images: Mapping[str, StoredImage]) -> None:
    """Stores new images, in the order of their hashes, so that two parallel publishes cannot deadlock."""
    for hash_, (media_type, content) in sorted(images.items()):
        await connection.execute(
            """INSERT INTO image (hash, media_type, content) VALUES (%(hash)s, %(media_type)s, %(content)s)
               ON CONFLICT DO NOTHING""",
            {"hash": hash_, "media_type": media_type, "content": content},
        )


async def load_image(connection: Connection, hash_: str) -> StoredImage | None:
    """The image; None if it was never published."""
    cursor = await connection.execute(
        "SELECT media_type, content FROM image WHERE hash = %(hash)s", {"hash": hash_}, binary=True
    )
    row = await cursor.fetchone()
    return (row["media_type"], row["content"]) if row else None
