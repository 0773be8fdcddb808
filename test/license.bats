#!/usr/bin/env bats
# LICENSE, compared with the files of musl that the linker took.
load helper

# ported: prints ARCH and the file for each linked file in musl's directories for an architecture.
ported() { awk '$2 ~ "^src/[^/]*/[^/]*/" { print }' "$BATS_FILE_TMPDIR/linked"; }

# setup_file: lists ARCH and the source file for each object that build/ARCH/traced is made of.
setup_file() {
	cd "$TOP" || return
	for arch in $(print_variable ARCHS); do
		make -s "build/$arch/traced"
		find "build/$arch/obj/src" -name '*o' -printf '%f src/%P\n' |
			awk -v arch="$arch" 'NR == FNR { source[$1] = $2; next }
				match($0, /libc\.a\(.*\)$/) { print arch, source[substr($0, RSTART + 7, RLENGTH - 8)] }' \
				- "build/$arch/traced.txt"
	done | sed -E 's/\.l?o$//' | while read -r arch source; do
		echo "$arch $(cd build/musl && ls "$source".[csS])"
	done | sort >"$BATS_FILE_TMPDIR/linked"
}

@test "musl's COPYRIGHT is in LICENSE, whole" {
	diff "$TOP/build/musl/COPYRIGHT" <(tail -n "$(wc -l <"$TOP/build/musl/COPYRIGHT")" "$TOP/LICENSE")
}

@test "LICENSE names the files of musl's ports that each platform's program has" {
	# A line without a platform is for that of the line before.
	diff <(ported) <(awk '$NF ~ "^src/" && /^  / { if (NF == 2) arch = $1; print arch, $NF }' \
		"$TOP/LICENSE" | sort)
}

@test "no program has a work that COPYRIGHT lists with another licence" {
	listed=$(sed '1,/^Portions of/d' "$TOP/build/musl/COPYRIGHT" | grep -oE 'src/[^ ),]+')
	assert_equal "$(wc -l <<<"$listed")" 9
	while read -r arch file; do
		for pattern in $listed; do
			# shellcheck disable=SC2053 # a pattern
			[[ $file != $pattern ]] || fail "$arch has $file"
		done
	done <"$BATS_FILE_TMPDIR/linked"
}

@test "one linked file has a notice of its own, and it is of the one port that COPYRIGHT lists" {
	cd "$TOP/build/musl" || return
	mapfile -t files < <(cut -d " " -f 2 "$BATS_FILE_TMPDIR/linked" | sort -u)
	run -0 grep -ilE 'copyright|license' "${files[@]}"
	assert_output src/thread/x86_64/__set_thread_area.s
	listed=$(sed -nE 's/^The (.*) ports? (was|were) .*/\1/p' COPYRIGHT | tr ' ' '\n')
	run -0 grep -xF "$listed" <(ported | cut -d / -f 3 | sort -u)
	assert_output x86_64
}
