# dhow — make · make run · make test · make check · make asan · make fuzz · make bench · make torture · make install
#
# BUILD=release|debug|asan|coverage chooses build/$(BUILD)/. What a module may see and link stands in src/modules.mk,
# what must be installed in packaging/debian-packages.
BUILD   ?= release
out     := build/$(BUILD)
PREFIX  ?= /usr/local
DESTDIR ?=
MAKEFLAGS += -rR --no-print-directory
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

VERSION  := 0.1.0
COMMIT   := $(shell git rev-parse --short=12 HEAD 2>/dev/null)
CC       ?= cc
ifeq ($(origin CC),default)
CC       := cc
endif
AR       := ar
common   := -std=gnu2x -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -iquote src -I$(out)/gen -g -MMD -MP -fno-common -fvisibility=hidden \
            -ffunction-sections -fdata-sections -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
            -Wpointer-arith -Wvla -Wundef -Wwrite-strings -Werror
debug    := -O1
release  := -O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection
asan     := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
coverage := -O0 --coverage
fuzz     := -O1 -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all -fno-omit-frame-pointer
fuzzflags = $(common) $(fuzz) -fsanitize=fuzzer
flags    := $(common) $($(BUILD))
# The programs of the start path are static: no loader, no relocation, fewer pages (budgets.md). ASan cannot be.
static   := $(if $(filter asan coverage,$(BUILD)),,-static)
# The sanitizers' own libraries in one piece: gcc's shared ones share a report path and lose UBSan's reports.
ldflags  := $(if $(filter asan,$(BUILD)),-static-libasan -static-libubsan) -Wl,--gc-sections -Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,-z,separate-code

include src/modules.mk
modules  := $(shell sed -n 's/^\([a-z]*\) *=.*/\1/p' src/modules.mk)
programs := $(patsubst program_%,%,$(shell sed -n 's/^\(program_[a-z-]*\) *=.*/\1/p' src/modules.mk))
programs := $(foreach p,$(programs),$(if $(wildcard programs/$(p).c),$(out)/$(p)))
tests    := $(patsubst src/%.c,$(out)/test/%,$(wildcard src/*/*_test.c))
tools    := $(patsubst tests/tools/%.c,$(out)/tools/%,$(wildcard tests/tools/*.c))
fuzzers  := $(patsubst src/%.c,$(out)/fuzz/%,$(wildcard src/*/*_fuzz.c))

Q := $(if $(V),,@)

all: $(programs)

comma    := ,
reverse  = $(if $(1),$(call reverse,$(wordlist 2,$(words $(1)),$(1))) $(firstword $(1)))
top_down := $(call reverse,$(modules))
# $(call needs,m): m and everything below it, in link order. A module's line names what it may *see*.
$(foreach m,$(modules),$(eval needs_$(m) := $(sort $(m) $(foreach d,$($(m)),$(needs_$(d))))))
needs    = $(filter $(foreach m,$(1),$(needs_$(m))),$(top_down))
archives = $(patsubst %,$(out)/%.a,$(call needs,$(1)))
# The sanitizers look for the C library with dlsym.
libs     = $(filter-out $(if $(filter asan fuzz,$(BUILD)),-Wl$(comma)--wrap%),$(foreach m,$(call needs,$(1)),$(libs_$(m))))

