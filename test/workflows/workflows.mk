# The workflows in .github: a linter, and a release by their own steps.
.PHONY: workflows
ACTIONLINT := build/cache/actionlint
workflows $(ACTIONLINT): private SHELL = /bin/sh
$(ACTIONLINT): test/workflows/go.mod test/kubernetes/build.sh
	@MODULE=test/workflows bash test/kubernetes/build.sh $@
workflows: $(PROGRAMS) $(ACTIONLINT) ## what GitHub runs, but for GitHub; needs Go 1.25
	$(ACTIONLINT) .github/workflows/*.yml
	bats --timing test/workflows
packages-workflows = $(packages-archive) $(packages-bats) go:golang-go git:git \
  yq:yq skopeo:skopeo curl:curl shellcheck:shellcheck \
  docker-registry:docker-registry
