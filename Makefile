# Peerline. `make help` says what there is; nothing but Python 3.11+ and make is assumed.
SHELL := /bin/sh
.DEFAULT_GOAL := help

BIN := .venv/bin
export UV_PYTHON_DOWNLOADS ?= never
export UV_LINK_MODE ?= copy
export UV_PYTHON_PREFERENCE ?= only-system
export PYTHONDONTWRITEBYTECODE ?=
PYTEST := $(BIN)/pytest
# Much of a test of processes is waiting: two at a time, each module whole in one of them.
WORKERS ?= 2
SPREAD := -n $(WORKERS) --dist loadfile
FAST := tests/unit tests/contracts tests/rules

.PHONY: help
help: ## Say what each target does
	@echo "Peerline: from an incident report to a colleague reaching out."
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "First time: make demo. Then: make test. Everything is installed into .venv, nothing outside."

.venv/.complete: pyproject.toml uv.lock
	@uv=$$(scripts/get-uv) && echo "Installing Peerline and its dependencies into .venv …" && "$$uv" sync --frozen --all-extras --quiet
	@touch $@

.PHONY: setup
setup: .venv/.complete ## Create .venv with .venv/bin/peerline

.PHONY: demo
demo: setup ## Run the whole story on real Kafka; DEMO_EXIT=1 checks it and exits
	@$(BIN)/peerline demo $(if $(DEMO_EXIT),--exit)

.PHONY: test
test: setup ## All tests but those of the three targets below (embedded Kafka, PostgreSQL wheel)
	@$(PYTEST) $(SPREAD) -m "not docker and not browser and not connect" $(ARGS)

.PHONY: test-browser
test-browser: setup ## The console in a real Chromium (installed where this user may)
	@scripts/get-chromium
	@$(PYTEST) -m browser $(ARGS)

.PHONY: test-connect
test-connect: setup ## Kafka Connect, and the product on a Kafka with access control (a minute or two)
	@$(PYTEST) -m connect $(ARGS)

.PHONY: test-docker
test-docker: setup ## The same on images: testcontainers and the compose file, where a Docker Engine answers
	@$(PYTEST) -m docker $(ARGS)

.PHONY: check
check: setup format-check lint types imports drift sizes fast ## Format, lint, types, rooms, drift, sizes, fast tests: under a minute

.PHONY: fast
fast: setup ## Unit, contract and rule tests only, with fewer random examples than `make test`
	@HYPOTHESIS_PROFILE=quick $(PYTEST) $(SPREAD) -q -m "not docker and not browser and not connect" $(FAST) $(ARGS)

.PHONY: format
format: setup ## Format and fix what can be fixed
	@$(BIN)/ruff format --quiet . && $(BIN)/ruff check --fix --quiet .

.PHONY: format-check
format-check: setup
	@$(BIN)/ruff format --check --quiet . || { echo "Not formatted: run 'make format'."; exit 1; }

.PHONY: lint
lint: setup ## ruff, every rule on, each exception with a reason
	@$(BIN)/ruff check --quiet .

.PHONY: types
types: setup ## mypy, strict
	@$(BIN)/mypy

.PHONY: imports
imports: setup ## The rooms: who may import whom
	@$(BIN)/lint-imports --no-logo

.PHONY: drift
drift: setup ## Generated files equal what the code generates
	@$(BIN)/python -m scripts.generate --check

.PHONY: sizes
sizes: setup ## Sizes of files and functions: medians reported, hard limits enforced
	@$(BIN)/python -m scripts.sizes

.PHONY: schemas
schemas: setup ## Write schemas, AsyncAPI, OpenAPI, topics and ACLs from the code
	@$(BIN)/python -m scripts.generate

.PHONY: rules
rules: setup ## Check every shipped rule set with its examples
	@$(BIN)/peerline rules check services/triage/rulesets

.PHONY: goldens
goldens: setup ## Decide the 10,000 golden reports again; the first that differs is shown in full
	@$(BIN)/python -m scripts.goldens

.PHONY: bench
bench: setup ## Measure on this machine and write docs/bench.md (about 12 minutes)
	@$(BIN)/python -m tests.bench $(ARGS)

.PHONY: bench-million
bench-million: setup ## Map a million rows offline, with a progress bar
	@$(BIN)/python -m tests.bench --only rows --rows 1000000

.PHONY: fuzz
fuzz: setup ## Fuzz every parser for 10 minutes, 20,000 payloads of each format; ARGS='--minutes 1'
	@uv=$$(scripts/get-uv) && "$$uv" sync --frozen --all-extras --group fuzz --quiet
	@$(BIN)/python -m tests.fuzz --payloads 20000 $(ARGS)

.PHONY: clean
clean: ## Remove what make created in this checkout
	@rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage
