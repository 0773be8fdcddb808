# What the variables may be, and which commands the goals need. Bad input
# ends here, in one line, before anything is written.
BUILDS := $(filter-out deps help install uninstall clean distclean \
  print-%,$(GOALS))
PUBLISHES := $(filter archive image push release verify,$(GOALS))

# $(call quotes,NAME): a quote would end the quotes of a command.
quotes = $(if $(findstring ',$($1)),$(error $1=$($1) has a quote))

# $(call blanks,NAME): for make a blank ends the name of a file.
blanks = $(if $(word 2,$($1)),$(error $1=$($1) has a blank))
# $(call form,NAME,PATTERN,WHAT): the value is one word that fits PATTERN.
form = $(quotes)$(blanks)$(if $(fits),,$(error \
  $1=$($1) is no $3$(if $(filter ?,$($1)), ($(git-says)))))
fits = $(shell printf '%s\n' '$($1)' | grep -xE '$2' && echo fits)
git-says = git cannot read this checkout: $(wordlist 4,99,$(COMMIT))
host := [a-z0-9.-]+(:[0-9]+)?
name := [a-z0-9]+([._-]+[a-z0-9]+)*
uri := ([A-Za-z][A-Za-z0-9+.-]*:[^\"$$\\]+)?

ifneq ($(filter 3.% 4.0 4.0.% 4.1 4.1.%,$(MAKE_VERSION)),)
$(error GNU make $(MAKE_VERSION) is too old: 4.2 or newer is needed)
endif
ifneq ($(BUILDS),)
$(if $(target-$(ARCH)),,$(error ARCH=$(ARCH) is none of: $(ARCHS)))
$(call form,VERSION,[A-Za-z0-9_][A-Za-z0-9_.+~:-]*,version: \
  letters$(comma) digits and _.+~:-)
# Which LLVM it is, deps may change.
$(foreach v,MUSL $(if $(call asked,LLVM),LLVM), \
  $(call quotes,$v)$(call blanks,$v))
ifeq ($(origin CC),environment)
$(info CC=$(CC) in the environment has no effect; make CC=... has)
endif
endif

ifneq ($(PUBLISHES),)
$(call form,VERSION,[A-Za-z0-9_][A-Za-z0-9_.-]{0$(comma)118},image \
  tag: at most 119 letters$(comma) digits and _.-$(comma) to which push \
  adds a platform)
$(call form,IMAGE,($(host)/)?$(name)(/$(name))*,image name as \
  localhost:5000/infra/pause: lower case$(comma) without a tag)
$(call form,REGISTRY,($(host)(/$(name))*)?,host[:port][/path] in lower \
  case)
$(call form,REVISION,[0-9a-f]*,hash of a commit)
$(call form,SOURCE_DATE_EPOCH,[0-9]{1$(comma)11},number of seconds)
$(foreach v,SOURCE BUILDER,$(call form,$v,$(uri),URI))
$(call form,TLS_VERIFY,true|false,true or false)
$(foreach v,OVERWRITE KEYLESS,$(call form,$v,1?,1))
ifneq ($(and $(MUSL_CC),$(filter-out image,$(PUBLISHES))),)
$(error CC=$(CC): the archive is built with clang)
endif
$(foreach v,ENGINE COSIGN_KEY COSIGN_PUB COSIGN_IDENTITY COSIGN_ISSUER, \
  $(call quotes,$v))
from-environment = $(if $(filter environment,$(origin $1)),$1=$($1))
given := $(strip $(foreach v,CFLAGS CPPFLAGS LDFLAGS STRIP LLVM MUSL \
  IMAGE VERSION REVISION SOURCE SOURCE_DATE_EPOCH BUILDER, \
  $(call from-environment,$v)))
$(if $(given),$(info from the environment: $(given)))
endif
$(foreach v,DESTDIR PREFIX,$(call quotes,$v))

# $(call compiler-for,PATTERN...): goals that are files need it.
compiler-for = $(if $(filter $1,$(BUILDS)),$(packages-default))
# With deps among the goals, what is missing is about to be installed.
required = $(sort $(foreach g,$(BUILDS),$(packages-$g)) \
  $(call compiler-for,bin/% build/%))
ifeq ($(filter deps,$(GOALS)),)
MISSING := $(subst :, ,$(shell for t in $(required); do \
  command -v "$${t%:*}" >/dev/null || [ -e "$${t%:*}" ] || \
    { echo "$$t"; break; }; \
  done))
$(if $(MISSING),$(error $(word 1,$(MISSING)) is missing; it is in the \
  package $(word 2,$(MISSING)), which 'make deps $(GOALS)' installs))
ifneq ($(filter clang%,$(required)),)
MAJOR := $(shell echo __clang_major__ | \
  clang$(SUFFIX) -E -P - 2>/dev/null)
$(if $(shell [ "$(MAJOR)" -ge 19 ] || echo old),$(error clang$(SUFFIX) \
  is too old: LLVM 19 or newer is needed$(comma) which 'make deps \
  LLVM=-22' installs))
endif
endif
