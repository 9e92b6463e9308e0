"""The images of messages. Mail programs and phones load them without a key, even years later."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from kaskad.api.dependencies import TheRuntime
from kaskad.api.problems import document_errors
from kaskad.services import message_images

YEAR = 31_536_000  # seconds; the longest time that RFC 9111 intends
Hash = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="Of the image's content.")]
Name = Annotated[str, Path(max_length=200, description="For people; any name shows the same image.")]


def router() -> APIRouter:
    """`/images/{hash}/{name}`: the content of an address never changes, so caches never ask again."""
    routes = APIRouter(prefix="/images", tags=["Images"], default_response_class=Response)
    pages: dict[int | str, dict[str, Any]] = {200: {"description": "The image.", "content": {"image/*": {}}}}
    path = "/{hash_}/{name}"
    routes.api_route(path, methods=["HEAD"], include_in_schema=False)(_image)
    routes.get(path, summary="An image of a message", responses=pages | document_errors(404))(_image)
    return routes


async def _image(hash_: Hash, name: Name, request: Request, *, runtime: TheRuntime) -> Response:
    headers = {
        "Cache-Control": f"public, max-age={YEAR}, immutable",
        "ETag": f'"{hash_}"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(None, 304, headers)
    media_type, content = await message_images.load_image(runtime, hash_)
    return Response(content, 200, headers, media_type)
