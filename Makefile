# The commands of a checkout. `make help` lists them; each does only what is missing.
.DEFAULT_GOAL := help
.PHONY: up test test-long check bench down tools help python

export PATH := $(CURDIR)/.kogge/python/bin:$(CURDIR)/.kogge/toolset/bin:$(PATH)
export PYTHONPATH := $(CURDIR)
export PULUMI_HOME := $(CURDIR)/.kogge/pulumi
export PULUMI_SKIP_UPDATE_CHECK := true
export PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION := true
export PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER := true

# $(call gate,NAME,COMMAND): one line when it holds, the command's words when it does not.
gate = @printf '  %-22s' '$(1)'; if words=$$($(2) 2>&1); then echo ok; else echo failed; printf '%s\n' "$$words"; exit 1; fi

# Sandbox hosts are real machines: they need Linux and root. Everything else works without them.
hosts := $(shell [ "$$(uname)-$$(id -u)" = Linux-0 ] && echo --hosts)

up: tools ## start the local platform with every tenant of tenants/, then compare what runs
	@bin/kogge sandbox up $(hosts)
	@[ -n "$(hosts)" ] || echo "sandbox hosts are left out: they are real machines and need root on Linux; everything in Kubernetes works without"
	@bin/kogge up --all $(if $(hosts),,--no-hosts)
	@bin/kogge nightly --quick $(if $(hosts),,--no-hosts)

tools: python ## build or find the programs that Kogge and the sandbox run
	@bin/kogge sandbox tools

# The tests' own ssh must not depend on the shell of who runs them either: see kogge/hostrun/inventory.py.
test test-long bench: export SHELL := /bin/sh

test: check tools ## gates, unit tests, and tests on a real control plane
	@pytest -q -n 2 tests/unit
	@pytest -q -m 'not long' tests/sandbox
	@pytest -q -m 'not long' tests/hosts

test-long: tools ## the tests that take minutes
	@pytest -q -m long tests

check: python ## format, lint, types, layers
	$(call gate,ruff format,ruff format --check .)
	$(call gate,ruff check,ruff check .)
	$(call gate,mypy --strict,mypy)
	$(call gate,import-linter,lint-imports)
	$(call gate,schemas: partners,check-jsonschema --schemafile schemas/tenant.json tenants/*.yaml)
	$(call gate,schemas: services,check-jsonschema --schemafile schemas/application.json catalogue/*.yaml)
	$(call gate,schemas: platform,check-jsonschema --schemafile schemas/platform.json platform.yaml)
	@if [ -d playbooks ]; then $(MAKE) -s check-playbooks; fi

.PHONY: check-playbooks
check-playbooks:
	$(call gate,ansible-lint,ANSIBLE_CONFIG=playbooks/ansible.cfg NO_COLOR=1 ansible-lint --offline --profile production -q playbooks)

bench: tools ## measure; prints numbers with the machine's cores
	@pytest -q -s tests/bench

down: python ## stop the local platform and remove its data
	@bin/kogge sandbox down

python:
	@bin/kogge --version >/dev/null

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
