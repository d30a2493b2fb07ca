/*
 * session.c: the session around a call: users, transaction, interrupts, privileges.
 */
#include "session.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/namespace.h"
#include "catalog/pg_authid.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "pgtime.h"
#include "storage/lock.h"
#include "tcop/tcopprot.h"
#include "utils/acl.h"
#include "utils/guc.h"
#include "utils/guc_tables.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

bool
pgb_stack_is_too_deep(void)
{
	return stack_is_too_deep();
}

ErrorData *
pgb_check_stack_depth(void)
{
	PGB_BEGIN();
	check_stack_depth();
	PGB_END();
}

/* What the operating system allows this process, in bytes; -1 when it does not say. */
long
pgb_stack_limit_bytes(void)
{
	return get_stack_depth_rlimit();
}

ErrorData *
pgb_check_interrupts(void)
{
	PGB_BEGIN();
	CHECK_FOR_INTERRUPTS();
	PGB_END();
}

volatile sig_atomic_t *
pgb_interrupt_flag(void)
{
	return &InterruptPending;
}

bool
pgb_is_told_to_stop(void)
{
	return QueryCancelPending || ProcDiePending || ClientConnectionLost;
}

Oid
pgb_current_user(void)
{
	return GetUserId();
}

Oid
pgb_session_user(void)
{
	return GetSessionUserId();
}

Oid
pgb_outer_user(void)
{
	return GetOuterUserId();
}

/* A copy of a setting, or NULL when there is none of that name. */
ErrorData *
pgb_setting(const char *name, char **value)
{
	PGB_BEGIN();
	const char *found = GetConfigOption(name, true, true);

	*value = found ? MemoryContextStrdup(pgb_entry_context, found) : NULL;
	PGB_END();
}

Oid
pgb_database(void)
{
	return MyDatabaseId;
}

ErrorData *
pgb_role_name(Oid role, char **name)
{
	PGB_BEGIN();
	*name = GetUserNameFromId(role, false);
	PGB_END();
}

/* InvalidOid when there is no such role. */
ErrorData *
pgb_role_oid(const char *name, Oid *role)
{
	PGB_BEGIN();
	*role = get_role_oid(name, true);
	PGB_END();
}

ErrorData *
pgb_is_member(Oid member, Oid role, bool *answer)
{
	PGB_BEGIN();
	*answer = is_member_of_role(member, role);
	PGB_END();
}

int64
pgb_transaction_timestamp(void)
{
	return GetCurrentTransactionStartTimestamp();
}

/*
 * Before PostgreSQL 16, RESET of transaction_read_only asks no check hook and would let a reader write. The value it
 * resets to is a field of the setting's record; it is kept the same as the state. Later versions refuse the RESET.
 */
static bool *
read_only_reset_value(void)
{
	static bool ignored = false;
#if PG_VERSION_NUM < 160000
	static bool *found = NULL;

	if (found == NULL)
	{
		struct config_generic **settings = get_guc_variables();

		for (int i = GetNumConfigOptions() - 1; i >= 0; i--)
		{
			if (settings[i]->vartype == PGC_BOOL && strcmp(settings[i]->name, "transaction_read_only") == 0)
				found = &((struct config_bool *) settings[i])->reset_val;
		}
	}
	if (found != NULL)
		return found;
#endif
	return &ignored;
}

/*
 * As SET TRANSACTION READ ONLY does. An abort of the (sub)transaction restores it, and PostgreSQL itself refuses to
 * turn it off again inside (check_XactReadOnly).
 */
PgbReadOnly
pgb_read_only_enter(void)
{
	bool	   *reset = read_only_reset_value();
	PgbReadOnly state = {XactReadOnly, *reset};

	XactReadOnly = true;
	*reset = true;
	return state;
}

void
pgb_read_only_leave(PgbReadOnly state)
{
	XactReadOnly = state.former;
	*read_only_reset_value() = state.former_reset;
}

/* Whether a parallel query is running, in whose processes no subtransaction can begin. */
bool
pgb_in_parallel_mode(void)
{
	return IsInParallelMode();
}

const char *
pgb_time_zone_name(void)
{
	return pg_get_timezone_name(session_timezone);
}

bool
pgb_time_zone_offset(long *seconds)
{
	return pg_get_timezone_offset(session_timezone, seconds);
}

bool
pgb_recovery_in_progress(void)
{
	return RecoveryInProgress();
}

void
pgb_identity_get(Oid *role, int *context)
{
	GetUserIdAndSecContext(role, context);
}

void
pgb_identity_set(Oid role, int context)
{
	SetUserIdAndSecContext(role, context);
}

/* As a SECURITY DEFINER function does (fmgr_security_definer in src/backend/utils/fmgr/fmgr.c). */
void
pgb_identity_assume(Oid role)
{
	Oid			current;
	int			context;

	GetUserIdAndSecContext(&current, &context);
	SetUserIdAndSecContext(role, context | SECURITY_LOCAL_USERID_CHANGE);
}

int
pgb_settings_nest(void)
{
	return NewGUCNestLevel();
}

/* As the SET clause of a function: undone by pgb_settings_restore, or by an abort. */
ErrorData *
pgb_setting_for_call(const char *name, const char *value)
{
	PGB_BEGIN();
	(void) set_config_option(name, value, superuser() ? PGC_SUSET : PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
							 true, 0, false);
	PGB_END();
}

/* Also what was set since by a plain SET: it would outlive a level that is left as if it were committed. */
ErrorData *
pgb_settings_restore(int level)
{
	PGB_BEGIN();
	AtEOXact_GUC(false, level);
	PGB_END();
}

bool
pgb_database_is_utf8(void)
{
	return GetDatabaseEncoding() == PG_UTF8;
}

/* False in the postmaster, where no V8 may start: it would not survive the fork. */
bool
pgb_is_backend(void)
{
	return IsUnderPostmaster || !IsPostmasterEnvironment;
}

/* A transaction-level advisory lock of two keys' class, as pg_advisory_xact_lock(bigint) takes it. */
ErrorData *
pgb_lock_take(int64 key, bool wait, bool *taken)
{
	PGB_BEGIN();
	LOCKTAG		tag;

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, (uint32) (((uint64) key) >> 32), (uint32) key, 1);
	*taken = LockAcquire(&tag, ExclusiveLock, false, !wait) != LOCKACQUIRE_NOT_AVAIL;
	PGB_END();
}

/* InvalidOid when there is no such schema or relation. */
ErrorData *
pgb_relation_oid(const char *schema, const char *name, Oid *relation)
{
	PGB_BEGIN();
	Oid			namespace = get_namespace_oid(schema, true);

	*relation = OidIsValid(namespace) ? get_relname_relid(name, namespace) : InvalidOid;
	PGB_END();
}

ErrorData *
pgb_may_select(Oid relation, Oid role, bool *answer)
{
	PGB_BEGIN();
	*answer = pg_class_aclcheck(relation, role, ACL_SELECT) == ACLCHECK_OK;
	PGB_END();
}

ErrorData *
pgb_command_counter(void)
{
	PGB_BEGIN();
	CommandCounterIncrement();
	PGB_END();
}
