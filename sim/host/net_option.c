/*
 * sim/host/net_option.c - the words behind --net: KIND:WHAT[,KEY=VALUE ...].
 *   hub:NAME                    an ethernet of this user's nodes on this host
 *   socket:listen=PATH          QEMU's "-netdev stream" over a Unix socket
 *   socket:connect=PATH         … its other end
 *   socket:local=A,remote=A     QEMU's "-netdev dgram"; A: a path, or a UDP port
 *   mac=XX:XX:XX:XX:XX:XX       with each: the card's address; else a random one
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "sim/host/host.h"

enum { HUB_NAME_MAX = 32 };
#define WANT "want hub:NAME, socket:listen=PATH, socket:connect=PATH or socket:local=PATH,remote=PATH"

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
hub_name(NetOption *o, const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
	size_t n = strlen(name);

	if (n == 0 || n > HUB_NAME_MAX || strspn(name, letters) != n)
		options_bad("--net hub: want a name of up to %d letters, digits, _ and -, not \"%s\"", HUB_NAME_MAX, name);
	o->kind = NET_HUB;
	o->name = name;
}

void
net_parse(NetOption *o, char *arg)
{
	char *what = strchr(arg, ':'), *word, *rest;
	bool hub = strncmp(arg, "hub:", 4) == 0;

	*o = (NetOption){ .kind = NET_DGRAM };
	if (strncmp(arg, "user", 4) == 0 || strncmp(arg, "tap:", 4) == 0)
		options_bad("--net %.4s: not there yet; " WANT, arg);
	if (!hub && strncmp(arg, "socket:", 7) != 0)
		options_bad("--net: \"%s\"? " WANT, arg);
	mac_make(o->mac);
	for (word = strtok_r(what + 1, ",", &rest); word != NULL; word = strtok_r(NULL, ",", &rest)) {
		const char *mac = value_of(word, "mac");

		if (mac != NULL)
			mac_parse(mac, o->mac);
		else if (!hub)
			socket_word(o, word);
		else if (o->name == NULL)
			hub_name(o, word);
		else
			options_bad("--net hub: \"%s\"? Behind the name there may be mac=XX:XX:XX:XX:XX:XX", word);
	}
	if (hub && o->name == NULL)
		hub_name(o, "");
	if (o->kind == NET_DGRAM && (o->local == NULL || o->remote == NULL))
		options_bad("--net socket: " WANT);
}
