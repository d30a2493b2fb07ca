/*
 * window.c: what a window function may ask of its window, after src/backend/utils/adt/windowfuncs.c.
 */
#include "window.h"

#include "nodes/nodes.h"
#include "utils/memutils.h"
#include "windowapi.h"

/* What is kept of a partition: the number of its state, and what must happen when the partition ends. */
typedef struct PgbWindowState
{
	uint64		number;
	MemoryContextCallback callback;
} PgbWindowState;

#define WINDOW(call) ((WindowObject) (call)->context)

bool
pgb_is_window_call(FunctionCallInfo call)
{
	return call->context != NULL && IsA(call->context, WindowObjectData);
}

ErrorData *
pgb_window_position(FunctionCallInfo call, int64 *position)
{
	PGB_BEGIN();
	*position = WinGetCurrentPosition(WINDOW(call));
	PGB_END();
}

ErrorData *
pgb_window_row_count(FunctionCallInfo call, int64 *count)
{
	PGB_BEGIN();
	*count = WinGetPartitionRowCount(WINDOW(call));
	PGB_END();
}

ErrorData *
pgb_window_set_mark(FunctionCallInfo call, int64 position)
{
	PGB_BEGIN();
	WinSetMarkPosition(WINDOW(call), position);
	PGB_END();
}

ErrorData *
pgb_window_peers(FunctionCallInfo call, int64 first, int64 second, bool *peers)
{
	PGB_BEGIN();
	*peers = WinRowsArePeers(WINDOW(call), first, second);
	PGB_END();
}

ErrorData *
pgb_window_argument_current(FunctionCallInfo call, int index, PgbWindowValue *value)
{
	PGB_BEGIN();
	value->is_out = false;
	value->value = WinGetFuncArgCurrent(WINDOW(call), index, &value->is_null);
	PGB_END();
}

ErrorData *
pgb_window_argument(FunctionCallInfo call, bool in_frame, int index, int offset, int seek, bool set_mark,
					PgbWindowValue *value)
{
	PGB_BEGIN();
	value->value = in_frame
		? WinGetFuncArgInFrame(WINDOW(call), index, offset, seek, set_mark, &value->is_null, &value->is_out)
		: WinGetFuncArgInPartition(WINDOW(call), index, offset, seek, set_mark, &value->is_null, &value->is_out);
	PGB_END();
}

/*
 * The number that stands for the partition's state. The first time in a partition it is `fresh`, and `freed` will be
 * called with it when the partition ends; 0 for `fresh` only asks.
 */
ErrorData *
pgb_window_state(FunctionCallInfo call, uint64 fresh, void (*freed) (void *state), uint64 *state)
{
	PGB_BEGIN();
	/* Zeroed the first time. */
	PgbWindowState *kept = WinGetPartitionLocalMemory(WINDOW(call), sizeof(PgbWindowState));

	if (kept->number == 0 && fresh != 0)
	{
		kept->number = fresh;
		kept->callback.func = freed;
		kept->callback.arg = &kept->number;
		MemoryContextRegisterResetCallback(GetMemoryChunkContext(kept), &kept->callback);
	}
	*state = kept->number;
	PGB_END();
}
