"""Processes of a stack that are told where to die. Each ends by SIGKILL: nothing is flushed or rolled back.

`python victim_process.py` imports everything once and forks from then on, so that a process starts in milliseconds. One
JSON a line: `{"start": PLAN}` is answered with `{"started": PID}`, and each end is told as
`{"ended": PID, "code": CODE}`. A plan names a role and, where it is to die by itself, a `Failpoint`: at its `nth`
passing, once SIGUSR1 or the plan has armed it.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import json
import os
import selectors
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from psycopg import OperationalError
from sqlalchemy.exc import DBAPIError

from kaskad import settings
from kaskad.cli.stack.api import run_api
from kaskad.cli.stack.sandbox import run_sandbox
from kaskad.cli.stack.worker import run_worker
from kaskad.domain.errors import Unavailable
from kaskad.orchestration import signals
from kaskad.runtime import Runtime, open_runtime
from kaskad.sandbox.providers import Behaviour
from kaskad.services import work_queue
from kaskad.services.decisions import fanout, runner
from kaskad.services.delivery import deliver, unknowns
from kaskad.services.failures.failpoints import failpoint_hook
from kaskad.services.projects import loading
from kaskad.services.publishing import publish
from kaskad.settings import Settings
from tests.crash.kill_point import KillPoint, Plan, die

GONE = (Unavailable, OperationalError, DBAPIError, OSError)  # a database that is away comes back
REST = 0.02  # seconds between two rounds of a worker
DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


def work(config: Settings, plan: Plan) -> None:
    """A worker without Prefect: the tasks that the plan names, round after round."""
    asyncio.run(_work(config, plan))


async def _work(config: Settings, plan: Plan) -> None:
    async with open_runtime(config) as runtime:
        while True:
            with suppress(*GONE):
                async with runtime.database.transaction() as connection:
                    await runtime.catalogue.refresh(connection)
                await _round(runtime, plan)
            await asyncio.sleep(REST)


async def _round(runtime: Runtime, plan: Plan) -> None:
    if "resolve" in plan["tasks"]:
        await unknowns.resolve_due(runtime)
    if "fanout" in plan["tasks"]:
        await fanout.expand_next(runtime)
    for journey in plan["journeys"]:
        due, queued = await work_queue.load_journey_work(runtime, journey)
        if due and "advance" in plan["tasks"]:
            await runner.decide_batch(runtime, journey, limit=plan["limit"])
        if "deliver" in plan["tasks"]:
            channels = [channel for channel in queued if channel in plan["channels"]]
            sends = (deliver.deliver_batch(runtime, journey, channel, limit=plan["limit"]) for channel in channels)
            for done in await asyncio.gather(*sends, return_exceptions=True):
                if isinstance(done, BaseException):
                    raise done


def work_under_prefect(config: Settings, plan: Plan) -> None:
    """`kaskad worker`. Its loop lives in a thread of its own: that has to be told who looks on."""
    run, kill_point = signals.run_until_signal, KillPoint(plan)

    def looked_on(main: signals.Main) -> None:
        async def within(stop: asyncio.Event) -> None:
            with failpoint_hook(kill_point):
                await main(stop)

        run(within)

    signals.run_until_signal = looked_on  # type: ignore[assignment]
    run_worker(config, pool=config.pool, limit=10, dispatching=True)


def serve_api(config: Settings, plan: Plan) -> None:
    """`kaskad api`."""
    run_api(config)


def stand_in(config: Settings, plan: Plan) -> None:
    """`kaskad sandbox`, with the behaviour of the plan."""
    run_sandbox(config, Behaviour.model_validate(plan["behaviour"]))


def publish_anew(config: Settings, plan: Plan) -> None:
    """Publishes the project's journeys under another title: new versions of them all. Ends by itself."""

    async def main() -> None:
        draft = loading.load_project(config.project, config.home / "templates")
        titled = {
            name: journey.model_copy(update={"title": plan["title"]})
            for name, journey in draft.project.journeys.items()
        }
        project = draft.project.model_copy(update={"journeys": titled})
        async with open_runtime(config) as runtime:
            await publish.publish(runtime, project, draft.compiled)

    asyncio.run(main())


ROLES: Mapping[str, Callable[[Settings, Plan], None]] = {
    "worker": work,
    "prefect": work_under_prefect,
    "api": serve_api,
    "sandbox": stand_in,
    "publisher": publish_anew,
}


def start(plan: Plan) -> int:
    """The pid of a new process in the plan's role; none outlives this one."""
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    try:
        ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
        if os.getppid() != parent:
            die()
        _speak_into(plan.get("log"))
        config = settings.load_settings(Path(plan["project"]), plan["environment"])
        with failpoint_hook(KillPoint(plan)):
            ROLES[plan["role"]](replace(config, pool=plan.get("pool", config.pool)), plan)
        os._exit(0)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        sys.stderr.flush()
        raise
    finally:
        os._exit(1)


def _speak_into(log: str | None) -> None:
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # what is asked is asked of the parent
    out = os.open(log or os.devnull, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(out, 1)
    if log:
        os.dup2(out, 2)


def serve() -> None:
    """Answers until its input ends."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})  # who is armed as soon as born hears of it later
    with selectors.DefaultSelector() as selector:
        selector.register(0, selectors.EVENT_READ)
        asked = b""
        while True:
            for key, _ in selector.select():
                if key.fd:
                    selector.unregister(key.fd)
                    os.close(key.fd)
                    _tell(ended=key.data, code=os.waitstatus_to_exitcode(os.waitpid(key.data, 0)[1]))
                    continue
                if not (read := os.read(0, 65_536)):
                    return
                *lines, asked = (asked + read).split(b"\n")
                for line in lines:
                    pid = start(json.loads(line)["start"])
                    selector.register(os.pidfd_open(pid), selectors.EVENT_READ, pid)
                    _tell(started=pid)


def _tell(**what: int) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    if "--prefect" in sys.argv:
        import flows.journey  # noqa: F401 - a second of importing, once for all
        import kaskad.orchestration.worker  # noqa: F401
    gc.freeze()  # the forks share what is there
    serve()
