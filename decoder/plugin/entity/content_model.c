/*
 * plugin/entity/content_model.c
 *	  Content models and slot roles.
 */
#include "plugin/entity/content_model.h"

#include "plugin/core/missing.h"

/* load_name reads a name by its id; one that is empty is none. */
static char *
load_name(session *s, mirror_table table, int wiki, int64 id, int column)
{
	mirror_row row;
	char *name = NULL;

	if (entity_read(s, table, wiki, id, &row))
		name = mirror_row_text(&row, column);
	if (name == NULL || name[0] == '\0')
	{
		name = NULL;
		missing_report(s, table, wiki, id);
	}
	return name;
}

static void *
load_model(session *s, int wiki, int64 model_id)
{
	return load_name(s, TABLE_CONTENT_MODELS, wiki, model_id, MODEL_NAME);
}

static void *
load_role(session *s, int wiki, int64 role_id)
{
	return load_name(s, TABLE_SLOT_ROLES, wiki, role_id, ROLE_NAME);
}

static const entity_kind model_kind = {load_model};
static const entity_kind role_kind = {load_role};

const char *
content_model_find(session *s, int wiki, int64 model_id)
{
	return entity_find(s, &model_kind, wiki, model_id);
}

const char *
slot_role_find(session *s, int wiki, int64 role_id)
{
	return entity_find(s, &role_kind, wiki, role_id);
}
