"""Content checks: renders messages for the example customers in every channel and language, and runs all checks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from uuid import UUID

from kaskad.content import CompiledMessage, Renderer
from kaskad.content.checks import CheckedMessage, Finding, RenderedExample, RenderFailure, collect_links, run_checks
from kaskad.domain.channel import Channel
from kaskad.domain.errors import NotFound
from kaskad.domain.journeys.project import Project, ShopInfo
from kaskad.services.delivery.rendering import RenderResult, Unrenderable
from kaskad.services.links import Links
from kaskad.services.previews import dead_links, example_customers
from kaskad.services.previews.sample_rendering import render_sample
from kaskad.services.projects.loading import LoadedProject, make_relative

EXAMPLE_ID = UUID(int=0)  # the message of example links: their tokens belong to no customer


@dataclass(frozen=True, slots=True)
class CheckContext:
    """What content checks need: the project, its folder, and the time for example data."""

    project: Project
    root: Path
    links: Links
    now: datetime

    def render(self, message: CompiledMessage, locales: frozenset[str]) -> CheckedMessage:
        """Renders the message for the example customers, in every channel."""
        own = self.links.of(EXAMPLE_ID)
        shop = self.project.shop
        said, unsaid = _render_variants(self, message)
        return CheckedMessage(
            message,
            self.root / "templates" / message.name,
            said,
            unsaid,
            shop_url=shop.url,
            locales=locales,
            prices=self.project.costs(),
            currency=shop.currency,
            own=(*own.values(), f"{shop.url}/confirm/example"),
            made_up=example_customers.example_link_prefixes(shop),
        )


def list_languages(compiled: Mapping[str, CompiledMessage], shop: ShopInfo) -> frozenset[str]:
    """Returns the languages that the project's customers read: the shop's, and every one that some message has."""
    written = {message.spec.language.lower() for message in compiled.values()}
    spoken = {
        locale for message in compiled.values() for locales in message.variants.values() for locale in locales if locale
    }
    return frozenset(locale.partition("-")[0] for locale in {shop.locale.lower(), *written, *spoken})


async def check_messages(
    draft: LoadedProject, root: Path, links: Links, *, now: datetime, names: Sequence[str] = (), ask: bool = False
) -> list[Finding]:
    """Returns the findings in these messages, in all of them without names; paths relative to `root`.

    With `ask`, every link is requested over the network. Raises NotFound for a message that is not in the draft.
    """
    examined = _render_all(draft, root, links, now=now, names=names)
    if ask:
        dead = await dead_links.find_dead_links({link for message in examined for link in collect_links(message)})
        examined = [replace(message, dead=dead) for message in examined]
    return _check_all(examined, root)


def check_offline(draft: LoadedProject, root: Path, links: Links, *, now: datetime) -> list[Finding]:
    """Returns the findings in all messages, without network requests."""
    return _check_all(_render_all(draft, root, links, now=now, names=()), root)


def _render_all(
    draft: LoadedProject, root: Path, links: Links, *, now: datetime, names: Sequence[str]
) -> list[CheckedMessage]:
    bench = CheckContext(draft.project, root, links, now)
    locales = list_languages(draft.compiled, draft.project.shop)
    return [bench.render(message, locales) for message in select_messages(draft, names)]


def _check_all(examined: Sequence[CheckedMessage], root: Path) -> list[Finding]:
    found = [finding for message in examined for finding in check_message(message, root)]
    return list(dict.fromkeys(found))  # a problem in a shared file is reported once


def select_messages(draft: LoadedProject, names: Sequence[str]) -> list[CompiledMessage]:
    """Returns the messages with these names, all without names. Raises NotFound."""
    for name in names:
        if name not in draft.compiled:
            near = get_close_matches(name, draft.compiled, n=1)
            advice = (
                f"did you mean '{near[0]}'?" if near else f"there are {', '.join(sorted(draft.compiled)) or 'none'}"
            )
            raise NotFound(f"there is no message '{name}': {advice}")
    return [draft.compiled[name] for name in sorted(names or draft.compiled)]


def _render_variants(
    bench: CheckContext, message: CompiledMessage
) -> tuple[list[RenderedExample], list[RenderFailure]]:
    renderer, said, unsaid = Renderer(), [], []
    for channel, variant, locale in _variants(message):
        for example in example_customers.EXAMPLES:
            result = _render_example(bench, renderer, message, channel=channel, locale=locale, example=example)
            if isinstance(result, Unrenderable):
                unsaid.append(RenderFailure(channel, variant, example, result.detail))
            else:
                said.append(RenderedExample(channel, variant, example, result))
    return said, unsaid


def _variants(message: CompiledMessage) -> Iterator[tuple[Channel, str, str]]:
    for channel, variants in sorted(message.variants.items()):
        for variant in sorted(variants):
            yield channel, variant, variant or message.spec.language


def _render_example(
    bench: CheckContext, renderer: Renderer, message: CompiledMessage, *, channel: Channel, locale: str, example: str
) -> RenderResult:
    known = example_customers.build_example(example, locale, bench.project.shop, now=bench.now)
    return render_sample(
        renderer,
        message,
        channel,
        locale=locale,
        known=known,
        project=bench.project,
        links=bench.links.of(EXAMPLE_ID),
        now=bench.now,
    )


def check_message(examined: CheckedMessage, root: Path) -> list[Finding]:
    """Returns the findings in one message, paths relative to `root`."""
    return [replace(found, problem=make_relative(found.problem, root)) for found in run_checks(examined)]
