/*
 * step calls|all PROGRAM: single-steps PROGRAM from its execve to its wait, and through its signal
 * handlers. Before each instruction (or, with calls, at each system call and after it) it lets an
 * event happen in a run of its own: a signal, the death of a child, or both. PROGRAM then runs on,
 * and has to do what pause's contract says. It runs as PID 1 of a PID namespace, and elsewhere.
 *
 * Prints one line for each failure and one with the counts. Status: 0 without a failure, else 1.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

/* The instruction that makes a system call: its bytes, as the low ones of a word. */
#if defined(__x86_64__)
#define CALL_MASK 0xffff
#define CALL 0x050f /* syscall */
#elif defined(__aarch64__)
#define CALL_MASK 0xffffffff
#define CALL 0xd4000001 /* svc #0 */
#else
#error "which instruction of this processor makes a system call?"
#endif

/* Before the first system call nothing is seen from outside: 1 instruction of so many will do. */
#define FEW 16
#define CHILDREN 2
#define DEADLINE 20 /* seconds for one run: it only ends a wait */

static const struct event {
	const char *name;
	int signal, death;
} events[] = {
    {"SIGTERM", SIGTERM, 0},
    {"SIGINT", SIGINT, 0},
    {"SIGHUP", SIGHUP, 0},
    {"the death of a child", 0, 1},
    {"SIGTERM with a death", SIGTERM, 1},
};
#define EVENTS (int)(sizeof(events) / sizeof(*events))

static const char *program;
static bool init;	    /* PROGRAM is PID 1 of a PID namespace */
static int message_pipe[2]; /* stderr of PROGRAM */
static volatile pid_t pid;  /* PROGRAM */
static int status;	    /* of its last stop, or of its end */
static pid_t children[CHILDREN];
static int instructions, runs, failures;
static volatile bool late; /* the deadline is over */
static int deaths, alive;  /* how many children were killed, and how many live */

/* The places where an event shall happen: after so many system calls, and so many steps then. */
static struct place {
	int calls, steps;
	bool chosen;
} places[1 << 14];

static bool is_stopped(void)
{
	return WIFSTOPPED(status);
}

/* Lets PROGRAM go on, by one of ptrace's requests, until it stops or ends. */
static void resume(int request, int sig)
{
	if (ptrace(request, pid, NULL, (void *)(intptr_t)sig) < 0)
		err(1, "ptrace");
	if (waitpid(pid, &status, __WALL) < 0)
		err(1, "waitpid");
}

static void end_wait(int sig)
{
	(void)sig;
	late = true;
	kill(pid, SIGKILL);
}

/* The mask of signals that /proc/PID/status calls NAME. */
static uint64_t signals(const char *name)
{
	char path[32], line[256];
	uint64_t mask = 0;
	size_t length = strlen(name);
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, name, length) == 0)
			mask = strtoull(line + length + 1, NULL, 16);
	if (!file)
		err(1, "%s", path);
	fclose(file);
	return mask;
}
static bool has(const char *name, int sig)
{
	return signals(name) >> (sig - 1) & 1;
}

/* Reads the PIDs of PROGRAM's children, the dead ones too. Returns how many there are. */
static int read_children(pid_t *pids)
{
	char path[64];
	int count = 0;
	pid_t child;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	file = fopen(path, "r");
	if (!file)
		err(1, "%s", path);
	while (fscanf(file, "%d", &child) == 1 && ++count <= CHILDREN)
		pids[count - 1] = child;
	fclose(file);
	return count;
}

/* Starts PROGRAM, with N children that wait, up to its first instruction. */
static void start(int n)
{
	pid = (pid_t)syscall(SYS_clone, SIGCHLD | (init ? CLONE_NEWPID : 0), 0, 0, 0, 0);
	if (pid < 0)
		err(1, "clone");
	if (pid == 0) {
		for (int i = 0; i < n; i++)
			if (fork() == 0)
				for (;;)
					pause();
		dup2(message_pipe[1], STDERR_FILENO);
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execle(program, program, (char *)NULL, (char *[]){NULL});
		_exit(127);
	}
	alarm(DEADLINE);
	if (waitpid(pid, &status, __WALL) < 0 || !is_stopped())
		errx(1, "%s does not start", program);
	if (ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD) < 0)
		err(1, "ptrace");
	deaths = 0;
	alive = n;
	if (read_children(children) != n)
		errx(1, "%s did not get its children", program);
}

/* Ends PROGRAM, if it is still there, and its children. */
static void finish(void)
{
	if (is_stopped()) {
		kill(pid, SIGKILL);
		while (is_stopped())
			if (waitpid(pid, &status, __WALL) < 0)
				err(1, "waitpid");
	}
	alarm(0);
	while (read(message_pipe[0], (char[256]){0}, 256) > 0)
		;
	/* We are the subreaper of those that are left. */
	for (int i = 0; i < deaths + alive; i++) {
		if (i >= deaths)
			kill(children[i], SIGKILL);
		waitpid(children[i], NULL, 0);
	}
}

