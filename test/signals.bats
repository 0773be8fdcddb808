#!/usr/bin/env bats
# The signals: which end pause, what it says, and which exit status follows.

load helper

@test "SIGINT and SIGTERM: the message, after the warning where the PID is not 1, and status 0" {
	for as in init process; do
		for signal in INT TERM; do
			start "$as"
			leaves "$signal"
			[ ! -s "$OUT" ]
		done
	done
}

# bats test_tags=deadly
@test "any other signal has the kernel's default action" {
	for signal in {1..31}; do
		case $(kill -l "$signal") in
		INT | TERM | KILL | STOP) continue ;;
		CHLD | CONT | URG | WINCH)
			start process
			kill -s "$signal" "$pid"
			stop TERM
			;;
		TSTP | TTIN | TTOU) # which stop no orphaned process group (kernel, get_signal()), as bats' own may be
			set -m
			start process
			set +m
			kill -s "$signal" "$pid"
			eventually in_state "$pid" T
			;;
		*)
			start process
			stop "$signal" $((128 + signal))
			;;
		esac
	done
}

# bats test_tags=deadly
@test "as PID 1 no other signal from inside the namespace is delivered, SIGKILL and SIGSTOP included" {
	start init
	for signal in {1..31}; do
		case $(kill -l "$signal") in INT | TERM) continue ;; esac
		nsenter --target "$pid" --pid kill -s "$signal" 1
	done
	leaves TERM
}

# storm PID...: sends each SIGINT and SIGTERM, several times over.
storm() {
	for signal in INT TERM INT TERM INT; do kill -s "$signal" "$@" 2>/dev/null || :; done
}
one_message() { [ "$(grep -c '^Shutting down, got signal: \(Interrupt\|Terminated\)$' "$1")" = 1 ]; }

@test "SIGINT and SIGTERM many times at once, 300 starts: status 0 and one message each time" {
	for _ in {1..15}; do
		pids=()
		for n in {1..20}; do
			"$PAUSE" 2>"$BATS_TEST_TMPDIR/$n" 3>&- &
			pids+=($!)
		done
		for pid in "${pids[@]}"; do eventually ready "$pid"; done
		storm "${pids[@]}"
		for job in "${pids[@]}"; do
			ends
		done
		for n in {1..20}; do one_message "$BATS_TEST_TMPDIR/$n"; done
	done
}

@test "the same as PID 1, 20 starts" {
	for _ in {1..20}; do
		start init
		storm "$pid"
		ends
		one_message "$ERR"
	done
}

@test "SIGCHLD at any instruction after pause(2) ends nothing: the handler saves errno, which main compares" {
	start process
	# gdb stops at each entry to and return from pause(2); a step takes the handler of a signal for no instruction.
	{
		printf 'handle SIGCHLD nostop noprint pass\ncatch syscall pause\nsignal SIGCHLD\n'
		printf 'signal SIGCHLD\nstepi %s\nsignal SIGCHLD\n' {1..16}
	} >"$BATS_TEST_TMPDIR/gdb"
	gdb --batch --pid "$pid" --command "$BATS_TEST_TMPDIR/gdb"
	stop TERM
}
