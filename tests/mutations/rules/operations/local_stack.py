"""The house at start and at rest: Prefect late, lost, locked; files published once; flows that come along."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

KEPT = "integration/orchestration/test_prefect_server.py::"
LOST = "integration/api/test_health.py::test_what_prefect_has_lost_is_made_anew_and_healthz_says_so"
DATABASE = "unit/orchestration/test_prefect_database.py::"
PASSWORD = "unit/orchestration/test_prefect_password.py::"
OWN = "unit/orchestration/test_own_flows.py::"
WATCH = "unit/orchestration/test_run_monitor.py::"
DISPATCH = "integration/services/test_dispatcher.py::"
DEMO = "unit/cli/test_demo_"
NO_STACK = "integration/cli/test_nothing_running.py::"

MUTATIONS = (
    Mutation(
        "Prefect is waited for as long as it takes",
        "cli/stack/prefect_process.py",
        "    while not await ready():",
        "    while now() - began < 1 and not await ready():",
        (KEPT + "test_a_late_prefect_is_waited_for_and_that_is_said",),
    ),
    Mutation(
        "While Prefect is waited for, that is said",
        "cli/stack/prefect_process.py",
        "if now() - said >= every:",
        "if now() - said >= 60 * every:",
        (KEPT + "test_a_late_prefect_is_waited_for_and_that_is_said",),
    ),
    Mutation(
        "However often Prefect dies, it is started again",
        "orchestration/processes.py",
        "if deaths >= MAX_DEATHS and child.vital:",
        "if deaths >= MAX_DEATHS:",
        (KEPT + "test_one_that_dies_at_its_start_is_said_with_its_last_line_and_started_again",),
    ),
    Mutation(
        "Prefect begins once its port is free",
        "cli/stack/prefect_process.py",
        "while not _is_port_free(self.address):",
        "while False:",
        (KEPT + "test_it_begins_when_the_stranger_on_its_port_has_gone",),
    ),
    Mutation(
        "Who opens to everybody on Prefect's port is a stranger",
        "orchestration/prefect_server.py",
        "return opens and (self.auth is None or not await is_answering(self.api_url, None))",
        "return opens",
        (KEPT + "test_a_stranger_who_opens_to_everybody_is_not_taken_for_it",),
    ),
    Mutation(
        "A server whose database is gone is ended",
        "cli/stack/prefect_process.py",
        "self.supervisor.again(self.child.name)",
        "pass",
        (KEPT + "test_a_database_that_is_lost_while_it_runs_ends_the_server_that_holds_it",),
    ),
    Mutation(
        "An empty database is a lost one",
        "cli/stack/prefect_process.py",
        "if found and found.st_size else None",
        "if found else None",
        (DATABASE + "test_a_file_that_is_gone_empty_or_another_is_a_lost_database_once",),
    ),
    Mutation(
        "What is no database is put aside and kept",
        "orchestration/prefect_app.py",
        "database.rename(aside)",
        "database.unlink()",
        (DATABASE + "test_what_is_no_database_is_put_aside_and_kept",),
    ),
    Mutation(
        "Prefect's password is readable by its owner alone",
        "settings.py",
        "fresh.touch(mode=0o600)",
        "fresh.touch(mode=0o644)",
        (PASSWORD + "test_a_stack_of_before_gets_one_at_its_next_start_and_keeps_it",),
    ),
    Mutation(
        "No page of another origin reads Prefect",
        "orchestration/prefect_server.py",
        '"PREFECT_SERVER_CORS_ALLOWED_ORIGINS": f"{self.ui_url},http://localhost:{self.port}"',
        '"PREFECT_SERVER_CORS_ALLOWED_ORIGINS": "*"',
        (PASSWORD + "test_clients_get_what_opens_it_and_nothing_of_the_server",),
    ),
    Mutation(
        "A deployment that Prefect has lost is made anew",
        "services/publishing/deployment_sync.py",
        "if generation == self._shown and await self.gateway.count_deployments(wanted) == len(wanted):",
        "if generation == self._shown:",
        (LOST,),
    ),
    Mutation(
        "A deployment that is gone is nobody's end",
        "orchestration/prefect_gateway.py",
        "            if error.response.status_code != httpx.codes.NOT_FOUND:\n                raise\n            self",
        "            if error:\n                raise\n            self",
        (LOST,),
    ),
    Mutation(
        "What is paused stays paused when it is made anew",
        "orchestration/deployments.py",
        "        return card.paused",
        "        return False",
        (LOST,),
    ),
    Mutation(
        "Whoever resumes while a deployment is made anew is heard",
        "services/publishing/deployment_sync.py",
        "if name in now and now[name][1] != paused:",
        "if name not in now:",
        (LOST,),
    ),
    Mutation(
        "A deployment that Prefect refuses leaves the others",
        "orchestration/deployments.py",
        "except ODD as error:",
        "except ZeroDivisionError as error:",
        (LOST,),
    ),
    Mutation(
        "A worker that is silent is said",
        "services/health.py",
        "elif now - heard > MAX_WORKER_SILENCE:",
        "elif now - heard > 2 * MAX_WORKER_SILENCE:",
        ("integration/api/test_health.py::test_a_worker_counts_as_silent_after_three_heartbeats",),
    ),
    Mutation(
        "Who asks for health waits for nobody who publishes",
        "services/health.py",
        "generation = await versions.read_generation(connection)",
        "generation = await versions.lock_generation_shared(connection)",
        ("integration/api/test_health.py::test_asking_waits_for_nobody_who_publishes",),
    ),
    Mutation(
        "Drafts are published by themselves only where nothing ever was",
        "cli/stack/startup.py",
        "return await versions.read_generation(connection) > 0",
        "return await versions.read_generation(connection) < 0",
        ("integration/cli/test_up_and_version.py::test_files_are_published_by_themselves_only_where_nothing_ever_was",),
    ),
    Mutation(
        "A folder for something else is not taken for flows of the project's own",
        "orchestration/own_flows.py",
        "if (project / package / MARKS[package]).is_file():",
        "if (project / package).is_dir():",
        (OWN + "test_a_project_without_flows_of_its_own_has_those_of_kaskad",),
    ),
    Mutation(
        "A project with flows of its own runs those",
        "orchestration/own_flows.py",
        "        return project\n",
        "        return _find_bundled()\n",
        (OWN + "test_a_project_with_flows_of_its_own_runs_those",),
    ),
    Mutation(
        "A worker without the journey's flow does not show itself",
        "orchestration/flow_execution.py",
        "                if number == 0:\n",
        "                if number < 0:\n",
        ("unit/orchestration/test_flow_execution.py::test_without_the_first_nothing_is_begun",),
    ),
    Mutation(
        "A flow that cannot be loaded leaves the others",
        "orchestration/flow_execution.py",
        "                if number == 0:\n",
        "                if number >= 0:\n",
        ("unit/orchestration/test_flow_execution.py::test_one_that_cannot_be_loaded_leaves_the_others",),
    ),
    Mutation(
        "A run that crashed is said once",
        "orchestration/run_monitor.py",
        "            if failure.run not in self._runs:",
        "            if failure.run:",
        (WATCH + "test_a_run_that_is_seen_again_is_not_said_again",),
    ),
    Mutation(
        "A thousand crashes are a line a minute",
        "orchestration/run_monitor.py",
        "if count > before and now - at >= REPEAT_AFTER:",
        "if count > before:",
        (WATCH + "test_many_crashes_are_one_line_a_minute_with_their_number_and_the_newest_reason",),
    ),
    Mutation(
        "A Prefect that has ended is said at once",
        "services/health.py",
        "if lately and await self.gateway.is_listening():",
        "if lately:",
        (LOST,),
    ),
    Mutation(
        "Who asks something makes no house",
        "cli/session.py",
        "    if command not in CREATES_STACK and not made(folder):",
        "    if False:",
        (NO_STACK + "test_who_asks_something_of_a_stack_that_is_not_there_hears_it_and_makes_none",),
    ),
    Mutation(
        "`kaskad migrate` makes a house",
        "cli/session.py",
        'frozenset({"up", "demo", "migrate"})',
        'frozenset({"up", "demo"})',
        (NO_STACK + "test_a_stack_at_rest_is_started_once_for_all_that_is_asked",),
    ),
    Mutation(
        "A house whose data are lost is not taken for none",
        "storage/embedded/server.py",
        'return place.data.exists() or (place.folder / "elsewhere").exists()',
        "return place.data.exists()",
        (NO_STACK + "test_a_database_whose_data_are_lost_is_no_stack_that_never_was",),
    ),
    Mutation(
        "A simulation starts a house at rest once",
        "cli/simulation/request.py",
        ("    with open_database(settings) as found:\n        yield found\n"),
        (
            "    with open_database(settings):\n"
            "        pass\n"
            "    with open_database(settings) as found:\n"
            "        yield found\n"
        ),
        (NO_STACK + "test_a_stack_at_rest_is_started_once_for_all_that_is_asked",),
    ),
    Mutation(
        "What Prefect refuses stops nothing else",
        "services/dispatcher.py",
        "        except Exception as error:  # what comes",
        "        except ZeroDivisionError as error:  # what comes",
        (
            DISPATCH + "test_a_run_that_prefect_refuses_is_asked_for_again_said_once_and_stops_no_other",
            DISPATCH + "test_what_is_refused_of_deployments_starts_runs_all_the_same",
        ),
    ),
    Mutation(
        "What Prefect refuses is said once a minute",
        "services/dispatcher.py",
        'if now - self._refused.get(request, float("-inf")) >= SAID_AGAIN_AFTER:',
        "if now:",
        (DISPATCH + "test_a_run_that_prefect_refuses_is_asked_for_again_said_once_and_stops_no_other",),
    ),
    Mutation(
        "An automation that Prefect refuses keeps no deployment from being made",
        "services/publishing/deployment_sync.py",
        "except ODD as error:",
        "except ZeroDivisionError as error:",
        (DISPATCH + "test_what_is_refused_of_deployments_starts_runs_all_the_same",),
    ),
    Mutation(
        "An odd answer of Prefect's breaks no look at the house",
        "services/health.py",
        "except Exception as error:  # a page",
        "except ZeroDivisionError as error:  # a page",
        (DISPATCH + "test_an_odd_answer_is_said_of_the_stack_and_breaks_no_look_at_it",),
    ),
    Mutation(
        "Those who make the automation at once make one",
        "orchestration/pools.py",
        "key=lambda automation: automation.id)[1:]:",
        "key=lambda automation: automation.id)[9:]:",
        (LOST,),
    ),
    Mutation(
        "The demo tells how far it is where no terminal is",
        "cli/demo/progress.py",
        "elif self._due(hours):",
        "elif False:",
        (DEMO + "progress.py::test_without_a_terminal_each_quarter_of_a_day_is_a_line",),
    ),
    Mutation(
        "The demo tells how far it is on a slow machine too",
        "cli/demo/progress.py",
        "return quarter or self.steps.seconds - self.said_at >= SILENT",
        "return quarter",
        (DEMO + "progress.py::test_on_a_slow_machine_a_line_comes_after_ten_seconds",),
    ),
    Mutation(
        "The demo's table cuts off no name",
        "cli/demo/summary.py",
        'table.add_column("journey", overflow="fold")',
        'table.add_column("journey")',
        (DEMO + "page.py::test_no_line_is_wider_than_the_terminal_and_nothing_is_cut_off",),
    ),
    Mutation(
        "The demo's table fits 80 columns",
        "cli/demo/summary.py",
        "box=SIMPLE, padding=(0, 0, 0, 1))",
        "box=SIMPLE, padding=(0, 3))",
        (DEMO + "page.py::test_each_journey_is_one_line_of_the_table",),
    ),
)
