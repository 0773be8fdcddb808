# The image: its archive and documents, and what becomes of them.
.PHONY: archive image push release verify
IMAGE ?= localhost/pause
ENGINE ?= $(shell command -v docker || command -v podman)
REGISTRY ?=
TLS_VERIFY ?= true
OVERWRITE ?=
COSIGN_KEY ?=
COSIGN_PUB ?= cosign.pub
KEYLESS ?=
COSIGN_IDENTITY ?=
COSIGN_ISSUER ?= https://token.actions.githubusercontent.com
SOURCE ?=
REVISION ?= $(word 1,$(COMMIT))
BUILDER ?= $(or $(SOURCE),urn:pause)
SOURCE_DATE_EPOCH ?= $(or $(word 2,$(COMMIT)),0)
ARCHIVE = bin/pause-$(VERSION)

# The scripts get these from make. archive.sh gets nothing else from the
# environment.
VARIABLES := ARCHS IMAGE VERSION REVISION SOURCE SOURCE_DATE_EPOCH \
  BUILDER COMMIT SUFFIX MUSL_VERSION MUSL_URL MUSL_SHA256 LIBC_FILES \
  ARCHIVE REGISTRY TLS_VERIFY OVERWRITE \
  COSIGN_KEY COSIGN_PUB KEYLESS COSIGN_IDENTITY COSIGN_ISSUER
variables = $(foreach v,$(VARIABLES),$v='$($v)')

##@ Image
archive: bin/SHA256SUMS
archive: ## the image of all platforms, SBOM, VEX, and SHA256SUMS
$(ARCHIVE).tar: $(PROGRAMS) build/image.vars $(wildcard .make/*.jq) \
  .make/archive.sh .make/oci.sh
	@$(variables) DOCUMENTS=1 bash .make/archive.sh
# What scanners say of the pinned musl, VEX answers, out of the list of
# its objects.
LIBC_FILES = $(if $(MUSL_SHA256),$(ARCHS:%=build/%/lib/libc.a))
build/image.vars: FORCE
	@$(call remember,$(variables))
bin/SHA256SUMS: $(ARCHIVE).tar
	@cd bin && sha256sum $(PROGRAMS:bin/%=%) pause-$(VERSION).tar \
	  pause-$(VERSION).*.json >SHA256SUMS

image: private SHELL = /bin/sh # the engine may be at DOCKER_HOST
image: build/image-$(ARCH).tar
image: ## the image for ARCH in docker or podman, as IMAGE:VERSION
	@[ -n '$(ENGINE)' ] || { \
	  echo "no docker and no podman is here" >&2; exit 1; }
	'$(ENGINE)' load --input $<
build/image-$(ARCH).tar: $(PROGRAM) build/image.vars \
  .make/archive.sh .make/oci.sh
	@$(variables) ARCHS=$(ARCH) ARCHIVE=$(basename $@) \
	  bash .make/archive.sh

# Logins and keys are the user's.
push release verify: private SHELL = /bin/sh
push: ## the archive to REGISTRY, as pause:VERSION
release: ## push, and sign all of it with COSIGN_KEY
verify: ## what REGISTRY has: signatures, and a rebuild
push release: $(if $(REGISTRY),archive)
# verify makes the archive itself, as it was published.
push release verify:
	@$(variables) bash .make/release.sh $@

# Debian has a cosign from 13 on.
COSIGN := github.com/sigstore/cosign/v3/cmd/cosign@v3.1.3
DIGEST = $(shell tar -xOf $(ARCHIVE).tar index.json | \
  jq -r '.manifests[].digest')
packages-archive = $(packages-default) jq:jq bash:bash
packages-image = $(packages-archive)
packages-push = $(packages-archive) skopeo:skopeo
packages-release = $(packages-push) cosign:cosign
# verify's own make asks for the compiler.
packages-verify = jq:jq bash:bash skopeo:skopeo cosign:cosign
