# The image: archive, SBOM, provenance, VEX, and what becomes of them. The documents are jq's.
.PHONY: archive image push release verify

##@ Image
# For each platform a layer, a config and a manifest; the index names the manifests.
I := build/image
tar = tar --format=ustar --sort=name --mtime=@$(SOURCE_DATE_EPOCH) --owner=0 --group=0 \
  --numeric-owner
variables = $(foreach v,ARCHS IMAGE VERSION REVISION SOURCE SOURCE_DATE_EPOCH MUSL_VERSION \
  MUSL_URL MUSL_SHA256 BUILDER ARCHIVE REGISTRY TLS_VERIFY OVERWRITE COSIGN_KEY COSIGN_PUB \
  KEYLESS COSIGN_IDENTITY COSIGN_ISSUER COMMIT,$v='$($v)')
jq  = $(variables) jq -L .make -c
# $(call oci,FUNCTION,FILE...): a document of oci.jq, of what a manifest says of each FILE.
oci = echo '$(foreach f,$2,{"digest": "sha256:'"$$(sha256sum <$f | cut -c -64)"'", \
  "size": '"$$(wc -c <$f)"'})' | $(jq) -s 'include "oci"; $1'
archive: bin/SHA256SUMS ## the image of all platforms in one file, its SBOM, and SHA256SUMS
packages-archive := jq:jq
$I/%/manifest.json: bin/pause-linux-% build/image.vars .make/oci.jq
	$(call require,$(packages-archive))
	@mkdir -p $(@D) && $(tar) --mode=0755 --transform='s,.*,pause,' -cf $(@D)/layer.tar $<
	@gzip -9n <$(@D)/layer.tar >$(@D)/layer.tar.gz
	@$(call oci,config("$*"),$(@D)/layer.tar) >$(@D)/config.json
	@$(call oci,manifest,$(@D)/config.json $(@D)/layer.tar.gz) >$@
# The programs, and the compiler, most of which is in LLVM's shared libraries.
$I/sums: $(PROGRAMS) build/image.vars
	@mkdir -p $(@D)
	@# First SPDX's verification code, then each file.
	@clang=$$(command -v clang$(SUFFIX)) && lld=$$(command -v ld.lld$(SUFFIX)) && { \
	  sha1sum $(PROGRAMS) | cut -c -40 | sort | tr -d '\n' | sha1sum; \
	  sha1sum $(PROGRAMS); sha256sum $(PROGRAMS) "$$clang" "$$lld" \
	  $$(ldd "$$clang" "$$lld" | sed -nE 's,.*=> (/.*(clang|LLVM).*) .*,\1,p' | sort -u); } >$@
$(ARCHIVE).%.json: $I/sums .make/%.jq
	@CLANG_VERSION=$$(clang$(SUFFIX) --version | sed -n '1s/.* version //p') \
	  $(jq) -nR 'include "$*"; document' <$< >$@
$(ARCHIVE).tar: $(ARCHS:%=$I/%/manifest.json) $(ARCHIVE).spdx.json $(ARCHIVE).provenance.json
	@rm -rf $I/layout && mkdir -p $I/layout/blobs/sha256
	@$(call oci,index,$(ARCHS:%=$I/%/manifest.json)) >$I/index.json
	@for f in $I/index.json $(foreach a,$(ARCHS),$I/$a/*.json $I/$a/layer.tar.gz); do \
	  sum=$$(sha256sum <$$f) && cp $$f $I/layout/blobs/sha256/$${sum%% *} || exit; done
	@$(call oci,layout,$I/index.json) >$I/layout/index.json
	@cat $(ARCHS:%=$I/%/manifest.json) | $(jq) -s 'include "oci"; docker' >$I/layout/manifest.json
	@echo '{"imageLayoutVersion":"1.0.0"}' >$I/layout/oci-layout
	@$(tar) --mode=u=rwX,go=rX -cf $@ -C $I/layout blobs index.json manifest.json oci-layout
	@echo "$@: $(IMAGE):$(VERSION)@$$(jq -r '.manifests[].digest' $I/layout/index.json)"
# vex.jq knows the pinned musl only.
other-musl = $(or $(wildcard $(MUSL)/configure),$(filter command,$(origin CC)))
VEX = $(if $(other-musl),,$(ARCHIVE).openvex.json)
$(ARCHIVE).openvex.json: $(ARCHIVE).tar .make/vex.jq .make/spdx.jq
	@for a in $(ARCHS); do ar t build/$$a/lib/libc.a || exit; done >$I/objects
	@DIGESTS=$$(jq -r '.manifests[].digest' $I/layout/index.json $I/index.json) \
	  $(jq) -nR 'include "vex"; document' <$I/objects >$@
bin/SHA256SUMS: $(ARCHIVE).tar $(VEX) FORCE
	@$(if $(VEX),:,rm -f $(ARCHIVE).openvex.json; \
	  echo "no VEX is written: this musl is not the pinned one")
	@cd bin && sha256sum $(notdir $(PROGRAMS) $< $(ARCHIVE).spdx.json $(VEX)) >SHA256SUMS
image: ## the image for ARCH in ENGINE, docker or podman, as IMAGE:VERSION
	@[ -n '$(ENGINE)' ] || { echo "no docker and no podman is here" >&2; exit 1; }
	@$(MAKE) -s ARCHS=$(ARCH) ARCHIVE=$I/$(ARCH) $I/$(ARCH).tar
	'$(ENGINE)' load --input $I/$(ARCH).tar
packages-image := jq:jq
push: ## the archive to REGISTRY, as pause:VERSION
release: ## push, and sign all of it with COSIGN_KEY
verify: ## the signatures of REGISTRY's pause:VERSION, by COSIGN_PUB, and its rebuild
push release: $(if $(REGISTRY),archive)
push release verify: # verify makes the archive itself, as it was published
	$(call require,$(packages-$@))
	@$(variables) .make/release.sh $@
# Debian has a cosign from 13 on.
COSIGN := github.com/sigstore/cosign/v3/cmd/cosign@v3.1.3
DIGEST = $(shell tar -xOf $(ARCHIVE).tar index.json | jq -r '.manifests[].digest')
packages-push := jq:jq skopeo:skopeo
packages-release := $(packages-push) cosign:cosign
packages-verify := $(packages-release)
