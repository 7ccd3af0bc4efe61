# Needs make, Python 3.11 or newer with venv, and the package registry. Everything it makes is in .venv and build.

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --no-input
PYTHONS := $(or $(PYTHON),python3.13 python3.12 python3.11 python3)
REPORT := build/validation.json
PYTEST_ARGS ?= --numprocesses auto --maxprocesses 4

# The real model files, where a checkout has them beside it; without them artifacts are downloaded.
DATA := $(if $(wildcard ../shared/datasets/coco_person_val73),--data coco-person-val73=../shared/datasets/coco_person_val73)
ifneq ($(wildcard ../shared/mirror),)
export ZOO_TOOLS_MIRROR ?= $(abspath ../shared/mirror)
endif

# Material's notice of its end of life, at every build; mkdocs<2 and mkdocs-material are pinned for that reason.
export NO_MKDOCS_2_WARNING := 1
# The same pages give the same bytes on any day: mkdocs would write the day into its compressed sitemap.
export SOURCE_DATE_EPOCH ?= 1580601600

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help site test lint bench mutation serve bundle clean constraints

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

site: $(VENV)/.site ## check every model, render the pages, build the site into build/site
	@mkdir -p build
	$(PY) -m zoo_tools validate --level accuracy --allow-unavailable $(DATA) --format text --format json=$(REPORT)
	$(PY) -m zoo_tools render --report $(REPORT)
	$(PY) -m mkdocs build --strict
	$(PY) -m zoo_tools bundle --report $(REPORT)

test: lint ## lint, then run every test (more options: make test PYTEST_ARGS="-n 2 -k layout")
	@$(PY) -m tests.site.chromium
	@$(PY) -m tests.site.vnu
	$(PY) -m pytest $(PYTEST_ARGS)

lint: $(VENV)/.dev ## style, formatting, types and layers
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports --no-logo

bench: $(VENV)/.site ## time the named parts, as multiples of a yardstick
	$(PY) -m benchmarks

mutation: $(VENV)/.site ## say every value, then every contract, wrongly: what do level static and runs see?
	$(PY) -m benchmarks.mutation --survivors build/survivors.txt
	@echo "Every change nobody saw: build/survivors.txt"
	$(PY) -m benchmarks.mutation_run

serve: $(VENV)/.site ## serve the site at http://127.0.0.1:8000/; edit a manifest or docs/ and see the page reload
	$(PY) -m zoo_tools serve $(if $(wildcard $(REPORT)),--report $(REPORT))

bundle: $(VENV)/.site ## pack the site into build/zoo-offline.zip, to be opened without a server
	$(PY) -m zoo_tools bundle --out build/zoo-offline.zip $(if $(wildcard $(REPORT)),--report $(REPORT))

clean: ## remove what was built and every cache; .venv stays
	rm -rf build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find benchmarks tests zoo_tools -name __pycache__ -type d -prune -exec rm -rf {} +

constraints: REFRESH := build/constraints
constraints: TORCH := torch==2.13.0
# One torch is named: of the newest, package registries may hold only the build that brings CUDA along.
constraints: ## pin the newest versions again (PYTHON= an early 3.11: a later one picks what it refuses)
	$(or $(PYTHON),python3.11) -m venv --clear $(REFRESH)
	$(REFRESH)/bin/python -m pip install --quiet --upgrade pip
	$(REFRESH)/bin/python -m pip install --quiet -e '.[litert,onnx,eval,site]' --group test --group lint '$(TORCH)'
	sed -n '/^#/p' constraints.txt > $(REFRESH)/new.txt
	$(REFRESH)/bin/python -m pip freeze --all --exclude-editable --exclude setuptools | sed 's/+cpu$$//' >> $(REFRESH)/new.txt
	$(REFRESH)/bin/python -m pip install --quiet --dry-run --no-deps --only-binary=:all: --python-version 3.11.0 \
	  --target $(REFRESH)/none -r $(REFRESH)/new.txt
	mv $(REFRESH)/new.txt constraints.txt
	rm -rf $(REFRESH)

# The stamps make a second run start at once; a changed pin or dependency installs again.
$(VENV)/.created:
	@for python in $(PYTHONS); do \
	  if $$python -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    echo "Making $(VENV) with $$python"; $$python -m venv $(VENV) && touch $@; exit; \
	  fi; \
	done; \
	echo "None of $(PYTHONS) is Python 3.11 or newer with its venv module." >&2; \
	echo "Install one (Debian: apt-get install python3 python3-venv) or name it: make PYTHON=/path/to/python3.11" >&2; \
	exit 1

$(VENV)/.site: pyproject.toml constraints.txt $(VENV)/.created
	@echo "Installing zoo_tools and what the site needs into $(VENV)"
	@$(PIP) install --quiet -c constraints.txt pip
	@$(PIP) install --quiet -c constraints.txt -e '.[litert,onnx,eval,site]'
	@touch $@

$(VENV)/.dev: $(VENV)/.site
	@echo "Installing what the tests and linters need into $(VENV)"
	@$(PIP) install --quiet -c constraints.txt --group test --group lint
	@touch $@
