#!/usr/bin/env bats
# What the Makefile promises to those who build, package and install the program.
# shellcheck disable=SC2016 # the scripts of the fakes have variables of their own
load helper

# setup: a tree of its own to build in, with the libc that is built already.
setup() {
	unset MAKEFLAGS MAKELEVEL
	export GIT_CONFIG_GLOBAL=/dev/null # not the user's hooks, signatures and safe directories
	HOST=$(print_variable HOST)
	PROGRAM=bin/pause-linux-$HOST
	cd "$BATS_TEST_TMPDIR" || return
	copy_tree "$HOST" amd64
}

# assert_make_refused TEXT ARGUMENT...: make fails with TEXT and leaves nothing in bin.
assert_make_refused() {
	assert_refused "$1" make "${@:2}"
	assert_not_exists "$PROGRAM"
}

# hide COMMAND...: sets PATH to a directory with every command of this machine but these.
hide() {
	mkdir tools
	ln -sf /usr/local/{sbin,bin}/* /usr/{sbin,bin}/* tools
	(cd tools && rm -f "$@")
	# shellcheck disable=SC2123 # it is meant to be the search path
	PATH=$PWD/tools
}

# fake COMMAND SCRIPT: puts a COMMAND first into PATH that runs SCRIPT.
fake() {
	mkdir -p fakes
	printf '#!/bin/sh\n%s\n' "$2" >"fakes/$1"
	chmod +x "fakes/$1"
	[[ $PATH == "$PWD/fakes:"* ]] || PATH=$PWD/fakes:$PATH
}

@test "make keeps the program static whatever CFLAGS and LDFLAGS are" {
	run -0 make VERSION=v1 CFLAGS=-g LDFLAGS=-Wl,-z,now
	assert_static "$PROGRAM"
	run -0 "$PROGRAM" -v
	assert_output "pause.c v1"
}

@test "make builds anew when a variable or the Makefile changes, and only then" {
	run -0 make VERSION=v1
	run -0 make VERSION=v1
	refute_output --partial clang
	for change in VERSION=v2 CFLAGS=-O2 LDFLAGS=-Wl,-z,now; do
		run -0 make VERSION=v1 "$change"
		assert_output --partial clang
	done
	touch Makefile
	run -0 make VERSION=v1
	assert_output --partial clang
}

@test "MUSL names a source tree, or another copy of the tar file" {
	cp -R build/musl tree
	run -0 make MUSL=tree
	assert_output --partial "musl for $HOST"
	run -0 make MUSL=tree
	refute_output --partial musl
	cp build/cache/musl-* copy.tar.gz
	run -0 make MUSL=copy.tar.gz
	assert_output --partial "musl for $HOST"
}

@test "a tar file of musl with another hash is refused" {
	rm -r build/*
	echo something >other.tar.gz
	assert_make_refused "other.tar.gz is not the tar file of musl" MUSL=other.tar.gz
	assert_make_refused "No rule to make target 'none'" MUSL=none
}

@test "a download with another hash is refused and not kept" {
	rm -r build/*
	fake curl 'echo something >"$2"'
	hide apt-get
	PATH=$PWD/fakes:$PATH
	assert_make_refused "is not the tar file of musl"
	assert_not_exists build/cache/musl-*
}

@test "without a network, one line says what to download" {
	rm -r build/*
	hide apt-get curl
	run ! make
	assert_line --index 0 --regexp "^no mirror of Debian and no https://musl.* can be reached: "
}

@test "CC=musl-gcc on the command line builds for this machine, static, too" {
	run -0 make VERSION=v1 CC=musl-gcc
	assert_static "$PROGRAM"
	run -0 "$PROGRAM" -v
	assert_output "pause.c v1"
	rm "$PROGRAM"
	other=$([ "$HOST" = arm64 ] && echo amd64 || echo arm64)
	assert_make_refused "builds for this machine, $HOST, and not for $other" CC=musl-gcc ARCH="$other"
}

@test "CC=gcc in the environment changes nothing" {
	run -0 make VERSION=v1
	sum=$(sha256sum "$PROGRAM")
	rm "$PROGRAM"
	CC=gcc run -0 make VERSION=v1
	assert_equal "$(sha256sum "$PROGRAM")" "$sum"
}

@test "a program with an absolute relocation is refused" {
	sed -i 's/= sigdown;/= handler;/; s/^int main/void (*volatile handler)(int) = sigdown;\n&/' pause.c
	assert_make_refused "a relocation is left" ARCH=amd64
}

@test "with a version of 30 characters amd64 has 4,096 bytes at most, and its data one page" {
	run -0 make ARCH=amd64 VERSION=v12345678901234567890123456789
	assert [ "$(stat -c %s bin/pause-linux-amd64)" -le 4096 ]
	read -r address size < <(readelf --wide --program-headers bin/pause-linux-amd64 |
		awk '$1 == "LOAD" && $7 == "RW" { print $3, $6 }')
	assert [ -n "$size" ]
	assert_equal $((address / 4096)) $(((address + size - 1) / 4096))
}

@test "a CC that does not link statically is refused" {
	fake dynamic-cc 'for word; do
			shift
			case $word in -static | -Wl,*) ;; *) set -- "$@" "$word" ;; esac
		done
		exec cc -no-pie "$@"'
	assert_make_refused "CC=dynamic-cc does not link statically" CC=dynamic-cc
}

@test "cc pause.c alone gives a program of the version HEAD" {
	cc pause.c
	run -0 ./a.out -v
	assert_output "pause.c HEAD"
}

@test "LLVM names the compiler, and one that is too old is refused" {
	fake clang 'echo 18'
	fake ld.lld 'exit 1'
	assert_make_refused "clang is too old: LLVM 19" LLVM=1
	fake ld.lld-99 'exit 1'
	run -0 make -s print-LLVM
	assert_output -- -99 # the newest
}

@test "a missing compiler: one line names it, its package and make deps" {
	hide 'clang*' 'ld.lld*'
	rm tools/clang* tools/ld.lld*
	rm -r "build/$HOST"
	assert_make_refused "clang-22 is missing; it is in the package clang-22, which 'make deps'"
}

@test "make -j8 deps GOAL installs what is missing before it builds GOAL" {
	fake sudo 'exec "$@"'
	fake apt-get 'case "$*" in *install*) ln -s /bin/true "${0%/*}/jq-of-the-test" ;; esac'
	printf '%s\n' 'packages-late := jq-of-the-test:jq' 'late: early; jq-of-the-test && touch late' \
		'early:; jq-of-the-test' >>Makefile
	run -0 make -j8 deps late
	assert_exists late
}

@test "make deps without apt-get names the packages" {
	hide apt-get strace
	run ! make -s -C "$TOP" deps check
	assert_output --partial "install by hand: strace"
}

@test "install and uninstall keep to DESTDIR and PREFIX" {
	run -0 make install DESTDIR="$PWD/a b" PREFIX=/usr
	run find "a b" -type f -printf '%m %p'
	assert_output "755 a b/usr/bin/pause"
	run -0 make uninstall DESTDIR="$PWD/a b" PREFIX=/usr
	run find "a b" -type f
	assert_output ""
}

@test "ARCH and VERSION that do not exist are refused" {
	assert_make_refused "ARCH=pdp11 is none of: amd64 " ARCH=pdp11
	assert_make_refused "VERSION=a b is no image tag" VERSION="a b"
	assert_make_refused 'VERSION=$(id) is no image tag' VERSION='$$(id)'
	assert_make_refused 'VERSION=" is no image tag' VERSION='"'
}

@test "this machine's platform follows from uname -m" {
	archs=$(print_variable ARCHS)
	for platform in $archs; do
		machines=$(print_variable "uname-$platform")
		for machine in $machines; do
			fake uname "echo $machine"
			run -0 make -s print-HOST
			assert_output "$platform"
		done
	done
}

@test "a machine without a platform: help and ARCH= work, and make says that none fits" {
	for machine in aarch64_be ppc64 mips64; do
		fake uname "echo $machine"
		run -0 make -s help
		run -0 make -s ARCH=riscv64 print-PROGRAM
		assert_make_refused "ARCH=$machine is none of: amd64 "
	done
}

# make_repository DIR: makes DIR a git repository of this tree, with one commit and the tag v9.1.
make_repository() {
	mkdir "$1"
	cp -R Makefile pause.c "$TOP"/.{gitattributes,make,version} "$1"
	git -C "$1" init -q
	git -C "$1" add .
	git -C "$1" -c user.name=x -c user.email=x commit -q -m x
	git -C "$1" tag v9.1
}

@test "the version comes from this directory's own git, or from nowhere" {
	make_repository outer
	mkdir outer/inner
	cp -R Makefile .make outer/inner # neither its git nor its .version
	run -0 make -s -C outer/inner print-VERSION
	assert_output HEAD
	run -0 make -s -C outer print-VERSION
	assert_output v9.1
}

@test "a tar file that git archive makes knows its version, revision and time" {
	make_repository here
	mkdir there
	git -C here archive HEAD | tar -x -C there
	run -0 make -s -C there print-VERSION
	assert_output v9.1
	for variable in VERSION REVISION SOURCE_DATE_EPOCH; do
		run -0 make -s -C there "print-$variable"
		assert_output --regexp .
		assert_output "$(make -s -C here "print-$variable")"
	done
}

@test "a checkout that git refuses to read: one line names the cause, and VERSION= helps" {
	git init -q .
	export GIT_TEST_ASSUME_DIFFERENT_OWNER=1
	assert_make_refused "dubious ownership"
	run -0 make -s help
	run -0 make VERSION=v1 REVISION= SOURCE_DATE_EPOCH=0
}

@test "make help names the targets and what they need" {
	run -0 make -s -C "$TOP" help
	for name in all install archive run check deps clean; do
		assert_line --regexp "^  $name +[^ ]"
	done
	for name in ARCH LLVM MUSL PREFIX; do assert_output --regexp "Variables:.* $name( |$)"; done
}

@test "clean keeps what was fetched, distclean does not" {
	run -0 make VERSION=v1
	run -0 make clean
	assert_not_exists bin
	assert_exists build/cache/musl-*
	run -0 make distclean
	assert_not_exists build
}
