"""What is installed sends: the wheel in an empty environment, a project with nothing but configs/ and templates/."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from tests.e2e.hurried_shop import person, purchase
from tests.e2e.standing import Stand, stand
from tests.support.paths import ROOT

# Where Kaskad is found, and whether flows or tasks are: by what this environment has on its path.
WHERE = "import kaskad; from importlib.util import find_spec as at; print(kaskad.__file__, at('flows'), at('tasks'))"


def run(*command: str, cwd: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=120, check=False)


def installed(folder: Path) -> Path:
    """The folder of programs of an environment that has the wheel, and sees the libraries of this one but not Kaskad.

    A `.pth` file adds a folder alone: the `.pth` in it, by which the checkout is installed here, is not followed.
    """
    built = run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder / "dist"), cwd=ROOT)
    assert built.returncode == 0, built.stderr
    (wheel,) = (folder / "dist").glob("*.whl")
    environment = folder / "environment"
    run(sys.executable, "-m", "venv", "--without-pip", str(environment), cwd=folder)
    programs = environment / "bin"
    (packages,) = environment.glob("lib/python*/site-packages")
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib"))
    ways = ("--python", str(programs / "python"), "install", "-q", "--no-deps", "--no-index", str(wheel))
    done = run(sys.executable, "-m", "pip", *ways, cwd=folder)
    assert done.returncode == 0, done.stderr
    return programs


def project_of(kaskad: str, folder: Path, environment: dict[str, str]) -> Path:
    """Somebody's first project: the shop's settings, and one journey out of the gallery. No flows, no tasks."""
    for part in ("configs", "templates"):
        shutil.copytree(ROOT / part, folder / part)
    for journey in (folder / "configs" / "journeys").glob("*.yaml"):
        journey.unlink()
    shutil.rmtree(folder / "configs" / "journeys" / "tests", ignore_errors=True)
    taken = run(kaskad, "new", "--from", "thank-you", "--as", "how_was_it_all", cwd=folder, env=environment)
    assert taken.returncode == 0, taken.stderr
    path = folder / "configs" / "journeys" / "how_was_it_all.yaml"
    text = path.read_text()
    assert "- wait: 1h" in text
    path.write_text(text.replace("- wait: 1h", "- wait: 1s"))
    policy = folder / "configs" / "policy.yaml"
    policy.write_text(policy.read_text().replace('quiet_hours: {from: "21:00", to: "09:00"}', "#"))
    assert {path.name for path in folder.iterdir()} == {"configs", "templates"}
    return folder


def test_the_wheel_in_an_empty_environment_gets_a_message_through(tmp_path: Path) -> None:
    programs, project = installed(tmp_path), tmp_path / "shop"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("KASKAD_", "PREFECT_"))}
    clean = {name: value for name, value in inherited.items() if name != "PYTHONPATH"}
    seen = run(str(programs / "python"), "-c", WHERE, cwd=tmp_path, env=clean)
    assert seen.stdout.startswith(str(tmp_path)) and seen.stdout.endswith(" None None\n")  # nothing of the checkout
    kaskad = str(programs / "kaskad")
    assert run(kaskad, "--version", cwd=tmp_path, env=clean).stdout == "kaskad 0.1.0\n"
    project_of(kaskad, project, clean)
    with stand(tmp_path, project=project, fresh=True, PYTHONPATH="") as stack:
        stack.kaskad = [kaskad]
        stack.up(within=240)
        stack.behave(default={"deliver": 0})
        stack.post(*person("nina", "push"), purchase("nina"))
        stack.waits_for("nina", within=60)
        assert [record["outcome"] for record in stack.received("nina")] == ["accepted"]
        assert_of_the_wheel(stack, programs)
        known = stack.running()
        code, _ = stack.down()
        assert (code, stack.left(known)) == (0, set())


def assert_of_the_wheel(stack: Stand, programs: Path) -> None:
    """Every process runs the wheel's Python, and none names the checkout."""
    commands = [process.command for process in stack.running()]
    ours = [command for command in commands if "kaskad" in command]
    assert len(ours) >= 5
    assert not [command for command in ours if "postgres" not in command and not command.count(str(programs))]
    assert not [command for command in ours if str(ROOT / "src") in command]
