"""The environment, read once into one frozen value."""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from kaskad.domain.errors import Rejected
from kaskad.domain.own_sources import OWN_SOURCES, describe_own_source

SANDBOX_SECRET = "KASKAD_SANDBOX_SECRET"  # noqa: S105 - a variable's name
SANDBOX_URL, SANDBOX_SMTP = "KASKAD_SANDBOX_URL", "KASKAD_SANDBOX_SMTP"
HOME = ".kaskad"
MAX_SECONDS = 86_400  # a day
SOURCES = ("site", "app", "store", "call_centre")


@dataclass(frozen=True, slots=True)
class Settings:
    """Where everything is. `home` holds what this installation makes for itself: data, keys, logs."""

    project: Path
    home: Path
    database_url: str | None  # None: the embedded Postgres in `home`
    secret: str = field(repr=False)
    environment: Mapping[str, str] = field(repr=False)
    host: str = "127.0.0.1"
    api_port: int = 8000
    prefect_port: int = 4200
    sandbox_http_port: int = 8026
    sandbox_smtp_port: int = 8025
    pool: str = "kaskad"
    lease: timedelta = timedelta(seconds=120)
    linger: float = 2.0  # seconds that a journey's run stays for what comes next
    artifacts_every: float = 10.0  # seconds between two artifacts of one journey from this worker

    @property
    def public_url(self) -> str:
        """Where customers' links lead."""
        return self.environment.get("KASKAD_PUBLIC_URL", f"http://{self.host}:{self.api_port}")

    @property
    def prefect_api_url(self) -> str:
        """Prefect's API: the one named in the environment, or our own child's."""
        return self.environment.get("PREFECT_API_URL", f"http://{self.host}:{self.prefect_port}/api")

    @property
    def own_prefect(self) -> bool:
        """Whether the Prefect server is a child of ours."""
        return "PREFECT_API_URL" not in self.environment

    @property
    def variables(self) -> Mapping[str, str]:
        """What addresses of providers may name: the environment, and where this house's sandbox is if that says not."""
        http, smtp = (f"{self.host}:{port}" for port in (self.sandbox_http_port, self.sandbox_smtp_port))
        return {SANDBOX_URL: f"http://{http}", SANDBOX_SMTP: f"smtp://{smtp}", **self.environment}

    @property
    def prefect_auth(self) -> str | None:
        """What opens Prefect's API and UI, as `user:password`: `PREFECT_API_AUTH_STRING`, else our own server's.

        Our own is made the first time, in a file of mode 600. None: another's server, which asks for nothing.
        """
        given = self.environment.get("PREFECT_API_AUTH_STRING")
        if given or not self.own_prefect:
            return given or None
        return _read_or_create(self.prefect_password, f"kaskad:{secrets.token_urlsafe(24)}")

    @property
    def prefect_password(self) -> Path:
        """The file with the password of our own Prefect server."""
        return self.home / "prefect-password"

    @property
    def suppression_key(self) -> str:
        """The key that closed addresses are hashed with: `KASKAD_SUPPRESSION_KEY`, or a file of this installation.

        It belongs to the database for good: whoever changes it, or loses it, sends nothing.
        """
        given = self.environment.get("KASKAD_SUPPRESSION_KEY")
        return given or _read_or_create(self.suppression_key_file, secrets.token_hex(32))

    @property
    def suppression_key_file(self) -> Path:
        """The file with the suppression key, of mode 600: in the backup, and never changed."""
        return self.home / "suppression-key"

    def provider_secret(self, variable: str) -> str:
        """A provider's secret, "" where it is not set; the sandbox's is made here, nobody has to set it."""
        if variable == SANDBOX_SECRET and variable not in self.environment:
            return self.derived("sandbox")
        return self.environment.get(variable, "")

    def write_keys(self) -> dict[str, str]:
        """API key → source: `KASKAD_WRITE_KEYS=site:KEY,app:KEY`, or keys of this installation's own. Raises Rejected.

        These need no database; those of `kaskad keys` come on top.
        """
        given = self.environment.get("KASKAD_WRITE_KEYS")
        if given is None:
            return {self.derived(f"write:{source}"): source for source in SOURCES}
        pairs = [pair.strip().partition(":") for pair in given.split(",") if pair.strip()]
        for source, _, _ in pairs:
            if source.strip() in OWN_SOURCES:
                raise Rejected(f"KASKAD_WRITE_KEYS: {describe_own_source(source.strip())}")
        return {key: source for source, _, key in pairs if key}

    def admin_key(self) -> str:
        """The key of the journeys' API: `KASKAD_ADMIN_KEY`, or one of this installation's own."""
        return self.environment.get("KASKAD_ADMIN_KEY") or self.derived("admin")

    def derived(self, purpose: str) -> str:
        """A key for one purpose; knowing it tells nothing of the others."""
        return hmac.digest(self.secret.encode(), purpose.encode(), "sha256").hex()[:32]


def load_settings(project: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of a project's folder. Makes the installation's secret the first time, in a file of mode 600.

    Raises Rejected for a variable that makes no sense.
    """
    env = dict(os.environ if environment is None else environment)
    home = Path(env.get("KASKAD_HOME") or project / HOME)
    settings = Settings(
        project=project,
        home=home,
        database_url=_read_database(env),
        secret=env.get("KASKAD_SECRET") or _read_or_create(home / "secret", secrets.token_hex(32)),
        environment=env,
        api_port=_read_port(env, "KASKAD_API_PORT", 8000),
        prefect_port=_read_port(env, "KASKAD_PREFECT_PORT", 4200),
        sandbox_http_port=_read_port(env, "KASKAD_SANDBOX_HTTP_PORT", 8026),
        sandbox_smtp_port=_read_port(env, "KASKAD_SANDBOX_SMTP_PORT", 8025),
        linger=_read_seconds(env, "KASKAD_LINGER_SECONDS", 2),
        artifacts_every=_read_seconds(env, "KASKAD_ARTIFACTS_SECONDS", 10),
        lease=timedelta(seconds=_read_seconds(env, "KASKAD_LEASE_SECONDS", 120)),
    )
    settings.write_keys()  # whoever starts anything hears at once that they are wrong
    return settings


def _read_database(env: Mapping[str, str]) -> str | None:
    """The address of the database, None for the embedded one. Raises Rejected; the address itself is a secret."""
    url = (env.get("KASKAD_DATABASE_URL") or "").replace("postgres://", "postgresql://", 1)
    if url and not url.startswith("postgresql://"):
        raise Rejected(
            "KASKAD_DATABASE_URL is no address of a PostgreSQL database: write postgresql://user:password@host/name"
        )
    return url or None


def _read_port(env: Mapping[str, str], name: str, usual: int) -> int:
    """The port that the variable names. Raises Rejected."""
    text = env.get(name, str(usual))
    if not (text.isascii() and text.isdigit() and 0 < int(text[:9]) < 65_536):
        raise Rejected(f"{name} is '{text}', which is not a port: write a number from 1 to 65535")
    return int(text)


def _read_seconds(env: Mapping[str, str], name: str, usual: float) -> float:
    """The seconds that the variable says, up to a day. Raises Rejected."""
    text = env.get(name, str(usual))
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= MAX_SECONDS:
        raise Rejected(f"{name} is '{text}': write a number of seconds from 0 to {MAX_SECONDS}")
    return seconds


def _read_or_create(path: Path, content: str) -> str:
    """What the file holds: `content` only where it is not there yet; then it is made, of mode 600."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(content)
        try:
            os.link(fresh, path)  # of two who make it at once, one wins
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text()
