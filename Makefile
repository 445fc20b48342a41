# The workbook's commands. Each makes .venv on its first call and reuses it afterwards;
# tools/make_env.py does the work, and does the same without make.

# The first Python that starts. make_env.py looks further if its version will not do.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c "" 2>/dev/null && echo $$p && break; done)

.DEFAULT_GOAL := help
.PHONY: help lab test test-browser test-backends test-colab run outputs stamp update classroom site data bench bench-real constraints clean

help: ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## /make \1\t/p' Makefile | expand -t 20

lab: ## open the workbook in JupyterLab
	@$(call env,lab)

test: ## check everything: style, tests, and every notebook from top to bottom
	@$(call env,test)

test-browser: ## open each notebook in JupyterLab in a browser, run it, answer an exercise
	@$(call env,test-browser)

test-backends: ## compare the models on TensorFlow, JAX and PyTorch (installs the last two)
	@$(call env,test-backends)

test-colab: ## run all notebooks on the versions that Colab ships (an environment of its own)
	@$(call env,test-colab)

run: ## execute the notebooks, or NOTEBOOK=..., leave pages in out/, print a table of scores
	@$(call env,run $(NOTEBOOK))

outputs: ## execute the notebooks, store their outputs, list the scores that moved
	@$(call env,outputs)

stamp: ## write exercises and first cells into the notebooks, and with REPOSITORY=URL@TAG an address
	@$(call env,stamp $(if $(filter undefined,$(origin REPOSITORY)),,--repository "$(REPOSITORY)"))

classroom: ## make the student and teacher editions, slides, and a course for nbgrader
	@$(call env,classroom)

site: ## build the workbook as pages to read, in out/site (installs Sphinx)
	@$(call env,site)

data: ## rebuild the files in data/ from their grammars
	@$(call env,data)

bench: ## time the models beside PyTorch and Keras' defaults, in five minutes (installs PyTorch)
	@$(call env,bench)

bench-real: ## the same with the sizes of the real data, and trainings on it, in three hours
	@$(call env,bench-real)

constraints: ## choose the newest versions that fit together (needs uv)
	uv pip compile --quiet --universal --upgrade --python-version 3.11 --all-extras \
		--fork-strategy fewest --no-header --no-annotate --no-emit-index-url \
		--output-file constraints.txt pyproject.toml

update: constraints outputs ## both: newest versions, everything executed, scores that moved

clean: ## remove the environment and everything else that the commands above have made
	rm -rf .venv .venv-colab .cache out build dist .pytest_cache .ruff_cache .hypothesis
	find . \( -name __pycache__ -o -name .ipynb_checkpoints \) -prune -exec rm -rf {} +

env = $(if $(PYTHON),$(PYTHON) tools/make_env.py $(1),\
	echo "No Python was found: install Python 3.11, 3.12 or 3.13, or name one as in: make $(1) PYTHON=/path/to/python3"; exit 1)
