#!/bin/bash
# run.sh DIR: measures times (ROUNDS starts), sizes and calls of the programs in DIR, adds what
# memory.bats measured, prints Markdown tables, and draws memory.svg. `make bench` runs both.
set -eu -o pipefail
cd "$1"
export PATH=$PWD:/usr/bin:/usr/sbin LC_ALL=C.UTF-8

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
	printf "$1\t%s\t%s\n" '31 SIGTERM to end, µs' $((${EPOCHREALTIME/./} - began)) \
		'32 1,000 orphans, µs' $((cpu / 1000)) '33 switches' "$switches"
}
export -f init

# table TITLE NUMBER STATISTIC A B: a table of the columns whose numbers begin with NUMBER, with
# the ratios of the first of them to that of the subjects A and B.
table() {
	grep "	$2[0-9] " figures | datamash -s --filler - -R 2 crosstab 1,2 "$3" 3 |
		sed -E 's/\t[0-9]+ /\t/g; s/\.00\b//g' >"table$2"
	awk -F '\t' -v OFS='\t' -v title="$1" -v a="$4" -v b="$5" '
		NR == FNR { first[$1] = $2; next }
		FNR == 1 { $1 = title; $2 = $2 OFS "× " a OFS "× " b }
		FNR > 1 { $2 = sprintf("%s\t%.2f\t%.2f", $2, $2 / first[a], $2 / first[b]) }
		{ print }' "table$2" "table$2" |
		sed -E 's/× \w+-/× /g; 1 { p; s/[^\t]+/--:/g; s/--:/---/ }' |
		column -c 150 -t -s $'\t' -o ' | ' -R "$(seq -s , 2 10)" | sed 's/.*/| & |/; 1s/^/\n/'
}

sed -n '/\t/s/^# //p' memory.tap >figures
{
	for ((round = 0; round < ${ROUNDS:-2000}; round++)); do
		shuf -e "$PWD"/{pause{,-fixed,-glibc},baseline-{low,high}}\ -v \
			/usr/bin/{sleep,catatonit,tini}\ --version | taskset -c 0 xargs -L 1 start
	done 2>&1 >/dev/null | sed 's,^/.*/,,'
	for _ in {1..50}; do
		printf '%s\n' pause pause-glibc 'catatonit -P' 'tini -- sleep infinity' |
			xargs -L 1 timeout 60 unshare --pid bash -c 'init "$@"' bash
	done
	while read -ra command; do
		file=$(type -P "${command[0]}")
		mapfile -t files < <({ echo "$file" && ldd "$file"; } | grep -o '/[^ ]*' | sort -u)
		size=$(cat "${files[@]}" | wc -c)
		layer=$(tar -cPh --owner=0 --group=0 --numeric-owner "${files[@]}" | gzip -9n | wc -c)
		timeout -s KILL 1 unshare --pid --fork --kill-child \
			strace -D -qq -e signal=none -o calls "${command[@]}" >/dev/null 2>&1 || :
		printf "${command[0]}\t%s\t%s\n" '41 bytes' "$size" '42 layer' "$layer" \
			'43 calls' $(($(grep -c ') *= [^?]' calls) - 1))
	done <commands 2>/dev/null # where bash says what was killed
} >>figures

echo "KiB that the node charges: kernel stack, page tables (VmPTE), other kernel memory, own pages.
runc's are sandboxes, the others bare processes. pause-glibc is this pause.c. Medians of times:
$(nproc) cores, $(uname -srm)."
table 'idle copy, KiB' 1 mean baseline-low baseline-high
table 'exec to exit of -v' 2 median baseline-low pause-fixed
table 'as PID 1' 3 median pause-glibc catatonit
table 'file and start' 4 median pause-glibc catatonit
paste <(grep "^pause	21" figures) <(grep "^pause-fixed	21" figures) | awk '{ print $4 / $8 }' |
	datamash -R 2 q1 1 median 1 q3 1 |
	xargs printf '\npause / pause-fixed in the same round, quartiles: %s, %s, %s\n'
gnuplot <<-'EOF' | sed -z 's/\s\+/ /g; s/black\|rgb( 0, 0, 0)/gray/g' >../../test/bench/memory.svg
	set terminal svg size 800,320 font 'sans-serif,13'
	set title 'What one idle copy is charged, KiB'
	set border 0
	set tics scale 0
	set yrange [*:*] reverse
	x(i) = sum [j=3:i-1] column(j)
	plot for [i=3:6] 'table1' using (x(i)):0:(x(i)):(x(i+1)):($0-.4):($0+.4):ytic(1) with boxxyerror \
		fs solid title columnheader(i-1) lc rgb word('#7a8fa6 #4c93b0 #9a8a5c #c4576b', i-2), \
		'' skip 1 using 2:0:(sprintf('%.0f', $2)) with labels left offset 1 notitle
EOF
