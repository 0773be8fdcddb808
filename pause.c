/*
 * pause - the process of a Kubernetes pod's sandbox (infra) container: it holds the namespaces
 * that the pod's containers join and, as PID 1 of a PID namespace that they share, reaps orphans.
 *
 *   an argument is -v or -V   stdout "pause.c VERSION", nothing else; status 0
 *   its PID is not 1          stderr "Warning: ...", and it goes on, since others use it too
 *   SIGINT, SIGTERM           stderr "Shutting down, got signal: ..."; status 0
 *   SIGCHLD                   every dead child is reaped
 *   any other signal          the kernel's default; for a PID 1, nothing (pid_namespaces(7))
 *
 * The other exit statuses are named below. Words, statuses and shape are those of Kubernetes'
 * build/pause/linux/pause.c; what goes beyond it has its reason beside it. Only async-signal-safe
 * calls (signal-safety(7)), in main too: no stdio.
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
 * Drops what stderr does not take at once; O_NONBLOCK would be set for all who share the open file.
 * POLLOUT on a pipe means room for PIPE_BUF bytes (pipe(7)); upon POLLERR write(2) fails at once.
 */
#define SAY(text) say(text "\n", sizeof(text))
static void say(const char *text, size_t size)
{
	struct pollfd err = {.fd = STDERR_FILENO, .events = POLLOUT};

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
	const int saved = errno; /* main looks at that of pause(2) */

	(void)sig;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	errno = saved;
}

int main(int argc, char *argv[])
{
	static const char version[] = "pause.c " TEXT(VERSION) "\n";
	struct sigaction action;

	for (int i = 1; i < argc; i++) {
		if (argv[i][0] == '-' && (argv[i][1] == 'v' || argv[i][1] == 'V') && !argv[i][2]) {
			put(STDOUT_FILENO, version, sizeof(version) - 1);
			return EXIT_DONE;
		}
	}

	/*
	 * Unblocked, SIGTTOU stops whom stty tostop forbids to write (termios(3)). What kills
	 * is taken back: stderr may have no reader left, or be as long as RLIMIT_FSIZE.
	 */
	if (getpid() != 1) {
		sigfillset(&action.sa_mask);
		sigprocmask(SIG_SETMASK, &action.sa_mask, NULL);
		SAY("Warning: pause should be the first process");
		sigemptyset(&action.sa_mask);
		sigaddset(&action.sa_mask, SIGPIPE);
		sigaddset(&action.sa_mask, SIGXFSZ);
		sigtimedwait(&action.sa_mask, NULL, &(struct timespec){0});
	}

	sigfillset(&action.sa_mask);
	action.sa_flags = 0;
	action.sa_handler = sigdown;
	if (sigaction(SIGINT, &action, NULL) < 0)
		return EXIT_NO_SIGINT;
	if (sigaction(SIGTERM, &action, NULL) < 0)
		return EXIT_NO_SIGTERM;

	/* No signal waits for the reaper: a burst of orphans delays no exit. */
	sigemptyset(&action.sa_mask);
	action.sa_flags = SA_NOCLDSTOP;
	action.sa_handler = sigreap;
	if (sigaction(SIGCHLD, &action, NULL) < 0)
		return EXIT_NO_SIGCHLD;

	/* The mask outlives execve(2), and a blocked SIGTERM would never stop us. */
	sigprocmask(SIG_SETMASK, &action.sa_mask, NULL);
	/* No SIGCHLD follows for children that died before the execve. */
	sigreap(SIGCHLD);

	do
		pause();
	while (errno == EINTR); /* a handler ran */
	SAY("Error: infinite loop terminated");
	return EXIT_NO_PAUSE;
}
