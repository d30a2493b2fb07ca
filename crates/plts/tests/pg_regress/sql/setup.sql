-- The extension and what it brings.
CREATE EXTENSION plts;
SELECT plts.version();
SELECT lanname, lanispl, lanpltrusted, laninline <> 0 AS inline, lanvalidator <> 0 AS validator
  FROM pg_language WHERE lanname = 'plts';
SELECT p.oid::regprocedure AS function, provolatile AS volatility, proparallel AS parallel,
       has_function_privilege('public', p.oid, 'EXECUTE') AS public
  FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
 WHERE nspname = 'plts' ORDER BY p.oid::regprocedure::text COLLATE "C";
-- The runtime package comes with it, and nothing else.
SELECT filename, compiler_fingerprint, runtime_version, abi FROM plts.artifact;
-- Who may what.
SELECT has_schema_privilege('public', 'plts', 'USAGE') AS schema_usage,
       has_table_privilege('public', 'plts.artifact', 'SELECT') AS artifact_select,
       has_language_privilege('public', 'plts', 'USAGE') AS language_usage,
       has_type_privilege('public', 'plts.module', 'USAGE') AS module_usage;
-- What the extension put into the table itself is not dumped.
SELECT extcondition FROM pg_extension WHERE extname = 'plts';
-- The first calls.
CREATE FUNCTION first_add(a int, b int) RETURNS int LANGUAGE plts AS 'return a + b';
SELECT first_add(1, 2);
DROP FUNCTION first_add;
