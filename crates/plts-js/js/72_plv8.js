// plv8: the object that functions written for plv8 find, over the same natives as ctx.db. Each of their contexts gets one,
// which is theirs to change.

const { natives, quote } = internals;

// The release of plv8 that this follows.
const VERSION = "3.2.4";

// PostgreSQL's message levels (utils/elog.h), which are global variables, and what natives.log calls them.
const LEVELS = {
  DEBUG5: [10, 8],
  DEBUG4: [11, 7],
  DEBUG3: [12, 6],
  DEBUG2: [13, 5],
  DEBUG1: [14, 0],
  LOG: [15, 1],
  INFO: [17, 2],
  NOTICE: [18, 3],
  WARNING: [19, 4],
};
const ERROR = 21;
const LOGGED = new Map(Object.values(LEVELS));

const elog = (level, ...parts) => {
  if (parts.length === 0) throw new Error("usage: plv8.elog(elevel, ...)");
  const number = level | 0;
  const logged = LOGGED.get(number);
  if (number !== ERROR && logged === undefined) throw new Error("invalid error level");
  const texts = [];
  for (let i = 0; i < parts.length; i += 1) texts[i] = `${parts[i]}`;
  const message = texts.join(" ");
  if (number === ERROR) throw new Error(message);
  natives.log(logged, message);
};

// Parameters come as one array or one by one.
const listOf = (values) => {
  if (values.length === 0) return undefined;
  return Array.isArray(values[0]) ? values[0] : values;
};

const execute = (...given) => {
  if (given.length === 0) return undefined;
  const [sql, ...values] = given;
  const params = listOf(values);
  return natives.plv8Execute(`${sql}`, params !== undefined && params.length === 0 ? undefined : params);
};

const TYPES = `
SELECT t.name::pg_catalog.regtype::pg_catalog.oid AS oid
  FROM pg_catalog.unnest($1::pg_catalog.text[]) WITH ORDINALITY AS t (name, place) ORDER BY t.place`;

const typesOf = (names) => {
  if (names === undefined) return undefined;
  const texts = [];
  for (let i = 0; i < names.length; i += 1) texts[i] = `${names[i]}`;
  const rows = natives.query(TYPES, [texts]);
  const types = [];
  for (let i = 0; i < rows.length; i += 1) types[i] = rows[i].oid;
  return types;
};

const tagged = (type) =>
  Object.defineProperty(type.prototype, Symbol.toStringTag, { value: type.name, configurable: true });

class Cursor {
  #id;
  #open = true;

  constructor(id) {
    this.#id = id;
  }

  static #of(cursor) {
    if (cursor === null || typeof cursor !== "object" || !(#id in cursor) || !cursor.#open) {
      throw new Error("cannot find cursor");
    }
    return cursor.#id;
  }

  // One row, or an array of as many as are asked for; nothing when there are none.
  fetch(...given) {
    const id = Cursor.#of(this);
    if (given.length === 0) return natives.cursorFetch(id, 1)[0];
    const rows = natives.cursorFetch(id, given[0] | 0);
    return rows.length === 0 ? undefined : rows;
  }

  move(...given) {
    const id = Cursor.#of(this);
    if (given.length > 0) natives.cursorMove(id, given[0] | 0);
  }

  close() {
    natives.cursorClose(Cursor.#of(this));
    this.#open = false;
    return 1;
  }
}

class PreparedPlan {
  #sql;
  #types;
  #count;

  constructor(sql, types) {
    this.#count = natives.plv8Prepare(sql, types);
    this.#sql = sql;
    this.#types = types;
  }

