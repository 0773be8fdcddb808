# How pause is built, from here downwards. What is where:
#   pause.c           the program
#   Makefile          its rules and variables; `make help` lists both
#   .make/platforms   the table of platforms
#   .make/musl.mk     the libc, with musl.sh
#   .make/pause.ld    the linker's part
#   .make/image.mk    the archive, its documents, its release
#   .make/check.mk    what the variables may be
#   test/test.mk      the tests' targets; test/README.md is their map
#   .version          git archive writes the commit into it
#   .ci/run           what CI runs

SHELL := /bin/sh .make/sh
GOALS := $(or $(MAKECMDGOALS),default)
comma := ,
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := default
.DELETE_ON_ERROR:
ifneq ($(filter deps,$(GOALS)),)
.NOTPARALLEL: # the other goals need what deps installs
endif

# Variables that a user may set. CONTRIBUTING.md describes them;
# `make print-NAME` prints one.
ARCH ?= $(or $(CC_PLATFORM),$(HOST))
VERSION ?= $(or $(word 3,$(COMMIT)),HEAD)
LLVM ?= $(eval LLVM := $(shell sh .make/llvm.sh))$(LLVM)
CFLAGS ?= -Oz
CPPFLAGS ?=
LDFLAGS ?=
STRIP ?= 1
PREFIX ?= /usr/local
DESTDIR ?=
V ?=

# Each cell of the table of platforms is a variable: target-amd64,
# processor-amd64 and so on.
ARCHS := $(shell \
  awk '/^[^\#]/ && $$1 != "name" { print $$1 }' .make/platforms)
CELLS := $(shell awk '/^\#/ { next } \
  $$1 == "name" { split($$0, column); next } \
  { for (i = 2; i <= NF; i++) print column[i] "-" $$1 "=" $$i }' \
  .make/platforms)
$(foreach cell,$(CELLS),$(eval $(subst :, ,$(cell))))

# $(call platform,MACHINE): the platform whose machines, or whose
# targets, have that name.
has-name = $(filter $2 $2-%,$(uname-$1) $(target-$1))
platform = $(firstword \
  $(foreach a,$(ARCHS),$(if $(call has-name,$a,$1),$a)))
MACHINE := $(shell uname -m)
HOST := $(or $(call platform,$(MACHINE)),$(MACHINE))

# A compiler of musl's, from the command line alone: make and the
# environment have a CC, too.
MUSL_CC := $(if $(filter command,$(origin CC)),$(CC))

# The hash, the time and the name of the commit. git's safe
# directories are in HOME, and under sudo its user's are safe as well.
COMMIT := $(shell HOME='$(HOME)' SUDO_UID='$(SUDO_UID)' \
  sh .make/version.sh)

PROGRAM = bin/pause-linux-$(ARCH)
PROGRAMS = $(ARCHS:%=bin/pause-linux-%)

include .make/musl.mk

##@ Build
.PHONY: default all install uninstall
default: $(PROGRAM) ## the program for ARCH
all: $(PROGRAMS) ## the programs for all platforms
install: ## the program and its man page, into DESTDIR
	@[ -e $(PROGRAM) ] || { \
	  echo "$(PROGRAM) is not built: run make first" >&2; exit 1; }
	install -D -m 0755 $(PROGRAM) '$(DESTDIR)$(PREFIX)/bin/pause'
	install -D -m 0644 .make/pause.1 \
	  '$(DESTDIR)$(PREFIX)/share/man/man1/pause.1'
uninstall:
	rm -f '$(DESTDIR)$(PREFIX)/bin/pause' \
	  '$(DESTDIR)$(PREFIX)/share/man/man1/pause.1'

# What the program needs comes after the user's flags: one segment of
# code and constants, one of data, and nothing for an unwinder. LTO makes
# both so short that the data ends in its first page.
BASE_CFLAGS = -std=c11 -DVERSION='$(VERSION)' \
  -fno-asynchronous-unwind-tables -fno-stack-protector
BASE_LDFLAGS = $(if $(STRIP),-Wl$(comma)-s$(comma)--build-id=none) \
  -Wl,--gc-sections,-z,norelro,-z,noseparate-code,-z,noexecstack
