// The linter of the workflows. test/kubernetes/build.sh builds it, and says how such a file works.
module test/workflows

go 1.25.0

tool (
	github.com/rhysd/actionlint/cmd/actionlint
)

require (
	github.com/rhysd/actionlint v1.7.12
)
