# `make` alone lists the goals.
SHELL := /usr/bin/env bash
PYTHON := $(shell for p in python3 python3.11 python3.12 python3.13 python3.14; do \
	command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
ARGS ?=
# tests at once; WORKERS=0 runs them one by one in one process, for a debugger
WORKERS ?= auto

.PHONY: help run test faults lab-test image image-test bench check format translations migrations clean

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: system-run .venv/.run-ready ## the complete demo: centre on 127.0.0.1:8100, school on 127.0.0.1:8200 (ARGS=--fresh starts over)
	$(BIN)/guyub demo $(ARGS)

test: system-test .venv/.test-ready ## all tests on SQLite with a real browser, then the functional ones on PostgreSQL
	$(BIN)/pytest -n $(WORKERS) $(or $(ARGS),-m "not alone")
	$(if $(ARGS),,$(BIN)/pytest -m alone)
	tests/on-postgresql $(BIN)/pytest -n $(WORKERS) tests/functional $(or $(ARGS),-m "not alone")
	$(if $(ARGS),,tests/on-postgresql $(BIN)/pytest tests/functional -m alone)

faults: system-test .venv/.test-ready ## kill, hang, cut and fill: what must hold when something breaks
	$(BIN)/pytest tests/faults $(ARGS)

image: .venv/.image-ready ## the box as OVA, qcow2, raw disk, Vagrant boxes and update, in build/image/ (root; ARGS="--only qcow2")
	$(BIN)/python -m packer.build $(ARGS)

image-test: system-image .venv/.test-ready ## boots what `make image` made: exam, power cut, restart; GUYUB_IMAGE_LONG=1 adds the rest
	$(BIN)/pytest tests/image $(ARGS)

lab-test: system-lab .venv/.test-ready .venv/.image-ready ## server, PCs and centre booted in containers on a switch (root): Ansible, readiness, an exam
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder tests/lab $(ARGS)

bench: system-test .venv/.test-ready ## load on a real server, beside references: build/bench.json and an HTML report
	$(BIN)/python -m bench.run $(ARGS)

check: system-test .venv/.test-ready ## style, types, import direction, templates, scripts
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --quiet --lint app/templates
	git ls-files -z '*.yml' '*.yaml' | xargs -0 -r $(BIN)/yamllint --strict
	cd ansible && PATH="$(CURDIR)/$(BIN):$$PATH" ansible-lint --offline --strict -q
	git ls-files -z ':!*.j2' | xargs -0 -r grep -d skip -lZE '^#!.*\b(ba)?sh\b' | xargs -0 -r shellcheck

format: .venv/.test-ready ## put the style right where a program can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

translations: .venv/.test-ready ## gather the texts, update the English catalogue, compile it
	$(BIN)/python -m app.translations.catalogue

migrations: .venv/.run-ready ## write a migration for changed models: make migrations ARGS="0002 'what it does'"
	$(BIN)/python -m app.migrations.write $(ARGS)

clean: ## remove what was made here, the demo's data included
	rm -rf .venv build data *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

system-run system-test system-image system-lab: system-%:
	@tests/system-packages $*

.venv/.run-ready: requirements.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

.venv/.test-ready: .venv/.run-ready tests/requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -r tests/requirements.txt
	@touch $@

.venv/.image-ready: .venv/.run-ready ansible/requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -r ansible/requirements.txt
	@touch $@
