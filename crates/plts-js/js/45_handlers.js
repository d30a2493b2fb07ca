// Handlers: what a function says of itself under Symbol.for("stopgap.handler").

const BRAND = Symbol.for("stopgap.handler");

// 0: no handler; 1: query; 2: mutation; 3: of a version that is not known here.
const kindOf = (value) => {
  if (typeof value !== "function") return 0;
  const record = value[BRAND];
  if (record === undefined || record === null) return 0;
  if (typeof record !== "object" || record.abi !== 1) return 3;
  if (record.kind === "query") return 1;
  if (record.kind === "mutation") return 2;
  return 3;
};

internals.handlerKind = kindOf;

// The names of the SQL parameters that a handler declares; null when it declares none.
internals.declaredNames = (value) => {
  const sql = value[BRAND]?.sql ?? null;
  return sql === null ? null : sql.args.map((each) => each.name);
};

const KINDS = ["function", "query", "mutation"];

// The exports of a module as JSON text; a handler of an unknown version has the kind "unknown".
internals.describeExports = (namespace) =>
  JSON.stringify(
    Object.keys(namespace).map((name) => {
      const value = namespace[name];
      if (typeof value !== "function") return { name, kind: "value", args: null, returns: null };
      const kind = kindOf(value);
      if (kind === 0) return { name, kind: "function", args: null, returns: null };
      if (kind === 3) return { name, kind: "unknown", args: null, returns: null };
      const { args, returns, sql } = value[BRAND];
      const described = { name, kind: KINDS[kind], args: args ?? null, returns: returns ?? null };
      if (sql !== undefined && sql !== null) described.sql = sql;
      return described;
    }),
  );
