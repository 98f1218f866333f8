// calls.c: the table of operations, and those that a task does itself: system calls, made without the C library's help
#include "player.h"

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>

struct arena *arena;
__thread struct slot *self;
static char outgoing[MAX_TRANSFER], incoming[MAX_TRANSFER];

// The slot tells the controller which call to expect the task in, if it sleeps.
static long system_call(long number, long a, long b, long c, long d, long e, long f) {
  self->syscall = number;
  long result = syscall(number, a, b, c, d, e, f);
  return result < 0 ? -errno : result;
}
#define CALL(...) PADDED(__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define PADDED(number, a, b, c, d, e, f, ...) \
  system_call(number, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define N(i) (step->number[i])
#define NOWHERE ((void *)8)

static long call_socket(const struct step *step) { return CALL(SYS_socket, N(0), N(1), N(2)); }
static long call_listen(const struct step *step) { return CALL(SYS_listen, N(0), N(1)); }
static long call_shutdown(const struct step *step) { return CALL(SYS_shutdown, N(0), N(1)); }
static long call_close(const struct step *step) { return CALL(SYS_close, N(0)); }
static long call_dup(const struct step *step) { return CALL(SYS_dup, N(0)); }
static long call_dup2(const struct step *step) { return CALL(SYS_dup2, N(0), N(1)); }
static long call_dup3(const struct step *step) { return CALL(SYS_dup3, N(0), N(1), N(2)); }
static long call_getfd(const struct step *step) { return CALL(SYS_fcntl, N(0), F_GETFD); }

static long with_address(long number, const struct step *step) {
  const struct address *address = &step->address;
  const void *pointer = address->bad ? NOWHERE : (const void *)&address->bytes;
  return CALL(number, N(0), pointer, N(1) == -2 ? address->length : N(1));
}

static long call_bind(const struct step *step) { return with_address(SYS_bind, step); }
static long call_connect(const struct step *step) { return with_address(SYS_connect, step); }

// Good and bad places for the peer's address and its length.
static long accept_mode(long number, long fd, long flags, long mode) {
  static const int LENGTHS[] = {0, 128, -5, 128, 0, 0, 2, 0};
  char bytes[128];
  int length = LENGTHS[mode & 7];
  void *address = bytes, *length_at = &length;
  if (mode == 0 || mode == 5) address = NULL;
  if (mode == 3) address = NOWHERE;
  if (mode == 0 || mode == 4) length_at = NULL;
  if (mode == 5) length_at = NOWHERE;
  return CALL(number, fd, address, length_at, flags);
}

static long call_accept(const struct step *step) { return accept_mode(SYS_accept, N(0), 0, N(1)); }
static long call_accept4(const struct step *step) { return accept_mode(SYS_accept4, N(0), N(1), N(2)); }

static long call_dupfd(const struct step *step) {
  return CALL(SYS_fcntl, N(0), N(2) ? F_DUPFD_CLOEXEC : F_DUPFD, N(1));
}

static long call_setfl(const struct step *step) {
  return CALL(SYS_fcntl, N(0), F_SETFL, O_RDWR | (N(1) ? O_NONBLOCK : 0));
}

static long call_getfl(const struct step *step) {
  long flags = CALL(SYS_fcntl, N(0), F_GETFL);
  return flags < 0 ? flags : flags & O_NONBLOCK;
}

static long call_setsockopt(const struct step *step) {
  char value[256] = {0};
  int number = N(3);
  memcpy(value, &number, sizeof number);
  return CALL(SYS_setsockopt, N(0), N(1), N(2), value, step->count > 4 ? N(4) : (long)sizeof number);
}

static long call_timeo(const struct step *step) {
  struct timeval limit = {N(2) / 1000, N(2) % 1000 * 1000};
  return CALL(SYS_setsockopt, N(0), SOL_SOCKET, N(1), &limit, sizeof limit);
}

static long call_linger(const struct step *step) {
  struct linger linger = {N(1), N(2)};
  return CALL(SYS_setsockopt, N(0), SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
}

static long call_getsockopt(const struct step *step) {
  int value = 0;
  socklen_t length = sizeof value;
  long result = CALL(SYS_getsockopt, N(0), N(1), N(2), &value, &length);
  self->value = value;
  return result;
}

static long call_getpeer(const struct step *step) {
  char bytes[128];
  socklen_t length = sizeof bytes;
  return CALL(SYS_getpeername, N(0), bytes, &length);
}

static long transfer_size(long wanted) { return wanted > MAX_TRANSFER ? MAX_TRANSFER : wanted; }

static long call_send(const struct step *step) {
  long n = transfer_size(N(1));
  if (n > 0 && outgoing[n - 1] != 'x') memset(outgoing, 'x', n);
  return CALL(SYS_sendto, N(0), outgoing, n, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static long call_recv(const struct step *step) {
  return CALL(SYS_recvfrom, N(0), incoming, transfer_size(N(1)), MSG_DONTWAIT);
}

static long call_poll(const struct step *step) {
  struct pollfd set = {N(0), POLLIN | POLLOUT | POLLRDHUP, 0};
  long result = CALL(SYS_poll, &set, 1, 0);
  return result < 0 ? result : set.revents;
}

static long call_open(const struct step *step) {
  if (!strcmp(step->word, "null")) return CALL(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR);
  if (!strcmp(step->word, "opath")) return CALL(SYS_openat, AT_FDCWD, "/", O_PATH);
  int ends[2];
  long result = CALL(SYS_pipe2, ends, 0);
  return result < 0 ? result : ends[0];
}

static long call_rlimit(const struct step *step) {
  struct rlimit limit = {N(0), HARD_LIMIT};
  long result = CALL(SYS_prlimit64, 0, RLIMIT_NOFILE, &limit, NULL);
  if (!result && !self->forked) arena->soft_limit = N(0);
  return result;
}

// Only for the calling thread. A change of credentials clears the death signal.
long set_uid(long uid) {
  long result = CALL(SYS_setresuid, -1, uid, -1);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  return result;
}

static long call_uid(const struct step *step) {
  long result = set_uid(N(0));
  if (!result && N(0) >= 0) self->uid = N(0);
  return result;
}

static long call_exec(const struct step *step) {
  char number[8];
  char *arguments[] = {"player", "--task", number, NULL}, *environment[] = {NULL};
  snprintf(number, sizeof number, "%d", step->task);
  execve("/proc/self/exe", arguments, environment);
  return -errno;
}

static int int80(int number, int first, long second) {
  long result;
  __asm__ volatile("int $0x80"
                   : "=a"(result)
                   : "a"((long)number), "b"((long)first), "c"(second), "d"(0L), "S"(0L), "D"(0L)
                   : "memory", "cc", "r8", "r9", "r10", "r11");
  return (int)result;
}

static sigjmp_buf without_int80;
static void on_fault(int signal) {
  (void)signal;
  siglongjmp(without_int80, 1);
}

// A kernel that runs no 32-bit programs answers with a fault.
int int80_works(void) {
  enum { GETPID32 = 20 };
  struct sigaction action = {.sa_handler = on_fault}, before;
  volatile int works = 0;
  sigaction(SIGSEGV, &action, &before);
  if (!sigsetjmp(without_int80, 1)) works = int80(GETPID32, 0, 0) == getpid();
  sigaction(SIGSEGV, &before, NULL);
  return works;
}

// socketcall() takes 32-bit pointers: its words and what they point to lie in low memory.
struct low {
  uint32_t words[6];
  struct sockaddr_storage address;
  uint32_t value;
};

static struct low *new_low(void) {
  struct low *low = mmap(NULL, sizeof *low, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  if (low == MAP_FAILED) fail("mmap");
  return low;
}

static long call_low(int call, struct low *low) {
  long result = -ENOSYS;
  self->syscall = SOCKETCALL32;
  self->multiplexed = call;
  if (arena->has_int80) result = int80(SOCKETCALL32, call, (long)low);
  self->value = low->value;
  munmap(low, sizeof *low);
  return result;
}

#define LOW(pointer) ((uint32_t)(uintptr_t)(pointer))

static long with_low_address(int call, const struct step *step) {
  const struct address *address = &step->address;
  struct low *low = new_low();
  low->address = address->bytes;
  low->words[0] = N(0);
  low->words[1] = address->bad ? LOW(NOWHERE) : LOW(&low->address);
  low->words[2] = N(1) == -2 ? address->length : N(1);
  return call_low(call, low);
}

static long call_bind32(const struct step *step) { return with_low_address(SOCKETCALL_BIND, step); }
static long call_connect32(const struct step *step) { return with_low_address(SOCKETCALL_CONNECT, step); }

// The modes of accept() that need no page of their own: no address, a good one, a negative length, a bad pointer.
static long call_accept32(const struct step *step) {
  struct low *low = new_low();
  long mode = N(1);
  low->value = mode == 2 ? -5 : 128;
  low->words[0] = N(0);
  if (mode) low->words[1] = mode == 3 ? LOW(NOWHERE) : LOW(&low->address);
  if (mode) low->words[2] = LOW(&low->value);
  return call_low(SOCKETCALL_ACCEPT, low);
}

static long with_low_option(int call, const struct step *step, uint32_t value) {
  struct low *low = new_low();
  low->value = value;
  for (int i = 0; i < 3; i++) low->words[i] = N(i);
  low->words[3] = LOW(&low->value);
  low->words[4] = sizeof low->value;
  return call_low(call, low);
}

static long call_setsockopt32(const struct step *step) {
  return with_low_option(SOCKETCALL_SETSOCKOPT, step, N(3));
}

// The arguments end where a page that cannot be read begins.
static long call_socketcall(const struct step *step) {
  enum { PAGE = 4096, WORDS = PAGE / 4 };
  long words = N(1) > WORDS ? WORDS : N(1);
  if (!arena->has_int80) return -ENOSYS;
  uint32_t *page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  if (page == MAP_FAILED) fail("mmap");
  mprotect(page + WORDS, PAGE, PROT_NONE);
  uint32_t *first = page + WORDS - (words > 0 ? words : 0);
  for (long i = 0; i < words && i + 2 < step->count; i++) first[i] = N(i + 2);
  self->syscall = SOCKETCALL32;
  self->multiplexed = N(0);
  long result = int80(SOCKETCALL32, N(0), words < 0 ? 0 : (long)first);
  munmap(page, 2 * PAGE);
  return result;
}

const struct operation operations[] = {
  {"socket", "nnn", TABLE, call_socket},
  {"bind", "nan", 0, call_bind},
  {"listen", "nn", COUNTERS, call_listen},
  {"connect", "nan", COUNTERS, call_connect},
  {"shutdown", "nn", COUNTERS, call_shutdown},
  {"close", "n", COUNTERS | TABLE, call_close},
  {"accept", "nn", COUNTERS | TABLE, call_accept},
  {"accept4", "nnn", COUNTERS | TABLE, call_accept4},
  {"dup", "n", TABLE, call_dup},
  {"dup2", "nn", COUNTERS | TABLE, call_dup2},  // dup2 and dup3 may close a socket
  {"dup3", "nnn", COUNTERS | TABLE, call_dup3},
  {"dupfd", "nnn", TABLE, call_dupfd},
  {"setfl", "nn", 0, call_setfl},
  {"getfd", "n", 0, call_getfd},
  {"getfl", "n", 0, call_getfl},
  {"setsockopt", "nnnn?", 0, call_setsockopt},
  {"timeo", "nnn", 0, call_timeo},
  {"linger", "nnn", 0, call_linger},
  {"getsockopt", "nnn", 0, call_getsockopt},
  {"getpeer", "n", 0, call_getpeer},
  {"send", "nn", COUNTERS, call_send},
  {"recv", "nn", COUNTERS, call_recv},
  {"poll", "n", 0, call_poll},
  {"open", "w", TABLE, call_open},
  {"rlimit", "n", 0, call_rlimit},
  {"uid", "n", 0, call_uid},
  {"exec", "", COUNTERS | TABLE, call_exec},
  {"socketcall", "nn*", COUNTERS | TABLE, call_socketcall},
  {"bind32", "nan", 0, call_bind32},
  {"connect32", "nan", COUNTERS, call_connect32},
  {"accept32", "nn", COUNTERS | TABLE, call_accept32},
  {"setsockopt32", "nnnn", 0, call_setsockopt32},
  {"exit", "", COUNTERS | TABLE, NULL},
  {"thread", "", 0, NULL},
  {"fork", "", COUNTERS, NULL},
  {"sysctl", "wt", 0, NULL},
  {"syn", "nann", COUNTERS, NULL},
  {"tfo", "nannnn", COUNTERS, NULL},
  {"seg", "nanwnnn", COUNTERS, NULL},
  {"sleep", "n", COUNTERS, NULL},
  {NULL, NULL, 0, NULL},
};

int find_operation(const char *name, size_t length) {
  for (int i = 0; operations[i].name; i++)
    if (strlen(operations[i].name) == length && !memcmp(operations[i].name, name, length)) return i;
  return -1;
}

int is_operation(const struct step *step, const char *name) {
  return !strcmp(operations[step->operation].name, name);
}
