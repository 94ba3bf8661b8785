/*
 * sim/host/net_option.c - the words behind --net: KIND:WHAT[,KEY=VALUE ...].
 *   user[,hostfwd=tcp:A:P-:P]   the host's network, behind NAT; ports of the host
 *                               that lead to the node (repeatable)
 *   tap:INTERFACE               an interface of the host
 *   hub:NAME                    an ethernet of this user's nodes on this host
 *   socket:listen=PATH          QEMU's "-netdev stream" over a Unix socket
 *   socket:connect=PATH         … its other end
 *   socket:local=A,remote=A     QEMU's "-netdev dgram"; A: a path, or a UDP port
 *   mac=XX:XX:XX:XX:XX:XX       with each: the card's address; else a random one
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "sim/host/host.h"

enum { HUB_NAME_MAX = 32 };
#define WANT "want user, hub:NAME, socket:listen=PATH, socket:connect=PATH, socket:local=PATH,remote=PATH or tap:INTERFACE"

static void
mac_parse(const char *s, uint8_t mac[MAC_SIZE])
{
	unsigned b[MAC_SIZE];
	int end = 0;

	if (sscanf(s, "%2x:%2x:%2x:%2x:%2x:%2x%n", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5], &end) != MAC_SIZE ||
	    s[end] != '\0')
		options_bad("--net: mac: want six bytes such as 52:54:00:12:34:56, not \"%s\"", s);
	if (b[0] & 1)
		options_bad("--net: mac: %s is a group's address: its first byte has to be even", s);
	for (int i = 0; i < MAC_SIZE; i++)
		mac[i] = (uint8_t)b[i];
}

/* The prefix is the one that QEMU's cards have. */
static void
mac_make(uint8_t mac[MAC_SIZE])
{
	static const uint8_t prefix[] = { 0x52, 0x54, 0x00 };

	memcpy(mac, prefix, sizeof prefix);
	if (getrandom(mac + sizeof prefix, MAC_SIZE - sizeof prefix, 0) != MAC_SIZE - sizeof prefix)
		options_bad("--net: the host has no random numbers; give mac=52:54:00:XX:XX:XX");
}

/* "KEY=VALUE": its value, or NULL when it is another key. */
static const char *
value_of(const char *word, const char *key)
{
	size_t n = strlen(key);

	if (strncmp(word, key, n) != 0 || word[n] != '=')
		return NULL;
	if (word[n + 1] == '\0')
		options_bad("--net: %s= wants a value", key);
	return word + n + 1;
}

static void
socket_word(NetOption *o, const char *word)
{
	const char *v;

	if ((v = value_of(word, "listen")) != NULL || (v = value_of(word, "connect")) != NULL) {
		if (o->name != NULL || o->local != NULL || o->remote != NULL)
			options_bad("--net socket: \"%s\" does not go with what is before it", word);
		o->kind = *word == 'l' ? NET_LISTEN : NET_CONNECT;
		o->name = v;
	} else if (o->name == NULL && (v = value_of(word, "local")) != NULL) {
		o->local = v;
	} else if (o->name == NULL && (v = value_of(word, "remote")) != NULL) {
		o->remote = v;
	} else {
		options_bad("--net socket: \"%s\"? " WANT, word);
	}
}

static void
hub_name(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
	size_t n = strlen(name);

	if (n == 0 || n > HUB_NAME_MAX || strspn(name, letters) != n)
		options_bad("--net hub: want a name of up to %d letters, digits, _ and -, not \"%s\"", HUB_NAME_MAX, name);
}

/* "[ADDR]:PORT", cut off at its end; an empty ADDR leaves the one that is there. */
static bool
place_parse(char *s, struct in_addr *addr, int *port)
{
	char *colon = strrchr(s, ':'), *end;
	unsigned long n;

	if (colon == NULL)
		return false;
	*colon++ = '\0';
	n = strtoul(colon, &end, 10);
	*port = (int)n;
	return *colon >= '0' && *colon <= '9' && *end == '\0' && n > 0 && n < 65536 &&
	    (*s == '\0' || inet_pton(AF_INET, s, addr) == 1);
}

/* As QEMU has it: "tcp:[ADDR]:PORT-[ADDR]:PORT", of the host and of the node. */
static void
fwd_parse(NetOption *o, const char *text)
{
	HostFwd *f = &o->fwd[o->nfwd];
	char copy[80], *guest;

	if (o->nfwd++ == HOSTFWD_MAX)
		options_bad("--net user: more than %d times hostfwd", HOSTFWD_MAX);
	*f = (HostFwd){ .text = text, .udp = strncmp(text, "udp:", 4) == 0, .host = { htonl(INADDR_ANY) } };
	snprintf(copy, sizeof copy, "%s", text);
	guest = strchr(copy, '-');
	if (guest != NULL)
		*guest++ = '\0';
	if (guest == NULL || strlen(text) >= sizeof copy || (!f->udp && strncmp(text, "tcp:", 4) != 0) ||
	    !place_parse(copy + 4, &f->host, &f->host_port) || !place_parse(guest, &f->guest, &f->guest_port))
		options_bad("--net user: want hostfwd=tcp:ADDR:PORT-:PORT, or udp, not \"%s\"", text);
}

/* One word of those behind KIND: but for mac=. */
static void
net_word(NetOption *o, const char *word)
{
	const char *v;

	switch (o->kind) {
	case NET_USER:
		if ((v = value_of(word, "hostfwd")) == NULL)
			options_bad("--net user: \"%s\"? There may be hostfwd=tcp:ADDR:PORT-:PORT and mac=", word);
		fwd_parse(o, v);
		break;
	case NET_HUB:
	case NET_TAP:
		if (o->name != NULL)
			options_bad("--net: \"%s\"? Behind the name there may be mac=XX:XX:XX:XX:XX:XX", word);
		if (o->kind == NET_HUB)
			hub_name(word);
		else if (strlen(word) >= IFNAMSIZ)
			options_bad("--net tap: an interface's name has at most %d letters: \"%s\"", IFNAMSIZ - 1, word);
		o->name = word;
		break;
	default:
		socket_word(o, word);
	}
}

static const struct {
	const char *name;
	int kind;
} kinds[] = { { "user", NET_USER }, { "hub", NET_HUB }, { "socket", NET_DGRAM }, { "tap", NET_TAP } };

void
net_parse(NetOption *o, char *arg)
{
	size_t n = strcspn(arg, ":,"), i;
	char *word, *rest;

	for (i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (strlen(kinds[i].name) == n && strncmp(arg, kinds[i].name, n) == 0)
			break;
	if (i == sizeof kinds / sizeof kinds[0] || arg[n] == (kinds[i].kind == NET_USER ? ':' : ','))
		options_bad("--net: \"%s\"? " WANT, arg);
	*o = (NetOption){ .kind = kinds[i].kind };
	mac_make(o->mac);
	for (word = strtok_r(arg + n + (arg[n] != '\0'), ",", &rest); word != NULL; word = strtok_r(NULL, ",", &rest)) {
		const char *mac = value_of(word, "mac");

		if (mac != NULL)
			mac_parse(mac, o->mac);
		else
			net_word(o, word);
	}
	if (o->kind != NET_USER && o->name == NULL && (o->local == NULL || o->remote == NULL))
		options_bad("--net %.*s: " WANT, (int)n, kinds[i].name);
}
