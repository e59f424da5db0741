/*
 * rows/charset_table.c
 *	  MariaDB's charsets; see charset_table.h.
 *
 * The runs are the differences between MariaDB 10.11 and glibc 2.36 over all codes; tests/e2e/test_charsets.py looks for others.
 */
#include "rows/charset_table.h"

#define NOPAD 0x400 /* of a collation's number: the same without padding */
#define UCA1400 2048
#define UCA1400_EACH 256

enum
{
	CHARSET_ARMSCII8,
	CHARSET_ASCII,
	CHARSET_BIG5,
	CHARSET_BINARY,
	CHARSET_CP1250,
	CHARSET_CP1251,
	CHARSET_CP1256,
	CHARSET_CP1257,
	CHARSET_CP850,
	CHARSET_CP852,
	CHARSET_CP866,
	CHARSET_CP932,
	CHARSET_DEC8,
	CHARSET_EUCJPMS,
	CHARSET_EUCKR,
	CHARSET_GB2312,
	CHARSET_GBK,
	CHARSET_GEOSTD8,
	CHARSET_GREEK,
	CHARSET_HEBREW,
	CHARSET_HP8,
	CHARSET_KEYBCS2,
	CHARSET_KOI8R,
	CHARSET_KOI8U,
	CHARSET_LATIN1,
	CHARSET_LATIN2,
	CHARSET_LATIN5,
	CHARSET_LATIN7,
	CHARSET_MACCE,
	CHARSET_MACROMAN,
	CHARSET_SJIS,
	CHARSET_SWE7,
	CHARSET_TIS620,
	CHARSET_UCS2,
	CHARSET_UJIS,
	CHARSET_UTF16,
	CHARSET_UTF16LE,
	CHARSET_UTF32,
	CHARSET_UTF8MB3,
	CHARSET_UTF8MB4,
	CHARSETS
};

_Static_assert(CHARSETS == CHARSET_COUNT, "all are counted");

static const charset_run armscii8_runs[] = {
    {0xA1, 0x2741, 1}, {0xA2, 0x00A7, 1}, {0xAD, 0x055F, 1}, {0xFE, 0x2019, 1}, {0xFF, 0x0027, 1}};
static const charset_run big5_runs[] = {
    {0xA145, 0x2022, 1},  {0xA14E, 0xFF64, 1},  {0xA1C2, 0x203E, 1},  {0xA1E3, 0x223C, 1},
    {0xA1F2, 0x2641, 1},  {0xA1F3, 0x2609, 1},  {0xA241, 0xFF0F, 1},  {0xA242, 0xFF3C, 1},
    {0xA244, 0x00A5, 1},  {0xA246, 0x00A2, 2},  {0xC6A1, 0x30FE, 1},  {0xC6A2, 0x309D, 2},
    {0xC6A4, 0x3005, 1},  {0xC6A5, 0x3041, 83}, {0xC6F8, 0x30A1, 7},  {0xC740, 0x30A8, 63},
    {0xC7A1, 0x30E7, 16}, {0xC7B1, 0x0414, 2},  {0xC7B3, 0x0401, 1},  {0xC7B4, 0x0416, 7},
    {0xC7BB, 0x0423, 19}, {0xC7CE, 0x0451, 1},  {0xC7CF, 0x0436, 26}, {0xC7E9, 0x2460, 10},
    {0xC7F3, 0x2474, 10}};
static const charset_run cp866_runs[] = {{0xFC, 0x207F, 1}, {0xFD, 0x00B2, 1}};
static const charset_run dec8_runs[] = {{0xA0, 0x00A0, 1}};
static const charset_run geostd8_runs[] = {{0x80, 0x20AC, 1}, {0xFD, 0x2116, 1}};
static const charset_run greek_runs[] = {{0xA1, 0x02BD, 1}, {0xA2, 0x02BC, 1}};
static const charset_run hebrew_runs[] = {{0xAF, 0x203E, 1}};
static const charset_run koi8u_runs[] = {{0x95, 0x2022, 1}};
static const charset_run latin1_runs[] = {
    {0x81, 0x0081, 1}, {0x8D, 0x008D, 1}, {0x8F, 0x008F, 2}, {0x9D, 0x009D, 1}};
