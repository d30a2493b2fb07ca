/*
 * module.h: stored modules, which are functions that return plts.module. The rules of boundary.h hold.
 */
#ifndef PGB_MODULE_H
#define PGB_MODULE_H

#include "boundary.h"

extern ErrorData *pgb_module_type(Oid *type);
extern ErrorData *pgb_module_find(const char *schema, const char *name, Oid *function);
extern ErrorData *pgb_module_may_import(Oid function, Oid role, bool *answer);

#endif
