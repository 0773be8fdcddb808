#!/bin/bash
# run.sh PAUSE: measures the program PAUSE beside the floor and beside what else can hold a sandbox. Prints a Markdown
# table; what one copy costs goes to memory.svg, beside this file. Wants root, and amd64 (floor.S). ROUNDS is a knob.
# shellcheck disable=SC2086,SC2016 # a subject's command line is split; perl and awk have variables
set -eu
: "${ROUNDS:=3000}" "${COPIES:=200}"
here=$(realpath "${0%/*}") work=$(mktemp -d)
cgroup=/sys/fs/cgroup/memory/pause-bench.$$ used=memory.usage_in_bytes v=v1
[ -e "${cgroup%/*}/$used" ] || cgroup=/sys/fs/cgroup/pause-bench.$$ used=memory.current v=v2

names=(floor 'pause.c, glibc' pause 'catatonit -P' 'tini + sleep' 'sleep infinity')
hold=("$work/floor" "$work/glibc" "$work/pause" '/usr/bin/catatonit -P' '/usr/bin/tini -- /usr/bin/sleep infinity' '/usr/bin/sleep infinity')
show=("$work/floor -v" "$work/glibc -v" "$work/pause -v" '/usr/bin/catatonit -V' '/usr/bin/tini --version' '/usr/bin/sleep --version')

# line COMMAND...: what COMMAND, with each subject's command line and index added, prints; all in one line.
line() { for i in "${!hold[@]}"; do "$@" "${hold[i]}" "$i"; done | paste -s; }

# row WHAT FORMAT: a row of the Markdown table, from lines with a column for each subject. Of several lines: medians,
# with the quartiles; the ratios are medians of each line's.
row() {
	awk -v OFS='\t' 'function ratio(a, b) { return a == "nan" || b + 0 == 0 ? "nan" : a / b }
		{ print $0, ratio($3, $1), ratio($3, $2) }' | datamash median 1-8 q1 1-8 q3 1-8 | awk -v what="$1" -v f="$2" '
		function cell(i, f) { return $i == "nan" ? "-" : sprintf($(i + 8) == $(i + 16) ? f : f " (" f "–" f ")", $i, $(i + 8), $(i + 16)) }
		{ printf "| %s | **%s** | %s | %s |", what, cell(3, f), cell(7, "%.2f"), cell(8, "%.2f")
		for (i = 1; i <= 6; i++) if (i != 3) printf " %s |", cell(i, f)
		print "" }'
}

# The files of a subject: its programs, and the libraries that they load.
files() { for word in $1; do [ ! -f "$word" ] || { echo "$word" && ldd "$word" | grep -o '/[^ ]*'; }; done 2>/dev/null | sort -u; }
size() { files "$1" | xargs cat | wc -c; }
layer() { files "$1" | tar -cPhT - --mtime=@0 --owner=0 --group=0 --numeric-owner --format=ustar | gzip -9n | wc -c; }

# The calls of PID 1 from after its execve until it waits; that last one is not counted.
calls() {
	strace -f -qq -e signal=none -o "$work/log" timeout -s KILL 1 unshare --pid --fork --kill-child $1 >/dev/null </dev/null || :
	awk -v exe="execve(\"${1%% *}\"" 'index($2, exe) && / = 0$/ { pid = $1; n = -1; next }
		$1 == pid && !/resumed>|\+\+\+/ { n++ } END { print n }' "$work/log"
} 2>/dev/null # where bash says that strace was killed

# init stop|reap COMMAND: runs COMMAND as PID 1, and once it waits, sends it SIGTERM: the microseconds until it is reaped;
# or gives it 20,000 orphans: the milliseconds of CPU for them, and the context switches. It prints nan for what does not.
init() {
	unshare --pid perl -MTime::HiRes=clock_gettime,CLOCK_MONOTONIC,usleep,ualarm -e '
		my ($mode, @command) = @ARGV;
		my $pid = fork // die "fork: $!";
		if (!$pid) { open STDOUT, ">", "/dev/null"; open STDERR, ">&STDOUT"; exec @command }
		sub proc { open my $file, "<", "/proc/$pid/$_[0]" or die "$_[0]: $!"; local $/; <$file> }
		sub switches { my $n = 0; $n += $_ for proc("status") =~ /ctxt_switches:\s*(\d+)/g; $n }
		sub cpu { (split " ", proc("schedstat"))[0] / 1e6 }
		sub reaps { # COUNT orphans, each alone
			my ($count, $before) = (@_, proc("task/$pid/children"));
			system "sh", "-c", "i=0; while [ \$((i += 1)) -le $count ]; do (: &) done";
			for (1 .. 200) { return 1 if $before eq proc("task/$pid/children"); usleep 1000 }
		}
		my $n = -1;
		until ($n == switches and proc("status") =~ /State:\s*S/) { $n = switches; usleep 2000 }
		if ($mode eq "stop") {
			my ($began, $late) = clock_gettime CLOCK_MONOTONIC;
			$SIG{ALRM} = sub { $late = kill KILL => $pid };
			kill TERM => $pid;
			ualarm 200_000;
			waitpid $pid, 0;
			print $late ? "nan" : (clock_gettime(CLOCK_MONOTONIC) - $began) * 1e6, "\n";
		} else {
			my $cpu = reaps(1) && cpu;
			$n = switches;
			print $cpu && reaps(20000) ? (cpu() - $cpu, "\n", switches() - $n) : "nan\nnan", "\n";
			kill KILL => $pid;
		}' "$1" $2
}

