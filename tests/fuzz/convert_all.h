/*
 * tests/fuzz/convert_all.h
 *	  A source value by every kind, and what comes of it in every type.
 */
#ifndef MWMIRROR_TESTS_CONVERT_ALL_H
#define MWMIRROR_TESTS_CONVERT_ALL_H

#include "fuzz.h"
#include "mapping/convert.h"
#include "mapping/target_binary.h"

static inline void
convert_to_types(const target_value *v)
{
	for (int type = MAPPING_BOOL; type <= MAPPING_TYPE_LAST; type++)
	{
		char number[TARGET_BINARY_NUMBER];
		target_binary out;
		convert_error err;

		if (target_binary_make((mapping_type) type, v, number, &out, &err) && out.data != NULL)
			fuzz_touch(out.data, out.len);
	}
	if (v->raw_needed)
		fuzz_touch(v->raw, v->raw_len);
}

static inline void
convert_by(convert_kind kind, const value *v, arena *a)
{
	static const value flags = {.kind = VALUE_BYTES, .bytes = {"gzip,utf-8", 10}};
	const value *sources[] = {v, &flags, &flags};
	const unsigned count = kind == CONVERT_CONTENT ? 2 : 1;

	for (int as_bytes = 0; as_bytes < 2; as_bytes++)
	{
		target_value out = {.kind = TARGET_ABSENT};
		convert_error err;

		if (convert_value(kind, sources, count, as_bytes != 0, a, &out, &err))
			convert_to_types(&out);
	}
}

static inline void
convert_all(const value *v, arena *a)
{
	for (int kind = CONVERT_INT; kind <= CONVERT_KIND_LAST; kind++)
		convert_by((convert_kind) kind, v, a);
	convert_is_zero(v);
	convert_same(v, v);
}

#endif
