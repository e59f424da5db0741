/*
 * plugin/entity/page.c
 *	  Pages and redirects; see page.h.
 */
#include "plugin/entity/page.h"

static void *
read_page(session *s, int wiki, const mirror_row *row)
{
	int64 page_id = mirror_row_int(row, PAGE_ID);
	const char *title;
	page *p;

	if (!entity_fits(s, TABLE_PAGE, PAGE_ID, wiki, page_id, page_id))
		return NULL;
	title = mirror_row_text(row, PAGE_TITLE);
	p = palloc(sizeof(page));
	*p = (page){.page_id = page_id,
	            .namespace_id = (int32) mirror_row_int(row, PAGE_NAMESPACE),
	            .title = title == NULL ? "" : title,
	            .is_redirect = mirror_row_int(row, PAGE_IS_REDIRECT) != 0,
	            .latest = mirror_row_int(row, PAGE_LATEST)};
	return p;
}

static void *
load_page(session *s, int wiki, int64 page_id)
{
	mirror_row row;

	return entity_read(s, TABLE_PAGE, wiki, page_id, &row) ? read_page(s, wiki, &row) : NULL;
}

static const entity_kind page_kind = {load_page};

const page *
page_find(session *s, int wiki, int64 page_id)
{
	return entity_find(s, &page_kind, wiki, page_id);
}

const page *
page_find_by_title(session *s, int wiki, int32 namespace_id, const char *title)
{
	rows_value key[2] = {{.number = namespace_id}, {.text = title, .len = strlen(title)}};
	rows_scan scan;
	mirror_row row;

	rows_find(&scan, s->rows, TABLE_PAGE, PAGE_BY_TITLE, wiki, key);
	return rows_next(&scan, &row) ? read_page(s, wiki, &row) : NULL;
}

static void *
load_gone(session *s, int wiki, int64 page_id)
{
	page *gone = NULL;
	rows_scan scan;
	mirror_row row;

	if (!entity_fits(s, TABLE_PAGE, PAGE_ID, wiki, page_id, page_id))
		return NULL;
	rows_find(&scan, s->rows, TABLE_ARCHIVE, ARCHIVE_BY_PAGE, wiki,
	          &(rows_value){.number = page_id});
	while (rows_next(&scan, &row))
	{
		if (mirror_row_is_null(&row, AR_TITLE) ||
		    (gone != NULL && mirror_row_int(&row, AR_REV_ID) <= gone->latest))
			continue;
		if (gone == NULL)
			gone = palloc(sizeof(page));
		else
			pfree((char *) gone->title);
		*gone = (page){.page_id = page_id,
		               .namespace_id = (int32) mirror_row_int(&row, AR_NAMESPACE),
		               .title = mirror_row_text(&row, AR_TITLE),
		               .latest = mirror_row_int(&row, AR_REV_ID)};
	}
	return gone;
}

static const entity_kind gone_kind = {load_gone};

const page *
page_find_gone(session *s, int wiki, int64 page_id)
{
	return entity_find(s, &gone_kind, wiki, page_id);
}

/* read_some returns a text; NULL if it is empty. */
static const char *
read_some(const mirror_row *row, int column)
{
	const char *text = mirror_row_text(row, column);

	return text == NULL || text[0] == '\0' ? NULL : text;
}

static void *
load_redirect(session *s, int wiki, int64 page_id)
{
	mirror_row row;
	redirect *r;

	if (!entity_read(s, TABLE_REDIRECT, wiki, page_id, &row) || mirror_row_is_null(&row, RD_TITLE))
		return NULL;
	r = palloc(sizeof(redirect));
	r->namespace_id = (int32) mirror_row_int(&row, RD_NAMESPACE);
	r->title = mirror_row_text(&row, RD_TITLE);
	r->interwiki = read_some(&row, RD_INTERWIKI);
	r->fragment = read_some(&row, RD_FRAGMENT);
	return r;
}

static const entity_kind redirect_kind = {load_redirect};

const redirect *
redirect_find(session *s, int wiki, int64 page_id)
{
	return entity_find(s, &redirect_kind, wiki, page_id);
}