# charge COMMAND INDEX: starts the copies in a cgroup of their own and prints the bytes charged for each, once all wait.
charge() {
	mkdir "$cgroup.$2"
	(echo $BASHPID >"$cgroup.$2/cgroup.procs" && for ((n = 0; n < COPIES; n++)); do exec -c $1 >/dev/null 2>&1 </dev/null & done)
	was=
	until now=$(<"$cgroup.$2/$used") && [ "$was" = "$now" ]; do was=$now && sleep .5; done
	[ "$v" = v2 ] || echo 0 >"$cgroup.$2/memory.force_empty" # what each CPU keeps in stock is no copy's
	echo $(($(<"$cgroup.$2/$used") / COPIES))
}
kernel() { awk '$1 == "kernel" || NF == 1 { print $NF / '$COPIES' }' "$cgroup.$2/memory.$([ "$v" = v2 ] && echo stat || echo kmem.usage_in_bytes)"; }
# each INDEX FILE FIELD: the sum of the FIELDs in /proc/PID/FILE, of all in that cgroup.
each() { sed "s,.*,/proc/&/$2," "$cgroup.$1/cgroup.procs" | xargs awk "/$3/ { n += \$2 } END { print n + 0 }"; }
switches() { each "$2" status ctxt_switches; }
pss() { each "$2" smaps_rollup ^Pss: | awk '{ print $1 / '$COPIES' }'; }
release() { for g in "$cgroup".*; do xargs -r kill -9 <"$g/cgroup.procs" && until rmdir "$g" 2>/dev/null; do sleep .1; done; done; }
trap 'release 2>/dev/null || :; rm -rf "$work"' EXIT

[ "$v" = v1 ] || echo +memory >"${cgroup%/*}/cgroup.subtree_control"
cp "$1" "$work/pause"
gcc -O2 -o "$work/exec" "$here/exec.c"
gcc -nostdlib -static -s -Wl,-z,noseparate-code,-z,noexecstack,--build-id=none -o "$work/floor" "$here/floor.S"
gcc -O2 -static -s -o "$work/glibc" "$here/../../pause.c"

echo "A machine with $(nproc) cores, $(uname -m), Linux $(uname -r | cut -d. -f1,2), cgroup $v; $COPIES idle copies; medians (quartiles)."
echo
printf '| | %s | × floor | × glibc |' "${names[2]}"
printf ' %s |' "${names[@]:0:2}" "${names[@]:3}"
printf '\n|---|%s\n' "$(printf -- '--:|%.0s' {1..8})"
line size | row 'program and its libraries, bytes' %d
line layer | row 'that as a layer: tar, gzip -9; bytes' %d

taskset -c 0 "$work/exec" "$ROUNDS" "${show[@]}" >"$work/times"
for ((round = 0; round < 3; round++)); do
	line charge >>"$work/charge"
	line kernel >"$work/kernel" && line pss >"$work/pss" && line switches >"$work/idle"
	[ "$round" != 2 ] || { sleep 10 && line switches >>"$work/idle"; }
	release
	line init reap >>"$work/reap"
done
for ((round = 0; round < ROUNDS / 10; round++)); do line init stop; done >"$work/stop"
row "memory charged to the cgroup, bytes a copy" %d <"$work/charge"
row 'of it the kernel'\''s: stack, page tables, ...' %d <"$work/kernel"
row 'private memory (PSS), KiB a copy' %.1f <"$work/pss"
cut -f 1,3,5,7,9,11 "$work/times" | row "exec to exit of -v, µs" %.0f
cut -f 2,4,6,8,10,12 "$work/times" | row 'page faults of that' %d
line calls | row 'system calls from exec to the one it waits in' %d
datamash range 1-6 <"$work/idle" | row "wake-ups of all copies in 10 s" %d
row 'SIGTERM to reaped, as PID 1, µs' %.0f <"$work/stop"
cut -f 1,3,5,7,9,11 "$work/reap" | row 'CPU for 20,000 orphans, ms' %.0f
cut -f 2,4,6,8,10,12 "$work/reap" | row 'context switches for them' %d

paste <(printf '"%s"\n' "${names[@]}") <(tail -n 1 "$work/charge" | tr '\t' '\n') <(tr '\t' '\n' <"$work/kernel") >"$work/chart"
gnuplot <<-EOF
	set terminal svg size 720,320 font 'sans-serif,13' background 'white'; set output '$work/svg'
	set title 'What one idle copy costs: KiB charged to its memory cgroup ($v)'
	set style data histograms; set style histogram rowstacked; set style fill solid; set boxwidth .6
	set yrange [0:*]; set offsets 0, 0, 20, 0; set key top left reverse Left; set grid y; unset xtics; set xtics scale 0
	plot '$work/chart' using (\$3 / 1024):xtic(1) title 'the kernel''s for it: stack, page tables, ...' lc rgb '#9aa5b1', \
	  '' using ((\$2 - \$3) / 1024) title 'its own pages' lc rgb '#d1495b', \
	  '' using 0:(\$2 / 1024):(sprintf('%.0f', \$2 / 1024)) with labels offset 0,.7 notitle
EOF
tr -s '\n\t ' ' ' <"$work/svg" >"$here/memory.svg" # in one line, for nobody reads it
