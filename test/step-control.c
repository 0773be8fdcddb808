/*
 * The negative control of step.c: it has the shape of Kubernetes' pause.c. A child that dies before
 * the handler is there stays a zombie, and a second signal interrupts the handler of the first one.
 */
#define _XOPEN_SOURCE 700
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char *text, size_t size)
{
	if (write(STDERR_FILENO, text, size) < 0)
		return;
}

static void sigdown(int sig)
{
	static const char interrupt[] = "Shutting down, got signal: Interrupt\n";
	static const char terminated[] = "Shutting down, got signal: Terminated\n";

	if (sig == SIGINT)
		say(interrupt, sizeof(interrupt) - 1);
	else
		say(terminated, sizeof(terminated) - 1);
	_exit(0);
}

static void sigreap(int sig)
{
	(void)sig;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

int main(void)
{
	static const char warning[] = "Warning: pause should be the first process\n";

	if (getpid() != 1)
		say(warning, sizeof(warning) - 1);
	if (sigaction(SIGINT, &(struct sigaction){.sa_handler = sigdown}, NULL) < 0 ||
	    sigaction(SIGTERM, &(struct sigaction){.sa_handler = sigdown}, NULL) < 0 ||
	    sigaction(SIGCHLD, &(struct sigaction){.sa_handler = sigreap, .sa_flags = SA_NOCLDSTOP},
		      NULL) < 0)
		return 1;
	for (;;)
		pause();
}
