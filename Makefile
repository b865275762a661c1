# The targets for developers. Each installs what it needs, on a Debian with python3, python3-venv and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := -m pip --disable-pip-version-check --quiet install --require-hashes --only-binary :all: # guard: P1
PIP := $(BIN)/python $(INSTALL)
SCAN := .venv-scan
PORT ?= 8000
AWS_PORT ?= 0
# Two more than the number of cores, because tests wait for processes and databases; at most six.
WORKERS ?= $(shell cores=$$(nproc); echo $$((cores < 4 ? cores + 2 : 6)))
PYTEST_ARGS ?= -n $(WORKERS) --dist loadfile --no-loadscope-reorder

# Debian installs some programs in directories that are not in the PATH of a normal user.
export PATH := $(PATH):/usr/local/sbin:/usr/sbin:/sbin

# The tests start hundreds of processes with the same modules, which are compiled once.
unexport PYTHONDONTWRITEBYTECODE

# Linting, testing and measuring ignore the settings of the environment and of a `.env` file.
test servers unkind replay lint messages faults scan bench machines: export CONSOLE_ENV := local
test servers unkind replay lint messages faults scan bench machines: export ENV_FILE := /dev/null

.DEFAULT_GOAL := help
.PHONY: help run wheel test sqlite servers unkind replay faults scan audit sbom bench screenshots messages fonts lint format clean system rabbitmq machines lock

help: ## Show the targets
	@grep -hE '^[a-z]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 12

# A partly created venv is removed, because it would look complete.
$(VENV)/pyvenv.cfg:
	@echo "Making $(VENV) and installing into it; this happens once." >&2
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/demo.stamp: requirements-demo.txt | $(VENV)/pyvenv.cfg
	@$(PIP) -r requirements-demo.txt
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt | $(VENV)/pyvenv.cfg
	@$(PIP) -r requirements-dev.txt
	@touch $(VENV)/demo.stamp $@

# The scanners have a venv of their own. Three dependencies of wapiti exist as source only. The locked
# setuptools builds them, without downloading anything else.
FROM_SOURCE := --no-build-isolation --no-binary pyperclip,urwid-mitmproxy,yaswfp
$(SCAN)/scan.stamp: requirements-scan.txt
	@echo "Making $(SCAN) and installing into it; this happens once." >&2
	@rm -rf $(SCAN) && $(PYTHON) -m venv $(SCAN)
	@awk '/^[a-z]/ { wanted = /^setuptools==/ } wanted' $< > $(SCAN)/build.txt
	@$(SCAN)/bin/python $(INSTALL) -r $(SCAN)/build.txt
	@$(SCAN)/bin/python $(INSTALL) $(FROM_SOURCE) -r $<
	@touch $@

run: $(VENV)/demo.stamp ## Start the console on its simulated AWS (PORT=8000, AWS_PORT=any free)
	@exec $(BIN)/python -m ptcconsole run --port $(PORT) --aws-port $(AWS_PORT)

wheel: $(VENV)/dev.stamp ## Build the wheel into .data/wheel
	@$(BIN)/python -m hatchling build --target wheel -d .data/wheel

test: system lint ## Everything: style, types, system checks and all tests, on both kinds of servers
	$(BIN)/python -m pytest $(PYTEST_ARGS) -m "not thorough" $(addprefix --ignore=,$(TRIED_ELSEWHERE))
	$(BIN)/python -m tests.servers $(BIN)/python -m pytest $(PYTEST_ARGS) -m "not thorough" \
		$(addprefix --unkind-in=,$(UNKIND_SELECTION)) tests/wizard/backend $(SERVER_TESTS)

# `make test` should end within 15 minutes. So each test runs once in it, but for those that are about both kinds
# of servers. On PostgreSQL and Redis run the tests of single pages, of signing in, of odd answers, of sessions, of
# operations and of the audit trail, and with an unkind AWS those of services, drafts and AWS's adapters; flows,
# browser and other fault tests, among them those of races, the worker and backups, run on SQLite. `make sqlite`
# runs all, with the tests that are marked `thorough`.
TRIED_ELSEWHERE = $(PAGE_TESTS) $(DATA_TESTS) tests/wizard/services tests/wizard/drafting tests/wizard/backend \
	$(SERVER_FAULTS)
