/*
 * session.h: the session around a call: users, transaction, interrupts, privileges. The rules of boundary.h hold.
 */
#ifndef PGB_SESSION_H
#define PGB_SESSION_H

#include "boundary.h"

extern bool pgb_stack_is_too_deep(void);
extern ErrorData *pgb_check_stack_depth(void);
extern long pgb_stack_limit_bytes(void);
extern ErrorData *pgb_check_interrupts(void);
extern volatile sig_atomic_t *pgb_interrupt_flag(void);
/* Whether the statement or the session is to end. Any thread may ask. */
extern bool pgb_is_told_to_stop(void);
extern Oid	pgb_current_user(void);
extern Oid	pgb_session_user(void);
extern Oid	pgb_outer_user(void);
extern ErrorData *pgb_setting(const char *name, char **value);
extern Oid	pgb_database(void);
extern ErrorData *pgb_role_name(Oid role, char **name);
extern ErrorData *pgb_role_oid(const char *name, Oid *role);
extern ErrorData *pgb_is_member(Oid member, Oid role, bool *answer);
extern int64 pgb_transaction_timestamp(void);
/* What the transaction's read-only state was before pgb_read_only_enter. */
typedef struct PgbReadOnly
{
	bool		former;
	bool		former_reset;
} PgbReadOnly;

extern PgbReadOnly pgb_read_only_enter(void);
extern void pgb_read_only_leave(PgbReadOnly state);
extern bool pgb_in_parallel_mode(void);
extern const char *pgb_time_zone_name(void);
/* Seconds east of UTC; false when they change with the time. */
extern bool pgb_time_zone_offset(long *seconds);
extern bool pgb_recovery_in_progress(void);
extern void pgb_identity_get(Oid *role, int *context);
extern void pgb_identity_set(Oid role, int context);
extern void pgb_identity_assume(Oid role);
extern int	pgb_settings_nest(void);
extern ErrorData *pgb_setting_for_call(const char *name, const char *value);
extern ErrorData *pgb_settings_restore(int level);
extern bool pgb_database_is_utf8(void);
extern bool pgb_is_backend(void);
extern ErrorData *pgb_lock_take(int64 key1, bool wait, bool *taken);
extern ErrorData *pgb_relation_oid(const char *schema, const char *name, Oid *relation);
extern ErrorData *pgb_may_select(Oid relation, Oid role, bool *answer);
extern ErrorData *pgb_command_counter(void);

#endif
