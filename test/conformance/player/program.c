// program.c: reads the steps of a program: their numbers and addresses
#include "player.h"

#include <stddef.h>
#include <sys/un.h>

struct token {
  const char *start;
  size_t length;
};

static int next_token(const char **at, const char *end, struct token *token) {
  while (*at < end && **at == ' ') ++*at;
  token->start = *at;
  while (*at < end && **at != ' ') ++*at;
  token->length = *at - token->start;
  return token->length > 0;
}

static int same(struct token token, const char *text) {
  return strlen(text) == token.length && !memcmp(token.start, text, token.length);
}

// A decimal number; p<N> stands for a port of this program.
static int parse_number(struct token token, const struct program *program, long *number) {
  const char *p = token.start, *end = p + token.length;
  long base = 0, sign = 1, value = 0;
  if (p < end && *p == 'p') base = program->port_base, p++;
  if (p < end && *p == '-') sign = -1, p++;
  if (p == end) return 0;
  for (; p < end; p++) {
    if (*p < '0' || *p > '9') return 0;
    value = value * 10 + (*p - '0');
  }
  *number = base + sign * value;
  return 1;
}

static const struct {
  const char *name;
  int family;
  const char *host;
} HOSTS[] = {
  {"any4", AF_INET, "0.0.0.0"},          {"lo4", AF_INET, "127.0.0.1"},
  {"lo4b", AF_INET, "127.0.0.2"},        {"far4", AF_INET, "192.0.2.1"},
  {"any6", AF_INET6, "::"},              {"lo6", AF_INET6, "::1"},
  {"map4", AF_INET6, "::ffff:127.0.0.1"}, {"mapany", AF_INET6, "::ffff:0.0.0.0"},
  {"far6", AF_INET6, "2001:db8::1"},     {"unspec", AF_UNSPEC, "0.0.0.0"},
  {"unspeclo", AF_UNSPEC, "127.0.0.1"},  {"fam7", 7, "127.0.0.1"},
  {"bad", AF_INET, "127.0.0.1"},
};

static void unix_address(struct address *address, int abstract, long index, long port) {
  struct sockaddr_un *un = (struct sockaddr_un *)&address->bytes;
  un->sun_family = AF_UNIX;
  char *path = un->sun_path + abstract;
  size_t room = sizeof un->sun_path - 1;
  if (abstract) snprintf(path, room, "aq-%ld-%ld", index, port);
  else snprintf(path, room, "%s/%ld-%ld", arena->directory, index, port);
  address->length = offsetof(struct sockaddr_un, sun_path) + abstract + strlen(path);
}

static void internet_address(struct address *address, int family, const char *host, long port) {
  struct sockaddr_in *in = (struct sockaddr_in *)&address->bytes;
  struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&address->bytes;
  in->sin_family = family;
  in->sin_port = htons(port);  // at the same place in both
  if (family == AF_INET6) inet_pton(AF_INET6, host, &in6->sin6_addr);
  else inet_pton(AF_INET, host, &in->sin_addr);
  address->length = family == AF_INET6 ? sizeof *in6 : sizeof *in;
}

static int parse_address(struct token token, const struct program *program, struct address *address) {
  const char *comma = memchr(token.start, ',', token.length);
  if (!comma) return 0;
  struct token name = {token.start, comma - token.start};
  struct token rest = {comma + 1, token.length - name.length - 1};
  long port;
  if (!parse_number(rest, program, &port)) return 0;
  memset(address, 0, sizeof *address);
  address->bad = same(name, "bad");
  if (same(name, "path") || same(name, "abs")) {
    unix_address(address, same(name, "abs"), program->index, port);
    return 1;
  }
  for (size_t i = 0; i < sizeof HOSTS / sizeof *HOSTS; i++) {
    if (!same(name, HOSTS[i].name)) continue;
    internet_address(address, HOSTS[i].family, HOSTS[i].host, port);
    return 1;
  }
  return 0;
}

static int parse_text(const char *at, const char *end, const struct program *program, struct step *step) {
  struct token token;
  size_t used = 0;
  step->text[0] = 0;
  while (next_token(&at, end, &token)) {
    long number;
    char *to = step->text + used;
    size_t room = sizeof step->text - used;
    const char *space = used ? " " : "";
    if (*token.start == 'p' && parse_number(token, program, &number))
      used += snprintf(to, room, "%s%ld", space, number);
    else used += snprintf(to, room, "%s%.*s", space, (int)token.length, token.start);
    if (used >= sizeof step->text) return 0;
  }
  return 1;
}

static int parse_argument(char kind, struct token token, const struct program *program, struct step *step) {
  if (kind == 'a') return parse_address(token, program, &step->address);
  if (kind == 'w') {
    if (token.length >= sizeof step->word) return 0;
    memcpy(step->word, token.start, token.length);
    step->word[token.length] = 0;
    return 1;
  }
  return step->count < MAX_NUMBERS && parse_number(token, program, &step->number[step->count++]);
}

int parse_step(const char *at, const char *end, const struct program *program, struct step *step) {
  struct token token;
  long task;
  step->count = 0;
  if (!next_token(&at, end, &token) || !parse_number(token, program, &task)) return 0;
  step->task = task;
  if (!next_token(&at, end, &token)) return 0;
  step->operation = find_operation(token.start, token.length);
  if (step->operation < 0) return 0;
  const char *kind = operations[step->operation].arguments;
  for (; *kind; kind += *kind != '*') {
    if (*kind == 't') return parse_text(at, end, program, step);
    if (!next_token(&at, end, &token)) return *kind == '?' || *kind == '*';
    if (!parse_argument(*kind, token, program, step)) return 0;
  }
  return !next_token(&at, end, &token);
}
