# `make` prints what there is. Everything is installed into .venv and the node_modules of web, tests/clients and bench/node.
.DEFAULT_GOAL := help
.PHONY: help run worker dead-letters replay migrate reindex import demo web test check schema bench lock clean
UV_VERSION := 0.13.9
VENV := .venv
PY := $(VENV)/bin/python
INSTALL := $(VENV)/bin/uv pip install --quiet --python $(PY) --require-hashes --compile-bytecode
# What is compiled at every start, as that variable asks, has each process start a second later.
unexport PYTHONDONTWRITEBYTECODE
FIND_PYTHON := for p in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && exec echo "$$p"; done

help: ## Print this
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

run: $(VENV)/run web/dist/.tried ## Start everything on http://127.0.0.1:8000/graphql
	@exec $(PY) server.py

worker: override export QUEUES := $(value QUEUES)
worker: $(VENV)/run ## [QUEUES="timeline search graph media"]: run workers alone; needs STARLING_DATABASE_URL and STARLING_REDIS_URL
	@set -f; exec $(PY) -m workers.settings $$QUEUES

dead-letters: $(VENV)/run ## List the jobs that failed for good
	@exec $(PY) -m commands.dead_letters

replay: override export SINCE := $(value SINCE)
replay: override export QUEUE := $(value QUEUE)
replay: override export EVENTS := $(value EVENTS)
replay: $(VENV)/run ## SINCE=2h [QUEUE=search] [EVENTS=1]: put those failed since then, or all events, into the queues again
	@set -- "--since=$$SINCE"; [ -z "$$QUEUE" ] || set -- "$$@" "--queue=$$QUEUE"; case "$$EVENTS" in ""|0) ;; *) set -- "$$@" --events;; esac; \
		exec $(PY) -m commands.replay "$$@"

migrate: $(VENV)/run ## Bring the database up to date beforehand; run and worker do it too
	@exec $(PY) -m commands.migrate

reindex: $(VENV)/run ## Make the search index anew, while the old one serves
	@exec $(PY) -m commands.reindex

import: override export FOLLOWS := $(value FOLLOWS)
import: override export TWEETS := $(value TWEETS)
import: override export PASSWORD := $(value PASSWORD)
import: $(VENV)/run ## FOLLOWS=a.tsv.gz TWEETS=b.tsv.gz [PASSWORD=…]: fill the network from files
	@set --; [ -z "$$FOLLOWS" ] || set -- "$$@" --follows "$$FOLLOWS"; [ -z "$$TWEETS" ] || set -- "$$@" --tweets "$$TWEETS"; \
		exec $(PY) -m commands.import_files "$$@"

demo: $(VENV)/run ## Fill a small lively network, print two log-ins and queries to try
	@exec $(PY) -m commands.demo

web: $(VENV)/run ## Build the pages, and say what stands in the way
	@exec $(PY) web/build.py --strict

test: $(VENV)/dev web/dist/.tried ## [ARGS="tests/unit -k words"]: run the tests; all of them in two processes
	@exec $(PY) -m pytest $(if $(findstring tests/,$(ARGS)),,-n 2 --dist loadfile --no-loadscope-reorder) $(ARGS)

check: $(VENV)/dev ## Format, lint, types, layers, schema
	@$(VENV)/bin/ruff format --check --quiet . || { echo 'mend with: $(VENV)/bin/ruff format .'; exit 1; }
	@$(VENV)/bin/ruff check --quiet .
	@$(VENV)/bin/mypy .
	@$(VENV)/bin/lint-imports --no-cache
	@$(PY) -m commands.export_schema --check

schema: $(VENV)/run ## Write schema/schema.graphql
	@exec $(PY) -m commands.export_schema

bench: $(VENV)/dev ## Run every benchmark; one alone: make bench NAME=timelines
	@for name in $(or $(NAME),$(patsubst bench/%.py,%,$(filter-out bench/__init__.py,$(wildcard bench/*.py)))); do \
		echo "== $$name"; $(PY) -m bench.$$name || exit 1; done

lock: $(VENV)/uv ## Lock what the .in files name, with hashes
	@for name in requirements requirements-dev; do $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --custom-compile-command 'make lock' $$name.in -o $$name.txt || exit 1; done

clean: ## Remove what was installed and built; ./data stays
	@rm -rf $(VENV) web/dist web/node_modules tests/clients/node_modules bench/node/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/uv:
	@python=$$($(FIND_PYTHON)); test -n "$$python" || { echo 'Starling needs Python 3.11 or newer; name it: make PYTHON=/path/to/python3' >&2; exit 1; }; \
		echo "installing into $(VENV) …"; "$$python" -m venv $(VENV) && $(PY) -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

$(VENV)/run: requirements.txt | $(VENV)/uv
	@$(INSTALL) -r requirements.txt && touch $@

$(VENV)/dev: requirements-dev.txt $(VENV)/run
	@$(INSTALL) -r requirements-dev.txt && touch $@

web/dist/.tried: $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -type f -print) | $(VENV)/run
	@$(PY) web/build.py && mkdir -p web/dist && touch $@
