// observe.c: what the descriptors of every process look like after a step; prints what has changed
#include "player.h"

#include <linux/tcp.h>

struct tuple {
  int socket, state;
  unsigned backlog, limit, drops;
  int port, listening;
};

struct seen {
  int open;
  struct tuple tuple;
};

static struct seen seen[MAX_TASKS][LAST_SEEN_FD + 1];

void forget_seen(void) { memset(seen, 0, sizeof seen); }

static int local_port(int fd) {
  struct sockaddr_storage address;
  socklen_t length = sizeof address;
  if (getsockname(fd, (struct sockaddr *)&address, &length)) return 0;
  if (address.ss_family != AF_INET && address.ss_family != AF_INET6) return 0;
  return ntohs(((struct sockaddr_in *)&address)->sin_port);
}

static void look_at_listener(int fd, const struct tcp_info *info, struct tuple *tuple) {
  enum { DROPS = 8, MEMINFO = 9 };
  unsigned memory[MEMINFO] = {0};
  socklen_t length = sizeof memory;
  tuple->backlog = info->tcpi_unacked;
  tuple->limit = info->tcpi_sacked;
  if (!getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory, &length)) tuple->drops = memory[DROPS];
}

static struct tuple look_at(int fd) {
  enum { LISTENING = 10 };
  struct tuple tuple = {0};
  struct tcp_info info;
  socklen_t length = sizeof tuple.listening;
  if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &tuple.listening, &length)) return tuple;
  tuple.socket = 1;
  length = sizeof info;
  if (!getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length)) tuple.state = info.tcpi_state;
  if (tuple.state == LISTENING) look_at_listener(fd, &info, &tuple);
  tuple.port = local_port(fd);
  return tuple;
}

static void print_tuple(int task, int fd, const struct tuple *tuple) {
  const long values[] = {tuple->state, tuple->backlog, tuple->limit, tuple->drops, tuple->port, tuple->listening};
  put_text("o ");
  put_number(task);
  put(' ');
  put_number(fd);
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    put(' ');
    if (tuple->socket) put_number(values[i]);
    else put('-');
  }
  put('\n');
}

static void print_gone(int task, int fd) {
  put_text("x ");
  put_number(task);
  put(' ');
  put_number(fd);
  put('\n');
}

// A number at which the controller itself can use the descriptor; negative when it is not open. A forked task may be
// blocked and cannot be asked, hence the copy.
static int borrow(int task, int fd) {
  if (!tasks[task].forked) return fcntl(fd, F_GETFD) < 0 ? -1 : fd;
  return syscall(SYS_pidfd_getfd, tasks[task].pidfd, fd, 0);
}

static void give_back(int task, int fd) {
  if (tasks[task].forked) close(fd);
}

static void observe_fd(int task, int fd) {
  struct seen *last = &seen[task][fd];
  int usable = tasks[task].state == ABSENT ? -1 : borrow(task, fd);
  if (usable < 0) {
    if (last->open) print_gone(task, fd);
    last->open = 0;
    return;
  }
  struct tuple tuple = look_at(usable);
  give_back(task, usable);
  if (last->open && !memcmp(&last->tuple, &tuple, sizeof tuple)) return;
  last->open = 1;
  last->tuple = tuple;
  print_tuple(task, fd, &tuple);
}

// Only what a process does itself opens and closes its descriptors.
static void observe_table(int task) {
  for (int fd = 3; fd <= LAST_SEEN_FD; fd++)
    if (tasks[task].changed || seen[task][fd].open) observe_fd(task, fd);
  tasks[task].changed = 0;
}

void observe(void) {
  raise_limit();
  for (int i = 0; i < task_count; i++)
    if (i == 0 || tasks[i].forked) observe_table(i);
  restore_limit();
}

// Makes the end of a program leave no connection behind that would send packets during the next one.
void abort_on_close(void) {
  struct linger linger = {1, 0};
  raise_limit();
  for (int i = 0; i < task_count; i++)
    for (int fd = 3; fd <= LAST_SEEN_FD; fd++) {
      if (!seen[i][fd].open || !seen[i][fd].tuple.socket) continue;
      int usable = borrow(i, fd);
      if (usable < 0) continue;
      setsockopt(usable, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
      give_back(i, usable);
    }
  restore_limit();
}
