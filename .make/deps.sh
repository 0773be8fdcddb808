#!/bin/sh
# deps.sh COMMAND:PACKAGE...: installs the packages whose commands (or files) are missing.
# If LLVM is not set, -22 stands for the compiler that is here, or else for the one that apt has
# once its lists are new.

# missing COMMAND:PACKAGE...: prints the packages that are to be installed.
missing() {
	llvm=${LLVM:-$(sh .make/llvm.sh)}
	for t in $(echo "$*" | sed "s/-22\>/${llvm#1}/g"); do
		command -v "${t%:*}" >/dev/null || [ -e "${t%:*}" ] || echo "${t#*:}"
	done | sort -u | tr '\n' ' '
}
packages=$(missing "$@")
[ -n "$packages" ] || exit 0
command -v apt-get >/dev/null || {
	echo "no apt-get is here; install by hand: $packages" >&2
	exit 1
}
sudo=
[ "$(id -u)" = 0 ] || sudo=$(command -v sudo) || {
	echo "run this as root, for it installs packages: $packages" >&2
	exit 1
}
$sudo apt-get -qq update || exit
packages=$(missing "$@")
case "$LLVM:$packages" in :*clang-* | :*lld-* | :*llvm-*)
	LLVM=$(sh .make/llvm.sh)
	[ -n "$(apt-cache search --names-only "^clang$LLVM\$")" ] || {
		echo "this apt has no clang from LLVM 19 on: Debian 12 and later have one," \
			"and so has https://apt.llvm.org for other distributions" >&2
		exit 1
	}
	[ "$LLVM" = -22 ] || echo "LLVM ${LLVM#-} builds it;" \
		"the bytes are those of a release with LLVM 22 alone"
	;;
esac
# shellcheck disable=SC2086 # words
$sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-remove \
	--no-install-recommends $packages || {
	case " $packages " in *" cosign "*)
		echo "cosign is a package from Debian 13 on; before: go install $COSIGN" >&2
		;;
	esac
	exit 1
}
