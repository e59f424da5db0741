/*
 * plugin/aggregate/page_state.c
 *	  Pages of which anything changed; see page_state.h.
 *
 * A page is told of once a source transaction, however many of its rows changed. The other rows of its document come with those that
 * changed: what counts as a change here must be one in sql/mapping/references.sql (update_of), too.
 */
#include "plugin/aggregate/page_state.h"

#include "plugin/entity/revision.h"
#include "plugin/entity/visibility.h"

/* Of a page, by its id: one whose document is another, and what may make it so by what is hidden of the text before. */
typedef struct state_fact
{
	bool is_changed;
	bool was_there; /* its row went, and page_latest was not 0 */
	bool is_parsed; /* its rows of what the text yields are of a later text, or the same */
	/* Revisions that came to it or went to another page have ids from first to last; 0: none did. */
	int64 first;
	int64 last;
} state_fact;

static bool state_conclude(session *s, int wiki, int64 page_id, const void *fact, event *out);

static const fact_kind state_kind = {sizeof(state_fact), state_conclude, &page_state_aggregate};

/* ---- facts ---- */

/* get_fact returns that of the page that the row names in a column; NULL: it names none. */
static state_fact *
get_fact(session *s, const change *c, const mirror_row *row, int column)
{
	if (row == NULL || mirror_row_is_null(row, column))
		return NULL;
	return gather_get(s->gather, &state_kind, c->wiki, mirror_row_int(row, column));
}

/* note: something changed of the page that the row names in a column. */
static void
note(session *s, const change *c, const mirror_row *row, int column)
{
	state_fact *fact = get_fact(s, c, row, column);

	if (fact != NULL)
		fact->is_changed = true;
}

/* note_came: the revision may be the one before the latest of its page, whether it came to that or went to another. */
static void
note_came(session *s, const change *c, const mirror_row *row)
{
	state_fact *fact = get_fact(s, c, row, REV_PAGE);
	const int64 rev_id = mirror_row_int(row, REV_ID);

	if (fact == NULL)
		return;
	fact->first = fact->first == 0 ? rev_id : Min(fact->first, rev_id);
	fact->last = Max(fact->last, rev_id);
}

static void
note_both(session *s, const change *c, int column)
{
	note(s, c, c->old_row, column);
	note(s, c, c->new_row, column);
}

/* same_text compares a column of two rows. */
static bool
same_text(const mirror_row *a, const mirror_row *b, int column)
{
	const struct varlena *text;

	if (mirror_row_is_null(a, column) || mirror_row_is_null(b, column))
		return mirror_row_is_null(a, column) && mirror_row_is_null(b, column);
	text = PG_DETOAST_DATUM_PACKED(a->values[column]);
	return mirror_row_text_equals(b, column, VARDATA_ANY(text), VARSIZE_ANY_EXHDR(text));
}

/* is_changed is true if an update changed one of the columns, numbers and texts, each list ending with 0. */
static bool
is_changed(const change *c, const int *numbers, const int *texts)
{
	if (c->old_row == NULL || c->new_row == NULL)
		return true;
	for (; *numbers != 0; numbers++)
		if (mirror_row_int(c->old_row, *numbers) != mirror_row_int(c->new_row, *numbers))
			return true;
	for (; *texts != 0; texts++)
		if (!same_text(c->old_row, c->new_row, *texts))
			return true;
	return false;
}

static void
add_page(session *s, const change *c)
{
	static const int numbers[] = {PAGE_ID, PAGE_NAMESPACE, PAGE_IS_REDIRECT, PAGE_LATEST, 0};
	static const int texts[] = {PAGE_TITLE, PAGE_CONTENT_MODEL, PAGE_LANG, 0};
	state_fact *fact;

	if (!is_changed(c, numbers, texts))
	{
		fact = get_fact(s, c, c->new_row, PAGE_ID);
		if (fact != NULL && mirror_row_time(c->old_row, PAGE_LINKS_UPDATED) !=
		                        mirror_row_time(c->new_row, PAGE_LINKS_UPDATED))
			fact->is_parsed = true;
		return;
	}
	note_both(s, c, PAGE_ID);
	if (c->old_row == NULL || mirror_row_int(c->old_row, PAGE_LATEST) == 0)
		return;
	fact = gather_get(s->gather, &state_kind, c->wiki, mirror_row_int(c->old_row, PAGE_ID));
	fact->was_there = true;
}