SUFFIX = $(filter-out 1,$(LLVM))
is-fixed = $(filter fixed,$(address-$*))
CODE = -flto $(if $(is-fixed),-fno-pie,-fpie)
CLANG = clang$(SUFFIX) --no-default-config \
  --target=$(target-$*) $(processor-$*)
LLD = -fuse-ld=lld$(SUFFIX) $(if $(is-fixed),-static,-static-pie) \
  -nostdlib -Wl,--no-rosegment $(link-$*) -Xlinker \
  --package-metadata='{"name":"pause","version":"$(VERSION)"}'
# LTO forgets the target's features.
link-riscv64 := -Wl,-mllvm,-mattr=+d

# $(call link,INPUT...): tests link with it, too.
link = $(CLANG) -nostdlibinc $(addprefix -isystem ,$(HEADERS)) \
  $(CPPFLAGS) $(CFLAGS) $(CODE) $(BASE_CFLAGS) \
  $(LDFLAGS) $(LLD) $(BASE_LDFLAGS) -o $@ $1 .make/pause.ld
ifeq ($(MUSL_CC),)
packages-default = clang$(SUFFIX):clang$(SUFFIX) \
  ld.lld$(SUFFIX):lld$(SUFFIX)
bin/pause-linux-%: pause.c .make/pause.ld \
  build/%/program.vars $(LIBC_FILE)
	@mkdir -p bin
	$(call link,pause.c $(LIBC))
	@chmod 0755 $@ # the umask is no part of the image
$(ARCHS:%=build/%/program.vars): build/%/program.vars: FORCE
	@$(call remember,$(call link,$(LIBC)))
else # a compiler whose own libc is musl, as musl-gcc
packages-default = readelf:binutils
CC_TARGET := $(shell $(CC) -dumpmachine)
CC_PLATFORM := $(call platform,$(firstword $(subst -, ,$(CC_TARGET))))
compile = $(CC) $(CPPFLAGS) $(CFLAGS) $(BASE_CFLAGS) \
  $(LDFLAGS) $(BASE_LDFLAGS) -static
bin/pause-linux-%: pause.c build/%/program.vars
	@sh .make/cc.sh before '$(CC)' $* $(CC_PLATFORM)
	@mkdir -p bin
	$(compile) -o $@ pause.c
	@sh .make/cc.sh after '$(CC)' $@
$(ARCHS:%=build/%/program.vars): build/%/program.vars: FORCE
	@$(call remember,$(compile))
endif

# $(call remember,VALUE): the target changes when VALUE does, and with it
# what depends on it.
remember = mkdir -p $(@D); echo '$(subst ','\'',$1)' >$@.new; \
  if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi
FORCE:

packages-all = $(packages-default)
include .make/image.mk
-include test/test.mk

##@ Other
.PHONY: deps clean distclean help
deps: private SHELL = /bin/sh # sudo and apt are the user's
ifeq ($(origin LLVM),file)
deps: private LLVM = -22 # deps.sh knows which, when apt's lists are new
endif
deps: ## install what the other goals, or those that FOR names, need
	@COSIGN='$(COSIGN)' LLVM='$(call asked,LLVM)' sh .make/deps.sh \
	  $(sort $(foreach g,$(or $(FOR),$(BUILDS),test),$(packages-$g)) \
	  $(call compiler-for,bin/% build/% verify))
# $(call asked,NAME): the value, if the user gave it.
asked = $(if $(filter file,$(origin $1)),,$($1))
clean: ## all that was built, but not what was fetched
	@rm -rf bin
	@! [ -d build ] || find build -mindepth 1 -maxdepth 1 \
	  ! -name cache -exec rm -rf {} +
distclean: ## all that was built or fetched
	rm -rf bin build
print-%:
	@: $(info $($*))
help:
	@awk -F ':.*## ' '/^##@/ { print substr($$0, 5) ":" } \
	  /^[a-z-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' \
	  $(MAKEFILE_LIST)
	@echo 'Variables:'
	@sed -n 's/^\([A-Z_]*\) *?=.*/  \1/p' $(MAKEFILE_LIST) | \
	  paste -sd ' '

include .make/check.mk
