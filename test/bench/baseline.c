/* The baseline: no program that a kernel can start costs less. Without an argument it waits, with
 * one it exits. It has no libc, but takes from musl what differs between the architectures. */
#define SYSCALL_NO_TLS 1 /* on i386, musl makes its system calls by way of thread-local storage */
#define START "_start"
#include <bits/syscall.h>

#include "crt_arch.h"
#include "syscall_arch.h"

void _start_c(long *argc)
{
	while (*argc == 1)
		__syscall5(__NR_ppoll, 0, 0, 0, 0, 0);
	__syscall1(__NR_exit, 0);
}
