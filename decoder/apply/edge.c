/*
 * apply/edge.c
 *	  What a row names by a reference; see edge.h.
 */
#include "apply/edge.h"

#include "apply/compat.h"
#include "apply/noted.h"
#include "php/serialized.h"
#include "utils/datum.h"

#define NS_USER 2
#define NS_USER_TALK 3

bool
edge_is_needed(const graph_edge *edge)
{
	uint64 told;

	if (!edge->is_needed || edge->streams == 0 || !noted_is_told(&told))
		return edge->is_needed;
	return (edge->streams & told) != 0;
}

bool
edge_heeds(const graph_edge *edge, TupleDesc desc, const table_row *a, const table_row *b)
{
	for (int i = 0; i < edge->update_count; i++)
	{
		const int n = edge->update_of[i] - 1;
		const Form_pg_attribute column = TupleDescAttr(desc, n);

		if (a->nulls[n] != b->nulls[n] ||
		    (!a->nulls[n] &&
		     !datum_image_eq(a->values[n], b->values[n], column->attbyval, column->attlen)))
			return true;
	}
	return edge->update_count == 0;
}

/*
 * The name of the user whose page or talk page it is, in name; 0: another namespace. As MediaWiki takes it from a title (1.39 and
 * 1.43 includes/cache/GenderCache.php, normalizeUsername): before the first slash, spaces for underscores.
 */
static Datum
find_page_user(StringInfo name, int32 namespace_id, Datum title)
{
	const struct varlena *text;
	const char *slash;
	int len;

	if (namespace_id != NS_USER && namespace_id != NS_USER_TALK)
		return (Datum) 0;
	text = PG_DETOAST_DATUM_PACKED(title);
	len = VARSIZE_ANY_EXHDR(text);
	slash = memchr(VARDATA_ANY(text), '/', len);
	if (slash != NULL)
		len = (int) (slash - VARDATA_ANY(text));
	resetStringInfo(name);
	appendStringInfoSpaces(name, VARHDRSZ);
	appendBinaryStringInfo(name, VARDATA_ANY(text), len);
	for (int i = VARHDRSZ; i < name->len; i++)
		if (name->data[i] == '_')
			name->data[i] = ' ';
	SET_VARSIZE(name->data, name->len);
	return PointerGetDatum(name->data);
}

/* The text of that name among parameters, in name; 0: there is none. */
static Datum
find_member(StringInfo name, Datum params, const char *member)
{
	const struct varlena *text = PG_DETOAST_DATUM_PACKED(params);
	php_span found;

	if (!php_find_text((php_span){VARDATA_ANY(text), VARSIZE_ANY_EXHDR(text)}, member, &found))
		return (Datum) 0;
	resetStringInfo(name);
	appendStringInfoSpaces(name, VARHDRSZ);
	appendBinaryStringInfo(name, found.at, (int) found.len);
	SET_VARSIZE(name->data, name->len);
	return PointerGetDatum(name->data);
}

bool
edge_key(const graph_edge *edge, const graph_node *node, const table_row *row, StringInfo name,
         Datum key[GRAPH_COLUMNS_MAX + 1])
{
	const int columns = edge->user_page ? USER_PAGE_COLUMNS : edge->value_count;

	if (row->nulls[node->wiki - 1])
		return false;
	if (edge->odd != 0 &&
	    (row->nulls[edge->odd - 1] || (DatumGetInt16(row->values[edge->odd - 1]) & 1) == 0))
		return false;
	key[0] = row->values[node->wiki - 1];
	for (int i = 0; i < columns; i++)
	{
		if (row->nulls[edge->from[i] - 1])
			return false;
		key[i + 1] = row->values[edge->from[i] - 1];
	}
	if (edge->user_page)
		key[1] = find_page_user(name, DatumGetInt32(key[1]), key[2]);
	if (edge->member != NULL)
		key[1] = find_member(name, key[1], edge->member);
	if ((edge->zero_is_none || edge->user_page || edge->member != NULL) && key[1] == (Datum) 0)
		return false;
	for (int i = edge->value_count; i < edge->to->find_count; i++)
		key[i + 1] = edge->constants[i - edge->value_count];
	return true;
}
