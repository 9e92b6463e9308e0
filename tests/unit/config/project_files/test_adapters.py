"""Providers whose adapter is not there, or cannot be made of what the file says: an error at its line."""

from __future__ import annotations

import pytest

from kaskad.channels.options import AdapterCatalog
from kaskad.config import check_project
from kaskad.domain.errors import InvalidFiles
from kaskad.services.projects import loading
from tests.unit.config.written_project import Written

WRONG = [
    ("{adapter: fcm, url: 'http://x.example'}", ["1:16: unknown adapter 'fcm', there are: http, smtp"]),
    (
        "{adapter: htpp, url: 'http://x.example'}",
        ["1:16: unknown adapter 'htpp', did you mean 'http'? There are: http, smtp"],
    ),
    ("{adapter: HTTP, url: 'http://x.example'}", ["1:16: unknown adapter 'HTTP', there are: http, smtp"]),
    (
        "{adapter: http, url: 'http://x.example', options: {timeout: -1}}",
        ["1:66: input should be greater than 0"],
    ),
    (
        "{adapter: http, url: 'http://x.example', options: {timeout: soon, connect_timeout: 0}}",
        [
            "1:66: input should be a valid number, unable to parse string as a number",
            "1:89: input should be greater than 0",
        ],
    ),
    (
        "{adapter: http, url: 'http://x.example', options: {timeuot: 5}}",
        ["1:57: unknown option 'timeuot', did you mean 'timeout'? There are: connect_timeout, timeout"],
    ),
    (
        "{adapter: http, url: 'smtp://x.example'}",
        ["1:27: this is no address for http: write one like https://host/path"],
    ),
    (
        "{adapter: smtp, url: 'https://x.example'}",
        ["1:27: this is no address for smtp: write one like smtp://host:port or smtps://host:port"],
    ),
    (
        "{adapter: http, url: 'http://x.example:99999/'}",
        ["1:27: this is no address for http: write one like https://host/path"],
    ),
    (
        "{adapter: smtp, url: 'smtp://x.example', options: {connections: 0, hostname: 'a b'}}",
        [
            "1:70: input should be greater than or equal to 1",
            "1:83: string should match pattern '^[A-Za-z0-9._:\\[\\]-]+$'",
        ],
    ),
    (
        "{adapter: http, url: '${X:-smtp://x.example}'}",
        ["1:27: this is no address for http: write one like https://host/path"],
    ),
    ("{adapter: http, url: '${X}', options: {timeout: [1]}}", ["1:54: input should be a valid number"]),
]


@pytest.mark.parametrize(("entry", "said"), WRONG)
def test_it_is_an_error_at_its_line_and_nowhere_else(project: Written, entry: str, said: list[str]) -> None:
    project.write("providers.yaml", f"box: {entry}\n")
    found = [str(problem) for problem in check_project(project.root, {}, AdapterCatalog())[1]]
    assert found == [f"configs/providers.yaml:{line}" for line in said]
    with pytest.raises(InvalidFiles) as refused:  # what publishing takes
        loading.load_project(project.root)
    assert found[0] in [str(problem) for problem in refused.value.problems]


def test_a_channel_that_its_provider_does_not_speak_is_an_error_where_it_is_named(project: Written) -> None:
    project.write("providers.yaml", "box: {adapter: smtp, url: 'smtp://x.example'}\n")
    found = [str(problem) for problem in check_project(project.root, {}, AdapterCatalog())[1]]
    assert found, "the project sends something else than e-mail by it"
    assert all(
        "box is spoken to by smtp, which does not carry" in problem and "channels.yaml:" in problem for problem in found
    )


def test_a_variable_that_is_not_set_is_no_error_and_the_rest_is_checked(project: Written) -> None:
    project.write("providers.yaml", "box: {adapter: http, url: '${X}'}\n")
    assert check_project(project.root, {}, AdapterCatalog())[1] == []
    (problem,) = check_project(project.root, {"X": "smtp://x.example"}, AdapterCatalog())[1]
    assert "this is no address for http" in problem.text
