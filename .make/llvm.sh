#!/bin/sh
# llvm.sh: prints which LLVM to build with, as the Makefile's variable LLVM has it: -22, which gives
# the bytes of a release; else the newest one from 19 on. It takes one that is here before one that
# apt has, and 1, for plain clang and ld.lld, where there is no apt.

# best: prints the best of the versions on stdin, with its dash; fails if none is new enough.
best() {
	awk '$1 >= 19 && $1 > best && best != 22 || $1 == 22 { best = $1 }
		END { if (!best) exit 1; print "-" best }'
}
# here: prints the versions that have both programs in the search path.
here() {
	echo "$PATH" | tr ':' '\n' | while read -r dir; do
		for clang in "$dir"/clang-[0-9][0-9]; do
			[ ! -x "$dir/ld.lld-${clang##*-}" ] || echo "${clang##*-}"
		done
	done
}
here | best || { command -v apt-get >/dev/null || echo 1; } | grep . ||
	apt-cache search --names-only '^clang-[0-9]+$' 2>/dev/null |
	sed 's/^clang-\([0-9]*\) .*/\1/' | best ||
	echo -22
