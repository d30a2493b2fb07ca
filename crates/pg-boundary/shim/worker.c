/*
 * worker.c: a short-lived background worker, after src/test/modules/worker_spi/worker_spi.c.
 */
#include "worker.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "storage/dsm.h"
#include "storage/ipc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

/*
 * Starts a worker in this database, hands it the payload and waits until it has ended. `started` is false when the
 * server has no free slot for one.
 */
ErrorData *
pgb_worker_run(const char *library, const char *function, const char *payload, Size length, bool *started)
{
	PGB_BEGIN();
	dsm_segment *segment = dsm_create(sizeof(Size) + length, 0);
	char	   *address = dsm_segment_address(segment);
	BackgroundWorkerHandle *handle;
	BackgroundWorker worker;

	memcpy(address, &length, sizeof(Size));
	memcpy(address + sizeof(Size), payload, length);

	memset(&worker, 0, sizeof(worker));
	worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker.bgw_restart_time = BGW_NEVER_RESTART;
	strlcpy(worker.bgw_library_name, library, sizeof(worker.bgw_library_name));
	strlcpy(worker.bgw_function_name, function, sizeof(worker.bgw_function_name));
	strlcpy(worker.bgw_name, function, sizeof(worker.bgw_name));
	strlcpy(worker.bgw_type, library, sizeof(worker.bgw_type));
	worker.bgw_main_arg = UInt32GetDatum(dsm_segment_handle(segment));
	worker.bgw_notify_pid = MyProcPid;
	memcpy(worker.bgw_extra, &MyDatabaseId, sizeof(Oid));

	*started = RegisterDynamicBackgroundWorker(&worker, &handle);
	if (*started)
		(void) WaitForBackgroundWorkerShutdown(handle);
	dsm_detach(segment);
	PGB_END();
}

/*
 * The main function of such a worker: connects as the bootstrap superuser (the roles of the catalog cannot log in),
 * and runs `work` in one transaction. `work` gives the error to raise, or NULL.
 */
void
pgb_worker_main(Datum argument, ErrorData *(*work) (const char *payload, Size length))
{
	Oid			database;
	dsm_segment *segment;
	char	   *address;
	Size		length;
	char	   *payload;
	ErrorData  *error;

	BackgroundWorkerUnblockSignals();
	memcpy(&database, MyBgworkerEntry->bgw_extra, sizeof(Oid));
	BackgroundWorkerInitializeConnectionByOid(database, InvalidOid, 0);

	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	segment = dsm_attach(DatumGetUInt32(argument));
	if (segment == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the session that started this worker is gone")));
	address = dsm_segment_address(segment);
	memcpy(&length, address, sizeof(Size));
	payload = MemoryContextAlloc(TopTransactionContext, length + 1);
	memcpy(payload, address + sizeof(Size), length);
	payload[length] = '\0';
	dsm_detach(segment);

	PushActiveSnapshot(GetTransactionSnapshot());
	pgstat_report_activity(STATE_RUNNING, "recording a failed deployment");
	error = work(payload, length);
	if (error)
		pgb_throw(error);
	PopActiveSnapshot();
	CommitTransactionCommand();
	pgstat_report_activity(STATE_IDLE, NULL);
	proc_exit(0);
}
