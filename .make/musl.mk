# The libc: the official release of musl, of which Debian has a copy, or
# the one that MUSL names.
MUSL_VERSION := 1.2.6
MUSL_SHA256 := \
  d585fd3b613c66151fc3249e8ed44f77020cb5e6c1e635a616d3f9f82460512a
MUSL_URL := \
  https://musl.libc.org/releases/musl-$(MUSL_VERSION).tar.gz
MUSL_DEBIAN := pool/main/m/musl/musl_$(MUSL_VERSION).orig.tar.gz
MUSL_FILE := build/cache/musl-$(MUSL_VERSION).tar.gz
MUSL ?= $(MUSL_FILE)

# musl compiles the files of these names alone: *.c of all directories,
# and *.s of the architecture's, which takes their place. libc.a holds
# nothing that pause does not link.
MUSL_PARTS := __libc_start_main __init_tls __environ __stack_chk_fail \
  __errno_location exit _Exit _exit libc defsysinfo __syscall_cp \
  syscall_ret __set_thread_area atomics abort_lock __lock default_attr \
  block restore memcpy memmove memset strlen getpid pause poll \
  pthread_sigmask sigaction sigaddset sigemptyset sigfillset \
  sigprocmask sigtimedwait waitpid write
# The holders of the copyright of arm's memcpy and memset in assembly are
# not musl's: C instead.
not-musl = $(if $(filter arm%,$*),mem%)
MUSL_ASSEMBLY = $(filter-out $(not-musl),$(MUSL_PARTS))

# A mirror of Debian, as apt knows it.
MIRROR = $(shell apt-get indextargets --format '$$(REPO_URI)' \
  'Created-By: Packages' 'Label: Debian' 2>/dev/null | \
  grep -m 1 ^http)

$(MUSL_FILE): private SHELL = /bin/sh # a proxy is in the environment
$(MUSL_FILE):
	@sh .make/musl.sh fetch $@ '$(MUSL_URL)' '$(MUSL_SHA256)' \
	  $(addsuffix $(MUSL_DEBIAN),$(MIRROR))
# build/musl is unpacked from the tar file, or a link to the tree.
build/musl.tree: build/musl.vars | $(MUSL)
	@rm -rf build/musl
	@sh .make/musl.sh unpack '$(MUSL)' build/musl $(MUSL_SHA256)
	@touch $@
build/musl.vars: FORCE
	@$(call remember,$(MUSL) $(MUSL_SHA256))

# The documents name what was linked: of a tree its version, with no
# address and no hash.
ifneq ($(wildcard $(MUSL)/configure),)
MUSL_VERSION := $(shell cat '$(MUSL)/VERSION')
endif
ifneq ($(wildcard $(MUSL)/*)$(MUSL_CC),)
MUSL_URL :=
MUSL_SHA256 :=
endif

# LIBC is what the linker takes, LIBC_FILE what it waits for.
ifneq ($(wildcard $(MUSL)/libc.a),)
# An installed one, whose version nothing tells.
MUSL_VERSION := unknown
LIBC = $(MUSL)/crt1.o $(MUSL)/libc.a
LIBC_FILE = $(MUSL)/libc.a
# /usr/lib/X and /usr/include/X as Debian has it, or two neighbours.
HEADERS = $(firstword $(wildcard $(MUSL)/../include) \
  $(subst /lib,/include,$(MUSL)))
else
LIBC = build/$*/lib/crt1.o build/$*/lib/libc.a
LIBC_FILE = build/%/lib/libc.a
HEADERS = build/$*/obj/include build/$*/arch \
  build/musl/arch/generic build/musl/include
$(ARCHS:%=build/%/lib/libc.a): build/%/lib/libc.a: \
  build/%/musl.vars build/musl.tree
	@echo "musl for $*"
	@cd build/$* && rm -rf obj lib arch && ../musl/configure \
	  --prefix=. --target=$(target-$*) --disable-shared \
	  CC='$(CLANG) $(CODE)' AR=ar RANLIB=: LIBCC=none CFLAGS=-Oz \
	  $(if $(V),,>configure.log 2>&1)
	@make $(if $(V),,-s) -C build/$* \
	  C='$(MUSL_PARTS)' S='$(MUSL_ASSEMBLY)' \
	  BASE_GLOBS='$$(C:%=$$(srcdir)/src/*/%.c) $$(srcdir)/crt/crt1.c' \
	  ARCH_GLOBS='$$(S:%=$$(srcdir)/src/*/$$(ARCH)/%.[csS])' \
	  lib/crt1.o lib/libc.a
	@arch=$$(sed -n 's/^ARCH = //p' build/$*/config.mak) && \
	  ln -s ../musl/arch/$$arch build/$*/arch
$(ARCHS:%=build/%/musl.vars): build/%/musl.vars: FORCE
	@$(call remember,$(CLANG) $(CODE) $(MUSL_PARTS))
endif
