"""Links and pictures from data lead to the shop's own hosts."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

CASES = "unit/content/test_own_hosts.py::"
ELSEWHERE = (CASES + "test_a_link_that_leads_elsewhere_leads_to_the_shop_and_a_picture_is_left_out",)

MUTATIONS = (
    Mutation(
        "A link from data leads to the shop's own hosts",
        "content/rendering/urls.py",
        "if web and (self._own is None or self._own.allow(value)):",
        "if web:",
        (*ELSEWHERE, "integration/services/delivery/test_foreign_links.py::test_a_forged_link_reaches_nobody"),
    ),
    Mutation(
        "A link from data is https",
        "content/rendering/own_hosts.py",
        'if not found or (found[1].lower() == "http" and not own.plain):',
        "if not found:",
        ELSEWHERE,
    ),
    Mutation(
        "Only a whole label is below the shop's host",
        "content/rendering/own_hosts.py",
        'host.endswith(f".{own.below}")',
        "host.endswith(own.below)",
        ELSEWHERE,
    ),
    Mutation(
        "Nothing but a host stands before the path of a link from data",
        "content/rendering/own_hosts.py",
        r"(?=[/?#]|\Z)",
        "",
        ELSEWHERE,
    ),
    Mutation(
        "A text from data brings no link to elsewhere",
        "content/rendering/urls.py",
        '            value = value.replace(link, "")\n',
        "",
        (CASES + "test_a_text_from_data_brings_no_link_to_elsewhere",),
    ),
    Mutation(
        "Messages are rendered with the shop's hosts",
        "content/rendering/renderer.py",
        'if "hosts" in shop else None',
        'if "hosts" in {} else None',
        ("integration/services/delivery/test_foreign_links.py::test_a_forged_link_reaches_nobody",),
    ),
)
