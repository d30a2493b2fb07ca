-- The validator: what CREATE FUNCTION checks.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE SCHEMA plts_validator;
RESET client_min_messages;
SET search_path = plts_validator;

-- A body that does not parse: line and column of the TypeScript.
CREATE FUNCTION bad(a int) RETURNS int LANGUAGE plts AS $$
  const x: number = 1;
  return x +* a;
$$;
CREATE FUNCTION bad() RETURNS int LANGUAGE plts AS 'return (1';
CREATE FUNCTION bad() RETURNS int LANGUAGE plts AS $$ const 名前 = "😀"; const y = ; $$;
CREATE FUNCTION bad() RETURNS int LANGUAGE plts AS 'with (a) { return 1 }';
CREATE FUNCTION bad() RETURNS text LANGUAGE plts AS 'return <div />';
CREATE FUNCTION bad() RETURNS int LANGUAGE plts AS 'await 1; yield 2';
CREATE FUNCTION bad() RETURNS int LANGUAGE plts AS '} ) ; (function () {';
CREATE FUNCTION bad() RETURNS int LANGUAGE plts AS '}), (function () { return 1';
-- Nothing of it is there.
SELECT count(*) FROM pg_proc WHERE proname = 'bad';
-- The validator runs nothing.
CREATE FUNCTION not_run() RETURNS int LANGUAGE plts AS $$ export default () => 1; throw new Error('evaluated'); $$;
SELECT not_run();
SELECT not_run();
-- check_function_bodies = off keeps the body for later, but not a declaration that cannot be.
SET check_function_bodies = off;
CREATE FUNCTION later() RETURNS int LANGUAGE plts AS 'return (1';
CREATE FUNCTION later_type(x point[]) RETURNS int LANGUAGE plts AS 'return (1';
CREATE FUNCTION refused(x internal) RETURNS int LANGUAGE plts AS '';
RESET check_function_bodies;
SELECT later();
CREATE OR REPLACE FUNCTION later() RETURNS int LANGUAGE plts AS 'return (1)';
SELECT later();
-- Pointers: strictly read; the artifact must be there, and the owner must be allowed to read it.
CREATE FUNCTION pointer(args jsonb) RETURNS jsonb LANGUAGE plts AS '{"plts":1,"kind":"artifact_ptr","artifact_hash":"sha256:0000000000000000000000000000000000000000000000000000000000000000","export":"default","env":"prod"}';
CREATE FUNCTION pointer(args jsonb) RETURNS jsonb LANGUAGE plts AS '{"plts":3,"kind":"artifact_ptr","artifact_hash":"sha256:0000000000000000000000000000000000000000000000000000000000000000","export":"default","env":"prod"}';
CREATE FUNCTION pointer(args jsonb) RETURNS jsonb LANGUAGE plts AS '{"plts":1,"kind":"artifact_ptr","artifact_hash":"sha256:12","export":"default","env":"prod"}';
CREATE FUNCTION pointer(args jsonb) RETURNS jsonb LANGUAGE plts AS '{"plts":1,"kind":"other","artifact_hash":"sha256:0000000000000000000000000000000000000000000000000000000000000000","export":"default","env":"prod"}';
CREATE FUNCTION pointer(args jsonb) RETURNS jsonb LANGUAGE plts AS '{"plts":1,"kind":"artifact_ptr","artifact_hash":"sha256:0000000000000000000000000000000000000000000000000000000000000000","export":"default","env":"prod","more":1}';
-- An object that is none is code.
CREATE FUNCTION block() RETURNS int LANGUAGE plts AS '{ return 3 }';
SELECT block();
DO LANGUAGE plts '{"plts":1,"kind":"artifact_ptr","artifact_hash":"sha256:0000000000000000000000000000000000000000000000000000000000000000","export":"default","env":"prod"}';
SET check_function_bodies = off;
CREATE FUNCTION dangling(args jsonb) RETURNS jsonb LANGUAGE plts AS '{"plts":1,"kind":"artifact_ptr","artifact_hash":"sha256:0000000000000000000000000000000000000000000000000000000000000000","export":"default","env":"prod"}';
RESET check_function_bodies;
SELECT dangling('{}');
SELECT dangling('{}');
CREATE ROLE regress_plts_pointer;
GRANT USAGE, CREATE ON SCHEMA plts_validator TO regress_plts_pointer;
SELECT format('{"plts":1,"kind":"artifact_ptr","artifact_hash":"%s","export":"default","env":"prod"}', plts.compile_and_store('export default () => "secret"')) AS body \gset
SET ROLE regress_plts_pointer;
CREATE FUNCTION unprivileged(args jsonb) RETURNS jsonb LANGUAGE plts AS :'body';
SET check_function_bodies = off;
CREATE FUNCTION unprivileged(args jsonb) RETURNS jsonb LANGUAGE plts AS :'body';
RESET check_function_bodies;
SELECT unprivileged('{}');
RESET ROLE;
-- The owner's right counts, not the caller's.
CREATE FUNCTION privileged(args jsonb) RETURNS jsonb LANGUAGE plts AS :'body';
SET ROLE regress_plts_pointer;
SELECT privileged('{}');
SELECT count(*) FROM plts.artifact;
RESET ROLE;
DROP OWNED BY regress_plts_pointer;
DROP ROLE regress_plts_pointer;
-- The validator may be called for a function of the language only.
SELECT plts.validator('plts_validator.block()'::regprocedure);
\set VERBOSITY sqlstate
SELECT plts.validator('pg_catalog.now()'::regprocedure);
\set VERBOSITY default
-- A function of another language may not be dressed up as ours.
CREATE FUNCTION handler() RETURNS language_handler LANGUAGE c AS '$libdir/plts', 'plts_call_handler';
DROP FUNCTION handler();
