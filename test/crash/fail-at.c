/* Preloaded into a process: at its nth call that changes a file of the store, dies or fails. For crash tests.
   FAIL_FILE: part of the file's name; FAIL_AT: which call, from 1; FAIL_HOW: kill, EIO or ENOSPC (from then on, each call);
   FAIL_COUNT: a file for the number of calls that there were. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long calls;
static const char *file, *how, *count;
static long at;

__attribute__((constructor)) static void begin(void) {
  const char *number = getenv("FAIL_AT");
  file = getenv("FAIL_FILE");
  how = getenv("FAIL_HOW");
  count = getenv("FAIL_COUNT");
  at = number ? atol(number) : 0;
}

__attribute__((destructor)) static void end(void) {
  FILE *out = count ? fopen(count, "w") : NULL;
  if (out == NULL) return;
  fprintf(out, "%ld\n", atomic_load(&calls));
  fclose(out);
}

static int concerns(int fd) {
  char link[64], path[4096];
  if (file == NULL) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return strstr(path, file) != NULL;
}

/* 0: go on; otherwise an errno. */
static int call(int fd) {
  if (!concerns(fd)) return 0;
  long number = atomic_fetch_add(&calls, 1) + 1;
  if (at == 0 || number < at || how == NULL) return 0;
  if (strcmp(how, "kill") == 0) kill(getpid(), SIGKILL);
  return strcmp(how, "ENOSPC") == 0 ? ENOSPC : EIO;
}

#define REAL(name) static __typeof__(name) *real; if (!real) real = (__typeof__(real))dlsym(RTLD_NEXT, #name)
#define GUARDED(fd) do { int error = call(fd); if (error) { errno = error; return -1; } } while (0)

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t offset) {
  REAL(pwrite64);
  GUARDED(fd);
  return real(fd, bytes, size, offset);
}
ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset) {
  REAL(pwrite);
  GUARDED(fd);
  return real(fd, bytes, size, offset);
}
ssize_t write(int fd, const void *bytes, size_t size) {
  REAL(write);
  GUARDED(fd);
  return real(fd, bytes, size);
}
int ftruncate64(int fd, off64_t size) {
  REAL(ftruncate64);
  GUARDED(fd);
  return real(fd, size);
}
int ftruncate(int fd, off_t size) {
  REAL(ftruncate);
  GUARDED(fd);
  return real(fd, size);
}
int fsync(int fd) {
  REAL(fsync);
  GUARDED(fd);
  return real(fd);
}
int fdatasync(int fd) {
  REAL(fdatasync);
  GUARDED(fd);
  return real(fd);
}
