#!/bin/bash
# run.sh DIR: measures times (ROUNDS starts), sizes and calls of the programs in DIR, adds what
# memory.bats measured, and prints tables in Markdown. `make bench` runs both.
set -eu -o pipefail
[ "$(id -u)" = 0 ] || exec unshare --user --map-root-user "$0" "$@"
cd "$1"
export PATH=$PWD:/usr/bin:/usr/sbin LC_ALL=C.UTF-8

# A figure is a line: the subject, a tab, the column's number and heading, a tab, the value.
figure() { printf '%s\t%s\t%s\n' "$@"; }

# init COMMAND...: as PID 1 it reaps 1,000 orphans, and gets a SIGTERM.
# shellcheck disable=SC2317 # another bash calls it
init() {
	"$@" >/dev/null 2>&1 &
	proc=/proc/$!
	until grep -q "($1) S" "$proc/stat"; do :; done
	sh -c 'for i in $(seq 1000); do (: &); done'
	until [ "$(wc -w <"$proc/task/$!/children")" -le 1 ]; do :; done # tini has one
	read -r cpu _ <"$proc/schedstat"
	switches=$(awk '/ctxt_switches/ { n += $2 } END { print n }' "$proc/status")
	began=${EPOCHREALTIME/./}
	kill -TERM $!
	wait $!
	figure "$1" '31 SIGTERM to end, µs' $((${EPOCHREALTIME/./} - began))
	figure "$1" '32 1,000 orphans, µs' $((cpu / 1000))
	figure "$1" '33 switches' "$switches"
}
export -f figure init

# starts: prints how long a program takes from its execve to its exit, in rounds of random order.
starts() {
	for ((round = 0; round < ${ROUNDS:-2000}; round++)); do
		shuf -e "$PWD"/{pause{,-fixed,-glibc},baseline-{low,high}}\ -v \
			/usr/bin/{sleep,catatonit,tini}\ --version | taskset -c 0 xargs -L 1 start
	done 2>&1 >/dev/null | sed 's,^/.*/,,'
}

# stops: prints what each program does as PID 1.
stops() {
	for _ in {1..50}; do
		for command in pause pause-glibc 'catatonit -P' 'tini -- sleep infinity'; do
			# shellcheck disable=SC2086 # words
			unshare --pid bash -c 'init "$@"' bash $command
		done
	done
}

# sizes COMMAND...: prints the bytes of a program with its libraries, and of a layer of them, and
# how many system calls it makes in its first second.
sizes() {
	mapfile -t files < <({ type -P "$1" && ldd "$(type -P "$1")"; } | grep -o '/[^ ]*' | sort -u)
	figure "$1" '41 bytes' "$(cat "${files[@]}" | wc -c)"
	figure "$1" '42 layer' \
		"$(tar -cPh --owner=0 --group=0 --numeric-owner "${files[@]}" | gzip -9n | wc -c)"
	timeout -s KILL 1 unshare --pid --fork --kill-child \
		strace -D -qq -e signal=none -o calls "$@" >/dev/null 2>&1 || :
	figure "$1" '43 calls' $(($(grep -c ') *= [^?]' calls) - 1))
}

# table TITLE NUMBER STATISTIC: prints the mean or median of the columns whose numbers begin so.
table() {
	grep "	$2[0-9] " figures | sort -t $'\t' -k 1,2 -k 3,3n | awk -F '\t' -v ORS= '
		!seen[$1]++ { subject[++subjects] = $1 }
		!seen[$2]++ { column[++columns] = $2 }
		{ sum[$1, $2] += $3; value[$1, $2, ++n[$1, $2]] = $3 }
		END {
			print "\n| " title " |"
			for (c = 1; c <= columns; c++) print " " substr(column[c], 4) " |"
			print "\n|---|"
			for (c = 1; c <= columns; c++) print "--:|"
			for (s = 1; s <= subjects; s++) {
				print "\n| " subject[s] " |"
				for (c = 1; c <= columns; c++) {
					cell = subject[s] SUBSEP column[c]
					median = value[cell, int((n[cell] + 1) / 2)]
					print " " (statistic == "mean" ? sprintf("%.1f", sum[cell] / n[cell]) : median) " |"
				}
			}
			print "\n"
		}' title="$1" statistic="$3" -
}

{
	sed -n '/\t/s/^# //p' memory.tap
	starts
	stops
	while read -ra command; do sizes "${command[@]}"; done <commands
} >figures 2>/dev/null # where bash says what was killed
echo "KiB that the node charges: kernel stack, page tables (VmPTE), other kernel memory, own pages.
runc's are sandboxes, the others bare processes. pause-glibc is this pause.c. Medians of times:
$(nproc) cores, $(uname -srm)."
table 'idle copy, KiB' 1 mean
table 'exec to exit of -v' 2 median
table 'as PID 1' 3 median
table 'file and start' 4 median
