// peers.c: peers without a TCP of their own, 10.9.0.1 and up: sends single segments, sees what the kernel sends them
#include "player.h"

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>

enum { MAX_FLOWS = 512, MAX_PAYLOAD = 65000, FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };
enum { FASTOPEN = 34, COOKIE = 8, MAX_OPTIONS = 16 };

// A connection, seen from the peer: the SYN-ACK that it got last.
struct flow {
  uint32_t peer, local;  // network order
  uint16_t peer_port, local_port;
  uint32_t sequence;
};

static int raw_fd = -1, packet_fd = -1;
static struct flow flows[MAX_FLOWS];
static int flow_count;

// What a SYN-ACK gave a peer for its next connection with the same address.
static struct cookie {
  uint32_t peer, local;
  unsigned char bytes[COOKIE];
} cookies[MAX_FLOWS];
static int cookie_count;

void forget_flows(void) { flow_count = cookie_count = 0; }

// Lets through TCP that is going out to 10.9.0.0/16: on loopback every packet passes twice.
static int attach_filter(int fd) {
  struct sock_filter code[] = {
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, SKF_AD_OFF + SKF_AD_PKTTYPE),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 0, 6),
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_TCP, 0, 4),
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 16),
    BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xffff0000),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x0a090000, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, 128),
    BPF_STMT(BPF_RET | BPF_K, 0),
  };
  struct sock_fprog program = {sizeof code / sizeof *code, code};
  return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

// Bound to the protocol only after the filter is there.
static int open_packets(void) {
  int fd = own_fd(socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
  address.sll_ifindex = if_nametoindex("lo");
  if (fd < 0) return fd;
  if (!attach_filter(fd) && !bind(fd, (struct sockaddr *)&address, sizeof address)) return fd;
  close(fd);
  return -1;
}

void open_peers(void) {
  raw_fd = own_fd(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW));
  packet_fd = open_packets();
}

void close_peers(void) {
  if (raw_fd >= 0) close(raw_fd);
  if (packet_fd >= 0) close(packet_fd);
}

static struct flow *find_flow(const struct flow *like) {
  for (int i = 0; i < flow_count; i++) {
    struct flow *flow = &flows[i];
    if (flow->peer == like->peer && flow->peer_port == like->peer_port && flow->local == like->local &&
        flow->local_port == like->local_port)
      return flow;
  }
  return NULL;
}

static void remember_flow(const struct flow *seen) {
  struct flow *flow = find_flow(seen);
  if (!flow && flow_count < MAX_FLOWS) flow = &flows[flow_count++];
  if (flow) *flow = *seen;
}

static struct cookie *find_cookie(uint32_t peer, uint32_t local) {
  for (int i = 0; i < cookie_count; i++)
    if (cookies[i].peer == peer && cookies[i].local == local) return &cookies[i];
  return NULL;
}

static void remember_cookie(const struct flow *flow, const unsigned char *bytes) {
  struct cookie *cookie = find_cookie(flow->peer, flow->local);
  if (!cookie && cookie_count < MAX_FLOWS) cookie = &cookies[cookie_count++];
  if (!cookie) return;
  cookie->peer = flow->peer;
  cookie->local = flow->local;
  memcpy(cookie->bytes, bytes, COOKIE);
}

// The cookie among the options of a SYN-ACK, or NULL.
static const unsigned char *cookie_in(const struct tcphdr *tcp, const unsigned char *end) {
  const unsigned char *option = (const unsigned char *)(tcp + 1), *last = (const unsigned char *)tcp + tcp->doff * 4;
  if (last > end) last = end;
  while (option + 1 < last && option[0] != 0) {
    if (option[0] == 1) option++;
    else if (option[0] == FASTOPEN && option[1] == 2 + COOKIE && option + 2 + COOKIE <= last) return option + 2;
    else if (option[1] < 2) break;
    else option += option[1];
  }
  return NULL;
}

static void print_packet(uint32_t peer, int flags, int has_cookie) {
  static const struct {
    int bit;
    char letter;
  } LETTERS[] = {{SYN, 'S'}, {ACK, 'A'}, {FIN, 'F'}, {RST, 'R'}, {PSH, 'P'}};
  put_text("p ");
  put_number((long)(ntohl(peer) & 0xffff) - 1);
  put(' ');
  for (size_t i = 0; i < sizeof LETTERS / sizeof *LETTERS; i++)
    if (flags & LETTERS[i].bit) put(LETTERS[i].letter);
  if (has_cookie) put('C');
  put('\n');
}

void read_packets(int print) {
  unsigned char bytes[128];
  ssize_t n;
  while (packet_fd >= 0 && (n = recv(packet_fd, bytes, sizeof bytes, MSG_DONTWAIT)) > 0) {
    const struct iphdr *ip = (const struct iphdr *)bytes;
    const struct tcphdr *tcp = (const struct tcphdr *)(bytes + ip->ihl * 4);
    if (n < ip->ihl * 4 + (ssize_t)sizeof *tcp) continue;
    int flags = ((const unsigned char *)tcp)[13];
    struct flow flow = {ip->daddr, ip->saddr, tcp->dest, tcp->source, ntohl(tcp->seq)};
    if ((flags & (SYN | ACK)) == (SYN | ACK)) remember_flow(&flow);
    const unsigned char *cookie = flags & SYN ? cookie_in(tcp, bytes + n) : NULL;
    if (cookie) remember_cookie(&flow, cookie);
    if (print) print_packet(ip->daddr, flags, cookie != NULL);
  }
}