sqlite: export AXE := both
sqlite: system $(VENV)/dev.stamp ## All tests on SQLite alone
	$(BIN)/python -m pytest $(PYTEST_ARGS)

# The tests that depend on the database or the cache run on PostgreSQL and Redis: services, models, pages, and
# the fault tests of locks, triggers, races and odd answers of AWS. The journeys on the servers of production
# (tests/production) run here only.
# `make servers SERVER_TESTS=tests` runs all.
PAGE_TESTS := tests/wizard/views tests/wizard/gate
SERVER_FAULTS := $(addprefix tests/faults/test_,gunicorn.py odd_answers.py sessions.py) \
	$(addprefix tests/faults/test_,audit_repair.py lost_servers.py other_versions.py) \
	$(addprefix tests/faults/test_,operations.py background.py audit.py batches.py audit_owner.py) \
	$(addprefix tests/faults/test_,engines.py celery.py machines.py)
DATA_TESTS := $(addprefix tests/wizard/test_,admin.py apps.py exports.py)
# Of files whose other tests would do the same again here, those about the servers.
DOCTOR_TESTS := $(addprefix tests/wizard/test_doctor.py::test_,everything_that_is_well_is_said_to_be \
	a_database_that_does_not_answer_is_said_once a_cache_that_does_not_answer_is_a_warning)
DUMP_TEST := test_postgresql_is_dumped_while_processes_write_and_restored_into_an_empty_database
DUMP_TESTS := tests/faults/test_backups.py::$(DUMP_TEST)
SERVER_TESTS := tests/wizard/services tests/wizard/drafting $(PAGE_TESTS) $(SERVER_FAULTS) \
	$(DATA_TESTS) $(DOCTOR_TESTS) tests/production $(DUMP_TESTS) \
	$(addprefix tests/faults/test_,concurrency.py worker.py sweeps.py)
servers: system $(VENV)/dev.stamp ## The tests on PostgreSQL and Redis alone
	$(BIN)/python -m tests.servers $(BIN)/python -m pytest $(PYTEST_ARGS) $(SERVER_TESTS)

# With an unkind AWS, which is late, brief and strict to the console, `make test` runs the tests of what calls AWS
# in sequence, `make unkind` all tests without a browser.
UNKIND_TESTS := $(addprefix tests/,wizard fakeaws ptcconsole flows faults)
UNKIND_SELECTION := tests/wizard/services tests/wizard/drafting tests/wizard/backend \
	$(addprefix tests/wizard/views/test_,operations.py rule_changes.py)
unkind: system $(VENV)/dev.stamp ## All tests without a browser, with an unkind AWS
	$(BIN)/python -m pytest --unkind $(PYTEST_ARGS) $(UNKIND_TESTS)

replay: $(VENV)/dev.stamp ## moto's own tests against the simulated AWS (needs the network once; MOTO_TESTS=folder)
	@$(BIN)/python -m tests.replay $(MOTO_TESTS)

faults: system rabbitmq $(VENV)/dev.stamp $(SCAN)/scan.stamp ## The promises under faults and attacks, and each guard removed once
	@$(BIN)/python -m tests.faults $(FAULTS_ARGS); kept=$$?; \
	$(BIN)/python -m tests.servers $(BIN)/python -m tests.faults.mutation --jobs 2; caught=$$?; \
	exit $$((kept | caught))
FAULTS_ARGS ?= -q -n $(WORKERS) --dist loadfile

machines: system rabbitmq $(VENV)/dev.stamp ## Machines that die and are cut off, on each engine (root; ENGINES="database redis rabbitmq")
	$(BIN)/python -m tests.machines $(ENGINES)

scan: $(VENV)/dev.stamp $(SCAN)/scan.stamp ## Run the wapiti scanner against the console, signed in as an operator
	$(BIN)/python -m pytest -s tests/scan

