/*
 * SPDX-License-Identifier: Apache-2.0
 * Copyright The Kubernetes Authors, who wrote the words and set the behaviour in
 * build/pause/linux/pause.c, and the authors of this program.
 *
 * pause is the process of a Kubernetes pod's sandbox (infra) container. It holds the namespaces
 * that the pod's containers join. As PID 1 of a shared PID namespace it reaps the pod's orphans.
 *
 *   an argument is -v or -V   stdout "pause.c VERSION", nothing else runs; status 0
 *   its PID is not 1          stderr "Warning: ...", and it goes on: it has other uses
 *   SIGINT, SIGTERM           stderr "Shutting down, got signal: ..."; status 0
 *   SIGCHLD                   it reaps every dead child
 *   pause(2) fails            stderr "Error: infinite loop terminated"; status 42
 *   any other signal          the kernel's default action; an inherited SIG_IGN stays
 *
 * The kernel delivers no other signal to a PID 1 from inside its PID namespace. From an ancestor
 * namespace, SIGKILL and SIGSTOP still reach it (pid_namespaces(7)).
 *
 * A message is written or dropped: pause neither waits for stderr nor dies of it. Signal handlers
 * make async-signal-safe calls only (signal-safety(7)). There is no stdio and no allocation.
 */
#define _XOPEN_SOURCE 700 /* sigaction under -std=c11 */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef VERSION
#define VERSION HEAD
#endif
#define TEXT_OF(token) #token
#define TEXT(macro) TEXT_OF(macro)

enum {
	EXIT_DONE = 0,
	EXIT_NO_SIGINT = 1, /* sigaction(2) failed */
	EXIT_NO_SIGTERM = 2,
	EXIT_NO_SIGCHLD = 3,
	EXIT_NO_PAUSE = 42, /* pause(2) failed */
};

/* Nobody could be told of an error, so none is returned. */
static void put(int fd, const char *text, size_t size)
{
	if (write(fd, text, size) < 0)
		return;
}

/*
 * Writes a message to stderr and leaves all signals blocked. The write itself can raise SIGPIPE,
 * SIGXFSZ (write(2)) and, on a terminal set to tostop, SIGTTOU (termios(3)).
 *
 * poll(2) asks first, because O_NONBLOCK would be set for everybody who shares the open file.
 * POLLOUT means that a pipe has room for PIPE_BUF bytes (pipe(7)). After POLLERR, write(2) fails
 * at once.
 */
#define SAY(text) say(text "\n", sizeof(text))
static void say(const char *text, size_t size)
{
	struct pollfd err = {.fd = STDERR_FILENO, .events = POLLOUT};
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	if (poll(&err, 1, 0) == 1)
		put(STDERR_FILENO, text, size);
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

/* Discards what say() raised, which would be delivered as soon as it is unblocked. */
static void discard_raised(void)
{
	sigset_t raised;

	sigemptyset(&raised);
	sigaddset(&raised, SIGPIPE);
	sigaddset(&raised, SIGXFSZ);
	sigtimedwait(&raised, NULL, &(struct timespec){0});
}

int main(int argc, char *argv[])
{
	static const char version[] = "pause.c " TEXT(VERSION) "\n";
	struct sigaction action;
	sigset_t none;

	for (int i = 1; i < argc; i++) {
		if (argv[i][0] == '-' && (argv[i][1] == 'v' || argv[i][1] == 'V') && !argv[i][2]) {
			put(STDOUT_FILENO, version, sizeof(version) - 1);
			return EXIT_DONE;
		}
	}

	if (getpid() != 1) {
		SAY("Warning: pause should be the first process");
		discard_raised();
	}

	/* A SIGCHLD that comes with the signal must not reap first: that would delay the exit. */
	sigfillset(&action.sa_mask);
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

	/* The mask outlives execve(2), and a blocked SIGTERM would never stop pause. */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* No SIGCHLD follows for children that died before the execve. */
	sigreap(SIGCHLD);

	do
		pause();
	while (errno == EINTR); /* a handler ran */
	SAY("Error: infinite loop terminated");
	return EXIT_NO_PAUSE;
}