static struct __ptrace_syscall_info where(void)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) < 0)
		err(1, "ptrace");
	return info;
}

/* The next instruction of PROGRAM makes a system call. */
static bool is_at_call(void)
{
	const struct __ptrace_syscall_info at = where();

	return at.op != PTRACE_SYSCALL_INFO_ENTRY &&
	       (ptrace(PTRACE_PEEKTEXT, pid, at.instruction_pointer, NULL) & CALL_MASK) == CALL;
}

/* PROGRAM is at the entry of pause(2), or of the ppoll(2) that stands in for it. */
static bool waits(void)
{
	struct __ptrace_syscall_info at;

	if (!is_stopped())
		return false;
	at = where();
	if (at.op != PTRACE_SYSCALL_INFO_ENTRY)
		return false;
#ifdef SYS_pause
	if (at.entry.nr == SYS_pause)
		return true;
#endif
	return at.entry.nr == SYS_ppoll && !at.entry.args[0];
}

/* PROGRAM has stopped because a signal came. */
static bool has_signal(void)
{
	return is_stopped() && (WSTOPSIG(status) & 0x7f) != SIGTRAP;
}

#ifdef __aarch64__
/*
 * A stop between a load-exclusive and its store-exclusive ends the reservation (Arm ARM, "Local
 * monitor"): the store fails in each step, and their loop would never end. So PROGRAM, when it is
 * at the store, goes back to the load and runs from there to a breakpoint behind the store.
 * Returns false if it is elsewhere.
 */
static bool step_exclusive(void)
{
	static uint64_t load;
	struct user_regs_struct registers;
	struct iovec set = {&registers, sizeof(registers)};
	uint64_t behind;
	long word;

	if (ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &set) < 0)
		err(1, "ptrace");
	word = ptrace(PTRACE_PEEKTEXT, pid, registers.pc, NULL) & 0x3fe00000;
	if (word == 0x08400000)
		load = registers.pc;
	if (word != 0x08000000)
		return false;
	behind = registers.pc + 4;
	word = ptrace(PTRACE_PEEKTEXT, pid, behind, NULL);
	registers.pc = load;
	if (ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &set) < 0 ||
	    ptrace(PTRACE_POKETEXT, pid, behind, (word & ~0xffffffffL) | 0xd4200000 /* brk */) < 0)
		err(1, "ptrace");
	resume(PTRACE_CONT, 0);
	if (is_stopped() && ptrace(PTRACE_POKETEXT, pid, behind, word) < 0)
		err(1, "ptrace");
	return true;
}
#else
static bool step_exclusive(void)
{
	return false;
}
#endif

/* Goes on to the next instruction: a system call is one step, but PROGRAM stays in its wait. */
static void step(void)
{
	if (is_at_call()) {
		resume(PTRACE_SYSCALL, 0);
		if (!is_stopped() || waits())
			return;
	}
	/* arm64 goes back to a call that a signal interrupts before the signal's stop. */
	if (!has_signal() && !step_exclusive())
		resume(PTRACE_SINGLESTEP, 0);
	while (has_signal()) /* it was in the way of the step */
		resume(PTRACE_SINGLESTEP, WSTOPSIG(status));
}

/* Goes on to PLACE, as many steps would. */
static void reach(const struct place *place)
{
	for (int i = 0; i < 2 * place->calls && is_stopped(); i++)
		resume(PTRACE_SYSCALL, 0); /* to its entry, and to its end */
	for (int i = 0; i < place->steps && is_stopped(); i++)
		step();
}

/* Goes on until PROGRAM waits or has ended. Hands signals on. */
static void run(void)
{
	int sig = 0;

	do {
		resume(PTRACE_SYSCALL, sig);
		sig = is_stopped() ? WSTOPSIG(status) : 0;
		if (sig == (SIGTRAP | 0x80))
			sig = 0;
	} while (is_stopped() && !waits());
}

static bool is_zombie(pid_t child)
{
	char path[32], state = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", child);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		errx(1, "%s cannot be read", path);
	fclose(file);
	return state == 'Z';
}

/* Lets EVENT happen while PROGRAM is stopped: it comes before the next instruction. */
static void happen(const struct event *event)
{
	if (event->death) {
		kill(children[deaths], SIGKILL);
		/* The SIGCHLD of an earlier death may be pending still. */
		while (!is_zombie(children[deaths]) || !has("ShdPnd", SIGCHLD))
			sched_yield();
		deaths++;
		alive--;
	}
	if (event->signal)
		kill(pid, event->signal);
}

/*
 * To the start, or if there is a FIRST event, to the first instruction of its handler. SECOND is to
 * follow.
 */
