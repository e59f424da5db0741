/*
 * plugin/aggregate/aggregates.c
 *	  The table of aggregates.
 */
#include "plugin/aggregate/block.h"
#include "plugin/aggregate/configuration.h"
#include "plugin/aggregate/file.h"
#include "plugin/aggregate/links.h"
#include "plugin/aggregate/page.h"
#include "plugin/aggregate/page_state.h"
#include "plugin/aggregate/properties.h"
#include "plugin/aggregate/recent_change.h"
#include "plugin/aggregate/redirect.h"
#include "plugin/aggregate/restore.h"
#include "plugin/aggregate/restrictions.h"
#include "plugin/aggregate/revision.h"
#include "plugin/aggregate/tags.h"
#include "plugin/aggregate/told.h"
#include "plugin/aggregate/touch.h"
#include "plugin/aggregate/user.h"
#include "plugin/aggregate/visibility.h"

/* clang-format off */
const aggregate *const aggregates[] = {
	&page_aggregate,
	&redirect_aggregate,
	&revision_aggregate,
	&visibility_aggregate,
	&restore_aggregate,
	&tags_aggregate,
	&touch_aggregate,
	&file_aggregate,
	&recent_change_aggregate,
	&restrictions_aggregate,
	&properties_aggregate,
	&links_aggregate,
	&block_aggregate,
	&user_aggregate,
	&configuration_aggregate,
	&told_aggregate,
	&page_state_aggregate,
};
/* clang-format on */

const int aggregate_count = lengthof(aggregates);
