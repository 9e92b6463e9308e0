"""Cards: what a journey is called in Prefect, and what may be typed in when somebody runs it."""

from __future__ import annotations

import subprocess
import sys

from kaskad.orchestration.deployment_specs import DeploymentSpec, JourneyDeploymentSpec, to_prefect_name


def test_a_journey_becomes_a_deployment_of_the_one_flow() -> None:
    card = JourneyDeploymentSpec(
        "abandoned_cart", "When a cart has been quiet…", tags=("topic:offers",), version="7", paused=True
    )
    deployment = card.as_deployment()
    assert (deployment.entrypoint, deployment.flow_name) == ("flows.journey:journey", "journey")
    assert deployment.parameters == {"journey": "abandoned_cart"}
    assert deployment.tags == ("journey:abandoned_cart", "topic:offers")
    assert (deployment.version, deployment.paused, deployment.every_seconds) == ("7", True, 900)


def test_its_form_offers_live_and_test_and_titles_every_field() -> None:
    fields = JourneyDeploymentSpec("thank_you", "").as_deployment().parameter_schema["properties"]
    assert fields["mode"]["enum"] == ["live", "test"]
    assert [field["title"] for field in fields.values()] == ["Journey", "Customer", "Mode"]


def test_only_names_in_prefect_carry_dashes() -> None:
    assert to_prefect_name("back_in_stock") == "back-in-stock" == to_prefect_name("back-in-stock")
    assert DeploymentSpec("fan_out", "flows.fanout:fan_out").flow_name == "fan-out"


def test_cards_supervisor_and_server_cost_no_import_of_prefect() -> None:
    modules = "kaskad.orchestration.deployment_specs, kaskad.orchestration.prefect_server"
    code = f"import sys, {modules}; sys.exit('prefect' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
