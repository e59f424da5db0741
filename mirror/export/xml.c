/*
 * export/xml.c
 *	  MediaWiki's export format 0.11, as dumpBackup.php writes it.
 *
 * An element without text is <name />, but <minor/> and the <sha1/> of a hidden text are written so. The element <text> has bytes and
 * sha1; xml:space only if it has a text.
 */
#include "export/xml.h"

#include <arpa/inet.h>
#include <string.h>

#include "export/xml_names.h"
#include "wire/content_format.h"

#define LITERAL(text) ((xml_bytes){(text), sizeof(text) - 1})

/* Namespaces that are not named alike in each wiki. */
#define MEDIA (-2)
#define SPECIAL (-1)
#define FILE_PAGES 6

static bool
is_text(xml_bytes a, const char *text)
{
	return a.len == strlen(text) && memcmp(a.data, text, a.len) == 0;
}

/* <name>text</name>, or <name /> without a text, on a line of its own. */
static void
put_element(xml_out *o, const char *indent, const char *name, xml_bytes text)
{
	xml_put_string(o, indent);
	xml_put_string(o, "<");
	xml_put_string(o, name);
	if (text.len == 0)
		xml_put_string(o, " />\n");
	else
	{
		xml_put_string(o, ">");
		xml_put_text(o, text);
		xml_put_string(o, "</");
		xml_put_string(o, name);
		xml_put_string(o, ">\n");
	}
}

static void
put_number(xml_out *o, const char *indent, const char *name, int64_t number)
{
	xml_put_string(o, indent);
	xml_put_string(o, "<");
	xml_put_string(o, name);
	xml_put_string(o, ">");
	xml_put_integer(o, number);
	xml_put_string(o, "</");
	xml_put_string(o, name);
	xml_put_string(o, ">\n");
}

/* ---- the wiki ---- */

static const char *
case_name(bool first_letter)
{
	return first_letter ? "first-letter" : "case-sensitive";
}

static void
put_namespace(xml_out *o, const xml_namespace *ns)
{
	xml_put_string(o, "      <namespace key=\"");
	xml_put_integer(o, ns->id);
	xml_put_string(o, "\" case=\"");
	xml_put_string(o, case_name(ns->first_letter));
	if (ns->name.len == 0)
	{
		xml_put_string(o, "\" />\n");
		return;
	}
	xml_put_string(o, "\">");
	xml_put_title(o, ns->name, false);
	xml_put_string(o, "</namespace>\n");
}

void
xml_begin(xml_out *o, const xml_site *site)
{
	char language[XML_LANGUAGE_SIZE];
	const char *kind = case_name(site->first_letter);

	xml_language(site->language, language);
	xml_put_string(o, "<mediawiki xmlns=\"http://www.mediawiki.org/xml/export-" XML_VERSION "/\""
	                  " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
	                  " xsi:schemaLocation=\"http://www.mediawiki.org/xml/export-" XML_VERSION
	                  "/ http://www.mediawiki.org/xml/export-" XML_VERSION ".xsd\""
	                  " version=\"" XML_VERSION "\" xml:lang=\"");
	xml_put_attribute(o, (xml_bytes){language, strlen(language)});
	xml_put_string(o, "\">\n  <siteinfo>\n");
	put_element(o, "    ", "sitename", site->name);
	put_element(o, "    ", "dbname", site->database);
	put_element(o, "    ", "base", site->base);
	put_element(o, "    ", "generator", site->generator);
	put_element(o, "    ", "case", (xml_bytes){kind, strlen(kind)});
	xml_put_string(o, "    <namespaces>\n");
	for (size_t i = 0; i < site->namespace_count; i++)
		put_namespace(o, &site->namespaces[i]);
	xml_put_string(o, "    </namespaces>\n  </siteinfo>\n");
}

void
xml_end(xml_out *o)
{
	xml_put_string(o, "</mediawiki>\n");
}

/* ---- pages ---- */

/* The name with which titles of a namespace begin; that of one which the wiki does not have is "", as in MediaWiki. */
static xml_bytes
namespace_name(const xml_site *site, int id)
{
	for (size_t i = 0; i < site->namespace_count; i++)
		if (site->namespaces[i].id == id)
			return site->namespaces[i].name;
	return LITERAL("");
}

static void
put_full_title(xml_out *o, const xml_site *site, int namespace_id, xml_bytes title,
               bool in_attribute)
{
	xml_bytes name = namespace_name(site, namespace_id);

	if (name.len > 0)
	{
		xml_put_title(o, name, in_attribute);
		xml_put_string(o, ":");
	}
	xml_put_title(o, title, in_attribute);
}

