# Everything a newcomer or a developer does. Each target sets up what it needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MINUTES ?= 10

.DEFAULT_GOAL := help
.PHONY: help demo test threats fuzz contract torture bench check format docs texts pictures clean
.PHONY: store chromium curl node nginx proxies

help:  ## what can be made
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

demo: $(VENV)/demo.ready store  ## a small CRM with the gateway in front of it
	@$(BIN)/impersonation-gateway demo

test: $(VENV)/test.ready store chromium curl node nginx  ## all tests, with a real store, browser and app; pictures of pages go to build/shots
	@timeout --signal=ABRT 60m $(BIN)/python -m pytest --numprocesses=auto --maxprocesses=4 --dist=worksteal  # it then says where it hangs

threats: $(VENV)/test.ready store chromium curl node nginx  ## the threat table with its tests and their result
	@timeout --signal=ABRT 60m $(BIN)/python -m tests.threats

fuzz: $(VENV)/fuzz.ready store  ## ten minutes of bytes that nobody thought of (MINUTES=10)
	@$(BIN)/python -m tests.fuzz --minutes $(MINUTES)

contract: $(VENV)/test.ready store  ## the JSON API against its description, for some minutes (EXAMPLES=100)
	@API_EXAMPLES=$(or $(EXAMPLES),100) timeout 30m $(BIN)/python -m pytest tests/e2e/test_openapi.py --timeout 1500

torture: $(VENV)/test.ready store  ## kill, freeze and cut everything under load, and reconcile (MINUTES=10, QUICK=1, SEED=)
	@$(BIN)/python -m tests.torture $(if $(QUICK),--quick,--minutes $(MINUTES)) $(if $(SEED),--seed $(SEED))

bench: $(VENV)/test.ready build/mitmproxy/bin/mitmdump store proxies  ## what a request costs here and elsewhere, and the targets (QUICK=1)
	@$(BIN)/python -m tests.bench $(if $(QUICK),--quick)

check: $(VENV)/test.ready store  ## linter, formatter, types, and what a request costs in instructions
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m tests.bench.guard

format: $(VENV)/test.ready  ## write the code as the formatter does
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

docs: $(VENV)/demo.ready  ## write the config's keys, the records' fields, the API and the threats' tests into the docs
	@$(BIN)/python -m gateway.config.reference docs/configuration.md
	@$(BIN)/python -m gateway.audit.schema docs/security.md
	@$(BIN)/python -m gateway.console.api.openapi docs/openapi.json
	@$(BIN)/python -m tests.threat_model

texts: $(VENV)/test.ready  ## collect all texts for people in gateway/locale/gateway.pot, for translators
	@$(BIN)/python -m tests.catalog

pictures: $(VENV)/test.ready store chromium  ## take the docs' pictures from the running demo
	@$(BIN)/python docs/pictures.py

clean:  ## remove all that was made here
	@rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/%.ready: pyproject.toml
	@echo "Setting up $(VENV) for $* ..."
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || deploy/apt-install python3-venv
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[$*]'
	@touch $@

store: $(VENV)/demo.ready
	@$(BIN)/python -c 'from gateway.store.binary import find_server; find_server()' 2>/dev/null \
		|| deploy/apt-install valkey-server || deploy/apt-install redis-server

chromium:
	@command -v chromium >/dev/null || deploy/apt-install chromium fonts-dejavu-core

curl:
	@command -v curl >/dev/null || deploy/apt-install curl

node:
	@command -v node >/dev/null || deploy/apt-install nodejs

nginx:
	@test -x /usr/sbin/nginx || command -v nginx >/dev/null || deploy/apt-install nginx-light

proxies: nginx
	@for tool in haproxy caddy wrk; do \
		PATH=$$PATH:/usr/sbin command -v $$tool >/dev/null || deploy/apt-install $$tool || exit; done

build/mitmproxy/bin/mitmdump: $(VENV)/test.ready
	@echo "Setting up build/mitmproxy ..."
	@$(BIN)/python -m venv build/mitmproxy
	@build/mitmproxy/bin/python -m pip install --quiet --disable-pip-version-check 'mitmproxy>=11'
