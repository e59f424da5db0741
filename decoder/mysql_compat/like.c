/*
 * mysql_compat/like.c
 *	  LIKE that cannot raise an error, and so tells nobody of rows that he may not see.
 *
 * PostgreSQL's own, textlike, is not leakproof: it may refuse a value that is used as a pattern, and say so. Under row level security
 * it is asked of each row, after the policies, and never of an index. Here a backslash at the end of a pattern is a backslash, as in
 * MariaDB; collations play no part; and nothing recurses, so the stack cannot run out.
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "nodes/supportnodes.h"
#include "plugin/core/compat.h"
#include "utils/fmgrprotos.h"

PG_FUNCTION_INFO_V1(mwmirror_mysql_like);
PG_FUNCTION_INFO_V1(mwmirror_mysql_not_like);
PG_FUNCTION_INFO_V1(mwmirror_mysql_like_support);

/* Where the character at s ends. */
static const char *
like_next(const char *s, const char *end)
{
	const int length = pg_encoding_mblen(GetDatabaseEncoding(), s);

	return length < end - s ? s + Max(length, 1) : end;
}

/* Where to go on behind a %: the first character that may begin what follows it in the pattern, which is at p. */
static const char *
like_seek(const char *s, const char *end, const char *p, const char *pattern_end)
{
	const char *found;

	/* in UTF-8 no byte of a character begins another one */
	if (p == pattern_end || *p == '%' || *p == '_' || *p == '\\' ||
	    GetDatabaseEncoding() != PG_UTF8)
		return s;
	found = memchr(s, *p, (size_t) (end - s));
	return found == NULL ? end : found;
}

/*
 * Whether the value is like the pattern. Upon a difference the last % takes a character more: what stands before it is decided.
 */
static bool
like_match(const char *s, const char *end, const char *p, const char *pattern_end)
{
	const char *behind_any = NULL; /* of the last %, and what it is tried with */
	const char *tried = NULL;

	while (s < end)
	{
		if (p < pattern_end && *p == '%')
		{
			behind_any = ++p;
			if (p == pattern_end)
				return true;
			s = tried = like_seek(s, end, p, pattern_end);
			continue;
		}
		if (p < pattern_end && *p == '_')
		{
			s = like_next(s, end);
			p++;
			continue;
		}
		if (p < pattern_end)
		{
			const char *literal = *p == '\\' && p + 1 < pattern_end ? p + 1 : p;

			if (*literal == *s)
			{
				s++;
				p = literal + 1;
				continue;
			}
		}
		if (behind_any == NULL)
			return false;
		CHECK_FOR_INTERRUPTS();
		p = behind_any;
		s = tried = like_seek(like_next(tried, end), end, p, pattern_end);
	}
	while (p < pattern_end && *p == '%')
		p++;
	return p == pattern_end;
}

static bool
like_texts(FunctionCallInfo fcinfo)
{
	const text *value = PG_GETARG_TEXT_PP(0);
	const text *pattern = PG_GETARG_TEXT_PP(1);
	const char *s = VARDATA_ANY(value);
	const char *p = VARDATA_ANY(pattern);

	return like_match(s, s + VARSIZE_ANY_EXHDR(value), p, p + VARSIZE_ANY_EXHDR(pattern));
}

/* (value text, pattern text) RETURNS boolean; no errors. */
Datum
mwmirror_mysql_like(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(like_texts(fcinfo));
}

Datum
mwmirror_mysql_not_like(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!like_texts(fcinfo));
}

/* Whether a pattern ends in a backslash that nothing follows: textlike_support takes that for nothing. */
static bool
like_ends_open(const Node *clause)
{
	const List *args = is_opclause(clause)     ? castNode(OpExpr, clause)->args
	                   : is_funcclause(clause) ? castNode(FuncExpr, clause)->args
	                                           : NIL;
	const Const *pattern = list_length(args) == 2 ? (const Const *) lsecond(args) : NULL;
	const text *value;
	int backslashes = 0;

	if (pattern == NULL || !IsA(pattern, Const) || pattern->constisnull ||
	    pattern->consttype != TEXTOID)
		return false;
	value = DatumGetTextPP(pattern->constvalue);
	for (int i = VARSIZE_ANY_EXHDR(value); i > 0 && VARDATA_ANY(value)[i - 1] == '\\'; i--)
		backslashes++;
	return backslashes % 2 == 1;
}

/* (internal) RETURNS internal: the planner asks which part of a pattern an index can look for. */
Datum
mwmirror_mysql_like_support(PG_FUNCTION_ARGS)
{
	Node *request = (Node *) PG_GETARG_POINTER(0);

	if (IsA(request, SupportRequestIndexCondition) &&
	    like_ends_open(((SupportRequestIndexCondition *) request)->node))
		PG_RETURN_POINTER(NULL);
	return DirectFunctionCall1(textlike_support, PG_GETARG_DATUM(0));
}
