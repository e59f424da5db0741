/*
 * source/history.c
 *	  Recognises the history of a source; see history.h.
 */
#include "source/history.h"

#include <stddef.h>
#include <string.h>

bool
history_start(const history *h, const gtid_list *position, gtid_list *out)
{
	gtid at = gtid_list_find(position, h->last.domain);

	memset(out, 0, sizeof(*out));
	if (h->last.sequence == 0 || h->prior.sequence == 0 || h->prior.domain != h->last.domain ||
	    !gtid_equals(&at, &h->last))
		return false;
	if (gtid_list_copy(position, out) && gtid_list_set(out, &h->prior))
		return true;
	gtid_list_free(out);
	return false;
}

void
history_add(history *h, const gtid_list *position, const gtid *id, uint32_t time)
{
	h->last = *id;
	h->prior = gtid_list_find(position, id->domain);
	h->time = time;
}
