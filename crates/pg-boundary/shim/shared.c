/*
 * shared.c: memory that all backends share, if the library is preloaded: a common part and a slot for each backend, after
 * the example of contrib/pg_stat_statements.
 */
#include "shared.h"

#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/proc.h"
#include "storage/shmem.h"

static const char *area_name = NULL;
static Size common_size = 0;
static Size slot_size = 0;
static Size gauges_size = 0;
static char *area = NULL;
static bool slot_is_claimed = false;

static shmem_request_hook_type former_request = NULL;
static shmem_startup_hook_type former_startup = NULL;

static Size
area_size(void)
{
	return add_size(common_size, mul_size(slot_size, MaxBackends));
}

static void
request(void)
{
	if (former_request)
		former_request();
	RequestAddinShmemSpace(area_size());
}

static void
startup(void)
{
	bool		found;

	if (former_startup)
		former_startup();
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	area = ShmemInitStruct(area_name, area_size(), &found);
	if (!found)
		memset(area, 0, area_size());
	LWLockRelease(AddinShmemInitLock);
}

/*
 * To be called when the library is loaded; without effect when that is too late. The first `gauges` bytes of a slot hold
 * what is so now, and are zero while no backend has the slot; the rest goes on counting through all its backends.
 */
void
pgb_shared_request(const char *name, Size common, Size each, Size gauges)
{
	if (!process_shared_preload_libraries_in_progress)
		return;
	area_name = name;
	common_size = common;
	slot_size = each;
	gauges_size = gauges;
	former_request = shmem_request_hook;
	shmem_request_hook = request;
	former_startup = shmem_startup_hook;
	shmem_startup_hook = startup;
}

/* NULL when there is none. The slots follow the common part. */
void *
pgb_shared_area(void)
{
	return area;
}

int
pgb_shared_slots(void)
{
	return area ? MaxBackends : 0;
}

static int
own_slot(void)
{
	int			number;

	if (area == NULL || MyProc == NULL)
		return -1;
#if PG_VERSION_NUM >= 170000
	number = MyProcNumber;
#else
	number = MyProc->pgprocno;
#endif
	return number < MaxBackends ? number : -1;
}

static void
leave(int code, Datum slot)
{
	memset(area + common_size + slot_size * DatumGetInt32(slot), 0, gauges_size);
}

/* The number of this backend's slot, from 0, for as long as it lives; -1 when it has none. */
int
pgb_shared_slot(void)
{
	int			slot = own_slot();

	if (slot >= 0 && !slot_is_claimed)
	{
		memset(area + common_size + slot_size * slot, 0, gauges_size);
		on_shmem_exit(leave, Int32GetDatum(slot));
		slot_is_claimed = true;
	}
	return slot;
}
