// player.h: what the files of the player share. The player runs programs of socket calls on the running Linux kernel
// and prints what each call did; a model of the kernel is compared with that.
//
// Input: `program <index> <port base>`, one step per line `<task> <operation> <arguments>`, `end`. The operations are
// in the table in calls.c; p<N> is the port base plus N; an address is `<name>,<port>`, the names are in program.c.
//
// Output: `program <index> <microseconds since boot>`, then for each step these lines, `. <microseconds>` at its end
// (from the first step to this one's call), and `e <microseconds>` after the last:
//   r <result> [<value>]     what the call returned, or -errno; B: it is blocked; X: the task cannot make it
//   w <task> <result>        a blocked call that has returned because of this step
//   o <task> <fd> <state> <backlog> <limit> <drops> <port> <listening>   a descriptor, when it looks different
//                            from before; `-` six times when it is no socket. Task 0 stands for its threads too
//   x <task> <fd>            it is not open any more
//   c <counter> <difference> a counter of the kernel that has changed
//   p <peer> <flags>         a segment to a raw peer, flags in the order SAFRP, and C for a fast open cookie
// A program that hangs or kills the player gets `crash` instead. Root is needed.
#ifndef PLAYER_H
#define PLAYER_H
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
  FIRST_OWN_FD = 900,  // the programs own every number below
  ARENA_FD = 900,      // the memory shared with forked tasks; it must have a known number after exec
  SOFT_LIMIT = 1024,   // RLIMIT_NOFILE at the start of a program
  HARD_LIMIT = 4096,
  MAX_TASKS = 64,
  MAX_NUMBERS = 24,
  LAST_SEEN_FD = 63,   // the highest descriptor that is observed
  MAX_TRANSFER = 1 << 18,
  SOCKETCALL32 = 102,  // its number for 32-bit programs
};

// The calls that it multiplexes.
enum {
  SOCKETCALL_BIND = 2,
  SOCKETCALL_CONNECT = 3,
  SOCKETCALL_ACCEPT = 5,
  SOCKETCALL_SETSOCKOPT = 14,
  SOCKETCALL_ACCEPT4 = 18,
};

// program.c: steps as text
struct address {
  struct sockaddr_storage bytes;
  int length;  // the natural one
  int bad;     // to be passed as a pointer to nothing
};

struct step {
  int task;
  int operation;  // index in the table of operations
  int count;      // of numbers
  long number[MAX_NUMBERS];
  struct address address;
  char word[48];
  char text[128];
};

// the program that is being played
struct program {
  long index;
  long port_base;
};

int parse_step(const char *line, const char *end, const struct program *program, struct step *step);

// calls.c: the operations, and the calls that the tasks make themselves
enum effect {
  COUNTERS = 1,  // may change the kernel's counters: only then are they read
  TABLE = 2,     // may open or close a descriptor of its process
};

struct operation {
  const char *name;
  // n number, ? number that may be missing, * the rest as numbers, a address, w word, t the rest as text
  const char *arguments;
  int effects;  // of enum effect
  long (*call)(const struct step *step);  // NULL: the controller does it
};

// a task's letter box, in memory that threads, forked tasks and the controller share
struct slot {
  _Atomic int command;   // futex: the number of the step handed over last
  _Atomic int finished;  // the number of the step finished last
  volatile int syscall;  // the system call that the step makes, -1 while there is none
  volatile int multiplexed;  // the call within socketcall()
  int forked;
  _Atomic int tid;
  long uid;  // effective user: of task 0 only while it makes a call
  long result, value;
  struct step step;
};

struct arena {
  int has_int80;
  _Atomic long soft_limit;  // of the controller's process
  char directory[48];       // for the names of UNIX sockets
  struct slot slots[MAX_TASKS];
};

extern const struct operation operations[];
extern struct arena *arena;
extern __thread struct slot *self;

int find_operation(const char *name, size_t length);
int is_operation(const struct step *step, const char *name);
int int80_works(void);
long set_uid(long uid);

// tasks.c: threads and forked tasks
enum state { ABSENT, IDLE, BLOCKED };

struct task {
  enum state state;
  int forked;
  int pid;
  int pidfd;      // of a forked task
  int call_fd;    // /proc/…/syscall: the call in which it sleeps
  int changed;    // its table of descriptors may differ from the one seen last
  int woken;      // its blocked call has finished in this step
  void *thread;
};

extern struct task tasks[MAX_TASKS];
extern int task_count;

void start_tasks(void);
long start_thread(void);
long start_process(void);
enum state hand_over(int number, const struct step *step);
int poll_blocked(void);
void end_task(int number);
void end_tasks(void);
_Noreturn void resume_task(int number);

// observe.c: descriptors
void forget_seen(void);
void observe(void);
void abort_on_close(void);

// counters.c
void open_counters(void);
void close_counters(void);
void read_counters(void);
void print_counters(void);
int lingering_sockets(void);

// peers.c: raw peers, 10.9.0.1 and up
void open_peers(void);
void close_peers(void);
void forget_flows(void);
long send_segment(const struct step *step);
void read_packets(int print);

// namespace.c: the network that a batch runs in
void enter_network(void);
void renew_network(void);
void settle_network(void);
long write_sysctl(const char *name, const char *value);
void undo_sysctls(void);

// clock.c
void find_jiffies(void);
long microseconds(void);
long jiffies_microseconds(void);

// play.c
void play_program(const char *text, const char *end, struct program *program);

// output.c: one program's output, and descriptors of our own
extern int output_fd, error_fd;
void put(char c);
void put_text(const char *text);
void put_number(long number);
void put_line(const char *text);
void flush_output(void);
_Noreturn void fail(const char *what);
void raise_limit(void);
void restore_limit(void);
int own_fd(int fd);
int open_own(const char *path, int flags);

// main.c: the supervisor sees from these that the batch goes on
struct progress {
  _Atomic long beats;
  _Atomic long programs;
  _Atomic int writing;
};
extern struct progress *progress;
#endif
