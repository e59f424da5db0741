/*
 * support/status.c
 *	  What the exit codes mean, for --help and the documents.
 */
#include "support/status.h"

#include <stddef.h>

const status_text status_texts[] = {
    {STATUS_OK, "done, or stopped as asked by SIGTERM or SIGINT"},
    {STATUS_FAILED, "a check answered no (status, check-config, topics)"},
    {STATUS_USAGE, "wrong arguments"},
    {STATUS_CONFIG, "the configuration file or the environment is wrong"},
    {STATUS_SOURCE, "MariaDB refuses, or is not set up as needed"},
    {STATUS_TARGET, "PostgreSQL refuses, or is not set up as needed"},
    {STATUS_SINK, "Kafka or another sink refuses"},
    {STATUS_DATA,
     "the binlog holds something that is not understood; the position stays before it"},
    {STATUS_FENCED, "another instance does this work"},
    {STATUS_MEMORY, "out of memory"},
    {STATUS_BUG, "an impossible state; please report it"},
    {STATUS_RETRY, "a connection was lost; the same call may work later"},
    {STATUS_OK, NULL},
};
