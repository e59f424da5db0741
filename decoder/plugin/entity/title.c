/*
 * plugin/entity/title.c
 *	  Prefixed titles and page URLs.
 */
#include "plugin/entity/title.h"

#include "plugin/core/missing.h"
#include "plugin/entity/tables.h"
#include "plugin/entity/user.h"
#include "plugin/entity/wiki.h"

#define BAD_TITLE "Special:Badtitle"

/*
 * choose_name
 *	 MediaWikiTitleCodec::getNamespaceName (1.39 and 1.43): pages of a user are named by the user's gender where the language has
 *	 names for it.
 */
static const char *
choose_name(session *s, const wiki *w, const wiki_name *names, const char *title)
{
	const char *name = NULL;

	if (names->male_name != NULL || names->female_name != NULL)
		switch (user_find_gender(s, w->number, title))
		{
			case GENDER_MALE:
				name = names->male_name;
				break;
			case GENDER_FEMALE:
				name = names->female_name;
				break;
			case GENDER_UNKNOWN:
				break;
		}
	return name != NULL ? name : names->name;
}

char *
title_prefixed(session *s, wiki *w, const char *interwiki, int32 namespace_id, const char *title)
{
	StringInfoData out;
	const wiki_name *names = wiki_get_namespace(s, w, namespace_id);
	const char *name = names == NULL ? NULL : choose_name(s, w, names, title);

	initStringInfo(&out);
	if (interwiki != NULL)
		appendStringInfo(&out, "%s:", interwiki);
	if (name == NULL)
	{
		missing_report(s, TABLE_WIKI_NAMESPACE, w->number, namespace_id);
		/* What MediaWikiTitleCodec says of a namespace that is not configured. */
		appendStringInfo(&out, BAD_TITLE "/NS%d:", namespace_id);
	}
	else if (name[0] != '\0')
		appendStringInfo(&out, "%s:", name);
	appendStringInfoString(&out, title);
	if (out.len == 0)
		appendStringInfoString(&out, BAD_TITLE); /* the schema wants a title */
	return out.data;
}

/* What a URL says as it is. */
static const bool is_plain[256] = {
    ['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['-'] = true, ['_'] = true,
    ['.'] = true,         [';'] = true,         ['@'] = true,         ['$'] = true, ['!'] = true,
    ['*'] = true,         ['('] = true,         [')'] = true,         [','] = true, ['/'] = true,
    ['~'] = true,         [':'] = true,
};

void
title_append_urlencoded(StringInfo out, const char *s)
{
	static const char hex[] = "0123456789ABCDEF";
	char *p;

	enlargeStringInfo(out, (int) strlen(s) * 3); /* at most */
	p = out->data + out->len;
	for (; *s != '\0'; s++)
	{
		unsigned char c = (unsigned char) *s;

		if (is_plain[c])
			*p++ = (char) c;
		else if (c == ' ')
			*p++ = '+';
		else
		{
			*p++ = '%';
			*p++ = hex[c >> 4];
			*p++ = hex[c & 15];
		}
	}
	*p = '\0';
	out->len = (int) (p - out->data);
}

/* append_path writes the article path with the title in it. */
static void
append_path(StringInfo out, const wiki *w, const char *prefixed)
{
	const char *p = w->article_path;
	const char *at;

	while ((at = strstr(p, "$1")) != NULL)
	{
		appendBinaryStringInfo(out, p, at - p);
		title_append_urlencoded(out, prefixed);
		p = at + 2;
	}
	appendStringInfoString(out, p);
}

char *
title_canonical_url(const wiki *w, const char *prefixed)
{
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfoString(&out, w->canonical_server);
	append_path(&out, w, prefixed);
	return out.data;
}

char *
title_local_url(const wiki *w, const char *prefixed)
{
	StringInfoData out;

	initStringInfo(&out);
	append_path(&out, w, prefixed);
	return out.data;
}

char *
title_of_user(const char *name)
{
	char *title = pstrdup(name);

	for (char *p = title; *p != '\0'; p++)
		if (*p == ' ')
			*p = '_';
	return title;
}

char *
title_user_url(session *s, wiki *w, const char *name)
{
	return title_canonical_url(w, title_prefixed(s, w, NULL, NAMESPACE_USER, title_of_user(name)));
}
