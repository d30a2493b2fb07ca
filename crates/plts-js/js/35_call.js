// Calling a SQL function or procedure by its name.

const { natives, PgError, quoteName } = internals;

// What the functions are that such a call could mean. PostgreSQL chooses among them; what they give is only known here
// when all of them give the same.
const CANDIDATES = `
SELECT DISTINCT p.prokind::pg_catalog.text AS kind, p.proretset AS many,
       t.typtype OPERATOR(pg_catalog.=) 'c' OR p.prorettype OPERATOR(pg_catalog.=) 2249 AS composite
  FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) p.prorettype
 WHERE p.proname OPERATOR(pg_catalog.=) $1::pg_catalog.name
   AND CASE WHEN $2::pg_catalog.text IS NULL THEN pg_catalog.pg_function_is_visible(p.oid)
            ELSE p.pronamespace OPERATOR(pg_catalog.=) pg_catalog.to_regnamespace($2)::pg_catalog.oid END
   AND (p.prokind OPERATOR(pg_catalog.=) 'p' OR p.provariadic OPERATOR(pg_catalog.<>) 0
        OR $3 BETWEEN p.pronargs - p.pronargdefaults AND p.pronargs)`;

// "$1, $2" or "a => $1, b => $2", and the values.
const readArguments = (args) => {
  if (args === undefined || args === null) return { text: "", params: [] };
  const params = [];
  const texts = [];
  if (Array.isArray(args)) {
    for (let i = 0; i < args.length; i += 1) {
      params[i] = args[i];
      texts[i] = `$${i + 1}`;
    }
  } else if (typeof args === "object") {
    for (const name of Object.keys(args)) {
      params.push(args[name]);
      texts.push(`${quoteName(name)} => $${params.length}`);
    }
  } else {
    throw new TypeError("the arguments of call are an array, or an object by name");
  }
  return { text: texts.join(", "), params };
};

const values = (rows) => {
  const all = [];
  for (let i = 0; i < rows.length; i += 1) all[i] = rows[i].value;
  return all;
};

internals.call = (name, args) => {
  const parts = internals.nameParts(name, "a function");
  const target = internals.quoteParts(parts);
  const { text, params } = readArguments(args);
  const schema = parts.length === 2 ? quoteName(parts[0]) : null;
  const found = natives.query(CANDIDATES, [parts[parts.length - 1], schema, params.length]);
  if (found.length > 1) {
    throw new PgError(`function ${target} is not unique`, {
      sqlstate: "42725",
      hint: "Functions of this name give results of different kinds. Write the statement with ctx.db.query.",
    });
  }
  // When there is none, PostgreSQL says so, and what there is instead.
  const { kind = "f", many = false, composite = false } = found[0] ?? {};
  if (kind === "p") return natives.query(`CALL ${target}(${text})`, params)[0] ?? null;
  if (kind !== "f") {
    throw new PgError(`${target} is not a function`, {
      sqlstate: "42809",
      detail: kind === "w" ? "It is a window function." : "It is an aggregate.",
    });
  }
  if (composite) {
    const rows = natives.query(`SELECT * FROM ${target}(${text})`, params);
    return many ? rows : (rows[0] ?? null);
  }
  const rows = natives.query(`SELECT ${target}(${text}) AS value`, params);
  return many ? values(rows) : rows[0].value;
};
