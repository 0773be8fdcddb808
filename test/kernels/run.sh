#!/bin/bash
# run.sh [PLATFORM...]: boots Debian's kernels for these platforms, or for all, two at a time, and
# prints TAP. WITHOUT="loong64 ..." skips platforms. DRY_RUN=1 prints the kernels alone.
#
# A kernel that cannot be fetched is a failure. Debian's stable suites stay for years. The table
# takes loong64's from forky, which changes daily until it is stable, and moves to the archive
# years after that: then the table names the suite that has it.
set -eu -o pipefail
cd "${0%/*}/../.."

# kernels PLATFORM...: prints what check.sh is asked for, one kernel a line: those of the table, and
# two with other page tables, amd64's on all that QEMU has of a processor.
kernels() {
	local platform
	for platform; do
		echo "$platform $(make -s "print-kernel-$platform")"
		case $platform in
		amd64) echo "amd64 amd64 trixie cloud-amd64 4096 -cpu max,la57=off" ;;
		arm64) echo "arm64 arm64 trixie arm64-16k 16384" ;;
		esac
	done
}

# report NUMBER PLATFORM ARGUMENT...: prints the result of check.sh as TAP.
report() {
	local result="ok $1 pause holds on $2: $4's linux-image-${*:5}" output status=0
	if [[ " ${WITHOUT-} " == *" $2 "* ]]; then
		echo "$result # skip WITHOUT=$WITHOUT"
		return
	fi
	output=$(test/kernels/check.sh "build/kernels/$1-$2.log" "${@:2}" 2>&1) || status=1
	[ "$status" = 0 ] || result="not $result"
	printf '%s\n%s\n' "$result" "$(sed '/^# /!s/^/# /' <<<"$output")"
	return "$status"
}
export -f report

read -ra platforms <<<"${*:-$(make -s print-ARCHS)}"
kernels=$(kernels "${platforms[@]}")
if [ "${DRY_RUN-}" ]; then
	echo "$kernels"
	exit
fi
echo "1..$(wc -l <<<"$kernels")"
# shellcheck disable=SC2016 # for the other shell
nl <<<"$kernels" | xargs -P 2 -L 1 bash -c 'report "$@"' -
