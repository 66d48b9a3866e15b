# `make help` lists the targets. A bare machine needs make and Python 3.11 with venv; the rest gets installed.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

# One seed for the order of tests and for made-up data, so that a red run can be repeated.
SEED ?= 20260101
# Test processes; each gets a database of its own.
JOBS ?= $(shell processors=$$(nproc 2>/dev/null || echo 2); echo $$((processors > 8 ? 8 : processors)))
PYTEST := pytest --randomly-seed=$(SEED) -n $(JOBS) --dist loadfile --no-loadscope-reorder

CATALOGUES := $(shell find app -path '*/translations/*' -name '*.po')
COMPILED := $(CATALOGUES:.po=.mo)

PANGO_PACKAGES := libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz0b libharfbuzz-subset0 libfontconfig1

.PHONY: help install run check test e2e mutation torture bench-check bench-renewals bench-documents system-packages browser lock migrate env-example clean

help:  ## this list
	@grep -hE '^[a-z0-9-]+:.*  ## ' $(MAKEFILE_LIST) | sed -E 's/:.*  ## /\t/' | expand -t 18

# ------------------------------------------------------------------------------------------------- installing

.venv/bin/python:
	@python=$${PYTHON:-}; \
	for candidate in $$python python3.11 python3 python; do \
	  if "$$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then found=$$candidate; break; fi; \
	done; \
	if [ -z "$${found:-}" ]; then \
	  echo "Python 3.11 is needed. Debian: apt-get install python3.11 python3.11-venv; or: make PYTHON=/path/to/python3.11" >&2; exit 1; \
	fi; \
	"$$found" -m venv .venv || { rm -rf .venv; echo "Python's venv is needed. Debian: apt-get install python3.11-venv" >&2; exit 1; }

.venv/runtime-installed: requirements.txt | .venv/bin/python
	@if [ -e .venv/tools-installed ]; then :; else echo "Installing what the product needs …"; fi
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.txt
	@touch $@

.venv/tools-installed: requirements-dev.txt | .venv/bin/python
	@echo "Installing what the product, its tests and checks need …"
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.txt
	@touch .venv/runtime-installed $@

%.mo: %.po | .venv/bin/python
	@pybabel --quiet compile --input-file $< --output-file $@

.PHONY: translations
translations: $(COMPILED)

install: .venv/tools-installed  ## make .venv from the locked requirements and compile the translations
	@$(MAKE) translations

system-packages: | .venv/bin/python  ## install the one Debian package that PDF needs, or say which
	@.venv/bin/python -c 'import ctypes.util, sys; sys.exit(not all(map(ctypes.util.find_library, ("pango-1.0", "pangoft2-1.0", "harfbuzz", "fontconfig"))))' && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing Pango …"; apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $(PANGO_PACKAGES) >/dev/null; \
	else \
	  echo "PDF needs Pango. Install it and try again: sudo apt-get install $(PANGO_PACKAGES)   (macOS: brew install pango)" >&2; exit 1; \
	fi

browser:  ## install the browser that the e2e tests need, or say which
	@command -v chromium chromium-browser google-chrome >/dev/null && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing Chromium …"; apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium >/dev/null; \
	else \
	  echo "The e2e tests need Chromium. Install it and try again: sudo apt-get install chromium" >&2; exit 1; \
	fi

# ---------------------------------------------------------------------------------------------------- running

run: .venv/runtime-installed system-packages  ## everything on this machine with demo data; PORT=8000; Ctrl-C stops it
	@$(MAKE) translations
	@exec .venv/bin/python run.py demo --with-parent

migrate: .venv/runtime-installed  ## bring the database of the settings to the newest schema
	@.venv/bin/python run.py migrate

# --------------------------------------------------------------------------------------------------- checking

.PHONY: static
static:
	ruff format --check .
	ruff check .
	mypy
	lint-imports

check: install system-packages  ## format, lint, types, import contracts, fast tests
	@$(MAKE) static
	$(PYTEST) -m "not scenario and not slow and not e2e and not torture"

test: install system-packages browser  ## everything that CI runs
	@$(MAKE) static
	$(PYTEST) -m "not torture" --cov --cov-report=
	coverage report --include='app/billing/*' --fail-under=100
	coverage report --include='app/services/*' --fail-under=95

e2e: install system-packages browser  ## the whole path in a browser
	$(PYTEST) -m e2e

mutation: install  ## change the rules one by one and ask whether a test notices: the score of each module
	@exec .venv/bin/python -m tools.mutation

# Stories of `make torture PART=simulation`: so many, each with the next seed.
STORIES ?= 1000
PART ?= simulation defects bank-files exchange-files

torture: install system-packages  ## hours of it, PART=simulation goes on where it was stopped; PART=defects, bank-files, exchange-files
	@for part in $(PART); do $(MAKE) torture-$$part; done

.PHONY: torture-simulation torture-defects torture-bank-files torture-exchange-files
torture-simulation:
	@exec flask --app run bpm simulate --customers 12 --months 3 --seed 1 --faults --stories $(STORIES) \
	  --results instance/torture/simulation.jsonl

torture-defects:
	@exec .venv/bin/python -m tests.defects.runner

torture-bank-files:
	$(PYTEST) -m torture tests/payments/bank

torture-exchange-files:
	$(PYTEST) -m torture tests/documents/exchange

bench: bench-check bench-renewals bench-documents  ## every measurement; more than half an hour

bench-check: install system-packages  ## the subscription check against an empty route on the same server
	@exec .venv/bin/python -m bench.check

bench-renewals: install  ## renewals against a set-based insert and a plain ORM loop, in a million subscriptions
	@exec .venv/bin/python -m bench.renewals

bench-documents: install system-packages  ## files of documents against WeasyPrint alone on the same pages
	@exec .venv/bin/python -m bench.documents

# ------------------------------------------------------------------------------------------------- maintaining

UV_COMPILE := uv pip compile --quiet --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links

lock: | .venv/bin/python  ## write requirements*.txt anew from requirements*.in; UPGRADE=1 takes newer versions
	@.venv/bin/python -m pip install --quiet uv
	$(UV_COMPILE) $(if $(UPGRADE),--upgrade) requirements.in -o requirements.txt
	$(UV_COMPILE) $(if $(UPGRADE),--upgrade) --constraint requirements.txt requirements-dev.in -o requirements-dev.txt
	@sed -i '/# *-c requirements.txt$$/d' requirements-dev.txt

env-example: install  ## write .env.example anew from config.py
	@.venv/bin/python -m tools.env_example > .env.example

clean:  ## delete the demo's data, caches and compiled translations
	@if [ -e instance/demo.json ]; then echo "Stop \`make run\` first." >&2; exit 1; fi
	rm -rf instance .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage .coverage.* test-results htmlcov $(COMPILED)
	find app tests -name __pycache__ -prune -exec rm -rf {} +