/* add_revision: of what is hidden, and of the one before the latest also where it is; a latest revision that is new changes the page. */
static void
add_revision(session *s, const change *c)
{
	if (c->new_row == NULL)
		return;
	if (c->old_row == NULL)
	{
		note_came(s, c, c->new_row);
		return;
	}
	if (revision_bits(c->old_row) != revision_bits(c->new_row))
		note(s, c, c->new_row, REV_PAGE);
	if (mirror_row_int(c->old_row, REV_PAGE) == mirror_row_int(c->new_row, REV_PAGE))
		return;
	note_came(s, c, c->old_row);
	note_came(s, c, c->new_row);
}

static void
add_restriction(session *s, const change *c)
{
	note_both(s, c, PR_PAGE);
}

static void
add_externallink(session *s, const change *c)
{
	static const int numbers[] = {EL_FROM, 0};
	static const int texts[] = {EL_TO_DOMAIN_INDEX, EL_TO_PATH, 0};

	if (is_changed(c, numbers, texts))
		note_both(s, c, EL_FROM);
}

static void
add_property(session *s, const change *c)
{
	static const int numbers[] = {PP_PAGE, 0};
	static const int texts[] = {PP_PROPNAME, PP_VALUE, 0};

	if (is_changed(c, numbers, texts))
		note_both(s, c, PP_PAGE);
}

/* add_by_key: of tables whose key begins with the page. */
static void
add_by_key(session *s, const change *c)
{
	note_both(s, c, mirror_tables[c->table].keys[0][0]);
}

/* add_key: of such tables that have nothing to say but their key, which an update without the row before leaves as it is. */
static void
add_key(session *s, const change *c)
{
	if (c->is_insert || c->old_row != NULL)
		add_by_key(s, c);
}

/* tell: a request may have the page's document, as it is. */
static void
tell(session *s, const change *c)
{
	if (c->table == TABLE_PAGE)
		note(s, c, c->new_row, PAGE_ID);
}

/* ---- what happened ---- */

/*
 * are_of_latest
 *	 True if the rows of what the text yields are known to be of the latest revision. They follow it later, and page_links_updated, of seconds, is when
 *	 the text was parsed that they are of (1.39 and 1.43 LinksUpdate::updateLinksTimestamp).
 */
static bool
are_of_latest(TimestampTz links_updated, TimestampTz latest, TimestampTz parent)
{
	return links_updated != DT_NOEND && links_updated >= latest && latest > parent;
}

/*
 * find_shows_parsed
 *	 Sets *bits to those of the latest revision. Until rows follow it they are of its parent: what is hidden of a parent that is gone, or in another
 *	 page, whose changes do not lead here, is not known.
 */
static bool
find_shows_parsed(session *s, int wiki, const page *p, TimestampTz links_updated, int *bits)
{
	TimestampTz time;
	mirror_row row;
	int64 parent_id;

	*bits = HIDDEN_ALL;
	if (!entity_read(s, TABLE_REVISION, wiki, p->latest, &row))
		return false;
	*bits = revision_bits(&row);
	time = mirror_row_time(&row, REV_TIMESTAMP);
	parent_id = mirror_row_int(&row, REV_PARENT_ID);
	if (!visibility_shows(FIELD_PARSED, *bits) || parent_id == 0)
		return visibility_shows(FIELD_PARSED, *bits);
	if (!entity_read(s, TABLE_REVISION, wiki, parent_id, &row) ||
	    mirror_row_int(&row, REV_PAGE) != p->page_id)
		return visibility_shows(FIELD_PARSED_BEFORE, HIDDEN_ALL);
	return are_of_latest(links_updated, time, mirror_row_time(&row, REV_TIMESTAMP)) ||
	       visibility_shows(FIELD_PARSED_BEFORE, revision_bits(&row));
}

