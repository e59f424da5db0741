/*
 * plugin/entity/page.h
 *	  Pages and redirects as of the mark.
 */
#ifndef MWMIRROR_ENTITY_PAGE_H
#define MWMIRROR_ENTITY_PAGE_H

#include "plugin/entity/entities.h"

typedef struct page
{
	int64 page_id;
	int32 namespace_id;
	const char *title; /* never NULL */
	bool is_redirect;
	int64 latest; /* 0: MediaWiki inserts pages so; such a row is not a page yet */
} page;

typedef struct redirect
{
	int32 namespace_id;
	const char *title;
	const char *interwiki; /* NULL: a page of this wiki */
	const char *fragment;  /* NULL: none */
} redirect;

/* Each returns NULL if there is no such row; of a page also if no event can hold its id. */
extern const page *page_find(session *s, int wiki, int64 page_id);
extern const page *page_find_by_title(session *s, int wiki, int32 namespace_id, const char *title);
/*
 * page_find_gone
 *	 A page that is not there any more, as it was when the last of its revisions was archived; latest is that revision. NULL: no revision
 *	 of it is known to be archived, or no event can hold the page's id.
 */
extern const page *page_find_gone(session *s, int wiki, int64 page_id);
/* Where a redirect leads to. */
extern const redirect *redirect_find(session *s, int wiki, int64 page_id);

#endif
