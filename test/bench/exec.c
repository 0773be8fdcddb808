/*
 * exec ROUNDS COMMAND... - runs each COMMAND (one word: program and arguments, between spaces)
 * once in every round, so that all of them meet the same disturbances. Prints a line for each
 * round, with two figures for each COMMAND: microseconds from before its execve to after its exit,
 * and its page faults, those of the execve too. Fails if a COMMAND does.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void measure(const char *command, FILE *out)
{
	static char line[4096], *argv[8];
	static volatile double began; /* set by the child, in our memory: vfork(2) */
	char *rest = strcpy(line, command);
	struct rusage used;
	int status;

	for (int i = 0; i < 7 && (argv[i] = strtok_r(rest, " ", &rest)); i++)
		;
	if (!vfork()) {
		began = now();
		execv(argv[0], argv);
		_exit(127);
	}
	if (wait4(-1, &status, 0, &used) < 0 || status)
		errx(1, "%s: wait status %#x", command, status);
	fprintf(out, "%g\t%ld", now() - began, used.ru_minflt);
}

int main(int argc, char *argv[])
{
	FILE *out = fdopen(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3), "w");

	if (!freopen("/dev/null", "w", stdout))
		err(1, "/dev/null");
	for (int rounds = argc > 2 ? atoi(argv[1]) : 0; rounds; rounds--)
		for (int i = 2; i < argc; i++) {
			measure(argv[i], out);
			fputc(i + 1 < argc ? '\t' : '\n', out);
		}
}