/* read_state reads what there is to say of a page besides its page entity. */
static void
read_state(session *s, int wiki, page_state_event *e)
{
	TimestampTz links_updated = DT_NOEND;
	mirror_row row;

	if (entity_read(s, TABLE_PAGE, wiki, e->page_id, &row))
	{
		e->content_model = mirror_row_text(&row, PAGE_CONTENT_MODEL);
		e->lang = mirror_row_text(&row, PAGE_LANG);
		links_updated = mirror_row_time(&row, PAGE_LINKS_UPDATED);
	}
	e->shows_parsed = find_shows_parsed(s, wiki, e->page, links_updated, &e->bits);
}

/* is_another is true if the document is, as far as is known: also by the text before, of which it is then told whether it is hidden. */
static bool
is_another(session *s, int wiki, int64 page_id, const state_fact *fact)
{
	mirror_row row;
	int64 parent_id;

	if (fact->is_changed)
		return true;
	if (!entity_read(s, TABLE_PAGE, wiki, page_id, &row) ||
	    !entity_read(s, TABLE_REVISION, wiki, mirror_row_int(&row, PAGE_LATEST), &row))
		return false;
	parent_id = mirror_row_int(&row, REV_PARENT_ID);
	if (parent_id != 0 && fact->first <= parent_id && parent_id <= fact->last)
		return true;
	return fact->is_parsed && entity_read(s, TABLE_REVISION, wiki, parent_id, &row) &&
	       mirror_row_int(&row, REV_PAGE) == page_id &&
	       !visibility_shows(FIELD_PARSED_BEFORE, revision_bits(&row));
}

/* state_conclude: rows of what is no page, or not one any more, say nothing; nor does a page with id 0, to which nothing leads. */
static bool
state_conclude(session *s, int wiki, int64 page_id, const void *data, event *out)
{
	const state_fact *fact = data;
	page_state_event *e = palloc0(sizeof(page_state_event));

	if (page_id == 0 || !entity_fits(s, TABLE_PAGE, PAGE_ID, wiki, page_id, page_id) ||
	    !is_another(s, wiki, page_id, fact))
		return false;
	e->page_id = page_id;
	e->page = page_find(s, wiki, page_id);
	if (e->page != NULL && e->page->latest == 0)
		e->page = NULL;
	if (e->page == NULL && !fact->was_there)
		return false;
	if (e->page != NULL && !entity_fits(s, TABLE_PAGE, PAGE_LATEST, wiki, page_id, e->page->latest))
		return false;
	if (e->page != NULL)
		read_state(s, wiki, e);
	out->what = e;
	return true;
}

static const aggregate_input inputs[] = {
    {TABLE_PAGE, true, add_page},
    {TABLE_REVISION, true, add_revision},
    {TABLE_REDIRECT, true, add_by_key},
    {TABLE_PAGE_RESTRICTIONS, true, add_restriction},
    {TABLE_PAGE_PROPS, true, add_property},
    {TABLE_PAGELINKS, false, add_key},
    {TABLE_TEMPLATELINKS, false, add_key},
    {TABLE_IMAGELINKS, false, add_key},
    {TABLE_CATEGORYLINKS, false, add_by_key},
    {TABLE_EXTERNALLINKS, true, add_externallink},
    {TABLE_LANGLINKS, false, add_by_key},
    {TABLE_IWLINKS, false, add_by_key},
};

const aggregate page_state_aggregate = {
    .name = "page_state", .inputs = inputs, .input_count = lengthof(inputs), .tell = tell};
