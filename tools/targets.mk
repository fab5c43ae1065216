# SPDX-License-Identifier: Apache-2.0
# The targets beside the build: what must be installed, run, tested, checked, measured and put into place.
# (Included by the Makefile, which defines out, programs, tests, tools and fuzzers.)

# Packages come from packaging/debian-packages; `make deps SECTIONS="build test"` installs what is missing (root).
SECTIONS ?= build test check
deps:
	tools/deps $(SECTIONS)

run: deps-build
	@$(MAKE) all
	DHOW_ROOT=$(CURDIR)/$(out)/demo/root DHOW_RUN_ROOT=$(CURDIR)/$(out)/demo/run $(out)/dhow run --rm hello
	@echo 'dhow is in $(out)/: put it into reach with  PATH=$(CURDIR)/$(out):$$PATH  or  make install'

# Everything that proves behaviour; ends with `N passed, N failed` on a line of its own.
test: deps-test
	@$(MAKE) all tools $(tests)
	DHOW_BUILD=$(CURDIR)/$(out) tests/run $(tests)
deps-build:
	@tools/deps build
deps-test:
	@tools/deps build test
deps-check:
	@tools/deps build test check
deps-bench:
	@tools/deps build test bench

# The same tests with AddressSanitizer and UndefinedBehaviorSanitizer.
asan:
	$(MAKE) BUILD=asan test

sources := $(wildcard src/*/*.[ch] programs/*.[ch] tests/unit/*.c tests/tools/*.c tests/preload/*.c)
# `make -k check` names everything that is wrong, not only the first.
check: check-layers check-format check-tidy check-features check-cppcheck clang-tidy
check-layers:
	tools/layers
check-format: deps-check
	@echo clang-format-14 --dry-run
	@clang-format-14 --dry-run --Werror $(sources)
check-tidy:
	tools/tidy
check-features:
	tools/features
check-cppcheck: deps-check
	@echo cppcheck
	@cppcheck --quiet --error-exitcode=1 --std=c11 --inline-suppr --suppressions-list=tools/cppcheck.txt \
	    --enable=warning,performance,portability -j2 -Isrc src programs

# One stamp per file, so that only what has changed is looked at again.
tidied := $(patsubst %.c,$(out)/tidy/%,$(filter src/%.c programs/%.c,$(sources)))
clang-tidy: deps-check $(tidied)
$(out)/tidy/%: %.c .clang-tidy
	@mkdir -p $(@D)
	@echo clang-tidy-14 $<
	@clang-tidy-14 --quiet $< -- $(filter-out -Werror -MMD -MP,$(common)) -DDHOW_VERSION='""' -DDHOW_COMMIT='""' \
	    $(if $(filter src/base/err.c,$<),,-include tools/analyzer.h)
	@touch $@

# One fuzzer per parser: src/*/*_fuzz.c, with the seeds of src/*/corpus/NAME when there are any.
FUZZ_SECONDS ?= 60
fuzz: deps-check
	$(MAKE) BUILD=fuzz CC=clang-14 fuzzers
	tools/fuzz $(FUZZ_SECONDS) $(patsubst src/%.c,build/fuzz/fuzz/%,$(wildcard src/*/*_fuzz.c))
fuzzers: $(fuzzers)

# Libraries for LD_PRELOAD, beside the small programs of tests/tools.
preloads := $(patsubst tests/preload/%.c,$(out)/tools/%.so,$(wildcard tests/preload/*.c))
tools: $(preloads)
$(out)/tools/%.so: tests/preload/%.c
	@mkdir -p $(@D)
	$(CC) -std=gnu2x -D_GNU_SOURCE -O2 -g -Wall -Wextra -Werror -fPIC -fvisibility=hidden -fno-builtin -shared -o $@ $< -ldl

# bench and torture: every executable tests/bench/run* and tests/torture/run*.
bench: deps-bench
	@$(MAKE) all tools
	for program in $(wildcard tests/bench/run*); do DHOW_BUILD=$(CURDIR)/$(out) $$program || exit; done
torture: deps-test
	@$(MAKE) all tools
	status=0; for program in $(wildcard tests/torture/run*); do \
	    DHOW_BUILD=$(CURDIR)/$(out) $$program || status=1; done; exit $$status

# The manual pages that come from the tables of the command line; a test compares them.
man: $(out)/dhow
	tests/tools/manpages $(out)/dhow docs/man

install: all
	install -d $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/man/man5 $(DESTDIR)$(PREFIX)/share/man/man8
	install -m 644 $(wildcard docs/man/*.1) $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 $(wildcard docs/man/*.5) $(DESTDIR)$(PREFIX)/share/man/man5
	install -m 644 $(wildcard docs/man/*.8) $(DESTDIR)$(PREFIX)/share/man/man8
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/libexec/dhow
	install -m 755 $(filter %/dhow %/dhow-runtime %/dhowd,$(programs)) $(DESTDIR)$(PREFIX)/bin
	for program in $(filter-out %/dhow %/dhow-runtime %/dhowd,$(programs)); do \
	    install -m 755 $$program $(DESTDIR)$(PREFIX)/libexec/dhow || exit; done
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	sed 's|/usr/local/bin/|$(PREFIX)/bin/|' packaging/systemd/dhow-boot.service >$(DESTDIR)$(PREFIX)/lib/systemd/system/dhow-boot.service
	$(call install_completion,dhow)
# dhow under docker's name, for who has no docker beside it: a link, and what shells complete for it.
install-docker: install
	ln -sf dhow $(DESTDIR)$(PREFIX)/bin/docker
	$(call install_completion,docker)
define install_completion
install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions $(DESTDIR)$(PREFIX)/share/zsh/site-functions \
	    $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	$(out)/dhow completion --command $(1) bash >$(DESTDIR)$(PREFIX)/share/bash-completion/completions/$(1)
	$(out)/dhow completion --command $(1) zsh >$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_$(1)
	$(out)/dhow completion --command $(1) fish >$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/$(1).fish
endef
.PHONY: man install-docker deps-build deps-test deps-check deps-bench clang-tidy fuzzers
