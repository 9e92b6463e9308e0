"""What the document of the API says of reading: each answer has an example, and the example is such an answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from kaskad import settings
from kaskad.api.app import create_app
from tests.support.paths import ROOT

READING = ("/v1/customers/{customer}", "/v1/customers/{customer}/timeline", "/v1/customers/{customer}/cart")
OTHERS = ("/v1/products/{product}/stock", "/v1/promos/{code}", "/v1/promos/{code}/redeem")


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    home: Path = tmp_path_factory.mktemp("home")
    return create_app(settings.load_settings(ROOT, {"KASKAD_HOME": str(home)})).openapi()


@pytest.mark.parametrize("path", [*READING, *OTHERS])
def test_every_answer_has_an_example_that_is_one(document: dict[str, Any], path: str) -> None:
    for method, operation in document["paths"][path].items():
        content = operation["responses"]["200"]["content"]["application/json"]
        schema = {**content["schema"], "components": document["components"]}
        jsonschema.validate(content["example"], schema)
        errors = {status for status in operation["responses"] if status.startswith("4")}
        assert {"401", "403", "404", "422"} <= errors, method
        assert all(
            "application/problem+json" in operation["responses"][status]["content"] for status in errors - {"422"}
        )
        assert operation["security"], method


@pytest.mark.parametrize("path", [READING[2], OTHERS[2]])
def test_every_request_has_an_example_that_is_one(document: dict[str, Any], path: str) -> None:
    (method,) = {"put", "post"} & document["paths"][path].keys()
    content = document["paths"][path][method]["requestBody"]["content"]["application/json"]
    schema = {**content["schema"], "components": document["components"]}
    named = document["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]
    jsonschema.validate(named["example"], schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**named["example"], "unknown": 1}, schema)
