"""The environment of the processes that `kaskad up` starts, and the stack's own Prefect server."""

from __future__ import annotations

from kaskad.orchestration.prefect_server import PrefectServer
from kaskad.settings import SANDBOX_SMTP, SANDBOX_URL, Settings


def prefect_server(settings: Settings) -> PrefectServer:
    """The stack's own Prefect server, for settings without another one."""
    return PrefectServer(settings.home / "prefect", settings.prefect_port, settings.prefect_auth)


def child_environment(settings: Settings, database_url: str) -> dict[str, str]:
    """The environment of child processes: it must be set before they import prefect."""
    environment = dict(settings.environment) | {
        "KASKAD_DATABASE_URL": database_url,
        "KASKAD_HOME": str(settings.home),
        "KASKAD_SECRET": settings.secret,
        "KASKAD_API_PORT": str(settings.api_port),
        "KASKAD_PREFECT_PORT": str(settings.prefect_port),
        "KASKAD_SANDBOX_HTTP_PORT": str(settings.sandbox_http_port),
        "KASKAD_SANDBOX_SMTP_PORT": str(settings.sandbox_smtp_port),
        SANDBOX_URL: f"http://{settings.host}:{settings.sandbox_http_port}",
        SANDBOX_SMTP: f"smtp://{settings.host}:{settings.sandbox_smtp_port}",
        "PYTHONUNBUFFERED": "1",
    }
    return prefect_server(settings).client_environment(environment) if settings.own_prefect else environment
