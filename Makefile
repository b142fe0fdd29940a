# The verbs of this repository. `make help` lists them.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
WORKERS ?= 2
# Tests start dozens of hubs and services: each would compile all of our code again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup run demo test check bench soak contracts kafka postgres compose clean

help: ## List the verbs
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: $(READY) ## Make .venv from the lock file (done by every other verb when needed)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -m services.logistics.domain.packing.engine
	@touch $@

run: $(READY) ## Both hubs on this machine, the scenario with progress, then the hubs' addresses
	@$(BIN)/eroad up --scenario deploy/scenarios/kinta-white-coffee.yaml

demo: $(READY) ## The same scenario, then stop; exit 0 only if every figure holds
	@$(BIN)/eroad demo

test: $(READY) ## Every test, those on real Kafka and PostgreSQL too where they can be started
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup --max-worker-restart 0

check: $(READY) ## Style, types, import rules and the repository's own rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy services shared deploy tests
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest tests/tidy

bench: $(READY) ## Measure for real; results go to tests/bench/results
	@$(BIN)/python -m tests.bench

soak: $(READY) ## The slow tests and the longest ones alone, with real servers required
	@EROAD_REQUIRE_REAL=1 $(BIN)/python -m pytest -m "slow or soak" -o faulthandler_timeout=7200

contracts: $(READY) ## Generate schemas, examples, catalogue, AsyncAPI and OpenAPI from the contracts
	@$(BIN)/python -m deploy.contracts

kafka: $(READY) ## A real Kafka broker per hub, without containers
	@$(BIN)/python -m deploy.kafka up --clusters my-kul,cn-hgh

postgres: $(READY) ## A real PostgreSQL, without containers
	@$(BIN)/python -m deploy.postgres up

compose: ## Both hubs in containers
	@test -f deploy/env/compose.env || { echo "first: $(BIN)/python -m deploy.make_secrets my-kul cn-hgh; cp deploy/env/compose.env.example deploy/env/compose.env, and set EROAD_SECRETS in it"; exit 1; }
	@docker compose --env-file deploy/env/compose.env -f deploy/compose.yaml up --build --wait

clean: ## Remove what runs left behind (var/), not the virtual environment
	@rm -rf var .pytest_cache .mypy_cache .ruff_cache .hypothesis
