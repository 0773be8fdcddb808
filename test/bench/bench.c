/*
 * bench exec|stop|reap ROUNDS COMMAND... - measures each COMMAND (one word: program and arguments,
 * between spaces) once in every round, so that all of them meet the same disturbances. Prints a
 * line for each round, with two figures for each COMMAND; they are "nan" for one that does not do
 * it.
 *
 *   exec   microseconds from before its execve to after its exit; page faults, those of the execve
 * too stop   microseconds from SIGTERM to reaped, as PID 1 of a PID namespace; page faults reap
 * milliseconds of CPU for 20,000 orphans, as PID 1; context switches
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ORPHANS = 20000, PATIENCE = 200 /* ms */ };

static double us(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* /proc/PID/FILE from TAG on, until the next call. */
static const char *proc(pid_t pid, const char *file, const char *tag)
{
	static char path[64], text[4096];
	const int fd =
	    (snprintf(path, sizeof(path), "/proc/%d/%s", pid, file), open(path, O_RDONLY));
	const ssize_t size = read(fd, text, sizeof(text) - 1);

	if (size < 0)
		err(1, "%s", path);
	close(fd);
	text[size] = 0;
	return strstr(text, tag) + strlen(tag);
}

static double switches(pid_t pid)
{
	return atof(proc(pid, "status", "\nvoluntary_ctxt_switches:")) +
	       atof(proc(pid, "status", "nonvoluntary_ctxt_switches:"));
}

static void orphan(void)
{
	if (!vfork()) {
		vfork();
		_exit(0);
	}
	wait(NULL);
}

/* Gives PID, the first process of the new namespace, COUNT orphans; NAN if it keeps them. */
static double reap(pid_t pid, int count)
{
	char file[64], before[4096];
	pid_t maker;

	snprintf(file, sizeof(file), "task/%d/children", pid);
	strcpy(before, proc(pid, file, ""));
	if (!(maker = fork())) {
		while (count--)
			orphan();
		_exit(0);
	}
	waitpid(maker, NULL, 0);
	for (int i = 0; i < PATIENCE; i++, usleep(1000))
		if (!strcmp(before, proc(pid, file, "")))
			return 0;
	return NAN;
}

/* Starts COMMAND; if INIT says so, as PID 1 of a PID namespace, and until it waits there. */
static pid_t start(const char *command, int init, double *began)
{
	static char line[256], *argv[8];
	char *rest = strcpy(line, command);
	const int ns = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
	const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	pid_t pid;

	for (int i = 0; i < 7 && (argv[i] = strtok_r(rest, " ", &rest)); i++)
		;
	/* In our own namespace again first: from another, unshare(2) gives EINVAL. */
	if (init && (setns(ns, CLONE_NEWPID) < 0 || unshare(CLONE_NEWPID) < 0))
		err(1, "no PID namespace");
	if (!(pid = vfork())) {
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		*began = us(CLOCK_MONOTONIC); /* in the parent's memory: vfork(2) */
		execv(argv[0], argv);
		_exit(127);
	}
	close(ns), close(null); /* else each execve(2) would have more to close */
	for (double n = -1;
	     init && (*proc(pid, "status", "State:\t") != 'S' || n != switches(pid));) {
		n = switches(pid);
		usleep(2000);
	}
	return pid;
}

static void measure(char mode, const char *command)
{
	double began, count = 0;
	pid_t pid = start(command, mode != 'e', &began);
	struct pollfd end = {.events = POLLIN};
	struct rusage used;
	int status;
	clockid_t cpu;

	if (mode == 's') {
		end.fd = (int)syscall(SYS_pidfd_open, pid, 0);
		began = us(CLOCK_MONOTONIC);
		kill(pid, SIGTERM);
		if (poll(&end, 1, PATIENCE) != 1)
			kill(pid, SIGKILL), began = NAN;
		close(end.fd);
	} else if (mode == 'r') {
		clock_getcpuclockid(pid, &cpu);
		began = us(cpu), count = switches(pid);
		if (isnan(reap(pid, 1)) || isnan(reap(pid, ORPHANS)))
			began = NAN;
		began = (us(cpu) - began) / 1e3, count = switches(pid) - count;
		kill(pid, SIGKILL);
	}
	if (wait4(pid, &status, 0, &used) != pid || (mode == 'e' && status))
		errx(1, "%s: wait status %#x", command, status);
	if (mode != 'r')
		began = us(CLOCK_MONOTONIC) - began, count = (double)used.ru_minflt;
	printf("%g\t%g", began, isnan(began) ? began : count);
}

int main(int argc, char *argv[])
{
	for (int rounds = argc > 3 ? atoi(argv[2]) : 0; rounds; rounds--)
		for (int i = 3; i < argc; i++) {
			measure(*argv[1], argv[i]);
			putchar(i + 1 < argc ? '\t' : '\n');
		}
}
