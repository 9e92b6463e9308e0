"""Answers every error as RFC 9457 problem JSON, without internal details."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
import psycopg
import sqlalchemy.exc
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from kaskad.domain.errors import Conflict, InvalidSignature, KaskadError, NotFound, Rejected, Unavailable

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = {"Retry-After": "1"}  # seconds
# The first that fits counts: a class comes before its base.
STATUSES: Mapping[type[KaskadError], int] = {Conflict: 409, Rejected: 400, InvalidSignature: 401, NotFound: 404}
BLANK, KIND = "about:blank", "urn:kaskad:problem:"  # a kind is the error's own `problem` after this
# The database was not reachable, or a lock was not available in time: nothing was committed.
UNREACHABLE = (
    Unavailable,
    psycopg.OperationalError,
    sqlalchemy.exc.OperationalError,
    sqlalchemy.exc.TimeoutError,
)
_log = logging.getLogger(__name__)


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str = Field("about:blank", description="A URI of the kind of problem; `about:blank`: the status says it all.")
    title: str = Field(description="The status in words.", examples=["Not Found"])
    status: int = Field(description="The HTTP status.", examples=[404])
    detail: str = Field(
        description="This very problem, in a sentence.",
        examples=["unknown journey 'abandoned_card', did you mean 'abandoned_cart'?"],
    )
    instance: str = Field(description="The path that was asked.", examples=["/journeys/abandoned_card/runs"])


def document_errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route for OpenAPI."""
    content = {MEDIA_TYPE: {"schema": Problem.model_json_schema()}}
    return {status: {"description": HTTPStatus(status).phrase, "content": content} for status in statuses}


def problem_response(
    request: Request, status: int, detail: str, *, headers: Mapping[str, str] | None = None, **more: Any
) -> Response:
    """The answer; `more` are members that only this kind of problem has."""
    document = {
        "type": BLANK,
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": request.url.path,
        **more,
    }
    return Response(orjson.dumps(document), status, headers, MEDIA_TYPE)


def name_kind(problem: str) -> dict[str, Any]:
    """The `type` of a problem of this kind; nothing without one: then the status says it all."""
    return {"type": f"{KIND}{problem}"} if problem else {}


def install_handlers(app: FastAPI) -> None:
    """Installs the handlers of all errors of the app."""
    app.add_exception_handler(KaskadError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(Exception, _fault)
    for kind in UNREACHABLE:
        app.add_exception_handler(kind, _unreachable)


async def _ours(request: Request, error: Exception) -> Response:
    for kind, status in STATUSES.items():
        if isinstance(error, kind):
            return problem_response(request, status, str(error), **name_kind(error.problem), **error.members)
    raise error  # an error in files or templates is not the caller's: 500


async def _unreachable(request: Request, error: Exception) -> Response:
    _log.warning("not served: %s", error)
    # the text after the colon names hosts and accounts: only for the log
    said = str(error).partition(": ")[0] if isinstance(error, Unavailable) else "the database is busy"
    return problem_response(request, 503, f"{said}; nothing was done, asking again is safe", headers=RETRY_AFTER)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return problem_response(request, error.status_code, error.detail, headers=error.headers)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = [{"at": ".".join(map(str, problem["loc"])), "detail": problem["msg"]} for problem in error.errors()]
    malformed = any(problem["type"] == "json_invalid" for problem in error.errors())
    detail = "; ".join(f"{problem['at']}: {problem['detail']}" for problem in errors)
    return problem_response(request, 400 if malformed else 422, detail, errors=errors)


async def _gone(request: Request, _: Exception) -> Response:
    return problem_response(request, 400, "the request ended before its body did")  # the client is gone


async def _fault(request: Request, _: Exception) -> Response:
    return problem_response(request, 500, "this is a fault of ours; the log of the API tells it")
