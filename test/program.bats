#!/usr/bin/env bats
# The built file, and the Makefile's promises about it.

load helper

# A tree of its own to build in, with the libc that was built already, or what was fetched for it.
tree() {
	cd "$BATS_TEST_TMPDIR" || return
	cp -R --preserve=timestamps "$TOP"/{Makefile,pause.c,.git} .
	mkdir build
	ln -s "$TOP/build/musl" build/
	cp -R --preserve=timestamps "$TOP/build/amd64" build/
}

@test "budgets: 6,144 bytes on amd64; 12 system calls from exec to waiting" {
	[[ $PAUSE != *-amd64 ]] || [ "$(stat -c %s "$PAUSE")" -le 6144 ]
	start init strace -D -o "$BATS_TEST_TMPDIR/trace" --columns=1
	eventually grep -q '^pause' "$BATS_TEST_TMPDIR/trace"
	[ "$(grep -vc ^exec "$BATS_TEST_TMPDIR/trace")" -le 12 ]
}

@test "CFLAGS, LDFLAGS, VERSION and MUSL are the user's: the program stays static, and is built anew when they change" {
	tree
	make VERSION=v3.10 CFLAGS=-g LDFLAGS=-Wl,-z,now
	linked bin/pause-linux-amd64
	[ "$(bin/pause-linux-amd64 -v)" = "pause.c v3.10" ]
	[[ $(make VERSION=v3.10 CFLAGS=-g LDFLAGS=-Wl,-z,now) != *clang* ]]
	[[ $(make VERSION=v3.11 CFLAGS=-g LDFLAGS=-Wl,-z,now) == *clang* ]]
	[[ $(make VERSION=v3.11) == *clang* ]]
	touch Makefile
	[[ $(make VERSION=v3.11) == *clang* ]]
	[ "$(bin/pause-linux-amd64 -v)" = "pause.c v3.11" ]
	cp -R "$TOP/build/musl" own
	[[ $(make VERSION=v3.11 MUSL="$PWD/own") == *"musl for amd64"* ]]
	[[ $(make VERSION=v3.11 MUSL="$PWD/own") != *musl* ]]
}

@test "CC=musl-gcc builds the program of this machine, static too; cc pause.c alone gives HEAD" {
	tree
	make VERSION=v3.10 CC=musl-gcc
	linked bin/pause-linux-amd64
	[ "$(bin/pause-linux-amd64 -v)" = "pause.c v3.10" ]
	cc pause.c
	[ "$(./a.out -v)" = "pause.c HEAD" ]
}

@test "install and uninstall keep to DESTDIR and PREFIX" {
	cd "$TOP"
	make install DESTDIR="$BATS_TEST_TMPDIR/a b" PREFIX=/usr
	[ "$(cd "$BATS_TEST_TMPDIR/a b" && find . -type f -printf '%m %p')" = "755 ./usr/bin/pause" ]
	make uninstall DESTDIR="$BATS_TEST_TMPDIR/a b" PREFIX=/usr
	[ -z "$(find "$BATS_TEST_TMPDIR/a b" -type f)" ]
}

@test "bad input: one clear line, and nothing half-written" {
	tree
	refuses "ARCH=pdp11 is none of: amd64 " make ARCH=pdp11
	refuses "VERSION=a b is no image tag" make VERSION="a b"
	refuses "VERSION=\$(id) is no image tag" make VERSION='$$(id)'
	refuses "VERSION=\" is no image tag" make VERSION='"'
	refuses "MUSL=/nonexistent is no source tree of musl" make MUSL=/nonexistent
	refuses "CC=musl-gcc builds for this machine, amd64, and not for arm64" make CC=musl-gcc ARCH=arm64
}

@test "a missing tool: one line that names it, its package and make deps" {
	tree
	rm -r build/amd64
	mkdir tools
	ln -s /usr/bin/* /usr/sbin/* tools/ 2>/dev/null || :
	rm tools/clang-19
	PATH=$PWD/tools refuses "clang-19 is missing; it is in the package clang-19, which 'make deps' installs" make
}

@test "make help names the targets and knobs" {
	run -0 make -s -C "$TOP" help VERSION=v3.10
	for name in run test mutants deps archive install clean ARCH CFLAGS PREFIX; do
		grep -qw -- "$name" <<<"$output"
	done
	grep -q 'VERSION  *v3.10' <<<"$output"
}
