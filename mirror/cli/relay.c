/*
 * cli/relay.c
 *	  mwmirror relay: from the replication slot to stdout, a file or Kafka.
 */
#include "cli/cli.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "relay/relay.h"
#include "support/log.h"

#define ID_SIZE 256

static status
refuse_value(const char *option, const char *value, const char *choices)
{
	log_error("--%s is '%s', not one of: %s", option, value, choices);
	return STATUS_USAGE;
}

/* Takes an option's value into *setting if it was given; choices are separated by blanks. */
static status
override(const cli_call *call, const char *option, const char *choices, char **setting)
{
	const char *value = cli_option_value(call, option);
	const char *at;

	if (value == NULL)
		return STATUS_OK;
	if (choices != NULL)
	{
		at = strstr(choices, value);
		if (at == NULL || value[0] == '\0' || strchr(value, ' ') != NULL ||
		    (at != choices && at[-1] != ' ') ||
		    (at[strlen(value)] != '\0' && at[strlen(value)] != ' '))
			return refuse_value(option, value, choices);
	}
	*setting = (char *) (uintptr_t) value;
	return STATUS_OK;
}

/* Overrides the settings of this call's copy of the configuration; id holds the transactional id if it follows the slot. */
static status
override_settings(const cli_call *call, config *c, char id[ID_SIZE])
{
	bool id_follows;
	status s;

	snprintf(id, ID_SIZE, "mwmirror-%s", c->relay_slot);
	id_follows = strcmp(id, c->kafka_transactional_id) == 0;
	s = override(call, "sink", "stdout file kafka", &c->relay_sink);
	if (s == STATUS_OK)
		s = override(call, "mode", "complete parity parity-1.43 parity-1.45 parity-1.47",
		             &c->relay_mode);
	if (s == STATUS_OK)
		s = override(call, "file", NULL, &c->relay_file);
	if (s == STATUS_OK)
		s = override(call, "slot", NULL, &c->relay_slot);
	if (s != STATUS_OK)
		return s;
	if (id_follows)
	{
		snprintf(id, ID_SIZE, "mwmirror-%s", c->relay_slot);
		c->kafka_transactional_id = id;
	}
	if (strcmp(c->relay_sink, "file") == 0 && c->relay_file[0] == '\0')
	{
		log_error("--sink file needs --file PATH or the setting relay.file");
		return STATUS_USAGE;
	}
	return STATUS_OK;
}

static status
read_options(const cli_call *call, relay_options *out)
{
	const char *format = cli_option_value(call, "format");
	const char *until = cli_option_value(call, "until-lsn");

	out->accept_gap = cli_option_given(call, "accept-gap");
	if (format != NULL && strcmp(format, "envelope") == 0)
		out->format = SINK_ENVELOPE;
	else if (format != NULL && strcmp(format, "value") != 0)
		return refuse_value("format", format, "value envelope");
	if (until != NULL && !relay_lsn_parse(until, &out->until_lsn))
	{
		log_error("--until-lsn is '%s', not an LSN such as 0/16B3748", until);
		return STATUS_USAGE;
	}
	return STATUS_OK;
}

/*
 * The configured slot belongs to the configured sink. What another sink is given from it by hand would never reach that
 * one if it were confirmed.
 */
static bool
only_looks(const cli_call *call, const config *c)
{
	return strcmp(c->relay_slot, call->config->relay_slot) == 0 &&
	       strcmp(c->relay_sink, call->config->relay_sink) != 0 &&
	       !cli_option_given(call, "confirm");
}

static status
run(const cli_call *call)
{
	config c = *call->config; /* texts stay main's */
	relay_options relay_opts = {.format = SINK_VALUE};
	char id[ID_SIZE];
	status s = override_settings(call, &c, id);

	if (s == STATUS_OK)
		s = read_options(call, &relay_opts);
	if (s != STATUS_OK)
		return s;
	log_set_component("relay");
	relay_opts.look_only = only_looks(call, &c);
	if (relay_opts.look_only)
		log_info("slot %s is that of sink %s: it is only looked at, and keeps all its events "
		         "(--confirm takes them)",
		         c.relay_slot, call->config->relay_sink);
	return relay_run(&c, &relay_opts);
}

static const cli_option options[] = {
    {"sink", "SINK", "stdout, file or kafka, instead of relay.sink"},
    {"file", "PATH", "for sink file, instead of relay.file"},
    {"slot", "NAME", "instead of relay.slot"},
    {"mode", "MODE", "complete, parity, or parity-1.43, -1.45, -1.47, instead of relay.mode"},
    {"format", "FORMAT",
     "lines of stdout and file: value (default) or envelope (topic, key, headers too)"},
    {"until-lsn", "LSN", "end once everything committed before this LSN is published"},
    {"confirm", NULL,
     "with another --sink than relay.sink: take the events from the slot, which is else only "
     "looked at"},
    {"accept-gap", NULL, "go on at the slot's position although it does not fit the published one"},
    {NULL, NULL, NULL},
};

const cli_verb cli_relay = {
    .name = "relay",
    .summary = "publish the events of the replication slot",
    .description =
        "Reads the logical replication slot and publishes its events until it is stopped. Into "
        "Kafka and into\n"
        "a file every source transaction arrives exactly once, whatever is killed; standard output "
        "has no\n"
        "memory, so there a restart may print again what was printed just before a crash. With "
        "another "
        "--sink than\n"
        "relay.sink the configured slot is only looked at, from its position on: it keeps all its "
        "events.",
    .operands = "",
    .options = options,
    .sections = "relay kafka",
    .run = run,
};