  static #of(plan, values) {
    if (plan === null || typeof plan !== "object" || !(#sql in plan)) throw new Error("plan unexpectedly null");
    if (plan.#sql === undefined) throw new Error("the plan was freed");
    const params = listOf(values) ?? [];
    if (params.length !== plan.#count) {
      throw new Error(`plan expected ${plan.#count} argument(s), given is ${params.length}`);
    }
    return params;
  }

  execute(...values) {
    const params = PreparedPlan.#of(this, values);
    return natives.plv8Execute(this.#sql, params, this.#types);
  }

  cursor(...values) {
    const params = PreparedPlan.#of(this, values);
    return new Cursor(natives.plv8CursorOpen(this.#sql, params, this.#types));
  }

  free() {
    this.#sql = undefined;
    return 0;
  }
}

const prepare = (sql, ...names) => new PreparedPlan(`${sql}`, typesOf(listOf(names)));

const subtransaction = (work) => (typeof work === "function" ? internals.transaction.nested(work) : undefined);

// What a name means, and whether it is a function of ours: one whose language has our handler.
const FUNCTION = `
SELECT p.oid, p.prosrc AS source, n.nspname::pg_catalog.text AS schema, p.proname::pg_catalog.text AS name,
       p.xmin::pg_catalog.text AS xmin, p.ctid::pg_catalog.text AS ctid, p.pronargs AS arity,
       p.proargnames AS names, p.proargmodes::pg_catalog.text[] AS modes,
       p.prorettype OPERATOR(pg_catalog.=) 2279 AS trigger,
       pg_catalog.has_function_privilege(p.oid, 'EXECUTE') AS allowed,
       h.prosrc OPERATOR(pg_catalog.=) 'plts_plv8_call_handler' OR h.prosrc OPERATOR(pg_catalog.=) 'plts_call_handler'
       AND pg_catalog.current_setting('plts.plv8_compat')::pg_catalog.bool AS ours
  FROM pg_catalog.pg_proc p
  JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) p.pronamespace
  JOIN pg_catalog.pg_language l ON l.oid OPERATOR(pg_catalog.=) p.prolang
  LEFT JOIN pg_catalog.pg_proc h ON h.oid OPERATOR(pg_catalog.=) l.lanplcallfoid
 WHERE p.oid OPERATOR(pg_catalog.=) `;
const BY_NAME = `${FUNCTION}$1::pg_catalog.regproc::pg_catalog.oid`;
const BY_SIGNATURE = `${FUNCTION}$1::pg_catalog.regprocedure::pg_catalog.oid`;

// The names of the input parameters, null for one without.
const namesOf = ({ arity, names, modes }) => {
  const inputs = [];
  if (modes === null) {
    for (let i = 0; i < arity; i += 1) inputs[i] = names === null ? null : names[i] || null;
    return inputs;
  }
  for (let i = 0; i < modes.length; i += 1) {
    if (modes[i] === "o" || modes[i] === "t") continue;
    inputs.push(names === null ? null : names[i] || null);
  }
  return inputs;
};

// The functions that were found, by OID, as long as their rows stay what they were.
const found = new Map();

const findFunction = (signature) => {
  const row = natives.query(signature.includes("(") ? BY_SIGNATURE : BY_NAME, [signature])[0];
  if (row === undefined || !row.allowed) return undefined;
  if (!row.ours) throw new Error(`javascript function is not found for "${signature}"`);
  const version = `${row.xmin} ${row.ctid}`;
  const known = found.get(row.oid);
  if (known !== undefined && known.version === version) return known.made;
  const made = natives.plv8Compile(row.source, `${row.schema}.${row.name}`, row.trigger ? null : namesOf(row));
  found.set(row.oid, { version, made });
  return made;
};

const find_function = (...given) => {
  if (given.length === 0) return undefined;
  const signature = `${given[0]}`;
  const made = findFunction(signature);
  if (made === undefined) elog(LEVELS.WARNING[0], `failed to find or no permission for js function ${signature}`);
  return made;
};

internals.startPlv8 = (name) => {
  let start;
  try {
    start = findFunction(name);
    if (start === undefined) elog(LEVELS.WARNING[0], `failed to find js function ${name}`);
  } catch (error) {
    elog(LEVELS.WARNING[0], `failed to find js function ${error.message}`);
  }
  if (start !== undefined) start();
};

// What is kept of a partition is JSON of a size that its first use fixes.
const DEFAULT_SIZE = 1000;

class WindowObject {
  get_partition_local(...given) {
    const state = natives.windowState();
    if (state !== undefined) return state.json === undefined ? undefined : JSON.parse(state.json);
    natives.setWindowState({ size: given.length === 0 ? DEFAULT_SIZE : given[0] | 0, json: undefined });
    return undefined;
  }

  set_partition_local(...given) {
    if (given.length === 0) return;
    const json = JSON.stringify(given[0]) ?? "undefined";
    const size = natives.utf8Length(json);
    const state = natives.windowState();
    if (state !== undefined && state.size < size) throw new Error("window local memory overflow");
    natives.setWindowState({ size: state === undefined ? size : state.size, json });
  }

  get_current_position() {
    return natives.windowPosition();
  }

  get_partition_row_count() {
    return natives.windowRowCount();
  }

  set_mark_position(...given) {
    if (given.length > 0) natives.windowSetMark(Math.trunc(+given[0]));
  }

  rows_are_peers(...given) {
    return given.length < 2 ? undefined : natives.windowArePeers(Math.trunc(+given[0]), Math.trunc(+given[1]));
  }

  get_func_arg_in_partition(...given) {
    return argumentOf(false, given);
  }

  get_func_arg_in_frame(...given) {
    return argumentOf(true, given);
  }

  get_func_arg_current(...given) {
    return given.length === 0 ? undefined : argumentOf(false, [given[0], 0, 0, false]);
  }
}

// (number, offset, seek, mark)
const argumentOf = (inFrame, given) => {
  if (given.length < 4) throw new Error("argument not enough");
  return natives.windowArgument(inFrame, given[0] | 0, given[1] | 0, given[2] | 0, Boolean(given[3]));
};

for (const [name, value] of [["SEEK_CURRENT", 0], ["SEEK_HEAD", 1], ["SEEK_TAIL", 2]]) {
  Object.defineProperty(WindowObject.prototype, name, { value, enumerable: true });
}

const get_window_object = () => {
  if (!natives.isWindow()) throw new Error("get_window_object called in wrong context");
  return new WindowObject();
};

// The source of a script, run at the top level.
const run_script = (source) => (0, globalThis.eval)(`${source}`);

const quoted = (make) => (...given) => (given.length === 0 ? undefined : make(given[0]));

const FUNCTIONS = {
  elog,
  execute,
  prepare,
  subtransaction,
  find_function,
  get_window_object,
  run_script,
  return_next: (row) => natives.plv8ReturnNext(row),
  quote_literal: quoted((value) => quote.literal(`${value}`)),
  quote_nullable: quoted((value) => quote.nullable(value === null || value === undefined ? null : `${value}`)),
  quote_ident: quoted((value) => quote.ident(`${value}`)),
  commit: () => natives.endTransaction(true),
  rollback: () => natives.endTransaction(false),
  memory_usage: () => natives.memoryUsage(),
};
for (const type of [Cursor, PreparedPlan, WindowObject]) tagged(type);

// Runs once in each context for plv8, behind the lock-down.
internals.installPlv8 = () => {
  for (const [name, [level]] of Object.entries(LEVELS)) globalThis[name] = level;
  globalThis.DEBUG = LEVELS.DEBUG5[0];
  globalThis.ERROR = ERROR;
  globalThis.plv8 = { ...FUNCTIONS, version: VERSION };
};

// The error of a statement, with the fields that plv8 gives it; `code` is the SQLSTATE as elog.h packs it.
const packed = (sqlstate) => {
  let code = 0;
  for (let i = 0; i < 5; i += 1) code += ((sqlstate.charCodeAt(i) - 48) & 63) << (6 * i);
  return code;
};

internals.makePlv8Error = (
  sqlerrcode,
  message,
  detail = null,
  hint = null,
  schema_name = null,
  table_name = null,
  column_name = null,
  datatype_name = null,
  constraint_name = null,
  context = null,
  position = undefined,
  internalquery = null,
) =>
  Object.assign(new Error(message), {
    sqlerrcode,
    schema_name,
    table_name,
    column_name,
    datatype_name,
    constraint_name,
    detail,
    hint,
    context,
    internalquery,
    code: packed(sqlerrcode),
  });

internals.harden.push(Cursor, PreparedPlan, WindowObject, LEVELS, FUNCTIONS, found);