# One static library per module, from every .c in its folder that is not a test or a fuzzer.
define module
objects_$(1) := $(patsubst %.c,$(out)/%.o,$(filter-out %_test.c %_fuzz.c,$(wildcard src/$(1)/*.c))) $(generated_$(1):%=$(out)/%)
$(out)/$(1).a: $$(objects_$(1))
	@mkdir -p $$(@D) && rm -f $$@ && $(AR) rcs $$@ $$^
$(out)/test/$(1)/%: $(out)/src/$(1)/%.o $(out)/tests/unit/main.o $(call archives,$(1))
	@mkdir -p $$(@D)
	$(Q)$(CC) $(flags) $(ldflags) -o $$@ $$^ $(call libs,$(1)) -lcmocka
$(out)/fuzz/$(1)/%: src/$(1)/%.c $(call archives,$(1))
	@mkdir -p $$(@D)
	clang-14 $(fuzzflags) -o $$@ $$(filter %.c %.a,$$^) $(call libs,$(1))
endef
$(foreach m,$(modules),$(eval $(call module,$(m))))

# dhow-runtime has a start of its own before the C library's: see src/runtime/entry_x86_64.c.
ifeq ($(shell uname -m)$(static),x86_64-static)
entry_dhow-runtime := -Wl,-u,runtime_entry -Wl,-e,runtime_entry
endif
$(out)/src/runtime/entry_%.o: flags := $(filter-out -fstack-protector-strong -fstack-clash-protection -fsanitize=%,$(flags)) \
    -ffreestanding -fno-stack-protector -fcf-protection=none -U_FORTIFY_SOURCE

define program
$(out)/$(1): $(out)/programs/$(1).o $(call archives,$(program_$(1)))
	$(Q)$(CC) $(flags) $(ldflags) $(entry_$(1)) $(if $(dynamic_$(1))$(shared_$(1)),-Wl$(comma)--as-needed,$(static)) -o $$@ $$^ \
	    $(if $(shared_$(1)),-Wl$(comma)-Bstatic) $(call libs,$(program_$(1))) $(if $(shared_$(1)),-Wl$(comma)-Bdynamic $(shared_$(1)))
	$(Q)$(if $(static),tools/lean-start $$@)
endef
$(foreach p,$(filter-out dhow-init,$(notdir $(programs))),$(eval $(call program,$(p))))

$(out)/%.o: %.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(flags) -c -o $@ $<
$(out)/programs/%.o $(out)/src/runtime/version.o $(out)/src/base/version.o: flags += -DDHOW_VERSION='"$(VERSION)"' -DDHOW_COMMIT='"$(COMMIT)"'

# What runs inside containers, where there may be no C library and nothing of a sanitizer: the same in every build.
freestanding := -ffreestanding -nostdlib -fno-pie -fno-stack-protector \
    -fno-asynchronous-unwind-tables -Wl,--build-id=none -Wl,-z,norelro -Wl,-z,noseparate-code
inside   := -std=gnu2x -D_GNU_SOURCE -Os -Wall -Wextra -Wshadow -Werror -static -Wl,-z,noexecstack -s
# Its system calls are written down for x86-64; elsewhere it takes the C library's.
$(out)/dhow-init: programs/dhow-init.c Makefile
	@mkdir -p $(@D)
	$(Q)$(CC) $(inside) $(if $(filter x86_64,$(shell uname -m)),$(freestanding)) -DDHOW_VERSION='"$(VERSION)"' -o $@ $<

# The image that is inside dhow: one freestanding program, as a tar that is the same from build to build.
$(out)/gen/hello: programs/hello.c
	@mkdir -p $(@D)
	$(CC) $(inside) $(freestanding) -o $@ $<
$(out)/gen/hello.tar: $(out)/gen/hello
	tar --format=ustar --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=0755 -C $(@D) -cf $@ hello
$(out)/gen/embedded.o: $(out)/gen/hello.tar Makefile
	printf '.section .rodata\n.global embedded_hello,embedded_hello_bytes\nembedded_hello:.incbin "$<"\n1:.balign 8\nembedded_hello_bytes:.quad 1b-embedded_hello\n.section .note.GNU-stack,"",%%progbits\n' | $(CC) -x assembler -c -o $@ -

# Small programs that tests and `make torture` use: each one file, no module.
$(out)/tools/%: tests/tools/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu2x -D_GNU_SOURCE -O2 -g -Wall -Wextra -Werror -static -o $@ $<
tools: $(tools)

# A module against the real kernel: programs that a virtual machine can run, too.
trials := $(addprefix $(out)/tests/cgroup/,kernel scope)
$(trials): $(out)/tests/cgroup/%: $(out)/tests/cgroup/%.o $(out)/tests/cgroup/trial.o $(call archives,cgroup)
	$(Q)$(CC) $(flags) $(ldflags) $(static) -o $@ $^ $(call libs,cgroup)
# Our reader of tar alone, beside which others are held.
$(out)/tests/archive/list: $(out)/tests/archive/list.o $(call archives,archive)
	$(Q)$(CC) $(flags) $(ldflags) -Wl,--as-needed -o $@ $^ $(call libs,archive)
tools: $(trials) $(out)/tests/archive/list

# The engine's side of a conversation with a registry, from the command line.
$(out)/tests/transfer/ask: $(out)/tests/transfer/ask.o $(call archives,transfer)
	$(Q)$(CC) $(flags) $(ldflags) -o $@ $^ $(call libs,transfer)
tools: $(out)/tests/transfer/ask

unit: $(tests)
	tools/unit $(tests)
layers:
	tools/layers
clean:
	rm -rf build
.SECONDARY:
.PHONY: all tools unit test check layers run clean install asan fuzz bench torture deps
-include tools/targets.mk
-include $(shell find $(out) -name '*.d' 2>/dev/null)
