/*
 * window.h: what a window function may ask of its window (windowapi.h). The rules of boundary.h hold.
 */
#ifndef PGB_WINDOW_H
#define PGB_WINDOW_H

#include "boundary.h"

typedef struct PgbWindowValue
{
	Datum		value;
	bool		is_null;
	bool		is_out;			/* there is no such row */
} PgbWindowValue;

extern bool pgb_is_window_call(FunctionCallInfo call);
extern ErrorData *pgb_window_position(FunctionCallInfo call, int64 *position);
extern ErrorData *pgb_window_row_count(FunctionCallInfo call, int64 *count);
extern ErrorData *pgb_window_set_mark(FunctionCallInfo call, int64 position);
extern ErrorData *pgb_window_peers(FunctionCallInfo call, int64 first, int64 second, bool *peers);
extern ErrorData *pgb_window_argument_current(FunctionCallInfo call, int index, PgbWindowValue *value);
extern ErrorData *pgb_window_argument(FunctionCallInfo call, bool in_frame, int index, int offset, int seek,
									  bool set_mark, PgbWindowValue *value);
extern ErrorData *pgb_window_state(FunctionCallInfo call, uint64 fresh, void (*freed) (void *state),
								   uint64 *state);

#endif
