# What every suite shares. PAUSE is the program under test: `make test` sets it, and so may you.
bats_require_minimum_version 1.5.0
TOP=$(realpath "${BASH_SOURCE[0]%/*}/..")
: "${PAUSE:=$(make -s -C "$TOP" path)}"

# requires WHAT COMMAND...: skips the test for want of WHAT unless COMMAND succeeds; with STRICT=1 fails it.
requires() {
	"${@:2}" >/dev/null 2>&1 && return
	[ "${STRICT:-0}" = 1 ] || skip "needs $1"
	echo "needs $1, and STRICT=1 allows no skip" >&2
	return 1
}

# eventually COMMAND...: waits until COMMAND succeeds; after DEADLINE (10) seconds it fails and says for what.
eventually() {
	local end=$((SECONDS + ${DEADLINE:-10}))
	until "$@"; do
		((SECONDS < end)) || { echo "not within ${DEADLINE:-10} s: $*" >&2; return 1; }
		sleep .02
	done
}

gone() { ! kill -0 "$1" 2>/dev/null; }

# field PID NAME: that field of /proc/PID/status; fails when there is none.
field() { sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status" 2>/dev/null | grep .; }

# ready PID: PID has pause's three handlers, for SIGINT, SIGTERM and SIGCHLD.
ready() { [[ $(field "$1" SigCgt) == *14002 ]]; }

# zombies PID: how many of PID's children are dead and not reaped.
zombies() { ps -o stat= --ppid "$1" | grep -c '^Z'; }
