/*
 * shared.h: memory that all backends share.
 */
#ifndef PGB_SHARED_H
#define PGB_SHARED_H

#include "boundary.h"

extern void pgb_shared_request(const char *name, Size common, Size each, Size gauges);
extern void *pgb_shared_area(void);
extern int	pgb_shared_slots(void);
extern int	pgb_shared_slot(void);

#endif