static void begin(const struct event *first, const struct event *second)
{
	const int sig = first && first->signal ? first->signal : SIGCHLD;

	start((first ? first->death : 0) + second->death);
	if (!first)
		return;
	run();
	if (!is_stopped())
		errx(1, "%s does not wait", program);
	happen(first);
	do
		step();
	while (is_stopped() && has("ShdPnd", sig));
}

/* Steps from there to the wait or the end. Sets places. Returns how many instructions it saw. */
static int walk(const struct event *first, const struct event *second, bool all)
{
	int count = 0, calls = 0, steps = 0;

	begin(first, second);
	while (is_stopped()) {
		const bool at_call = is_at_call();

		if (count == sizeof(places) / sizeof(*places))
			errx(1, "%s makes more than %d instructions", program, count);
		places[count] = (struct place){.calls = calls, .steps = steps};
		places[count].chosen = at_call || waits() || steps == 0 ||
				       (all && (calls > 0 || first || steps % FEW == 0));
		count++;
		if (waits())
			break;
		step();
		steps++;
		if (at_call && !waits()) {
			calls++;
			steps = 0;
		}
	}
	/* The last call is sigreturn(2): what follows compares the errno that the handler keeps. */
	for (int i = count - 1; i >= 0 && places[i].calls == calls; i--)
		places[i].chosen = true;
	finish();
	return count;
}

/* PROGRAM's messages so far are: the warning if its PID is not 1, then TEXT and a newline. */
static bool has_said(const char *text)
{
	char expected[256], found[256];
	const ssize_t size = read(message_pipe[0], found, sizeof(found) - 1);

	snprintf(expected, sizeof(expected), "%s%s%s",
		 init ? "" : "Warning: pause should be the first process\n", text,
		 *text ? "\n" : "");
	found[size > 0 ? size : 0] = '\0';
	return strcmp(expected, found) == 0;
}

static const char *message(int sig)
{
	return sig == SIGINT ? "Shutting down, got signal: Interrupt"
			     : "Shutting down, got signal: Terminated";
}

/*
 * SECOND happens at PLACE. Returns what PROGRAM did against its contract, or NULL. Its
 * FIRST event, if there is one, has its handler already.
 */
static const char *judge(const struct event *first, const struct place *place,
			 const struct event *second)
{
	int down = first ? first->signal : 0; /* this signal ends it with status 0 */
	bool kills = false;

	begin(first, second);
	reach(place);
	if (!is_stopped())
		return "ended before";
	if (second->signal) {
		const bool caught = has("SigCgt", second->signal);

		kills = !init && !caught;
		if (caught && !down)
			down = second->signal;
	}
	happen(second);
	run();
	if (kills)
		return WIFSIGNALED(status) && WTERMSIG(status) == second->signal ? NULL
										 : "is not killed";
	if (!down) {
		pid_t left[CHILDREN];

		if (!is_stopped())
			return "ended";
		if (read_children(left) != alive)
			return "a zombie is left";
		down = SIGTERM;
		kill(pid, down);
		run();
	}
	if (is_stopped() || WIFSIGNALED(status))
		return is_stopped() ? "waits instead of ending" : "is killed";
	if (WEXITSTATUS(status) != 0)
		return "its status is not 0";
	return has_said(message(down)) ? NULL : "another message";
}

/* Lets SECOND happen at each of its places, after FIRST. */
static void try_all(const struct event *first, const struct event *second, bool all)
{
	const int count = walk(first, second, all);

	if (late)
		errx(1, "%s neither waits nor ends", program);
	instructions += count;
	for (int n = 0; n < count && !late; n++) {
		const char *fault;

		if (!places[n].chosen)
			continue;
		fault = judge(first, &places[n], second);
		finish();
		runs++;
		if (!fault)
			continue;
		failures++;
		printf("%s, %s before instruction %d of %s: %s\n", init ? "PID 1" : "elsewhere",
		       second->name, n, first ? first->name : "the start",
		       late ? "it neither waits nor ends" : fault);
	}
}

int main(int argc, char *argv[])
{
	const bool all = argc == 3 && strcmp(argv[1], "all") == 0;

	if (argc != 3 || (!all && strcmp(argv[1], "calls") != 0))
		errx(1, "usage: step calls|all PROGRAM");
	program = argv[2];
	if (pipe2(message_pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		err(1, "pipe");
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	personality(ADDR_NO_RANDOMIZE);
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
	signal(SIGALRM, end_wait);

	for (int as = 0; as < 2; as++) {
		init = as == 0;
		for (int second = 0; second < EVENTS; second++) {
			try_all(NULL, &events[second], all);
			for (int first = 0; first < EVENTS; first++)
				if (events[first].signal != SIGHUP) /* it has no handler */
					try_all(&events[first], &events[second], all);
		}
	}
	printf("%s: %d instructions, %d runs, %d failures\n", program, instructions, runs,
	       failures);
	return failures != 0;
}
