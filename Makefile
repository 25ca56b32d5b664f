# Two commands matter: `make demo` (see it run) and `make test` (everything it needs, then the whole suite).

PYTHON ?= $(shell command -v python3.13)
BIN := .venv/bin
MANAGE := $(BIN)/python manage.py
# The Python package holds the binary for Linux on x86-64 only; elsewhere the same version comes with Node.
BIOME := $(or $(wildcard $(BIN)/biome),npx --yes @biomejs/biome@2.3.11)
TEST_ENV := DJANGO_SETTINGS_MODULE=tests.settings
# Of the tests that show a case of docs/trust.md. A comment behind the value would leave spaces in it.
RESULTS := var/results

# Without bytecode files each process compiles Django and the product again: 2.7 s.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo run test test-js test-browser test-sqlite test-sqlite-pages test-sqlite-others test-postgres test-postgres-pages \
	test-postgres-others catalogue lint biome bench bench-trust docs pictures lock audit

## the main job on the embedded defaults: sandbox vendor, synced batches, users, server on http://127.0.0.1:8000
demo: .venv/demo var/env
	$(MANAGE) demo

## the server alone, on what is in var/ already (or on the environment's DATABASE_URL)
run: .venv/demo
	$(MANAGE) migrate --verbosity 0
	$(MANAGE) collectstatic --noinput --verbosity 0
	$(MANAGE) up

test: .venv/dev
	sh tests/install.sh
	$(MAKE) --no-print-directory test-js
	$(MAKE) --no-print-directory --keep-going --jobs 3 test-browser test-postgres test-sqlite lint

# Modules of static/js that need no page, and the rules of its folders; Node's warnings are about its own test runner.
test-js:
	node --no-warnings --test --test-reporter=spec tests/js/*.test.js tests/js/*/*.test.js

# Together: each has databases, ports and folders of its own. Three at a time, as more of them on two cores slow each
# other down; the next takes the place of the first to end. A failure ends its own part alone, so that one run tells all
# of them. A browser whose clips and clocks run in earnest gets the cores that it asks for; the others share the rest, in
# long turns: taking turns every few milliseconds costs each of them a sixth more.
SECOND := $(shell command -v chrt >/dev/null && echo chrt --batch 0) nice -n 5
# In halves, so that no core waits while the other does the rest of one long run.
PAGES := tests/reviewer
OTHERS := tests --ignore tests/reviewer --ignore tests/e2e
COVERAGE := .coverage-SQLite

# The walk through every state is `make pictures`.
test-browser:
	$(BIN)/python -m pytest tests/e2e -m e2e --ignore tests/e2e/test_states.py --results=$(RESULTS)/browser.json

test-sqlite: test-sqlite-pages test-sqlite-others
	$(BIN)/coverage combine --quiet $(COVERAGE)-pages $(COVERAGE)-others
	$(BIN)/coverage report

test-sqlite-pages:
	$(SECOND) $(BIN)/coverage run --data-file=$(COVERAGE)-pages -m pytest $(PAGES) --results=$(RESULTS)/SQLite-pages.json

test-sqlite-others:
	$(SECOND) $(BIN)/coverage run --data-file=$(COVERAGE)-others -m pytest $(OTHERS) --results=$(RESULTS)/SQLite-others.json

# tests/conftest.py leaves out what never meets a database.
test-postgres: test-postgres-pages test-postgres-others

test-postgres-pages:
	$(SECOND) $(BIN)/python -m tests.postgres $(BIN)/python -m pytest $(PAGES) --results=$(RESULTS)/PostgreSQL-pages.json

test-postgres-others:
	$(SECOND) $(BIN)/python -m tests.postgres $(BIN)/python -m pytest $(OTHERS) --results=$(RESULTS)/PostgreSQL-others.json

