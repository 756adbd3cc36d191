# make run    everything on this machine, with the demonstration city at the first start
# make test   the whole suite; nothing to prepare
# make check  only what reads the code: ruff, mypy, import-linter, djlint
# make spark  the measures asked of a Spark cluster as well (downloads pyspark, 450 MB; needs Java 17)
# make lock   compute the lock files anew from pyproject.toml and package.json (needs uv and npm)
# make clean  remove what was built; data stays where it is
#
# Needs Python 3.11 or newer and nothing else of ours: packages come from the locks, Node and PostgreSQL from wheels
# where the machine has none. Every step leaves a stamp, so that it is done once.

SHELL := /bin/sh
unexport PYTHONDONTWRITEBYTECODE  # else every process that is started compiles everything anew
VENV := .venv
BIN := $(VENV)/bin
DONE := $(VENV)/stamps
UV := $(shell command -v uv 2>/dev/null)
# The system's own first: distributions build theirs with every optimisation, one built by hand is often a quarter slower.
PYTHON ?= $(shell for p in /usr/bin/python3 python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v $$p && break; done)
INSTALL = $(if $(UV),$(UV) pip install --quiet --python $(BIN)/python,$(BIN)/python -m pip install --quiet --disable-pip-version-check)
FROM_LOCK = $(INSTALL) --no-deps --require-hashes -r  # a lock names everything: there is nothing to resolve

.PHONY: help run test run-tests check spark lock clean
help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

run: $(DONE)/installed $(DONE)/front
	@exec $(BIN)/tongban up

# First what is to be fetched, all at once, as no two locks name the same; then what reads the code and what runs it, side by
# side: neither uses both cores of a small machine all the time.
READY := $(DONE)/installed $(DONE)/dev $(DONE)/front
test:
	@$(MAKE) --no-print-directory -j 3 $(READY)
	@$(MAKE) --no-print-directory -j 2 check run-tests

run-tests: $(READY)
	$(BIN)/python -m pytest -n 3 --dist loadgroup --no-loadscope-reorder

spark: $(READY)
	@$(FROM_LOCK) requirements-spark.lock
	$(BIN)/python -m pytest tests/standards/test_spark_answers_as_duckdb.py

check: $(READY)
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint src --lint --quiet

clean:
	rm -rf $(VENV) build node_modules static-root src/tongban/base/static/vendor

$(DONE)/venv:
	@test -n "$(PYTHON)" || { echo "需要 Python 3.11 或更高版本（Python 3.11 or newer is needed）。" >&2; exit 3; }
	@echo "建立环境 $(VENV) ……"
	@$(if $(UV),$(UV) venv --quiet --allow-existing --python $(PYTHON) $(VENV),$(PYTHON) -m venv $(VENV) || { \
		echo "无法建立虚拟环境；Debian/Ubuntu 请先安装 python3-venv。" >&2; exit 3; })
	@mkdir -p $(DONE) && touch $@

$(DONE)/locked: requirements.lock | $(DONE)/venv
	@echo "安装依赖（requirements.lock）……"
	@$(FROM_LOCK) requirements.lock
	@touch $@

$(DONE)/installed: pyproject.toml $(DONE)/locked
	@$(INSTALL) --no-deps --no-index --no-build-isolation --editable .
	@$(BIN)/python -m tongban.project.cluster find || { \
		echo "本机没有 PostgreSQL 15 或更高版本，安装随包提供的版本……"; \
		$(FROM_LOCK) requirements-postgres.lock; }
	@touch $@

$(DONE)/dev: requirements-dev.lock | $(DONE)/venv
	@echo "安装测试工具（requirements-dev.lock）……"
	@$(FROM_LOCK) requirements-dev.lock
	@touch $@

$(DONE)/front: package-lock.json src/tongban/base/ui/vendor.json src/tongban/base/ui/build_sprite.py tools/vendor.py | $(DONE)/venv
	@echo "取前端文件（package-lock.json）……"
	@node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' 2>/dev/null && command -v npm >/dev/null || \
		$(FROM_LOCK) requirements-node.lock
	@PATH="$$PATH:$(CURDIR)/$(BIN)" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@$(BIN)/python tools/vendor.py
	@touch $@

LOCK = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links $(LOCKFLAGS)
lock:
	$(LOCK) pyproject.toml --group install -o requirements.lock
	$(LOCK) pyproject.toml --group install --group dev -c requirements.lock -o requirements-dev.lock \
		$$(sed -n 's/^\([A-Za-z0-9._-]*\)==.*/--no-emit-package \1/p' requirements.lock)
	$(LOCK) --group postgres -o requirements-postgres.lock
	$(LOCK) --group node -o requirements-node.lock
	$(LOCK) --group spark -o requirements-spark.lock
	npm install --ignore-scripts --no-audit --no-fund --package-lock-only
