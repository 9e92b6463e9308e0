"""Who may write over the reading API: private sources only, by their write key. A key in a page writes nothing here."""

from __future__ import annotations

from fastapi import Request
from starlette.exceptions import HTTPException

from kaskad.api.auth import ApiKeys, parse_user
from kaskad.api.dependencies import refresh_catalogue
from kaskad.domain.permission import Permission
from kaskad.runtime import Runtime


async def find_writer(request: Request, runtime: Runtime, keys: ApiKeys, *, needs: Permission) -> str:
    """The source whose write key the request has, as the user name of Basic auth or as a Bearer token.

    Raises 401, and 403 for keys without the scope, of public sources, and of sources that may not tell this.
    """
    authorization = request.headers.get("authorization", "")
    scheme, _, token = authorization.partition(" ")
    key = token.strip() if scheme.lower() == "bearer" else parse_user(authorization)
    source = await keys.source_of(runtime, key)
    await refresh_catalogue(runtime)
    spec = runtime.catalogue.project.source_named(source)
    if spec.public:
        raise HTTPException(
            403, f"everybody can read the key of '{source}': let your server ask, with a key of its own"
        )
    if needs not in spec.may:
        raise HTTPException(403, f"the source '{source}' may not tell {needs}: configs/sources.yaml says what it may")
    return source
