# The tests of a package build, and a package that is built.
.PHONY: check-program test-package
check-program test-package: private SHELL = /bin/sh
check-program: $(PROGRAM)
check-program: ## without namespaces, as in a package build: 10 seconds
	@$(PROGRAM) -v >/dev/null || { \
	  echo "$(PROGRAM) does not run on this machine:" \
	  "make check tests it in qemu-user" >&2; exit 1; }
	@NAMESPACES=no PAUSE='$(CURDIR)/$(PROGRAM)' \
	  bats --filter-tags process test test/package
packages-check-program = $(packages-default) $(packages-bats) \
  pgrep:procps readelf:binutils

test-package: $(MUSL_FILE)
test-package: ## a Debian package, built and checked: 1 minute
	@bats --timing test/package/package.bats
packages-test-package = $(packages-check-program) \
  git:git unshare:util-linux setpriv:util-linux man:man-db \
  dh:debhelper lintian:lintian dpkg-buildpackage:dpkg-dev \
  musl-gcc:musl-tools qemu-aarch64:qemu-user \
  aarch64-linux-gnu-strip:binutils-aarch64-linux-gnu
