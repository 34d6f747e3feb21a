# Everything happens in this folder and in its .venv; `make` alone lists what there is.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PEERS := $(VENV)/peers
DBT := $(VENV)/dbt
SUPERSET := $(VENV)/superset
SCHEMATHESIS := $(VENV)/schemathesis
SDKS := $(VENV)/sdks
PYTHON ?= $(shell command -v python3.11 || command -v python3)
OLD := import sys; sys.exit(sys.version_info < (3, 11))
# On two cores, in the order in which they stand: what takes long begins. Each of the two has servers of its own.
TWO := -n 2 --dist loadfile --no-loadscope-reorder
# pip, in few lines: what it downloads is what takes long.
BRIEFLY := awk '/Downloading.* MB\)/ { sub(/-[^ ]*/, "", $$2); print "  " $$1, $$2, $$3, $$4; fflush() } /^Installing/ { print "  installing " NF - 3 " packages"; fflush() }'

.PHONY: help demo up quick test contract contract-bi browser pictures faults soak check format bench bench-peers clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

demo: $(STAMP) ## Run the whole pipeline on a simulated market, and check its reports
	@$(BIN)/leadtrace demo

up: $(STAMP) ## Run Kafka, ClickHouse and all processes until Ctrl-C
	@$(BIN)/leadtrace up

quick: $(STAMP) ## Run the unit and property tests, in a minute
	@$(BIN)/pytest $(TWO) tests/properties tests/unit

test: $(STAMP) ## Run all tests, on real servers
	@$(BIN)/pytest $(TWO) tests/properties tests/unit
	@$(BIN)/pytest $(TWO) $(addprefix --ignore=tests/,properties unit browser)

contract: $(STAMP) ## Let trackers' own SDKs and Schemathesis send to the collector; downloads them from pip and npm (150 MB)
	@mkdir -p $(SDKS) && cp tests/contract/package.json $(SDKS)/
	@$(BIN)/python -m pip install --disable-pip-version-check --no-input --progress-bar off --quiet --upgrade --target $(SDKS)/python -r tests/contract/sdks.txt
	@if command -v npm >/dev/null; then npm install --prefix $(SDKS) --no-audit --no-fund --ignore-scripts --loglevel=error; else echo "npm is not here: only the SDKs for Python are tried"; fi
	@[ -x $(SCHEMATHESIS)/bin/python ] || "$(PYTHON)" -m venv $(SCHEMATHESIS)
	@$(SCHEMATHESIS)/bin/python -m pip install --disable-pip-version-check --no-input --progress-bar off 'schemathesis>=4.32,<5' | $(BRIEFLY)
	@SDKS=$(SDKS) SDK_REPORT=docs/sources.jsonl SCHEMATHESIS=$(SCHEMATHESIS)/bin/schemathesis $(BIN)/pytest -rs tests/contract/test_sdks.py tests/contract/test_collector_openapi.py
	@$(BIN)/python docs/generate_sources.py

contract-bi: $(STAMP) ## Read the database for BI tools by the JDBC driver, dbt and Superset, which it downloads (400 MB)
	@$(BIN)/python -m pip install --disable-pip-version-check --no-input --progress-bar off 'jpype1>=1.5,<2' | $(BRIEFLY)
	@[ -x $(DBT)/bin/python ] || "$(PYTHON)" -m venv $(DBT)
	@$(DBT)/bin/python -m pip install --disable-pip-version-check --no-input --progress-bar off -r integrations/dbt/requirements.txt | $(BRIEFLY)
	@[ -x $(SUPERSET)/bin/python ] || "$(PYTHON)" -m venv $(SUPERSET)
	@$(SUPERSET)/bin/python -m pip install --disable-pip-version-check --no-input --progress-bar off -r integrations/superset/requirements.txt | $(BRIEFLY) || echo "Superset can't be had here"
	@BI_TOOLS=$(VENV)/jdbc DBT=$(DBT)/bin/dbt SUPERSET=$(SUPERSET)/bin/python $(BIN)/pytest -rs tests/integration/test_bi_jdbc.py tests/integration/test_bi_dbt.py tests/integration/test_bi_superset.py

browser: $(STAMP) ## Use the demo's cockpit in a real Chromium, which must be installed
	@$(BIN)/python -m pip install --disable-pip-version-check --no-input --progress-bar off --no-deps --target $(VENV)/axe 'axe-playwright-python>=0.1.8,<0.2' | $(BRIEFLY)
	@AXE=$(VENV)/axe/axe_playwright_python/axe.min.js $(BIN)/pytest -rs -m browser tests/browser

pictures: $(STAMP) ## Take the pictures of the cockpit in docs/pictures anew, by a real Chromium
	@$(BIN)/python docs/generate_pictures.py

faults: $(STAMP) ## Strike the pipeline in full doses, and write what was measured (ONLY=word: part of it; STORE=rocksdb)
	@FAULT_STORE=$(STORE) FAULT_DOSE=full FAULT_SEEDS=$${FAULT_SEEDS:-$(if $(FAULT_SEED),1,10)} FAULT_REPORT=docs/reliability.jsonl \
		$(BIN)/pytest tests/faults -rs --deselect tests/faults/test_soak.py -k "$(ONLY)"
	@$(BIN)/python docs/generate_reliability.py

soak: $(STAMP) ## Keep the pipeline under the same load for half an hour
	@FAULT_SOAK_MINUTES=$${FAULT_SOAK_MINUTES:-30} FAULT_REPORT=docs/reliability.jsonl $(BIN)/pytest -rs tests/faults/test_soak.py
	@$(BIN)/python docs/generate_reliability.py

check: $(STAMP) ## Lint, types and import contracts
	@echo "ruff check"; $(BIN)/ruff check
	@echo "ruff format --check"; $(BIN)/ruff format --check
	@echo "mypy"; $(BIN)/mypy
	@echo "lint-imports"; $(BIN)/lint-imports

format: $(STAMP) ## Format the code
	@$(BIN)/ruff check --fix-only --quiet
	@$(BIN)/ruff format

bench: $(STAMP) ## Measure speed, memory and delay
	@$(BIN)/python -m bench

bench-peers: $(STAMP) ## Measure against quix-streams and PyFlink, which it installs into .venv/peers (900 MB)
	@[ -x $(PEERS)/bin/python ] || "$(PYTHON)" -m venv $(PEERS)
	@$(PEERS)/bin/python -m pip install --disable-pip-version-check --no-input --progress-bar off -r bench/peers.txt -e . | $(BRIEFLY)
	@$(BIN)/python -m bench.flink_jar
	@$(BIN)/python -m bench.journey_agent

clean: ## Remove .venv and caches; data folders stay
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build *.egg-info

$(STAMP): pyproject.toml
	@if ! [ -x $(BIN)/python ]; then \
		if [ -z "$(PYTHON)" ] || ! "$(PYTHON)" -c "$(OLD)"; then \
			echo "Python 3.11 or newer is needed: install it, or say make PYTHON=/path/to/python" >&2; exit 1; \
		fi; \
		echo "making $(VENV) with $$("$(PYTHON)" --version)"; \
		"$(PYTHON)" -m venv $(VENV); \
	fi
	@echo "installing Leadtrace and what it needs into $(VENV); the first time this downloads about 400 MB"
	@$(BIN)/python -m pip install --disable-pip-version-check --no-input --progress-bar off -e '.[dev]' | $(BRIEFLY)
	@touch $@
