// main.c: reads all programs from standard input and plays them in batches, each in a process with a network of its own
#include "player.h"

#include <dirent.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

struct text {
  const char *start, *end;  // the steps
  struct program program;
};

struct progress *progress;
static char *input;
static size_t input_used, input_size;
static struct text *texts;
static long text_count;
static char directory[48];

static void read_input(void) {
  input_size = 1 << 20;
  input = mmap(NULL, input_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (;;) {
    if (input == MAP_FAILED) fail("mmap");
    ssize_t n = read(0, input + input_used, input_size - input_used);
    if (n < 0) fail("read");
    if (n == 0) return;
    input_used += n;
    if (input_used < input_size) continue;
    input = mremap(input, input_size, input_size * 2, MREMAP_MAYMOVE);
    input_size *= 2;
  }
}

static void add_text(const struct text *text) {
  if (text_count % 1024 == 0) texts = realloc(texts, (text_count + 1024) * sizeof *texts);
  if (!texts) fail("realloc");
  texts[text_count++] = *text;
}

static int is_line(const char *at, const char *end, const char *line) {
  size_t length = strlen(line);
  return (size_t)(end - at) >= length && !memcmp(at, line, length);
}

static void find_programs(void) {
  const char *at = input, *end = input + input_used;
  struct text text = {0};
  while (at < end) {
    const char *next = memchr(at, '\n', end - at);
    next = next ? next + 1 : end;
    if (is_line(at, end, "program ")) {
      char *rest;
      text.program.index = strtol(at + 8, &rest, 10);
      text.program.port_base = strtol(rest, NULL, 10);
      text.start = next;
    } else if (is_line(at, end, "end\n") && text.start) {
      text.end = at;
      add_text(&text);
      text.start = NULL;
    }
    at = next;
  }
}

static void pin(int cpu) {
  cpu_set_t set;
  if (cpu < 0) {
    sched_getaffinity(0, sizeof set, &set);
    for (cpu = 0; !CPU_ISSET(cpu, &set);) cpu++;
  }
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  if (sched_setaffinity(0, sizeof set, &set)) fail("sched_setaffinity");
}

static void set_limits(void) {
  struct rlimit limit = {SOFT_LIMIT, HARD_LIMIT};
  if (setrlimit(RLIMIT_NOFILE, &limit)) fail("setrlimit");
}

// The programs find /dev/null at 0, 1 and 2, and nothing else.
static void move_descriptors(void) {
  int null = open("/dev/null", O_RDWR);
  output_fd = fcntl(1, F_DUPFD_CLOEXEC, FIRST_OWN_FD + 1);
  error_fd = fcntl(2, F_DUPFD_CLOEXEC, FIRST_OWN_FD + 1);
  if (null < 0 || output_fd < 0 || error_fd < 0) fail("descriptors");
  for (int fd = 0; fd < 3; fd++) dup2(null, fd);
  syscall(SYS_close_range, 3, FIRST_OWN_FD, 0);
}

// Every user may make names in it: what a program may do with a UNIX socket does not depend on its user.
static void make_directory(void) {
  static const char *const PLACES[] = {"/tmp", "/run", "/dev/shm", "/"};
  umask(0);
  for (size_t i = 0; i < sizeof PLACES / sizeof *PLACES; i++) {
    snprintf(directory, sizeof directory, "%s/player-XXXXXX", PLACES[i]);
    if (mkdtemp(directory) && !chmod(directory, 0777)) return;
  }
  fail("mkdtemp");
}

static void remove_directory(void) {
  DIR *entries = opendir(directory);
  for (struct dirent *entry; entries && (entry = readdir(entries));) unlinkat(dirfd(entries), entry->d_name, 0);
  if (entries) closedir(entries);
  rmdir(directory);
}

// In a file, not in anonymous memory: a forked task maps it again after exec.
static void make_arena(void) {
  int fd = syscall(SYS_memfd_create, "arena", 0);
  if (fd < 0) fail("memfd_create");
  if (ftruncate(fd, sizeof *arena) || dup3(fd, ARENA_FD, O_CLOEXEC) < 0) fail("arena");
  close(fd);
  arena = mmap(NULL, sizeof *arena, PROT_READ | PROT_WRITE, MAP_SHARED, ARENA_FD, 0);
  if (arena == MAP_FAILED) fail("mmap");
  arena->soft_limit = SOFT_LIMIT;
  arena->has_int80 = int80_works();
  snprintf(arena->directory, sizeof arena->directory, "%s", directory);
}

static _Noreturn void play_batch(long first, long end) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  madvise(input, input_size, MADV_DONTFORK);  // makes fork quicker
  make_arena();
  progress->writing = 1;  // a new network namespace may have to wait for others that go away
  enter_network();
  progress->writing = 0;
  for (long i = first; i < end; i++) {
    play_program(texts[i].start, texts[i].end, &texts[i].program);
    progress->writing = 1;
    flush_output();
    progress->writing = 0;
    progress->programs++;
  }
  _exit(0);
}

// Seconds.
static int patience = 20;

// Waits for the end of a batch; kills one in which nothing happens for a while.
static int watch_batch(pid_t pid) {
  struct pollfd set = {syscall(SYS_pidfd_open, pid, 0), POLLIN, 0};
  long last = -1;
  int status, idle = 0;
  while (poll(&set, 1, 1000) == 0) {
    idle = progress->beats == last && !progress->writing ? idle + 1 : 0;
    last = progress->beats;
    if (idle >= patience) break;
  }
  kill(-pid, SIGKILL);  // with the tasks that a crash has left
  kill(pid, SIGKILL);
  waitpid(pid, &status, 0);
  close(set.fd);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void print_crash(long index) {
  put_text("program ");
  put_number(index);
  put_text(" 0\ncrash\ne 0\n");
  flush_output();
}

// Plays programs from `first` on; the number of the next one to be played.
static long run_batch(long first, long size) {
  long end = text_count - first < size ? text_count : first + size;
  progress->programs = progress->writing = 0;
  pid_t pid = fork();
  if (pid < 0) fail("fork");
  if (!pid) play_batch(first, end);
  int status = watch_batch(pid);
  long next = first + progress->programs;
  if (status > 0) {
    remove_directory();
    exit(status);
  }
  if (next == end) return end;
  print_crash(texts[next].program.index);
  return next + 1;
}

int main(int count, char **arguments) {
  int batch = 1000, cpu = -1, option;
  if (count == 3 && !strcmp(arguments[1], "--task")) resume_task(atoi(arguments[2]));
  while ((option = getopt(count, arguments, "b:c:p:")) != -1) {
    if (option == 'b') batch = atoi(optarg);
    else if (option == 'c') cpu = atoi(optarg);
    else if (option == 'p') patience = atoi(optarg);
    else return 2;
  }
  pin(cpu);
  read_input();
  find_programs();
  find_jiffies();
  set_limits();
  move_descriptors();
  make_directory();
  progress = mmap(NULL, sizeof *progress, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (progress == MAP_FAILED) fail("mmap");
  for (long next = 0; next < text_count;) next = run_batch(next, batch > 0 ? batch : 1000);
  remove_directory();
  return 0;
}
