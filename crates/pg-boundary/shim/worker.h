/*
 * worker.h: a short-lived background worker that commits what this transaction cannot. The rules of boundary.h hold.
 */
#ifndef PGB_WORKER_H
#define PGB_WORKER_H

#include "boundary.h"

extern ErrorData *pgb_worker_run(const char *library, const char *function, const char *payload, Size length,
								 bool *started);
extern void pgb_worker_main(Datum argument, ErrorData *(*work) (const char *payload, Size length));

#endif
