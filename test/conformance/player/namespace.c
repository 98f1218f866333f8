// namespace.c: the network of a batch: a namespace of its own, its sysctls, and waiting until its packets have arrived
#include "player.h"

#include <net/if.h>
#include <net/route.h>
#include <sched.h>
#include <sys/ioctl.h>

enum { MAX_CHANGED = 64 };

static struct {
  char path[96];
  char value[256];
} changed[MAX_CHANGED];
static int changed_count;
static int echo_fd = -1;

static void bring_up_loopback(int fd) {
  struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
  if (ioctl(fd, SIOCSIFFLAGS, &request)) fail("lo");
}

// What the kernel answers to the raw peers leaves through loopback and is dropped there.
static void route_peers(int fd) {
  struct rtentry route = {.rt_flags = RTF_UP, .rt_dev = "lo"};
  struct sockaddr_in *to = (struct sockaddr_in *)&route.rt_dst, *mask = (struct sockaddr_in *)&route.rt_genmask;
  to->sin_family = mask->sin_family = AF_INET;
  to->sin_addr.s_addr = htonl(0x0a090000);
  mask->sin_addr.s_addr = htonl(0xffff0000);
  if (ioctl(fd, SIOCADDRT, &route)) fail("route");
}

// A socket that sends to itself.
static void open_echo(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct timeval limit = {0, 200000};
  socklen_t length = sizeof address;
  echo_fd = own_fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  bring_up_loopback(echo_fd);
  route_peers(echo_fd);
  if (bind(echo_fd, (struct sockaddr *)&address, length)) fail("bind");
  getsockname(echo_fd, (struct sockaddr *)&address, &length);
  if (connect(echo_fd, (struct sockaddr *)&address, length)) fail("connect");
  setsockopt(echo_fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
}

void enter_network(void) {
  if (unshare(CLONE_NEWNET)) fail("unshare");
  changed_count = 0;
  open_echo();
  open_counters();
  open_peers();
}

// Connections that outlive their program would disturb the next one: leaves them behind, to die soon.
void renew_network(void) {
  write_sysctl("tcp_orphan_retries", "1");
  close(echo_fd);
  close_counters();
  close_peers();
  enter_network();
}

// Packets on loopback may be left to ksoftirqd: a datagram that arrives has passed through the queue behind them.
void settle_network(void) {
  enum { ROUNDS = 4 };
  char byte = 0;
  for (int i = 0; i < ROUNDS; i++) {
    if (send(echo_fd, &byte, 1, 0) == 1) while (recv(echo_fd, &byte, 1, 0) < 0 && errno == EINTR) {}
    sched_yield();
  }
}

static long write_file(const char *path, const char *value) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return -errno;
  long written = write(fd, value, strlen(value));
  long result = written < 0 ? -errno : 0;
  close(fd);
  return result;
}

static void remember_value(const char *path) {
  for (int i = 0; i < changed_count; i++)
    if (!strcmp(changed[i].path, path)) return;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || changed_count == MAX_CHANGED) {
    if (fd >= 0) close(fd);
    return;
  }
  ssize_t n = read(fd, changed[changed_count].value, sizeof changed->value - 1);
  close(fd);
  if (n < 0) return;
  changed[changed_count].value[n] = 0;
  snprintf(changed[changed_count++].path, sizeof changed->path, "%s", path);
}

long write_sysctl(const char *name, const char *value) {
  char path[96];
  const char *directory = strcmp(name, "somaxconn") ? "ipv4" : "core";
  snprintf(path, sizeof path, "/proc/sys/net/%s/%s", directory, name);
  raise_limit();
  remember_value(path);
  long result = write_file(path, value);
  restore_limit();
  return result;
}

void undo_sysctls(void) {
  while (changed_count) {
    changed_count--;
    write_file(changed[changed_count].path, changed[changed_count].value);
  }
}
