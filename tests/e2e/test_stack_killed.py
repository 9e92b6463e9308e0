"""kill -9 of each part of a standing stack in the middle of its work: nothing twice, nobody stuck, nothing left."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import httpx
from prefect.client.schemas.responses import DeploymentResponse

from tests.e2e.hurried_shop import person, purchase
from tests.e2e.standing import Stand, until
from tests.e2e.watching import Watched


@contextmanager
def edited(stack: Stand) -> Iterator[None]:
    """A draft, which nobody has published."""
    path = stack.folder / "configs/journeys/thank_you.yaml"
    before = path.read_text()
    path.write_text(before.replace("title: How was it?", "title: a draft"))
    assert path.read_text() != before
    try:
        yield
    finally:
        path.write_text(before)


def kill(stack: Stand, what: str) -> None:
    [victim] = [process for process in stack.running() if process.command.endswith(what)]
    victim.kill()


def calls(user: str) -> list[dict[str, Any]]:
    """What makes a message for somebody new; the same each time, as a client that tries again sends it."""
    return [{"messageId": str(uuid4()), **call} for call in [*person(user, "email"), purchase(user)]]


def outcomes(stack: Stand, people: list[str]) -> Counter[tuple[str, ...]]:
    """How often which calls came for one person."""
    return Counter(tuple(record["outcome"] for record in stack.received(user)) for user in people)


def unknown(stack: Stand) -> int:
    return int(stack.command("report", "--json").document["journeys"]["thank_you"]["unknown"])


def test_the_worker(stack: Stand) -> None:
    people = [f"w{number}" for number in range(5)]
    before = unknown(stack)
    stack.behave(default={"deliver": 0}, channels={"email": {"delay_s": 2}})
    stack.post(*(call for user in people[:3] for call in calls(user)))
    stack.waits_for(*people[:3])
    kill(stack, "worker")
    stack.post(*(call for user in people[3:] for call in calls(user)))
    stack.waits_for(*people)
    until(lambda: unknown(stack) - before == 3, 20)
    time.sleep(2)
    assert outcomes(stack, people) == {("accepted",): 5}
    assert "may have been sent through sandbox_email: nobody can tell" in stack.command("explain", "w0").out


def test_the_api(stack: Stand) -> None:
    people = [f"a{number}" for number in range(12)]
    posted: list[str] = []

    def tell() -> None:
        for user in people:
            patiently(stack, calls(user))
            posted.append(user)

    with ThreadPoolExecutor(1) as client:
        telling = client.submit(tell)
        until(lambda: len(posted) >= 3, 20)
        kill(stack, "api")
        telling.result(30)
    stack.waits_for(*people)
    assert outcomes(stack, people) == {("accepted",): 12}


def patiently(stack: Stand, calls: list[dict[str, Any]]) -> None:
    """Tells it until it is taken, as Segment's clients do."""

    def taken() -> bool:
        try:
            stack.post(*calls)
        except httpx.HTTPError:
            return False
        return True

    until(taken, 30)


def test_postgres(stack: Stand) -> None:
    people = [f"p{number}" for number in range(6)]
    stack.behave(default={"deliver": 0}, channels={"email": {"delay_s": 0.5}})
    stack.post(*(call for user in people[:3] for call in calls(user)))
    stack.waits_for("p0")
    [victim] = [process for process in stack.running() if "postgres -D" in process.command]
    victim.kill()
    patiently(stack, calls("p3"))
    stack.post(*(call for user in people[4:] for call in calls(user)))
    stack.waits_for(*people)
    assert outcomes(stack, people) == {("accepted",): 6}


def anew(watched: Watched, before: dict[str, DeploymentResponse]) -> dict[str, DeploymentResponse]:
    """The deployments as soon as all of them were made anew; until then nothing."""
    try:
        found = watched.deployments()
    except httpx.HTTPError:  # it is being started, or its tables are gone
        return {}
    known = {deployment.id for deployment in before.values()}
    return (
        found
        if found.keys() == before.keys() and not any(deployment.id in known for deployment in found.values())
        else {}
    )


def test_prefects_database(stack: Stand, watched: Watched) -> None:
    """It is gone while the server holds it. What was published is what counts: a paused journey stays so."""
    before = watched.deployments()
    assert stack.command("pause", "browse_abandonment").code == 0
    for file in (stack.home / "prefect").glob("prefect.db*"):
        file.unlink()
    stack.says("its database is lost: starting it again")
    stack.post(*calls("lena"))  # events are taken all the while
    stack.waits_for("lena", within=60)
    found = until(lambda: anew(watched, before), 60, lambda: str(stack.health()))
    until(lambda: stack.health()["status"] == "ok", 60, lambda: str(stack.health()))
    assert [name for name, deployment in found.items() if deployment.paused] == ["browse-abandonment"]
    assert stack.command("resume", "browse_abandonment").code == 0
    assert outcomes(stack, ["lena"]) == {("accepted",): 1}


def test_all_of_it(stack: Stand) -> None:
    stack.post(*calls("zoe"))
    stack.waits_for("zoe")
    known = stack.running()
    assert len(known) > 5
    stack.down(signal.SIGKILL)
    until(lambda: not stack.left(known), 10, lambda: str([process.command for process in stack.left(known)]))
    with edited(stack):
        stack.up()
        stack.says("differ from what is published, which goes on: see `kaskad publish --plan`")
        listed = stack.command("versions", "thank_you", "--json").document["versions"]
        assert "a draft" not in str(listed)
    assert "e-mail 'how_was_it' sent through sandbox_email" in stack.command("explain", "zoe").out
    second = stack.command("up")
    assert (second.code, second.err) == (
        2,
        f"kaskad: Kaskad runs in {stack.home} already: end it first, or set KASKAD_HOME\n",
    )
    elsewhere = stack.command("up", KASKAD_HOME=str(stack.folder / "elsewhere"))
    port = stack.settings.api_port
    taken = f"kaskad: port {port} is taken: end what listens there, or set KASKAD_API_PORT\n"
    assert (elsewhere.code, elsewhere.err) == (2, taken)
    known = stack.running()
    code, seconds = stack.down(signal.SIGINT)
    assert (code, stack.left(known)) == (0, set())
    assert seconds < 5
    assert stack.said.read_text().endswith("Ended.\n")
