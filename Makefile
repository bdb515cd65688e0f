# `make demo` to try it, `make test` to check it; both set up first.
PYTHON ?= python3.11
BIN := .venv/bin
STAMP := .venv/.installed
TEXTS := $(wildcard locale/*/LC_MESSAGES/django.po)

.PHONY: setup demo test bench soak guard-check audit debian screenshots lock messages clean

setup: $(STAMP) $(TEXTS:.po=.mo)

$(STAMP): requirements-dev.txt
	test -x $(BIN)/python || $$(command -v $(PYTHON) || command -v python3) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	touch $(STAMP)

%.mo: %.po $(STAMP)
	$(BIN)/pybabel --quiet compile --domain django --input-file $< --output-file $@

demo: setup
	$(BIN)/python manage.py demo

test: setup
	$(BIN)/python -m tests.run

# How fast, against what, and how cost grows: docs/performance.md. Fails where a bound is missed.
bench: setup
	$(BIN)/python -m tests.bench

# All of what `make test` has a sample of: 5,000 histories, every kill on both stacks, the full load, and axe on each
# page in each language, width and scheme. Some hours.
soak: setup
	SOAK=1 HISTORIES=5000 $(BIN)/python -m tests.run stack load convergence browser

# Takes each guard of tests/guards.toml out, in a copy, and sees its test fail.
guard-check: setup
	$(BIN)/python -m tests.guard_check

# Known vulnerabilities of what is locked; says so where nobody can be asked.
audit: setup
	$(BIN)/python -m tests.audit

# docs/debian.md on a fresh Debian that is booted beside this one: wants root, debootstrap, systemd-container, slirp4netns.
debian: setup
	$(BIN)/python -m tests.debian

# The pictures of the documentation and of Aide: the walk, then what it does not pass by, over the same demo.
screenshots: setup
	$(BIN)/python -m pytest -q --screenshots tests/browser/test_walk.py tests/browser/pictures.py

# The locks: every version with its hashes, no index address. The second one holds what runs in production only.
PIN := $(BIN)/pip-compile --quiet --no-header --generate-hashes --strip-extras --allow-unsafe
lock:
	$(PIN) --extra dev --extra sandbox --output-file requirements-dev.txt pyproject.toml
	$(PIN) --constraint requirements-dev.txt --output-file requirements.txt pyproject.toml
	sed -i '/^--/d; /^$$/d' requirements-dev.txt requirements.txt

# Collects the texts of the pages into locale/ (needs gettext).
messages:
	$(BIN)/python manage.py makemessages --all --no-obsolete --no-location --ignore=.venv --ignore=var --ignore=tests

clean:
	rm -rf .venv var