audit: $(SCAN)/scan.stamp ## Known vulnerabilities of the locked packages (needs the network; says when it has none)
	@$(SCAN)/bin/python -m tests.scan.audit $(AUDIT_ARGS)

sbom: $(SCAN)/scan.stamp $(VENV)/dev.stamp ## Renew sbom.json, the software bill of materials
	@$(SCAN)/bin/python -m tests.scan.bill

bench: system $(VENV)/dev.stamp ## Every figure of BENCHMARKS.md, in some ten minutes (BENCH_ARGS=--full: and what takes longer)
	$(BIN)/python -m tests.benchmarks $(BENCH_ARGS)

screenshots: system $(VENV)/dev.stamp ## Pictures of every page into .data/screenshots, and the README's
	$(BIN)/python -m tests.browser.screenshots .data/screenshots
	$(BIN)/python -m tests.browser.screenshots .data/screenshots --readme

lint: $(VENV)/dev.stamp ## Style, format, types, templates, system checks, missing migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/djlint --quiet --lint templates
	$(BIN)/python manage.py check --fail-level WARNING
	$(BIN)/python manage.py makemigrations --check --dry-run

messages: system $(VENV)/dev.stamp ## Extract the texts of the pages for translation, and compile the translations
	$(BIN)/python manage.py makemessages --verbosity 0
	$(BIN)/python manage.py compilemessages --ignore '.*' --verbosity 0

fonts: $(VENV)/dev.stamp ## Cut the fonts that every page loads out of those with all Latin letters
	$(BIN)/python -m tests.fonts

format: $(VENV)/dev.stamp ## Rewrite the code in the house format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# What the tests need besides Python packages: a browser, a registry, database and cache servers, gettext, and
# what checks the files of a deployment.
NEEDS := chromium:chromium chromium-headless-shell:chromium-headless-shell \
	docker-registry:docker-registry skopeo:skopeo htpasswd:apache2-utils \
	redis-server:redis-server pg_ctlcluster:postgresql msgfmt:gettext \
	nginx:nginx-light systemd-analyze:systemd openssl:openssl curl:curl pgrep:procps
APT_INSTALL := apt-get install --yes --no-install-recommends
system:
	@missing=$$(for need in $(NEEDS); do \
	    command -v "$${need%%:*}" >/dev/null 2>&1 || echo "$${need##*:}"; done); \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ]; then \
	    apt-get update --quiet=2 && DEBIAN_FRONTEND=noninteractive \
	    $(APT_INSTALL) --quiet=2 $$missing fonts-open-sans </dev/null >/dev/null; \
	else \
	    echo "The tests need Debian packages that are missing. Install them first:" >&2; \
	    echo "  sudo $(APT_INSTALL)" $$missing fonts-open-sans >&2; exit 1; \
	fi

# What `make test` does without: RabbitMQ takes a minute to install and its tests take longer.
rabbitmq:
	@$(MAKE) --no-print-directory system NEEDS="rabbitmq-server:rabbitmq-server ip:iproute2 socat:socat"

lock: ## Renew the hash-locked requirements (needs uv)
	uv pip compile pyproject.toml $(LOCK) -o requirements.txt
	uv pip compile pyproject.toml --extra servers -c requirements.txt $(LOCK) -o requirements-servers.txt
	uv pip compile pyproject.toml --extra celery -c requirements.txt $(LOCK) -o requirements-celery.txt
	uv pip compile pyproject.toml --extra apprise -c requirements.txt $(LOCK) -o requirements-apprise.txt
	uv pip compile pyproject.toml --extra demo -c requirements.txt $(LOCK) -o requirements-demo.txt
	uv pip compile pyproject.toml --extra dev -c requirements-demo.txt $(LOCK) -o requirements-dev.txt
	uv pip compile --group pyproject.toml:scan $(LOCK) -o requirements-scan.txt
	$(MAKE) sbom
LOCK := --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	--no-emit-package ptcconsole --upgrade --quiet

clean: ## Remove all data and everything installed
	rm -rf .data .venv $(SCAN) .mypy_cache .ruff_cache .hypothesis staticfiles
