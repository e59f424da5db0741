/*
 * plugin/entity/content_model.h
 *	  Content models and slot roles.
 */
#ifndef MWMIRROR_ENTITY_CONTENT_MODEL_H
#define MWMIRROR_ENTITY_CONTENT_MODEL_H

#include "plugin/entity/entities.h"

/* Names of a content model and of a slot role; NULL, and reported as missing, if there is none. */
extern const char *content_model_find(session *s, int wiki, int64 model_id);
extern const char *slot_role_find(session *s, int wiki, int64 role_id);

#endif
