// counters.c: the kernel's TCP counters, read from /proc at every step, hence by column and not by name
#include "player.h"

enum { MAX_COUNTERS = 32, FILE_SIZE = 1 << 16 };

// A line of names, then one of values; both begin with the prefix.
struct source {
  const char *path, *prefix;
  const char *names[24];
  int fd;
  int last_column;
  int counter_at[512];  // by column: index of the counter + 1
};

static struct source sources[] = {
  {.path = "/proc/self/net/netstat",
   .prefix = "TcpExt:",
   .names = {"ListenOverflows", "ListenDrops", "TCPReqQFullDrop", "TCPReqQFullDoCookies", "SyncookiesSent",
             "SyncookiesRecv", "SyncookiesFailed", "TCPTimeouts", "EmbryonicRsts", "TCPDeferAcceptDrop",
             "TCPMigrateReqSuccess", "TCPMigrateReqFailure", "TCPSynRetrans", "TCPACKSkippedSynRecv",
             "TCPFastOpenPassive", "TCPFastOpenPassiveFail", "TCPFastOpenListenOverflow", "TCPFastOpenCookieReqd"}},
  {.path = "/proc/self/net/snmp",
   .prefix = "Tcp:",
   .names = {"ActiveOpens", "PassiveOpens", "AttemptFails", "EstabResets", "CurrEstab", "OutRsts", "RetransSegs"}},
};
enum { SOURCES = sizeof sources / sizeof *sources };

static const char *names[MAX_COUNTERS];
static long now[MAX_COUNTERS], printed[MAX_COUNTERS];
static int counters;
static int sockstat[2] = {-1, -1};
static char content[FILE_SIZE];

static void read_whole(int fd) {
  size_t used = 0;
  ssize_t n;
  do {
    n = pread(fd, content + used, sizeof content - 1 - used, used);
    if (n > 0) used += n;
  } while (n > 0 && content[used - 1] != '\n');
  content[used] = 0;
}

// The first line with the prefix at or after `at`, past the prefix.
static const char *find_line(const char *at, const char *prefix) {
  size_t length = strlen(prefix);
  while (at && strncmp(at, prefix, length)) {
    at = strchr(at, '\n');
    if (at) at++;
  }
  return at ? at + length : NULL;
}

static int counter_named(const struct source *source, const char *name, size_t length) {
  for (int i = 0; source->names[i]; i++)
    if (strlen(source->names[i]) == length && !memcmp(source->names[i], name, length)) return i;
  return -1;
}

// Counters keep the order of the list, whatever the order of the columns.
static void find_columns(struct source *source) {
  int first = counters, column = 0;
  for (int i = 0; source->names[i]; i++) names[counters++] = source->names[i];
  memset(source->counter_at, 0, sizeof source->counter_at);
  source->last_column = 0;
  read_whole(source->fd);
  const char *p = find_line(content, source->prefix);
  while (p && *p == ' ' && column < 511) {
    size_t length = strcspn(++p, " \n");
    int index = counter_named(source, p, length);
    if (index >= 0) source->counter_at[column] = first + index + 1, source->last_column = column;
    p += length;
    column++;
  }
}

void open_counters(void) {
  counters = 0;
  for (int i = 0; i < SOURCES; i++) {
    sources[i].fd = open_own(sources[i].path, O_RDONLY);
    if (sources[i].fd < 0) fail(sources[i].path);
    find_columns(&sources[i]);
  }
  sockstat[0] = open_own("/proc/self/net/sockstat", O_RDONLY);
  sockstat[1] = open_own("/proc/self/net/sockstat6", O_RDONLY);
}

void close_counters(void) {
  for (int i = 0; i < SOURCES; i++) close(sources[i].fd);
  close(sockstat[0]);
  close(sockstat[1]);
}

static long read_value(const char **at) {
  const char *p = *at;
  long value = 0;
  int negative = *p == '-';
  if (negative) p++;
  while (*p >= '0' && *p <= '9') value = value * 10 + (*p++ - '0');
  *at = p;
  return negative ? -value : value;
}

static void read_source(const struct source *source) {
  read_whole(source->fd);
  const char *p = find_line(content, source->prefix);
  p = p ? find_line(p, source->prefix) : NULL;
  for (int column = 0; p && *p == ' ' && column <= source->last_column; column++) {
    p++;
    int counter = source->counter_at[column];
    if (counter) now[counter - 1] = read_value(&p);
    else while (*p > ' ') p++;
  }
}

void read_counters(void) {
  memcpy(printed, now, sizeof now);
  for (int i = 0; i < SOURCES; i++) read_source(&sources[i]);
}

// What has changed between the last two readings.
void print_counters(void) {
  for (int i = 0; i < counters; i++) {
    if (now[i] == printed[i]) continue;
    put_text("c ");
    put_text(names[i]);
    put(' ');
    put_number(now[i] - printed[i]);
    put('\n');
  }
}

static int in_use(int fd, const char *prefix) {
  if (fd < 0) return 0;
  read_whole(fd);
  const char *line = find_line(content, prefix);
  return line ? atoi(line) : 0;
}

// TCP sockets that live on in the kernel though every descriptor is closed.
int lingering_sockets(void) { return in_use(sockstat[0], "TCP: inuse ") + in_use(sockstat[1], "TCP6: inuse "); }
