/*
 * plugin/entity/external_url.c
 *	  URLs of links to other sites; see external_url.h.
 *
 * el_to_domain_index, as LinkFilter::makeIndexes (1.43) writes it, and sql/functions/externallinks.sql of el_index (1.39):
 *
 *	 https://org.example.www.			   https://www.example.org
 *	 https://org.example.:8080			   https://example.org:8080
 *	 http://V4.192.0.2.1.				   http://192.0.2.1
 *	 http://V6.2001.DB8.0.0.0.0.0.1.	   http://[2001:DB8:0:0:0:0:0:1]
 *	 mailto:org.example.@someone		   mailto:someone@example.org
 *
 * What is none of these is left as it is.
 */
#include "plugin/entity/external_url.h"

#include "lib/stringinfo.h"

/* append_joined appends labels that end with dots, with another separator. */
static void
append_joined(StringInfo out, const char *labels, size_t len, char separator)
{
	while (len > 0 && labels[len - 1] == '.')
		len--;
	for (size_t i = 0; i < len; i++)
		appendStringInfoChar(out, labels[i] == '.' ? separator : labels[i]);
}

/* append_reversed appends labels the last one first. */
static void
append_reversed(StringInfo out, const char *labels, size_t len)
{
	size_t end;

	while (len > 0 && labels[len - 1] == '.')
		len--;
	for (end = len; end > 0;)
	{
		size_t start = end;

		while (start > 0 && labels[start - 1] != '.')
			start--;
		appendBinaryStringInfo(out, labels + start, (int) (end - start));
		if (start == 0)
			break;
		appendStringInfoChar(out, '.');
		end = start - 1;
	}
}

static void
append_host(StringInfo out, const char *host, size_t len)
{
	if (len > 3 && memcmp(host, "V4.", 3) == 0)
		append_joined(out, host + 3, len - 3, '.');
	else if (len > 3 && memcmp(host, "V6.", 3) == 0)
	{
		appendStringInfoChar(out, '[');
		append_joined(out, host + 3, len - 3, ':');
		appendStringInfoChar(out, ']');
	}
	else
		append_reversed(out, host, len);
}

/* append_mailbox: "org.example.@someone", or someone alone. */
static void
append_mailbox(StringInfo out, const char *mailbox)
{
	const char *at = strchr(mailbox, '@');

	if (at == NULL)
	{
		appendStringInfoString(out, mailbox);
		return;
	}
	appendStringInfo(out, "%s@", at + 1);
	append_host(out, mailbox, at - mailbox);
}

char *
external_url(const char *domain_index, const char *path)
{
	const char *host = strchr(domain_index, ':');
	StringInfoData out;
	size_t len;

	initStringInfo(&out);
	if (host == NULL)
		appendStringInfoString(&out, domain_index);
	else
	{
		host++;
		if (strncmp(host, "//", 2) == 0)
			host += 2;
		appendBinaryStringInfo(&out, domain_index, (int) (host - domain_index));
		len = strcspn(host, ":");
		if (strncmp(domain_index, "mailto:", 7) == 0)
			append_mailbox(&out, host);
		else
		{
			append_host(&out, host, len);
			appendStringInfoString(&out, host + len);
		}
	}
	appendStringInfoString(&out, path);
	return out.data;
}
