"""The environment variables that sending needs: of addresses and of secrets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from kaskad.domain.env_variables import required_variables
from kaskad.domain.journeys.project import Project
from kaskad.domain.journeys.providers import ProviderSpec, WebhookSpec
from kaskad.settings import SANDBOX_SECRET, SANDBOX_SMTP, SANDBOX_URL

OWN_VARIABLES = frozenset({SANDBOX_SECRET, SANDBOX_URL, SANDBOX_SMTP})  # the engine itself needs these


@dataclass(frozen=True, slots=True)
class EnvironmentVariable:
    """One variable, what needs it (providers, webhooks and feeds by name), and whether it is set here."""

    name: str
    needed_by: tuple[str, ...]
    is_set: bool


def list_variables(project: Project, environment: Mapping[str, str]) -> list[EnvironmentVariable]:
    """Returns the variables without which something cannot be called or read, by name; not those with a default."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    specs: list[ProviderSpec | WebhookSpec] = [*project.providers.values(), *project.webhooks.values()]
    for spec in specs:
        for name in (*required_variables(spec.url), spec.secret_env):
            if name and name not in OWN_VARIABLES:
                found[name].append(spec.name)
    for feed in project.feeds.values():
        for name in required_variables(feed.url):
            found[name].append(feed.name)
    return [
        EnvironmentVariable(name, tuple(dict.fromkeys(by)), bool(environment.get(name)))
        for name, by in sorted(found.items())
    ]
