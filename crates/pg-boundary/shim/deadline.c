/*
 * deadline.c: how long a stretch of work may take, by a timeout of PostgreSQL's own (src/backend/utils/misc/timeout.c).
 *
 * When it is up the statement is cancelled, as by statement_timeout: whatever runs then, a statement or JavaScript, looks at
 * the same flags. Stretches nest; an inner one can only be shorter than what is left of the outer one.
 */
#include "deadline.h"

#include "miscadmin.h"
#include "storage/latch.h"
#include "utils/timeout.h"
#include "utils/timestamp.h"

/* No stretch has a deadline. */
#define NONE 0

static TimeoutId timeout_id = MAX_TIMEOUTS;
static int64 current = NONE;
static volatile sig_atomic_t passed = false;

/* Runs in the handler of SIGALRM. */
static void
deadline_passed(void)
{
	passed = true;
	QueryCancelPending = true;
	InterruptPending = true;
	SetLatch(MyLatch);
}

static void
arm(int64 deadline)
{
	current = deadline;
	if (deadline == NONE)
		disable_timeout(timeout_id, false);
	else
		enable_timeout_at(timeout_id, (TimestampTz) deadline);
}

/* Gives the deadline that was in force, for pgb_deadline_end. */
int64
pgb_deadline_begin(int milliseconds)
{
	int64		former = current;
	int64		mine = GetCurrentTimestamp() + (int64) milliseconds * 1000;

	if (timeout_id == MAX_TIMEOUTS)
		timeout_id = RegisterTimeout(USER_TIMEOUT, deadline_passed);
	if (former == NONE || mine < former)
		arm(mine);
	return former;
}

/* Whether the deadline was reached. A cancel that it asked for and nobody has seen yet is taken back. */
bool
pgb_deadline_end(int64 former)
{
	bool		was_passed;

	if (current != former)
		arm(former);
	was_passed = passed;
	if (was_passed)
	{
		passed = false;
		QueryCancelPending = false;
	}
	return was_passed;
}
