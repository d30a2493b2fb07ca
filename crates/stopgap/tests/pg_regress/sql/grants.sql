-- Every right that the extension gives, listed: what is not here is not given.
SELECT objects.name, grantee.rolname AS grantee, string_agg(privilege_type, ', ' ORDER BY privilege_type) AS rights
FROM (
    SELECT c.oid::regclass::text AS name, coalesce(c.relacl, acldefault('r', c.relowner)) AS acl, c.relowner AS owner
    FROM pg_class AS c WHERE c.relnamespace IN ('stopgap'::regnamespace, 'plts'::regnamespace) AND c.relkind IN ('r', 'v', 'S')
    UNION ALL
    SELECT p.oid::regprocedure::text, coalesce(p.proacl, acldefault('f', p.proowner)), p.proowner
    FROM pg_proc AS p WHERE p.pronamespace IN ('stopgap'::regnamespace, 'plts'::regnamespace)
    UNION ALL
    SELECT n.nspname, n.nspacl, n.nspowner FROM pg_namespace AS n WHERE n.nspname IN ('stopgap', 'plts')
) AS objects
CROSS JOIN LATERAL aclexplode(objects.acl) AS acl
LEFT JOIN pg_roles AS grantee ON grantee.oid = acl.grantee
WHERE acl.grantee <> objects.owner
GROUP BY 1, 2 ORDER BY 1, 2;
-- Nothing runs with the rights of its owner.
SELECT count(*) FROM pg_proc WHERE prosecdef AND pronamespace IN ('stopgap'::regnamespace, 'plts'::regnamespace);
