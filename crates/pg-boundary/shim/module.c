/*
 * module.c: stored modules, which are functions that return plts.module.
 */
#include "module.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/proclang.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

static Oid
module_type(void)
{
	Oid			namespace = get_namespace_oid("plts", true);

	if (!OidIsValid(namespace))
		return InvalidOid;
	return GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum("module"), ObjectIdGetDatum(namespace));
}

/* InvalidOid when the type is not there. */
ErrorData *
pgb_module_type(Oid *type)
{
	PGB_BEGIN();
	*type = module_type();
	PGB_END();
}

/* The module of that name, or InvalidOid: a function of the language, without arguments, that returns plts.module. */
ErrorData *
pgb_module_find(const char *schema, const char *name, Oid *function)
{
	PGB_BEGIN();
	Oid			namespace = get_namespace_oid(schema, true);
	Oid			type = module_type();
	Oid			language = get_language_oid("plts", true);
	oidvector  *no_arguments = buildoidvector(NULL, 0);
	HeapTuple	tuple;

	*function = InvalidOid;
	if (OidIsValid(namespace) && OidIsValid(type) && OidIsValid(language))
	{
		tuple = SearchSysCache3(PROCNAMEARGSNSP, CStringGetDatum(name), PointerGetDatum(no_arguments),
								ObjectIdGetDatum(namespace));
		if (HeapTupleIsValid(tuple))
		{
			Form_pg_proc form = (Form_pg_proc) GETSTRUCT(tuple);

			if (form->prorettype == type && form->prolang == language)
				*function = form->oid;
			ReleaseSysCache(tuple);
		}
	}
	PGB_END();
}

static bool
may_use_schema(Oid schema, Oid role)
{
#if PG_VERSION_NUM >= 160000
	return object_aclcheck(NamespaceRelationId, schema, role, ACL_USAGE) == ACLCHECK_OK;
#else
	return pg_namespace_aclcheck(schema, role, ACL_USAGE) == ACLCHECK_OK;
#endif
}

/*
 * Whether a role may import a module: as its owner, or by EXECUTE that was granted to the role or to one that it is a
 * member of. PUBLIC's EXECUTE does not count: PostgreSQL gives it to every function when it is created, so it says
 * nothing about what the owner wants.
 */
ErrorData *
pgb_module_may_import(Oid function, Oid role, bool *answer)
{
	PGB_BEGIN();
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Form_pg_proc form;
	bool		allowed = false;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function);
	form = (Form_pg_proc) GETSTRUCT(tuple);
	if (may_use_schema(form->pronamespace, role))
	{
		allowed = has_privs_of_role(role, form->proowner);
		if (!allowed)
		{
			bool		is_null;
			Datum		datum = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_proacl, &is_null);

			if (!is_null)
			{
				Acl		   *acl = DatumGetAclP(datum);
				const AclItem *items = ACL_DAT(acl);

				for (int index = 0; index < ACL_NUM(acl) && !allowed; index++)
					allowed = items[index].ai_grantee != ACL_ID_PUBLIC
						&& (ACLITEM_GET_PRIVS(items[index]) & ACL_EXECUTE) != 0
						&& has_privs_of_role(role, items[index].ai_grantee);
			}
		}
	}
	ReleaseSysCache(tuple);
	*answer = allowed;
	PGB_END();
}
