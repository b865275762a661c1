# What a developer needs, each target from nothing: `make run`, `make test`, `make lint`, `make clean`.
# A bare Debian with python3, python3-venv and make is enough to start.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install --require-hashes --only-binary :all:
PORT ?= 8000
AWS_PORT ?= 0
PYTEST_ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run test lint format types clean system lock

help: ## Show the targets
	@grep -hE '^[a-z]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 12

$(VENV)/pyvenv.cfg:
	$(PYTHON) -m venv $(VENV)

$(VENV)/demo.stamp: requirements-demo.txt | $(VENV)/pyvenv.cfg
	$(PIP) -r requirements-demo.txt
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt | $(VENV)/pyvenv.cfg
	$(PIP) -r requirements-dev.txt
	@touch $(VENV)/demo.stamp $@

run: $(VENV)/demo.stamp ## Start the console on its simulated AWS (PORT=8000, AWS_PORT=any free)
	@exec $(BIN)/python -m ptcconsole.run --port $(PORT) --aws-port $(AWS_PORT)

test: $(VENV)/dev.stamp system lint ## Everything: lint, types, system checks and all tests
	$(BIN)/python -m pytest $(PYTEST_ARGS)

lint: $(VENV)/dev.stamp ## Style, format, types, templates, system checks, missing migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/djlint --quiet --lint templates
	CONSOLE_ENV=local $(BIN)/python manage.py check --fail-level WARNING
	CONSOLE_ENV=local $(BIN)/python manage.py makemigrations --check --dry-run

format: $(VENV)/dev.stamp ## Rewrite the code in the house format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# What the tests drive that is not a Python package: a browser and a real registry server.
NEEDS := chromium:chromium docker-registry:docker-registry htpasswd:apache2-utils
system:
	@missing=$$(for need in $(NEEDS); do \
	    command -v "$${need%%:*}" >/dev/null 2>&1 || echo "$${need##*:}"; done); \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ]; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	    apt-get install -y -qq --no-install-recommends $$missing fonts-open-sans >/dev/null; \
	else \
	    echo "The tests need Debian packages that are missing. Install them first:" >&2; \
	    echo "  sudo apt-get install --no-install-recommends" $$missing fonts-open-sans >&2; exit 1; \
	fi

lock: ## Renew the hash-locked requirements (needs uv)
	uv pip compile pyproject.toml $(LOCK) -o requirements.txt
	uv pip compile pyproject.toml --extra demo -c requirements.txt $(LOCK) -o requirements-demo.txt
	uv pip compile pyproject.toml --extra dev -c requirements-demo.txt $(LOCK) -o requirements-dev.txt
LOCK := --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	--no-emit-package ptcconsole --upgrade --quiet

clean: ## Remove all data and everything installed
	rm -rf .data .venv .mypy_cache .ruff_cache .hypothesis staticfiles
