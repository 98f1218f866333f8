// play.c: plays one program, step by step, and puts the network back in order after it
#include "player.h"

#include <sched.h>

enum verdict { DONE, BLOCKS, IMPOSSIBLE };

static long started;  // microseconds

// In slices, so that the supervisor sees us alive.
static long pause_for(long ms) {
  for (long slice; ms > 0; ms -= slice) {
    slice = ms < 1000 ? ms : 1000;
    struct timespec t = {slice / 1000, slice % 1000 * 1000000};
    nanosleep(&t, NULL);
    progress->beats++;
  }
  return 0;
}

// Task 0 is the controller itself, which must be root again after the call.
static long call_as_task0(const struct step *step) {
  struct slot *slot = &arena->slots[0];
  if (slot->uid) set_uid(slot->uid);
  long result = operations[step->operation].call(step);
  if (slot->uid || is_operation(step, "uid")) set_uid(0);
  return result;
}

static enum verdict start_task(const struct step *step, long *result) {
  if (step->task) return IMPOSSIBLE;
  *result = is_operation(step, "fork") ? start_process() : start_thread();
  return DONE;
}

static enum verdict exit_task(const struct step *step, long *result) {
  if (!step->task) return IMPOSSIBLE;
  end_task(step->task);
  *result = 0;
  return DONE;
}

// What the controller does itself, whatever the task.
static enum verdict control(const struct step *step, long *result) {
  if (is_operation(step, "thread") || is_operation(step, "fork")) return start_task(step, result);
  if (is_operation(step, "exit")) return exit_task(step, result);
  if (is_operation(step, "sysctl")) *result = write_sysctl(step->word, step->text);
  else if (is_operation(step, "sleep")) *result = pause_for(step->number[0]);
  else *result = send_segment(step);
  return DONE;
}

static enum verdict do_step(const struct step *step, long *result) {
  if (step->task < 0 || step->task >= task_count || tasks[step->task].state != IDLE) return IMPOSSIBLE;
  if (!operations[step->operation].call) return control(step, result);
  struct task *task = &tasks[step->task];
  if (is_operation(step, "exec") && !task->forked) return IMPOSSIBLE;
  if (operations[step->operation].effects & TABLE) tasks[task->forked ? step->task : 0].changed = 1;
  if (!step->task) {
    *result = call_as_task0(step);
    return DONE;
  }
  if (hand_over(step->task, step) == BLOCKED) return BLOCKS;
  *result = arena->slots[step->task].result;
  return DONE;
}

static void settle(void) {
  do settle_network();
  while (poll_blocked());
}

static void put_result(const struct step *step, long result) {
  put_number(result);
  if (result || !is_operation(step, "getsockopt")) return;
  put(' ');
  put_number(arena->slots[step->task].value);
}

static void print_result(const struct step *step, enum verdict verdict, long result) {
  put_text("r ");
  if (verdict == BLOCKS) put('B');
  else if (verdict == IMPOSSIBLE) put('X');
  else put_result(step, result);
  put('\n');
}

static int print_woken(void) {
  int woken = 0;
  for (int i = 1; i < task_count; i++) {
    if (!tasks[i].woken) continue;
    tasks[i].woken = 0;
    woken++;
    put_text("w ");
    put_number(i);
    put(' ');
    put_number(arena->slots[i].result);
    put('\n');
  }
  return woken;
}

// Reading them is most of the cost of a step.
static int may_count(const struct step *step, enum verdict verdict, long result) {
  if (verdict == IMPOSSIBLE || !(operations[step->operation].effects & COUNTERS)) return 0;
  return verdict == BLOCKS || (result != -EBADF && result != -ENOTSOCK);
}

static void play_step(const struct step *step) {
  long result = 0;
  enum verdict verdict = do_step(step, &result);
  long at = microseconds() - started;
  settle();
  print_result(step, verdict, result);
  int woken = print_woken();
  observe();
  if (woken || may_count(step, verdict, result)) {
    read_counters();
    print_counters();
  }
  read_packets(1);
  put_text(". ");
  put_number(at);
  put('\n');
  progress->beats++;
}

static void unlink_paths(const struct step *step, const struct program *program) {
  char prefix[64];
  const char *path = (const char *)&step->address.bytes + sizeof(sa_family_t);
  snprintf(prefix, sizeof prefix, "%s/%ld-", arena->directory, program->index);
  if (step->address.bytes.ss_family == AF_UNIX && !strncmp(path, prefix, strlen(prefix))) unlink(path);
}

// A program may have duplicated a socket onto 0, 1 or 2.
static void restore_standard_fds(void) {
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd < 3; fd++) dup2(null, fd);
  if (null > 2) close(null);
}

// The next program must find nothing of this one.
static void clean_up(void) {
  arena->slots[0].uid = 0;
  raise_limit();
  arena->soft_limit = SOFT_LIMIT;
  undo_sysctls();
  abort_on_close();
  end_tasks();
  syscall(SYS_close_range, 3, FIRST_OWN_FD - 1, 0);
  restore_standard_fds();
  settle_network();
  if (lingering_sockets()) renew_network();
  read_packets(0);
}

// Calls `use` for each step; the line that is not one ends the player: the program's author has to know.
static void each_step(const char *at, const char *end, const struct program *program,
                      void (*use)(const struct step *, const struct program *)) {
  struct step step = {0};
  while (at < end) {
    const char *line_end = memchr(at, '\n', end - at);
    if (!line_end) line_end = end;
    if (!parse_step(at, line_end, program, &step)) {
      dprintf(error_fd, "player: program %ld: not a step: %.*s\n", program->index, (int)(line_end - at), at);
      _exit(4);
    }
    use(&step, program);
    at = line_end + 1;
  }
}

static void use_step(const struct step *step, const struct program *program) {
  (void)program;
  play_step(step);
}

void play_program(const char *text, const char *end, struct program *program) {
  put_text("program ");
  put_number(program->index);
  put(' ');
  put_number(jiffies_microseconds());
  put('\n');
  start_tasks();
  forget_seen();
  forget_flows();
  read_counters();
  started = microseconds();
  each_step(text, end, program, use_step);
  put_text("e ");
  put_number(microseconds() - started);
  put('\n');
  clean_up();
  each_step(text, end, program, unlink_paths);
}
