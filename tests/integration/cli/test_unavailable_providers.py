"""What commands say of providers that cannot be called, and of the variables that whoever sends needs."""

from __future__ import annotations

from tests.support.commands import Shop

PUSH = "{adapter: http, "
MISSPELT = ":27: unknown adapter 'htpp', did you mean 'http'? There are: http, smtp"
VARIABLE = '"${KASKAD_SANDBOX_URL:-http://127.0.0.1:8026}/push"'


def test_an_unknown_adapter_is_an_error_at_its_line_and_is_not_published(shop: Shop, database_url: str) -> None:
    shop.edit("configs/providers.yaml", "sandbox_push: " + PUSH, "sandbox_push: {adapter: htpp, ")
    shop.monkeypatch.setenv("KASKAD_DATABASE_URL", database_url)
    (error,) = shop.run("validate", "--json").document["errors"]
    assert (error["path"], error["line"], error["column"]) == ("configs/providers.yaml", 5, 25)
    assert error["text"] == "unknown adapter 'htpp', did you mean 'http'? There are: http, smtp"
    for command in (("validate",), ("publish", "--no-prefect")):
        said = shop.run(*command)
        assert said.code == 1
        assert "configs/providers.yaml:5:25: unknown adapter 'htpp'" in said.out + said.err
    assert shop.run("providers").out.startswith("nothing is published yet")


def test_validate_says_which_variables_whoever_sends_needs(shop: Shop) -> None:
    assert shop.run("validate", "--json").document["variables"] == []
    shop.edit(
        "configs/providers.yaml", VARIABLE + ", secret: KASKAD_SANDBOX_SECRET", '"${PUSH_URL}/push", secret: PUSH_KEY'
    )
    shop.edit("configs/webhooks.yaml", "secret: KASKAD_SANDBOX_SECRET", "secret: PUSH_KEY")
    shop.monkeypatch.setenv("PUSH_KEY", "hidden")
    shop.monkeypatch.delenv("PUSH_URL", raising=False)
    said = shop.run("validate")
    assert said.code == 0
    assert "sandbox_push: whoever sends needs PUSH_URL, which is not set here\n" in said.out
    assert "sandbox_push, delete_unconfirmed_account: whoever sends needs PUSH_KEY\n" in said.out
    assert "hidden" not in said.out + said.err
    named = {variable["name"]: variable["is_set"] for variable in shop.run("validate", "--json").document["variables"]}
    assert named == {"PUSH_KEY": True, "PUSH_URL": False}
    shop.monkeypatch.setenv("PUSH_URL", "nonsense")
    refused = shop.run("validate")
    assert refused.code == 1
    assert "'nonsense/push' is not an address" in refused.out


def test_providers_shows_the_variable_that_is_missing_here(shop: Shop, database_url: str) -> None:
    shop.edit("configs/providers.yaml", VARIABLE, '"${PUSH_URL}/push"')
    shop.monkeypatch.setenv("KASKAD_DATABASE_URL", database_url)
    shop.monkeypatch.delenv("PUSH_URL", raising=False)
    assert shop.run("publish", "--no-prefect").code == 0
    assert "not used here: the environment has no PUSH_URL" in shop.run("providers").out
    listed = {provider["name"]: provider["unfit"] for provider in shop.run("providers", "--json").document["providers"]}
    assert listed.pop("sandbox_push") == "the environment has no PUSH_URL"
    assert set(listed.values()) == {None}
    shop.monkeypatch.setenv("PUSH_URL", "https://push.example")
    assert "not used here" not in shop.run("providers").out
