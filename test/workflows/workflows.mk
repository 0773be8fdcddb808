# The workflows in .github: a linter, and a release by their own steps.
.PHONY: workflows
ACTIONLINT := build/cache/actionlint
UNPACKED_REGISTRY := build/cache/docker-registry
workflows $(ACTIONLINT) $(UNPACKED_REGISTRY): \
  private SHELL = /bin/sh
$(ACTIONLINT): test/workflows/go.mod test/kubernetes/build.sh
	@MODULE=test/workflows bash test/kubernetes/build.sh $@
# The package would start a daemon of the user's.
$(UNPACKED_REGISTRY):
	@bash test/kernels/fetch.sh $@ bookworm \
	  "$$(dpkg --print-architecture)" docker-registry

workflows: $(PROGRAMS) $(ACTIONLINT) $(UNPACKED_REGISTRY)
workflows: ## what GitHub runs, but for GitHub; Go 1.25
	$(ACTIONLINT) .github/workflows/*.yml
	bats --timing test/workflows
packages-workflows = $(packages-archive) $(packages-bats) \
  go:golang-go git:git yq:yq skopeo:skopeo \
  curl:curl shellcheck:shellcheck
