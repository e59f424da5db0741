/*
 * wire/content_format.c
 *	  Default formats of content models.
 */
#include "wire/content_format.h"

#include <string.h>

/* Models that are not named here have no default format. */
static const struct
{
	const char *model;
	const char *format;
} model_formats[] = {
    {"wikitext", "text/x-wiki"},
    {"javascript", "text/javascript"},
    {"css", "text/css"},
    {"text", "text/plain"},
    {"unknown", "text/plain"},
    {"json", "application/json"},
    {"vue", "text/x-vue"},
    {"Scribunto", "text/plain"},
    {"sanitized-css", "text/css"},
    {"wikibase-item", "application/json"},
    {"wikibase-property", "application/json"},
    {"wikibase-lexeme", "application/json"},
    {"wikibase-mediainfo", "application/json"},
    {"EntitySchema", "application/json"},
    {"GadgetDefinition", "application/json"},
    {"GeoJSON", "application/json"},
    {"JsonSchema", "application/json"},
    {"MassMessageListContent", "application/json"},
    {"NewsletterContent", "application/json"},
    {"SecurePoll", "application/json"},
    {"Json.JsonConfig", "application/json"},
    {"JsonConfig.Dashiki", "application/json"},
    {"JsonZeroConfig", "application/json"},
    {"Map.JsonConfig", "application/json"},
    {"Tabular.JsonConfig", "application/json"},
    {"flow-board", "application/json"},
    {"proofread-page", "text/x-wiki"},
    {"proofread-index", "text/x-wiki"},
    {"translate-messagebundle", "application/json"},
};

const char *
content_format(const char *model, size_t len)
{
	for (size_t i = 0; i < sizeof(model_formats) / sizeof(model_formats[0]); i++)
		if (strlen(model_formats[i].model) == len &&
		    memcmp(model, model_formats[i].model, len) == 0)
			return model_formats[i].format;
	return NULL;
}