## docs/trust.md with the results of the last `make test`
catalogue: .venv/dev
	$(BIN)/python -m tests.catalogue $(RESULTS)/*.json

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@$(MAKE) --no-print-directory biome
	git ls-files -z 'templates/*.html' | xargs -0 $(BIN)/djade --check
	$(TEST_ENV) $(BIN)/python -m mypy
	$(BIN)/lint-imports
	$(TEST_ENV) $(MANAGE) makemigrations --check --dry-run
	LOCAL=0 SECRET_KEY=$$(printf 'only-for-this-check-%.0s' 1 2 3) CREDENTIALS_KEY=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= \
	DATABASE_URL=sqlite:///:memory: $(BIN)/python -W error manage.py check --deploy --fail-level WARNING

biome: .venv/dev
	$(BIOME) check --error-on-warnings

## the documentation as a site, which the server then shows under /docs/
docs: .venv/dev
	$(BIN)/mkdocs build --strict --quiet

## the pictures of docs/: the browser tests write every state they walk through
pictures: .venv/dev
	$(BIN)/python -m pytest tests/e2e/test_states.py --pictures

bench: .venv/dev
	$(BIN)/python -m bench

## the promises about kills in full, on both databases: 10,000 decisions, 200 kills of each kind, a rolling restart; an hour
KILL_TESTS := $(BIN)/python -m pytest tests/killing --decisions 10000 --kills 200 --durations 0 -rP
bench-trust: .venv/dev
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r tests/killing/proxy.txt
	$(KILL_TESTS)
	$(BIN)/python -m tests.postgres $(KILL_TESTS)

## new versions of everything, as far as pyproject.toml allows
lock: .venv/dev
	echo uv | $(BIN)/uv pip compile -q -U --universal --generate-hashes --no-header --no-annotate -p 3.13 - -o requirements-uv.txt
	$(BIN)/uv pip compile -q -U --universal --generate-hashes --no-header --no-annotate -p 3.13 pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile -q -U --universal --generate-hashes --no-header --no-annotate -p 3.13 --extra sandbox pyproject.toml -o requirements-demo.txt
	$(BIN)/uv pip compile -q -U --universal --generate-hashes --no-header --no-annotate -p 3.13 --extra scale pyproject.toml -o requirements-scale.txt
	$(BIN)/uv pip compile -q -U --universal --generate-hashes --no-header --no-annotate -p 3.13 --extra test pyproject.toml -o requirements-dev.txt
	$(BIN)/uv pip compile -q -U --universal --generate-hashes --no-header --no-annotate -p 3.13 --extra docs pyproject.toml -o requirements-docs.txt

## known vulnerabilities in the locked packages; fails too where the package index gives no advisories, as mirrors often do
audit: var/audit/bin/pip-audit
	var/audit/bin/pip-audit --strict --disable-pip --require-hashes -r requirements-scale.txt -r requirements-dev.txt

# Apart from .venv: its packages are not those of the lock files.
var/audit/bin/pip-audit: | .venv/bin/python
	$(BIN)/python -m venv var/audit
	var/audit/bin/pip install --quiet --disable-pip-version-check pip-audit

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.13 is missing."; exit 1; }
	$(PYTHON) -m venv .venv

# uv takes a quarter of pip's time; pip where its settings alone name the package index.
INSTALL = $(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-uv.txt && \
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --require-hashes -r $(1) || \
	$(BIN)/pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes -r $(1)

.venv/demo: .venv/bin/python requirements-demo.txt
	$(call INSTALL,requirements-demo.txt)
	@touch $@

.venv/dev: .venv/bin/python requirements-dev.txt
	$(call INSTALL,requirements-dev.txt)
	@touch $@ .venv/demo

# Secrets of this copy, made once and never again (production gets its own from the environment): a newer .venv must not lose the key that the vendor keys are encrypted with
var/env: | .venv/demo
	@mkdir -p var && umask 077 && $(BIN)/python -c 'import secrets; from cryptography.fernet import Fernet; \
	print("LOCAL=1"); print("SECRET_KEY=" + secrets.token_urlsafe(48)); print("CREDENTIALS_KEY=" + Fernet.generate_key().decode()); \
	print("PRIVATE_HOSTS=127.0.0.1:8901"); print("CLIP_ORIGINS=http://127.0.0.1:8901")' > $@
