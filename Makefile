# The front door: `make` lists what can be asked for. Everything lives in .venv; nothing else on the machine is touched,
# but for the system libraries of scripts/system_packages.sh, and those only as root on Debian or Ubuntu.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory --no-builtin-rules

VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
WORKERS ?= 2
PYTEST := $(BIN)/python -m pytest -q
SCREENLESS := $(and $(filter Linux,$(shell uname -s)),$(if $(DISPLAY)$(WAYLAND_DISPLAY),,yes))

.PHONY: help setup setup-dev system run test check fmt bench lock installer clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-10s %s\n", $$1, $$2 }'

setup: system $(STAMPS)/runtime ## make .venv with everything the cockpit runs on

setup-dev: system $(STAMPS)/dev ## the same, and everything it is checked and built with

run: setup ## start the cockpit; on a machine without a screen, a headless practice day into out/
	$(BIN)/cockpit $(if $(SCREENLESS),run --practice --headless --out out)

test: setup-dev ## run every test, headless (WORKERS=2)
	@QT_QPA_PLATFORM=offscreen $(PYTEST) -n $(WORKERS) --dist loadscope

check: setup-dev ## format, lint, types, floors and house rules: seconds
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo --cache-dir .cache/import_linter
	@QT_QPA_PLATFORM=offscreen $(PYTEST) tests/house

fmt: setup-dev ## format the code and mend what the linter can mend
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

bench: setup-dev ## run the benchmarks (NAMES="bars gate" for some); table on screen, rows in out/bench.json
	@$(BIN)/python -m benchmarks $(NAMES)

lock: setup-dev ## write the lock files anew from pyproject.toml (UPGRADE=1 for the newest of everything)
	@scripts/lock.sh

installer: setup-dev ## build the packages of this machine into dist/ (OTHER=DIR compares with a folder built before)
	@$(BIN)/python packaging/build.py $(if $(OTHER),--compare $(OTHER))

clean: ## forget the environment, the caches and the output
	@rm -rf $(VENV) .cache out build dist .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

system:
	@scripts/system_packages.sh

$(BIN)/python:
	@"$$(scripts/find_python.sh)" -m venv $(VENV)

$(STAMPS)/runtime: requirements.lock requirements-install.lock pyproject.toml scripts/install_locked.py | $(BIN)/python
	@$(BIN)/python scripts/install_locked.py requirements.lock
	@mkdir -p $(@D) && touch $@

# The development lock holds every package of the runtime lock in the same version: one install serves both.
$(STAMPS)/dev: requirements-dev.lock requirements-install.lock pyproject.toml scripts/install_locked.py | $(BIN)/python
	@$(BIN)/python scripts/install_locked.py requirements-dev.lock
	@mkdir -p $(@D) && touch $(STAMPS)/runtime $@