static const charset_run macroman_runs[] = {{0xC6, 0x2206, 1}, {0xF0, 0xF8FF, 1}};
static const charset_run sjis_runs[] = {{0x5C, 0x005C, 1}, {0x7E, 0x007E, 1}, {0x815F, 0x005C, 1}};
static const charset_run swe7_runs[] = {{0x24, 0x0024, 1}};
static const charset_run tis620_runs[] = {{0x80, 0x0080, 32}};
static const charset_run ujis_runs[] = {
    {0xA1C0, 0x005C, 1}, {0xA1C1, 0x301C, 1}, {0xA1C2, 0x2016, 1},   {0xA1DD, 0x2212, 1},
    {0xA1F1, 0x00A2, 2}, {0xA2CC, 0x00AC, 1}, {0x8FA2B7, 0x007E, 1}, {0x8FA2C3, 0x00A6, 1}};

#define RUNS(runs) runs, sizeof(runs) / sizeof(runs[0])
#define NO_RUNS NULL, 0

static const charset charsets[] = {
    [CHARSET_ARMSCII8] = {"armscii8", FORM_TABLE, "ARMSCII-8", RUNS(armscii8_runs)},
    [CHARSET_ASCII] = {"ascii", FORM_BYTES, NULL, NO_RUNS},
    [CHARSET_BIG5] = {"big5", FORM_TABLE, "BIG5", RUNS(big5_runs)},
    [CHARSET_BINARY] = {"binary", FORM_BYTES, NULL, NO_RUNS},
    [CHARSET_CP1250] = {"cp1250", FORM_TABLE, "CP1250", NO_RUNS},
    [CHARSET_CP1251] = {"cp1251", FORM_TABLE, "CP1251", NO_RUNS},
    [CHARSET_CP1256] = {"cp1256", FORM_TABLE, "CP1256", NO_RUNS},
    [CHARSET_CP1257] = {"cp1257", FORM_TABLE, "CP1257", NO_RUNS},
    [CHARSET_CP850] = {"cp850", FORM_TABLE, "CP850", NO_RUNS},
    [CHARSET_CP852] = {"cp852", FORM_TABLE, "CP852", NO_RUNS},
    [CHARSET_CP866] = {"cp866", FORM_TABLE, "CP866", RUNS(cp866_runs)},
    [CHARSET_CP932] = {"cp932", FORM_TABLE, "CP932", NO_RUNS},
    [CHARSET_DEC8] = {"dec8", FORM_TABLE, "DEC-MCS", RUNS(dec8_runs)},
    [CHARSET_EUCJPMS] = {"eucjpms", FORM_TABLE, "EUC-JP-MS", NO_RUNS},
    [CHARSET_EUCKR] = {"euckr", FORM_TABLE, "UHC", NO_RUNS},
    [CHARSET_GB2312] = {"gb2312", FORM_TABLE, "EUC-CN", NO_RUNS},
    [CHARSET_GBK] = {"gbk", FORM_TABLE, "GBK", NO_RUNS},
    [CHARSET_GEOSTD8] = {"geostd8", FORM_TABLE, "GEORGIAN-PS", RUNS(geostd8_runs)},
    [CHARSET_GREEK] = {"greek", FORM_TABLE, "ISO-8859-7", RUNS(greek_runs)},
    [CHARSET_HEBREW] = {"hebrew", FORM_TABLE, "ISO-8859-8", RUNS(hebrew_runs)},
    [CHARSET_HP8] = {"hp8", FORM_TABLE, "HP-ROMAN8", NO_RUNS},
    [CHARSET_KEYBCS2] = {"keybcs2", FORM_NONE, NULL, NO_RUNS},
    [CHARSET_KOI8R] = {"koi8r", FORM_TABLE, "KOI8-R", NO_RUNS},
    [CHARSET_KOI8U] = {"koi8u", FORM_TABLE, "KOI8-U", RUNS(koi8u_runs)},
    [CHARSET_LATIN1] = {"latin1", FORM_TABLE, "CP1252", RUNS(latin1_runs)},
    [CHARSET_LATIN2] = {"latin2", FORM_TABLE, "ISO-8859-2", NO_RUNS},
    [CHARSET_LATIN5] = {"latin5", FORM_TABLE, "ISO-8859-9", NO_RUNS},
    [CHARSET_LATIN7] = {"latin7", FORM_TABLE, "ISO-8859-13", NO_RUNS},
    [CHARSET_MACCE] = {"macce", FORM_TABLE, "MAC-CENTRALEUROPE", NO_RUNS},
    [CHARSET_MACROMAN] = {"macroman", FORM_TABLE, "MACINTOSH", RUNS(macroman_runs)},
    [CHARSET_SJIS] = {"sjis", FORM_TABLE, "SJIS", RUNS(sjis_runs)},
    [CHARSET_SWE7] = {"swe7", FORM_OTHER_7, "SEN_850200_C", RUNS(swe7_runs)},
    [CHARSET_TIS620] = {"tis620", FORM_TABLE, "TIS-620", RUNS(tis620_runs)},
    [CHARSET_UCS2] = {"ucs2", FORM_UTF16, NULL, NO_RUNS},
    [CHARSET_UJIS] = {"ujis", FORM_TABLE, "EUC-JP-MS", RUNS(ujis_runs)},
    [CHARSET_UTF16] = {"utf16", FORM_UTF16, NULL, NO_RUNS},
    [CHARSET_UTF16LE] = {"utf16le", FORM_UTF16LE, NULL, NO_RUNS},
    [CHARSET_UTF32] = {"utf32", FORM_UTF32, NULL, NO_RUNS},
    [CHARSET_UTF8MB3] = {"utf8mb3", FORM_BYTES, NULL, NO_RUNS},
    [CHARSET_UTF8MB4] = {"utf8mb4", FORM_BYTES, NULL, NO_RUNS},
};

