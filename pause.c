/*
 * SPDX-License-Identifier: Apache-2.0
 * Copyright 2016 The Kubernetes Authors.
 * Copyright 2026 The pause authors
 *
 * Written anew, with the words and exit statuses of Kubernetes' build/pause/linux/pause.c.
 *
 * pause is the process of a Kubernetes pod's sandbox (infra) container. It holds the namespaces
 * that the pod's containers join. As PID 1 of a shared PID namespace it reaps the pod's orphans.
 *
 *   an argument is -v or -V   stdout "pause.c VERSION", nothing else runs; status 0
 *   its PID is not 1          stderr "Warning: ...", and it goes on: it has other uses
 *   SIGINT, SIGTERM           stderr "Shutting down, got signal: ..."; status 0
 *   SIGCHLD                   it reaps every dead child
 *   pause(2) fails            stderr "Error: infinite loop terminated"; status 42. This ends the
 *                             pod: to call pause(2) again would spin
 *   any other signal          the kernel's default action; an inherited SIG_IGN stays
 *
 * The kernel delivers no other signal to a PID 1 from inside its PID namespace. From an ancestor
 * namespace, SIGKILL and SIGSTOP still reach it (pid_namespaces(7)).
 *
 * A message is dropped if stderr cannot take it at once, and pause does not die of it. It waits
 * for stderr in one case: another writer fills the pipe after poll(2) has seen room in it. Then a
 * signal still ends pause, but not SIGINT or SIGTERM in their own handler; and there a PID 1 gets
 * no other but SIGKILL. Kubernetes' own waits there as well.
 *
 * Signal handlers make async-signal-safe calls only (signal-safety(7)). There is no stdio and no
 * allocation.
 */
#define _XOPEN_SOURCE 700 /* sigaction under -std=c11 */

#ifndef VERSION
#define VERSION HEAD
#endif
#define TEXT_OF(token) #token
#define TEXT(macro) TEXT_OF(macro)

/* Above the headers, for a macro of theirs may be a word of VERSION. */
static const char version[] = "pause.c " TEXT(VERSION) "\n";

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	EXIT_DONE = 0,
	EXIT_NO_SIGINT = 1, /* sigaction(2) failed */
	EXIT_NO_SIGTERM = 2,
	EXIT_NO_SIGCHLD = 3,
	EXIT_NO_PAUSE = 42, /* pause(2) failed */
};

/* Nobody could be told of an error, so none is returned. */
static void try_write(int fd, const char *text, size_t size)
{
	if (write(fd, text, size) < 0)
		return;
}

/*
 * Writes a message to stderr. The write itself can raise SIGPIPE, SIGXFSZ (write(2)) and, on a
 * terminal set to tostop, SIGTTOU (termios(3)). They are blocked meanwhile, and then discarded.
 * All else stays deliverable: should the write wait after all, a signal still ends pause.
 *
 * poll(2) asks first, because O_NONBLOCK would be set for everybody who shares the open file.
 * POLLOUT means that a pipe has room for PIPE_BUF bytes (pipe(7)). After POLLERR, write(2) fails
 * at once.
 *
 * SAY takes a literal, whose size the compiler knows.
 */
#define SAY(literal) say(literal "\n", sizeof(literal "\n") - 1)
static void say(const char *message, size_t size)
{
	struct pollfd err = {.fd = STDERR_FILENO, .events = POLLOUT};
	sigset_t raised;

	sigemptyset(&raised);
	sigaddset(&raised, SIGPIPE);
	sigaddset(&raised, SIGXFSZ);
	sigaddset(&raised, SIGTTOU);
	sigprocmask(SIG_BLOCK, &raised, NULL);
	if (poll(&err, 1, 0) == 1)
		try_write(STDERR_FILENO, message, size);
	sigtimedwait(&raised, NULL, &(struct timespec){0});
	sigprocmask(SIG_UNBLOCK, &raised, NULL); /* as main does with all signals */
}

static void sigdown(int sig)
{
	if (sig == SIGINT)
		SAY("Shutting down, got signal: Interrupt");
	else
		SAY("Shutting down, got signal: Terminated");
	_exit(EXIT_DONE);
}

static void sigreap(int sig)
{
	const int saved = errno; /* main compares the errno of pause(2) */

	(void)sig;
	/* A child that was cloned with another exit signal than SIGCHLD needs __WALL (wait(2)). */
	while (waitpid(-1, NULL, WNOHANG | __WALL) > 0)
		;
	errno = saved;
}

int main(int argc, char *argv[])
{
	struct sigaction action;

	for (int i = 1; i < argc; i++) {
		/* strcasecmp(3) would add 128 bytes, and the program has to fit into a page. */
		if (argv[i][0] == '-' && (argv[i][1] == 'v' || argv[i][1] == 'V') && !argv[i][2]) {
			try_write(STDOUT_FILENO, version, sizeof(version) - 1);
			return EXIT_DONE;
		}
	}

	if (getpid() != 1)
		SAY("Warning: pause should be the first process");

	/* One message. A SIGCHLD must not reap first, either: that would delay the exit. */
	sigemptyset(&action.sa_mask);
	sigaddset(&action.sa_mask, SIGINT);
	sigaddset(&action.sa_mask, SIGTERM);
	sigaddset(&action.sa_mask, SIGCHLD);
	action.sa_flags = 0;
	action.sa_handler = sigdown;
	if (sigaction(SIGINT, &action, NULL) < 0)
		return EXIT_NO_SIGINT;
	if (sigaction(SIGTERM, &action, NULL) < 0)
		return EXIT_NO_SIGTERM;

	/* The reaper itself is interrupted by SIGINT and SIGTERM. */
	sigemptyset(&action.sa_mask);
	action.sa_flags = SA_NOCLDSTOP;
	action.sa_handler = sigreap;
	if (sigaction(SIGCHLD, &action, NULL) < 0)
		return EXIT_NO_SIGCHLD;

	/* The mask outlives execve(2), and a blocked SIGTERM would never stop pause: empty it. */
	sigprocmask(SIG_SETMASK, &action.sa_mask, NULL);
	/* No SIGCHLD follows for children that died before the execve. */
	sigreap(SIGCHLD);

	do
		pause();
	while (errno == EINTR); /* a handler ran */
	SAY("Error: infinite loop terminated");
	return EXIT_NO_PAUSE;
}
