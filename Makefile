# TestMesh. `make run` and `make test` need Python 3.11 or newer, and nothing else.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
MEMBERS := libs/contracts libs/sdk libs/chassis libs/engine services/api services/runner services/scheduler services/storage libs/cli
PACKAGES := contracts sdk chassis engine api runner scheduler storage cli
UV := $(BIN)/uv --no-progress --quiet
# Trust what the machine trusts, as pip does.
export UV_SYSTEM_CERTS := 1

.DEFAULT_GOAL := help
include services/dashboard/dashboard.mk
.PHONY: help install run test unit check bench lock clean

help: ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: $(VENV)/.stamp ## create the environment in .venv

$(VENV)/.stamp: requirements.txt Makefile $(addsuffix /pyproject.toml,$(MEMBERS))
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "TestMesh needs Python 3.11 or newer; this is $$($(PYTHON) --version). Set PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
	    { echo "This Python cannot make environments: on Debian, install python3-venv." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -x $(BIN)/uv || $(BIN)/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(UV) pip install --python $(BIN)/python --compile-bytecode --require-hashes -r requirements.txt
	@$(UV) pip install --python $(BIN)/python --no-deps --no-build-isolation $(addprefix -e ,$(MEMBERS))
	@echo "TestMesh is installed in $(VENV); to have the command here: . $(VENV)/bin/activate"
	@touch $@

run: install web ## start everything on this machine, with the demo; Ctrl-C stops it
	@$(BIN)/testmesh server --demo $(ARGS)

test: install web ## all tests, on a real PostgreSQL and a real Valkey
	@$(BIN)/pytest -q -n 2 -m "not integration and not e2e" $(ARGS)
	@$(BIN)/pytest -q -n 2 --dist loadfile -m "integration and not e2e" $(ARGS)
	@$(BIN)/pytest -q -n 2 --dist loadfile -m e2e --ignore tests/chaos $(ARGS)
	@$(BIN)/pytest -q -m e2e tests/chaos $(ARGS)

unit: install ## the tests that need no server
	@$(BIN)/pytest -q -n 2 -m "not integration and not e2e" $(ARGS)

check: install check-web ## formatting, linting, types, architecture, contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy $(addprefix -p testmesh_,$(PACKAGES))
	@$(BIN)/lint-imports
	@$(BIN)/python -m testmesh_contracts.schemas --check libs/contracts/schemas
	@$(BIN)/testmesh-api openapi | diff -u services/api/openapi.json - || { echo "Run: make openapi" >&2; exit 1; }

bench: install ## how fast it is here, printed beside a baseline
	@$(BIN)/python -m tests.bench $(ARGS)

lock: ## pin every dependency with its hashes
	@test -x $(BIN)/uv || { $(PYTHON) -m venv $(VENV) && $(BIN)/pip install --quiet uv==$(UV_VERSION); }
	@$(BIN)/python requirements/lock.py

clean: ## remove the environment and what tools left
	rm -rf $(VENV) $(dir $(BUILT)) $(PAGES)/node_modules .mypy_cache .ruff_cache .import_linter_cache .hypothesis .pytest_cache bench-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
