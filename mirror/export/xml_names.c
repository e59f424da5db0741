/*
 * export/xml_names.c
 *	  What MediaWiki knows of names: addresses, languages, special pages that nothing is redirected to.
 */
#include "export/xml_names.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* ---- languages ---- */

/* includes/language/LanguageCode.php of MediaWiki 1.43: codes that are replaced before letters are made large or small. */
static const struct
{
	const char *code;
	const char *tag;
} language_tags[] = {
    {"als", "gsw"},
    {"bat-smg", "sgs"},
    {"be-x-old", "be-tarask"},
    {"fiu-vro", "vro"},
    {"roa-rup", "rup"},
    {"zh-classical", "lzh"},
    {"zh-min-nan", "nan"},
    {"zh-yue", "yue"},
    {"cbk-zam", "cbk"},
    {"de-formal", "de-x-formal"},
    {"eml", "egl"},
    {"en-rtl", "en-x-rtl"},
    {"es-formal", "es-x-formal"},
    {"hu-formal", "hu-x-formal"},
    {"map-bms", "jv-x-bms"},
    {"mo", "ro-cyrl-md"},
    {"nrm", "nrf"},
    {"nl-informal", "nl-x-informal"},
    {"roa-tara", "nap-x-tara"},
    {"simple", "en-simple"},
    {"sr-ec", "sr-cyrl"},
    {"sr-el", "sr-latn"},
    {"crh-ro", "crh-latn-ro"},
    {"kk-cn", "kk-arab-cn"},
    {"kk-tr", "kk-latn-tr"},
    {"zh-cn", "zh-hans-cn"},
    {"zh-sg", "zh-hans-sg"},
    {"zh-my", "zh-hans-my"},
    {"zh-tw", "zh-hant-tw"},
    {"zh-hk", "zh-hant-hk"},
    {"zh-mo", "zh-hant-mo"},
};

/* A part of a tag behind the first: a country has two letters, a script four, what follows x is private. */
static void
language_part(char *part, size_t len, bool is_private)
{
	if (is_private || (len != 2 && len != 4))
		return;
	for (size_t i = 0; i < (len == 2 ? 2 : 1); i++)
		part[i] = (char) toupper((unsigned char) part[i]);
}

void
xml_language(xml_bytes code, char out[XML_LANGUAGE_SIZE])
{
	size_t len = code.len < XML_LANGUAGE_SIZE ? code.len : XML_LANGUAGE_SIZE - 1;
	size_t from;
	bool is_private;

	for (size_t i = 0; i < len; i++)
		out[i] = (char) tolower((unsigned char) code.data[i]);
	out[len] = '\0';
	for (size_t i = 0; i < sizeof(language_tags) / sizeof(language_tags[0]); i++)
		if (strcmp(out, language_tags[i].code) == 0)
		{
			strcpy(out, language_tags[i].tag);
			break;
		}
	from = strcspn(out, "-");
	is_private = from == 1 && out[0] == 'x';
	while (out[from] == '-')
	{
		char *part = out + from + 1;
		size_t part_len = strcspn(part, "-");

		language_part(part, part_len, is_private);
		is_private = part_len == 1 && part[0] == 'x';
		from += 1 + part_len;
	}
}

/* ---- addresses ---- */

/* Four numbers up to 255, of three digits at most. */
static bool
is_ipv4(xml_bytes name)
{
	size_t at = 0;

	for (int byte = 0; byte < 4; byte++)
	{
		int value = 0;
		size_t digits = 0;

		if (byte > 0 && (at == name.len || name.data[at++] != '.'))
			return false;
		while (at < name.len && digits < 3 && isdigit((unsigned char) name.data[at]))
		{
			value = value * 10 + (name.data[at++] - '0');
			digits++;
		}
		if (digits == 0 || value > 255)
			return false;
	}
	return at == name.len;
}

/* Eight words of one to four digits, or fewer and "::" in the place of the others. */
static bool
is_ipv6(xml_bytes name)
{
	int words = 0;
	bool gap = false;
	size_t at = 0;

	if (name.len >= 2 && name.data[0] == ':' && name.data[1] == ':')
	{
		gap = true;
		at = 2;
	}
	while (at < name.len)
	{
		size_t digits = 0;

		while (at < name.len && isxdigit((unsigned char) name.data[at]))
		{
			at++;
			digits++;
		}
		if (digits < 1 || digits > 4 || ++words > 8)
			return false;
		if (at == name.len)
			break;
		if (name.data[at++] != ':' || at == name.len)
			return false;
		if (name.data[at] == ':')
		{
			if (gap)
				return false;
			gap = true;
			at++;
		}
	}
	return gap ? words <= 7 : words == 8;
}

bool
xml_is_address(xml_bytes name)
{
	return is_ipv4(name) || is_ipv6(name);
}

/* ---- special pages ---- */

bool
xml_is_no_target(xml_bytes title)
{
	/* Title::isValidRedirectTarget and $wgInvalidRedirectTargets of MediaWiki 1.43, with their other English names */
	static const char *const names[] = {"Userlogout", "Logout",   "Filepath", "Mypage",
	                                    "Mytalk",     "Redirect", "Mylog"};
	const char *slash = memchr(title.data, '/', title.len);
	size_t len = slash != NULL ? (size_t) (slash - title.data) : title.len;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == len && strncasecmp(names[i], title.data, len) == 0)
			return true;
	return false;
}
