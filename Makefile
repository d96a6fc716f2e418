# Patina: `make run` starts everything, `make test` tests everything; both from a fresh clone.
# Needs Debian or Ubuntu with Python 3.11 and make. What is missing beyond that is installed, or named in one line.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   := .venv
RUN    := $(VENV)/bin/python
PORT   ?= 8000
HOST   ?= 127.0.0.1
PIP    := $(RUN) -m pip install -qq --disable-pip-version-check --require-hashes

.PHONY: run setup test lint lock screenshots bench bench-road torture clean

MODELS ?= $(wildcard ../shared/models/*.glb)

run: setup
	@exec $(RUN) manage.py serve --host $(HOST) --port $(PORT) $(if $(SANDBOX_PORT),--sandbox-port $(SANDBOX_PORT))

setup: $(VENV)/.app static/vendor/VENDORED.json
	@$(RUN) scripts/system_packages.py engine
	@$(MAKE) --silent build/sample.glb
	@$(RUN) -m compileall -q dashboard jobs engine sandbox tests
	@$(RUN) manage.py migrate --verbosity 0
	@$(RUN) manage.py prepare_static

test: setup $(VENV)/.dev node_modules/.dev
	@$(RUN) scripts/system_packages.py browser
	@$(RUN) scripts/system_packages.py servers
	@nice $(RUN) -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder $(ARGS)

lint: $(VENV)/.dev
	@$(RUN) scripts/lint.py

# Write the lock files anew after a change in requirements/*.in: hashes, and no index address.
lock: $(VENV)/.dev
	@for name in app engine node dev; do \
	  $(VENV)/bin/uv pip compile --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
	    --quiet requirements/$$name.in --output-file requirements/$$name.txt || exit 1; done

# The pictures of README.md, made from a running product.
screenshots: setup $(VENV)/.dev
	@$(RUN) scripts/screenshots.py

# Everything breaks on all three stacks, about five minutes each; ARGS="--seed 7" repeats a run.
torture: setup $(VENV)/.dev
	@$(RUN) scripts/system_packages.py servers
	@status=0; for stack in sqlite postgres redis; do \
	  $(RUN) -m benchmarks.torture --stack $$stack $(ARGS) || status=1; done; exit $$status

# Measurements, side by side, written to docs/performance.md; ARGS=lag measures one part again.
bench: setup $(VENV)/.dev
	@$(RUN) scripts/system_packages.py servers
	@$(RUN) -m benchmarks.report $(ARGS)

# The whole road beside the engine alone, and the sandbox's own speed; MODELS="a.glb b.glb" names the files to work on.
bench-road: setup $(VENV)/.dev
	@$(RUN) -m benchmarks.road $(MODELS)
	@$(RUN) -m benchmarks.sandbox_status

clean:
	rm -rf $(VENV) node_modules static/vendor build

$(VENV)/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' \
	  || { echo "Patina needs Python 3.11 (Blender's module is built for it). Set PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || $(PYTHON) scripts/system_packages.py venv
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.app: requirements/app.txt requirements/engine.txt | $(VENV)/bin/pip
	@echo "Installing Python packages (Blender's is large: about a minute)"
	@$(PIP) -r requirements/app.txt -r requirements/engine.txt
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.app
	@$(PIP) -r requirements/dev.txt
	@touch $@

# Half a minute of Blender, once, so that the first-run page need not wait for it. Without an engine: later, or never.
build/sample.glb: $(wildcard engine/samples*.py) engine/scene.py
	@echo "Making the sample model, once: about half a minute"
	@mkdir -p build && nice $(RUN) -m engine sample --name sample --out build >build/sample.json 2>build/sample.log \
	  || echo "The sample model could not be made: see build/sample.log. The sample project starts without it."

static/vendor/VENDORED.json: package.json package-lock.json scripts/vendor_frontend.py scripts/npm_ci.py scripts/tabler.scss | $(VENV)/.app
	@$(RUN) scripts/npm_ci.py
	@$(RUN) scripts/vendor_frontend.py
	@touch $@

# Vendors' own clients, which the tests start against the sandbox. Getting the front-end packages anew takes them away.
node_modules/.dev: package-lock.json static/vendor/VENDORED.json
	@$(RUN) scripts/npm_ci.py --dev
	@touch $@