static uint32_t sum_of(const void *data, size_t length, uint32_t sum) {
  const unsigned char *p = data;
  for (; length > 1; p += 2, length -= 2) sum += p[0] << 8 | p[1];
  return length ? sum + (p[0] << 8) : sum;
}

// The kernel completes the IP header; the checksum of the segment is ours.
static uint16_t checksum(const struct iphdr *ip, const void *segment, size_t length) {
  uint32_t sum = sum_of(&ip->saddr, 8, IPPROTO_TCP + length);
  sum = sum_of(segment, length, sum);
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return htons(~sum);
}

static int flags_of(const char *letters) {
  static const char ORDER[] = "FSRPA";
  int flags = 0;
  for (; *letters; letters++) {
    const char *place = strchr(ORDER, *letters);
    if (place) flags |= 1 << (place - ORDER);
  }
  return flags;
}

struct options {
  size_t length;  // a multiple of four
  unsigned char bytes[MAX_OPTIONS];
};

static long send_flow(const struct flow *flow, int flags, uint32_t ack, size_t payload, const struct options *options) {
  static unsigned char packet[sizeof(struct iphdr) + sizeof(struct tcphdr) + MAX_OPTIONS + MAX_PAYLOAD];
  struct iphdr *ip = (struct iphdr *)packet;
  struct tcphdr *tcp = (struct tcphdr *)(ip + 1);
  size_t length = sizeof *tcp + options->length + payload;
  memset(packet, 0, sizeof *ip + sizeof *tcp);
  *ip = (struct iphdr){.version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_TCP};
  ip->saddr = flow->peer;
  ip->daddr = flow->local;
  tcp->source = flow->peer_port;
  tcp->dest = flow->local_port;
  tcp->seq = htonl(flow->sequence);
  tcp->ack_seq = htonl(ack);
  tcp->doff = (sizeof *tcp + options->length) / 4;
  tcp->window = htons(65535);
  ((unsigned char *)tcp)[13] = flags;
  memcpy(tcp + 1, options->bytes, options->length);
  memset((unsigned char *)(tcp + 1) + options->length, 'x', payload);
  tcp->check = checksum(ip, tcp, length);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = flow->local};
  long sent = sendto(raw_fd, packet, sizeof *ip + length, 0, (struct sockaddr *)&to, sizeof to);
  return sent < 0 ? -errno : 0;
}

// ack 0: none, 1: of the last SYN-ACK, 2: of something never sent
static long acknowledge(const struct flow *flow, long ack, uint32_t *number) {
  enum { NEVER_SENT = 100000 };
  *number = 0;
  if (ack == 0) return 0;
  const struct flow *known = find_flow(flow);
  const uint32_t last = known ? known->sequence : 0; // nothing heard: a number that nobody waits for
  *number = last + 1 + (ack == 2 ? NEVER_SENT : 0);
  return 0;
}

// kind 0: none, 1: asks for a cookie, 2: the cookie that the peer got last, 3: a wrong one
static void add_fastopen(struct options *options, const struct flow *flow, long kind) {
  if (kind == 0) return;
  const struct cookie *known = kind == 2 ? find_cookie(flow->peer, flow->local) : NULL;
  size_t size = kind == 1 ? 0 : COOKIE;
  unsigned char *to = options->bytes + options->length;
  memset(to, 1, 2);  // two bytes of padding
  to[2] = FASTOPEN;
  to[3] = 2 + size;
  if (known) memcpy(to + 4, known->bytes, size);
  else memset(to + 4, 0x5a, size);
  options->length += 4 + size;
}

// syn <peer> <addr> <sport> <isn> · tfo <peer> <addr> <sport> <isn> <n> <kind>
// seg <peer> <addr> <sport> <flags> <seq> <ack> <n>
long send_segment(const struct step *step) {
  const struct sockaddr_in *to = (const struct sockaddr_in *)&step->address.bytes;
  int segment = is_operation(step, "seg"), tfo = is_operation(step, "tfo");
  long payload = segment ? step->number[4] : tfo ? step->number[3] : 0;
  struct flow flow = {htonl(0x0a090001 + step->number[0]), to->sin_addr.s_addr, htons(step->number[1]), to->sin_port,
                      step->number[2]};
  int flags = segment ? flags_of(step->word) : SYN;
  struct options options = {0}, with_mss = {4, {2, 4, 1460 >> 8, 1460 & 255}};
  if (flags == SYN) options = with_mss;
  if (tfo) add_fastopen(&options, &flow, step->number[4]);
  uint32_t ack;
  long error = acknowledge(&flow, segment ? step->number[3] : 0, &ack);
  if (error) return error;
  if (payload < 0 || payload > MAX_PAYLOAD) return -EMSGSIZE;
  return send_flow(&flow, flags, ack, payload, &options);
}
