# Everything from a fresh clone: `make demo` and `make test` install what they need into .venv first.
PYTHON ?= python3
BIN := .venv/bin
# Without compiled modules each of the many processes compiles Prefect anew, which takes longer than to import it.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo up test check bench clients crash fuzz mutate lock clean

demo: .venv/.installed
	$(BIN)/kaskad demo

up: .venv/.installed
	$(BIN)/kaskad up

test: .venv/.installed
	$(BIN)/python -m pytest

check: .venv/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.words

bench: .venv/.bench-installed
	$(BIN)/python tests/bench

clients: .venv/.installed
	$(BIN)/python -m tests.clients
	$(BIN)/python -m pytest -n 0 -rs tests/clients

crash: .venv/.installed
	$(BIN)/python -m tests.crash
	KASKAD_RACES=10000 $(BIN)/python -m pytest -n 0 tests/crash/test_crash_races.py tests/crash/test_crash_mailboxes.py
	KASKAD_STORM_SECONDS=600 $(BIN)/python -m pytest -n 0 tests/crash/test_crash_merges.py

fuzz: .venv/.installed
	KASKAD_FUZZ_EXAMPLES=5000 $(BIN)/python -m pytest -n 0 tests/fuzz

mutate: .venv/.installed
	$(BIN)/python -m tests.mutations

lock: .venv/.installed
	$(BIN)/pip-compile -q --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --strip-extras \
		--allow-unsafe --extra demo --extra import --extra dev -o requirements.lock pyproject.toml
	$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["bench"], sep="\n")' \
		| $(BIN)/pip-compile -q --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --strip-extras \
		--allow-unsafe -c requirements.lock -o requirements-bench.lock -

.venv/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Kaskad needs Python 3.11 or newer: make PYTHON=python3.11 …")'
	@echo "Installing into .venv (about a minute) …"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-compile --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

.venv/.bench-installed: .venv/.installed requirements-bench.lock
	@echo "Installing the engines that the bench compares with …"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-compile --no-deps --require-hashes -r requirements-bench.lock
	@touch $@

clean:
	rm -rf .venv .kaskad build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
