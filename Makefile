# The two commands: `make demo` shows the lab at work, `make test` proves it. Both set up what they need.
.PHONY: help setup build demo test unit lint bench pictures compose-lib clean

help:
	@echo "make demo    run the whole pipeline for a minute and prove its ledger"
	@echo "make test    unit, integration and Docker tests on the real Kafka, Flink and ClickHouse"
	@echo "make unit    unit tests only"
	@echo "make lint    lint, formatting, types, dead code"
	@echo "make bench   measure, and write bench/results"
	@echo "make pictures      draw the pictures of docs/traffic.md again"
	@echo "make compose-lib   what plain docker compose needs for compose/compose.yaml"

setup: node_modules/.package-lock.json

# Not `npm ci`: it insists on the optional packages of every other platform, which a mirror may not have.
node_modules/.package-lock.json: package-lock.json
	npm install --no-save --no-audit --no-fund --loglevel=error
	@touch $@

build: setup
	npm run --silent build

demo: build
	node bin/run.js demo

test: build
	npx vitest run

unit: setup
	npx vitest run --project unit

lint: setup
	npm run --silent typecheck
	npm run --silent lint

bench: build
	node bench/run.mjs

# With --check after it, the script only says whether they are up to date.
pictures: build
	node scripts/traffic-pictures.mjs

compose-lib: build
	node scripts/compose-lib.mjs

clean:
	rm -rf dist oclif.manifest.json node_modules
