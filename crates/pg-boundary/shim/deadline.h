/*
 * deadline.h: how long a stretch of work may take.
 */
#ifndef PGB_DEADLINE_H
#define PGB_DEADLINE_H

#include "boundary.h"

extern int64 pgb_deadline_begin(int milliseconds);
extern bool pgb_deadline_end(int64 former);

#endif
