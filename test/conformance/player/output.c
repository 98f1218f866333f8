// output.c: collects the output of one program; gives the player descriptors that no program meets
#include "player.h"

int output_fd = 1, error_fd = 2;
static char *buffer;
static size_t used, size;

void put(char c) {
  if (used == size) {
    size = size ? size * 2 : 1 << 16;
    buffer = realloc(buffer, size);
    if (!buffer) fail("realloc");
  }
  buffer[used++] = c;
}

void put_text(const char *text) {
  while (*text) put(*text++);
}

void put_number(long number) {
  char digits[24], *p = digits + sizeof digits;
  unsigned long rest = number < 0 ? -(unsigned long)number : (unsigned long)number;
  *--p = 0;
  do *--p = '0' + rest % 10;
  while (rest /= 10);
  if (number < 0) *--p = '-';
  put_text(p);
}

void put_line(const char *text) {
  put_text(text);
  put('\n');
}

void flush_output(void) {
  for (size_t done = 0; done < used;) {
    ssize_t n = write(output_fd, buffer + done, used - done);
    if (n < 0 && errno != EINTR) fail("write");
    if (n > 0) done += n;
  }
  used = 0;
}

void fail(const char *what) {
  dprintf(error_fd, "player: %s: %s\n", what, strerror(errno));
  _exit(3);
}

static void set_soft_limit(long limit) {
  struct rlimit r = {limit, HARD_LIMIT};
  setrlimit(RLIMIT_NOFILE, &r);
}

// A program may have lowered the limit; our own descriptors need the full one for a moment.
void raise_limit(void) {
  if (arena->soft_limit != SOFT_LIMIT) set_soft_limit(SOFT_LIMIT);
}

void restore_limit(void) {
  if (arena->soft_limit != SOFT_LIMIT) set_soft_limit(arena->soft_limit);
}

int own_fd(int fd) {
  if (fd < 0 || fd >= FIRST_OWN_FD) return fd;
  int own = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_OWN_FD + 1);
  if (own < 0) fail("F_DUPFD_CLOEXEC");
  close(fd);
  return own;
}

int open_own(const char *path, int flags) {
  raise_limit();
  int fd = own_fd(open(path, flags | O_CLOEXEC));
  restore_limit();
  return fd;
}
