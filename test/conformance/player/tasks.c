// tasks.c: threads and forked tasks: hands steps to them and finds out, without guessing, that a call has blocked
#include "player.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

struct task tasks[MAX_TASKS];
int task_count;

static void futex_wait(_Atomic int *word, int value) { syscall(SYS_futex, word, FUTEX_WAIT, value, NULL, NULL, 0); }
static void futex_wake(_Atomic int *word) { syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0); }

// A task's life: waits for a step, does it, tells the result. A thread returns from here at its exit.
static void serve(struct slot *slot) {
  for (;;) {
    int wanted = atomic_load(&slot->command);
    if (wanted == atomic_load(&slot->finished)) {
      futex_wait(&slot->command, wanted);
      continue;
    }
    int leave = is_operation(&slot->step, "exit");
    slot->syscall = -1;
    slot->result = leave ? 0 : operations[slot->step.operation].call(&slot->step);
    if (leave && slot->forked) _exit(0);
    atomic_store(&slot->finished, wanted);
    if (leave) return;
  }
}

static void *thread_main(void *slot) {
  self = slot;
  if (self->uid) set_uid(self->uid);
  atomic_store(&self->tid, syscall(SYS_gettid));
  futex_wake(&self->tid);
  serve(self);
  return NULL;
}

static _Noreturn void process_main(struct slot *slot) {
  self = slot;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  syscall(SYS_close_range, ARENA_FD + 1, ~0U, 0);
  fcntl(ARENA_FD, F_SETFD, 0);
  if (self->uid) set_uid(self->uid);
  serve(self);
  _exit(0);
}

// The same task, in the image that its exec has loaded.
void resume_task(int number) {
  arena = mmap(NULL, sizeof *arena, PROT_READ | PROT_WRITE, MAP_SHARED, ARENA_FD, 0);
  if (arena == MAP_FAILED) _exit(3);
  self = &arena->slots[number];
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  self->result = 0;
  atomic_store(&self->finished, atomic_load(&self->command));
  serve(self);
  _exit(0);
}

static void on_signal(int signal) { (void)signal; }

void start_tasks(void) {
  struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGUSR1, &action, NULL);  // no SA_RESTART: it ends a blocked call
  memset(tasks, 0, sizeof tasks);
  memset(arena->slots, 0, sizeof *arena->slots);
  task_count = 1;
  tasks[0].state = IDLE;
  tasks[0].changed = 1;
  self = &arena->slots[0];
}

static int new_task(int forked) {
  if (task_count == MAX_TASKS) return -1;
  int number = task_count++;
  struct slot *slot = &arena->slots[number];
  memset(slot, 0, sizeof *slot);
  slot->uid = arena->slots[0].uid;
  slot->forked = forked;
  tasks[number] = (struct task){.state = IDLE, .forked = forked, .pidfd = -1, .call_fd = -1, .changed = 1};
  return number;
}

long start_thread(void) {
  int number = new_task(0);
  if (number < 0) return -EAGAIN;
  struct slot *slot = &arena->slots[number];
  pthread_attr_t attributes;
  pthread_t thread;
  char path[48];
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 1 << 16);
  if (pthread_create(&thread, &attributes, thread_main, slot)) fail("pthread_create");
  pthread_attr_destroy(&attributes);
  tasks[number].thread = (void *)thread;
  while (!atomic_load(&slot->tid)) futex_wait(&slot->tid, 0);
  snprintf(path, sizeof path, "/proc/self/task/%d/syscall", slot->tid);
  tasks[number].call_fd = open_own(path, O_RDONLY);
  if (tasks[number].call_fd < 0) fail(path);
  return number;
}

long start_process(void) {
  int number = new_task(1);
  if (number < 0) return -EAGAIN;
  struct task *task = &tasks[number];
  char path[48];
  task->pid = fork();
  if (task->pid < 0) fail("fork");
  if (!task->pid) process_main(&arena->slots[number]);
  snprintf(path, sizeof path, "/proc/%d/syscall", task->pid);
  task->call_fd = open_own(path, O_RDONLY);
  raise_limit();
  task->pidfd = own_fd(syscall(SYS_pidfd_open, task->pid, 0));
  restore_limit();
  if (task->call_fd < 0 || task->pidfd < 0) fail(path);
  // until it waits for its first step, its table holds descriptors of ours
  return number;
}

// Other calls may sleep too, as socket() does while the kernel looks for a module: that is not waiting for anybody.
static int may_block(const struct slot *slot) {
  int call = slot->multiplexed;
  switch (slot->syscall) {
    case SYS_accept:
    case SYS_accept4:
    case SYS_connect:
    case SYS_close:  // of a socket that lingers
    case SYS_dup2:
    case SYS_dup3:
      return 1;
    case SOCKETCALL32:
      return call == SOCKETCALL_CONNECT || call == SOCKETCALL_ACCEPT || call == SOCKETCALL_ACCEPT4;
    default:
      return 0;
  }
}

// Is the task asleep in the very call that its step makes?
static int sleeps_in_call(const struct task *task, const struct slot *slot) {
  char text[64];
  ssize_t n = pread(task->call_fd, text, sizeof text - 1, 0);
  if (n <= 0 || text[0] < '0' || text[0] > '9') return 0;  // "running", or asleep outside of any call
  text[n] = 0;
  return atoi(text) == slot->syscall && may_block(slot);
}

// Everything is on one processor: yielding lets the task go on.
static enum state await(int number) {
  struct slot *slot = &arena->slots[number];
  for (;;) {
    sched_yield();
    if (atomic_load(&slot->finished) == atomic_load(&slot->command)) return IDLE;
    if (sleeps_in_call(&tasks[number], slot)) return BLOCKED;
  }
}

enum state hand_over(int number, const struct step *step) {
  struct slot *slot = &arena->slots[number];
  slot->step = *step;
  atomic_fetch_add(&slot->command, 1);
  futex_wake(&slot->command);
  return tasks[number].state = await(number);
}

// Waits until every blocked task has finished or is blocked again; how many have finished.
int poll_blocked(void) {
  int moved = 0;
  for (int i = 1; i < task_count; i++) {
    if (tasks[i].state != BLOCKED || await(i) == BLOCKED) continue;
    tasks[i].state = IDLE;
    tasks[i].woken = 1;
    tasks[tasks[i].forked ? i : 0].changed = 1;
    moved++;
  }
  return moved;
}

static void forget_task(struct task *task) {
  if (task->call_fd >= 0) close(task->call_fd);
  if (task->pidfd >= 0) close(task->pidfd);
  task->state = ABSENT;
}

// The task's own exit; it is idle.
void end_task(int number) {
  struct slot *slot = &arena->slots[number];
  struct task *task = &tasks[number];
  slot->step.operation = find_operation("exit", 4);
  atomic_fetch_add(&slot->command, 1);
  futex_wake(&slot->command);
  if (task->forked) waitpid(task->pid, NULL, 0);
  else pthread_join((pthread_t)task->thread, NULL);
  forget_task(task);
}

static void interrupt(int number) {
  do syscall(SYS_tgkill, getpid(), arena->slots[number].tid, SIGUSR1);
  while (await(number) == BLOCKED);
}

void end_tasks(void) {
  for (int i = 1; i < task_count; i++) {
    struct task *task = &tasks[i];
    if (task->state == ABSENT) continue;
    if (!task->forked) {
      if (task->state == BLOCKED) interrupt(i);
      end_task(i);
      continue;
    }
    kill(task->pid, SIGKILL);
    waitpid(task->pid, NULL, 0);
    forget_task(task);
  }
  task_count = 1;
}
