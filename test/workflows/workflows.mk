# The workflows in .github: a linter, and a release by their own steps.
.PHONY: workflows
ACTIONLINT := build/cache/actionlint
$(ACTIONLINT): export MODULE := test/workflows
$(ACTIONLINT): test/workflows/go.mod test/kubernetes/build.sh
	$(call require,$(packages-workflows))
	@test/kubernetes/build.sh $@
workflows: $(PROGRAMS) $(ACTIONLINT) ## what GitHub runs, but for GitHub; needs Go 1.25
	$(call require,$(packages-workflows))
	$(ACTIONLINT) .github/workflows/*.yml
	bats --timing test/workflows
packages-workflows := go:golang-go bats:bats git:git jq:jq yq:yq skopeo:skopeo curl:curl \
  shellcheck:shellcheck docker-registry:docker-registry \
  /usr/lib/bats/bats-assert/load.bash:bats-assert /usr/lib/bats/bats-file/load.bash:bats-file