/* MediaWiki says nothing of a redirect that it does not follow (Title::isValidRedirectTarget). */
static bool
leads_somewhere(const xml_target *target)
{
	if (target->title.len == 0)
		return false;
	return target->interwiki.len > 0 || target->namespace_id != SPECIAL ||
	       !xml_is_no_target(target->title);
}

void
xml_page_begin(xml_out *o, const xml_site *site, const xml_page *page)
{
	int target_namespace = page->redirect.namespace_id;

	xml_put_string(o, "  <page>\n    <title>");
	put_full_title(o, site, page->namespace_id, page->title, false);
	xml_put_string(o, "</title>\n");
	put_number(o, "    ", "ns", page->namespace_id);
	put_number(o, "    ", "id", page->id);
	if (!leads_somewhere(&page->redirect))
		return;
	xml_put_string(o, "    <redirect title=\"");
	if (page->redirect.interwiki.len > 0)
	{
		xml_put_attribute(o, page->redirect.interwiki);
		xml_put_string(o, ":");
	}
	else if (target_namespace == MEDIA) /* RedirectStore::createRedirectTarget */
		target_namespace = FILE_PAGES;
	put_full_title(o, site, target_namespace, page->redirect.title, true);
	xml_put_string(o, "\" />\n");
}

void
xml_page_end(xml_out *o)
{
	xml_put_string(o, "  </page>\n");
}

/* ---- revisions ---- */

static void
put_contributor(xml_out *o, const xml_revision *r)
{
	if (r->user_hidden)
	{
		xml_put_string(o, "      <contributor deleted=\"deleted\" />\n");
		return;
	}
	xml_put_string(o, "      <contributor>\n");
	if (r->user_id == 0 && xml_is_address(r->user_name))
		put_element(o, "        ", "ip", r->user_name);
	else
	{
		put_element(o, "        ", "username", r->user_name);
		put_number(o, "        ", "id", r->user_id);
	}
	xml_put_string(o, "      </contributor>\n");
}

void
xml_revision_begin(xml_out *o, const xml_revision *r)
{
	xml_put_string(o, "    <revision>\n");
	put_number(o, "      ", "id", r->id);
	if (r->parent_id != 0)
		put_number(o, "      ", "parentid", r->parent_id);
	put_element(o, "      ", "timestamp", r->timestamp);
	put_contributor(o, r);
	if (r->minor)
		xml_put_string(o, "      <minor/>\n");
	if (r->comment_hidden)
		xml_put_string(o, "      <comment deleted=\"deleted\" />\n");
	else if (r->comment.len > 0)
		put_element(o, "      ", "comment", r->comment);
}

static void
put_text(xml_out *o, const char *indent, const xml_slot *slot)
{
	xml_put_string(o, indent);
	xml_put_string(o, "<text bytes=\"");
	xml_put_integer(o, slot->text.data != NULL ? (int64_t) slot->text.len : slot->size);
	xml_put_string(o, "\" sha1=\"");
	xml_put_attribute(o, slot->sha1);
	xml_put_string(o, slot->text.data != NULL ? "\" xml:space=\"preserve\"" : "\"");
	if (slot->text.len == 0)
	{
		xml_put_string(o, " />\n");
		return;
	}
	xml_put_string(o, ">");
	xml_put_text(o, slot->text);
	xml_put_string(o, "</text>\n");
}

void
xml_slot_put(xml_out *o, const xml_revision *r, const xml_slot *slot)
{
	const bool is_main = r->text_hidden || is_text(slot->role, "main");
	const char *indent = is_main ? "      " : "        ";
	const char *format = content_format(slot->model.data, slot->model.len);

	if (!is_main)
	{
		xml_put_string(o, "      <content>\n");
		put_element(o, indent, "role", slot->role);
	}
	/* that it is another revision's tells what it is, if that one is to be seen */
	put_number(o, indent, "origin", r->text_hidden ? r->id : slot->origin);
	put_element(o, indent, "model", slot->model);
	if (format != NULL)
		put_element(o, indent, "format", (xml_bytes){format, strlen(format)});
	if (r->text_hidden)
		xml_put_string(o, "      <text bytes=\"0\" sha1=\"\" deleted=\"deleted\" />\n");
	else
		put_text(o, indent, slot);
	if (!is_main)
		xml_put_string(o, "      </content>\n");
}

void
xml_revision_end(xml_out *o, const xml_revision *r)
{
	if (r->text_hidden)
		xml_put_string(o, "      <sha1/>\n");
	else
		put_element(o, "      ", "sha1", r->sha1);
	xml_put_string(o, "    </revision>\n");
}
