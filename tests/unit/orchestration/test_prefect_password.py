"""Prefect's password: made once, readable by its owner alone, told to nobody who does not need it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from kaskad import settings
from kaskad.cli.stack.processes import prefect_server
from kaskad.domain.errors import Rejected
from kaskad.orchestration.prefect_server import PrefectServer, build_auth_header

ANOTHERS = {"PREFECT_API_URL": "http://prefect.internal:4200/api"}


def load(home: Path, **environment: str) -> settings.Settings:
    return settings.load_settings(home.parent, {"KASKAD_HOME": str(home), **environment})


def test_a_stack_of_before_gets_one_at_its_next_start_and_keeps_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "secret").write_text("of before")
    loaded = load(home)
    first = loaded.prefect_auth
    assert first is not None and first.startswith("kaskad:") and len(first) > 30
    assert load(home).prefect_auth == first
    assert stat.S_IMODE(loaded.prefect_password.stat().st_mode) == 0o600
    assert load(tmp_path / "another").prefect_auth != first


@pytest.mark.parametrize("whose", [{}, ANOTHERS])
def test_one_that_is_given_counts_for_our_own_server_and_for_anothers(tmp_path: Path, whose: dict[str, str]) -> None:
    given = load(tmp_path / "home", PREFECT_API_AUTH_STRING="admin:secret", **whose)
    assert given.prefect_auth == "admin:secret"
    assert not given.prefect_password.exists()


def test_anothers_server_that_asks_for_none_is_sent_none(tmp_path: Path) -> None:
    loaded = load(tmp_path / "home", **ANOTHERS)
    assert loaded.prefect_auth is None
    assert build_auth_header(None) == {}
    assert not loaded.prefect_password.exists()


def test_clients_get_what_opens_it_and_nothing_of_the_server(tmp_path: Path) -> None:
    loaded = load(tmp_path / "home")
    clients = prefect_server(loaded).client_environment({})
    assert clients["PREFECT_API_AUTH_STRING"] == loaded.prefect_auth
    server = prefect_server(loaded).child({"PREFECT_SERVER_CORS_ALLOWED_ORIGINS": "*"}).env
    assert server["PREFECT_SERVER_API_AUTH_STRING"] == loaded.prefect_auth
    port = loaded.prefect_port
    own = f"http://127.0.0.1:{port},http://localhost:{port}"
    assert server["PREFECT_SERVER_CORS_ALLOWED_ORIGINS"] == own
    assert loaded.prefect_auth is not None
    assert loaded.prefect_auth not in f"{loaded}{prefect_server(loaded)}"


@pytest.mark.parametrize("password", ["kaskad:пароль", "kaskad:naïve"])
def test_one_that_prefect_could_not_compare_is_refused_at_the_start(tmp_path: Path, password: str) -> None:
    with pytest.raises(Rejected, match="PREFECT_API_AUTH_STRING has to be plain ASCII"):
        PrefectServer(tmp_path, 4200, password).child({})