/* Collations by their first and last number; those between that are not taken would be of the same charset. */
static const struct
{
	uint16_t first;
	uint16_t last;
	uint8_t number;
} collations[] = {
    {1, 1, CHARSET_BIG5},        {2, 2, CHARSET_LATIN2},      {3, 3, CHARSET_DEC8},
    {4, 4, CHARSET_CP850},       {5, 5, CHARSET_LATIN1},      {6, 6, CHARSET_HP8},
    {7, 7, CHARSET_KOI8R},       {8, 8, CHARSET_LATIN1},      {9, 9, CHARSET_LATIN2},
    {10, 10, CHARSET_SWE7},      {11, 11, CHARSET_ASCII},     {12, 12, CHARSET_UJIS},
    {13, 13, CHARSET_SJIS},      {14, 14, CHARSET_CP1251},    {15, 15, CHARSET_LATIN1},
    {16, 16, CHARSET_HEBREW},    {18, 18, CHARSET_TIS620},    {19, 19, CHARSET_EUCKR},
    {20, 20, CHARSET_LATIN7},    {21, 21, CHARSET_LATIN2},    {22, 22, CHARSET_KOI8U},
    {23, 23, CHARSET_CP1251},    {24, 24, CHARSET_GB2312},    {25, 25, CHARSET_GREEK},
    {26, 26, CHARSET_CP1250},    {27, 27, CHARSET_LATIN2},    {28, 28, CHARSET_GBK},
    {29, 29, CHARSET_CP1257},    {30, 30, CHARSET_LATIN5},    {31, 31, CHARSET_LATIN1},
    {32, 32, CHARSET_ARMSCII8},  {33, 33, CHARSET_UTF8MB3},   {34, 34, CHARSET_CP1250},
    {35, 35, CHARSET_UCS2},      {36, 36, CHARSET_CP866},     {37, 37, CHARSET_KEYBCS2},
    {38, 38, CHARSET_MACCE},     {39, 39, CHARSET_MACROMAN},  {40, 40, CHARSET_CP852},
    {41, 42, CHARSET_LATIN7},    {43, 43, CHARSET_MACCE},     {44, 44, CHARSET_CP1250},
    {45, 46, CHARSET_UTF8MB4},   {47, 49, CHARSET_LATIN1},    {50, 52, CHARSET_CP1251},
    {53, 53, CHARSET_MACROMAN},  {54, 55, CHARSET_UTF16},     {56, 56, CHARSET_UTF16LE},
    {57, 57, CHARSET_CP1256},    {58, 59, CHARSET_CP1257},    {60, 61, CHARSET_UTF32},
    {62, 62, CHARSET_UTF16LE},   {63, 63, CHARSET_BINARY},    {64, 64, CHARSET_ARMSCII8},
    {65, 65, CHARSET_ASCII},     {66, 66, CHARSET_CP1250},    {67, 67, CHARSET_CP1256},
    {68, 68, CHARSET_CP866},     {69, 69, CHARSET_DEC8},      {70, 70, CHARSET_GREEK},
    {71, 71, CHARSET_HEBREW},    {72, 72, CHARSET_HP8},       {73, 73, CHARSET_KEYBCS2},
    {74, 74, CHARSET_KOI8R},     {75, 75, CHARSET_KOI8U},     {77, 77, CHARSET_LATIN2},
    {78, 78, CHARSET_LATIN5},    {79, 79, CHARSET_LATIN7},    {80, 80, CHARSET_CP850},
    {81, 81, CHARSET_CP852},     {82, 82, CHARSET_SWE7},      {83, 83, CHARSET_UTF8MB3},
    {84, 84, CHARSET_BIG5},      {85, 85, CHARSET_EUCKR},     {86, 86, CHARSET_GB2312},
    {87, 87, CHARSET_GBK},       {88, 88, CHARSET_SJIS},      {89, 89, CHARSET_TIS620},
    {90, 90, CHARSET_UCS2},      {91, 91, CHARSET_UJIS},      {92, 93, CHARSET_GEOSTD8},
    {94, 94, CHARSET_LATIN1},    {95, 96, CHARSET_CP932},     {97, 98, CHARSET_EUCJPMS},
    {99, 99, CHARSET_CP1250},    {101, 124, CHARSET_UTF16},   {128, 159, CHARSET_UCS2},
    {160, 183, CHARSET_UTF32},   {192, 223, CHARSET_UTF8MB3}, {224, 247, CHARSET_UTF8MB4},
    {576, 578, CHARSET_UTF8MB3}, {608, 610, CHARSET_UTF8MB4}, {640, 642, CHARSET_UCS2},
    {672, 674, CHARSET_UTF16},   {736, 738, CHARSET_UTF32}};

int
charset_of_collation(unsigned collation)
{
	/* utf8mb3, utf8mb4, ucs2, utf16, utf32 */
	static const uint8_t uca1400[] = {CHARSET_UTF8MB3, CHARSET_UTF8MB4, CHARSET_UCS2, CHARSET_UTF16,
	                                  CHARSET_UTF32};

	if (collation >= UCA1400)
	{
		collation = (collation - UCA1400) / UCA1400_EACH;
		return collation < sizeof(uca1400) ? uca1400[collation] : -1;
	}
	collation &= ~(unsigned) NOPAD;
	for (size_t i = 0; i < sizeof(collations) / sizeof(collations[0]); i++)
	{
		if (collation >= collations[i].first && collation <= collations[i].last)
			return collations[i].number;
	}
	return -1;
}

const charset *
charset_get(int number)
{
	return &charsets[number];
}
