# make demo   sets everything up and reads the bundled clip
# make test   runs the fast tests; make test-all adds the slow ones

PYTHON ?= python3
VENV ?= .venv
EXTRAS ?= dev
PYTEST_ARGS ?=

bin := $(VENV)/bin
ready := $(VENV)/.ready
ready_dev := $(VENV)/.ready-$(EXTRAS)
pip := $(bin)/python -m pip --disable-pip-version-check --quiet install

.PHONY: demo test test-slow test-all check format bench wheel clean

demo: $(ready)
	$(bin)/digitstream --source demo

test: $(ready_dev)
	$(bin)/python -m pytest -n auto -m "not slow" $(PYTEST_ARGS)

test-slow: $(ready_dev)
	$(bin)/python -m pytest -m slow $(PYTEST_ARGS)

test-all: test test-slow

check: $(ready_dev) typing
	$(bin)/ruff check .
	$(bin)/ruff format --check .
	$(bin)/mypy

format: $(ready_dev)
	$(bin)/ruff check --fix .
	$(bin)/ruff format .

bench: $(ready_dev)
	$(bin)/python -m pytest tests/benchmarks -s -o python_files="bench_*.py" $(PYTEST_ARGS)

wheel: $(ready_dev)
	$(bin)/python -m build --wheel

clean:
	rm -rf $(VENV) build dist *.egg-info

# Type checkers do not follow an editable install that renames folders, but they do follow links.
.PHONY: typing
typing:
	rm -rf build/typing
	mkdir -p build/typing/digitstream
	ln -s $(CURDIR)/stream/* $(CURDIR)/configs $(CURDIR)/convert build/typing/digitstream/

# Debian leaves a half-made environment behind when python3-venv is missing: pip is the sign of a whole one.
$(bin)/pip:
	$(PYTHON) -m venv $(VENV)

$(ready): pyproject.toml | $(bin)/pip
	$(pip) --editable .
	touch $@

$(ready_dev): pyproject.toml | $(bin)/pip
	$(pip) --editable ".[$(EXTRAS)]"
	touch $@ $(ready)
