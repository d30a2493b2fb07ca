// Many rows into a table: an array of values for each column, unnested.

const { natives, PgError, quoteName } = internals;
const { stringify } = JSON;

const CHUNK = 1000;
// The most parameters of a statement that has one for each value.
const MOST_PARAMETERS = 1000;

// How a column's values travel: "plain" in an array of its type, "json" in one of text; "single" ones are themselves
// arrays or rows, which unnest would take apart.
const COLUMNS = `
SELECT a.attname::pg_catalog.text AS name, pg_catalog.format_type(a.atttypid, -1) AS type,
       CASE WHEN t.oid OPERATOR(pg_catalog.=) ANY (ARRAY[114, 3802]::pg_catalog.oid[])
              OR t.typbasetype OPERATOR(pg_catalog.=) ANY (ARRAY[114, 3802]::pg_catalog.oid[]) THEN 'json'
            WHEN t.typcategory OPERATOR(pg_catalog.=) ANY (ARRAY['A', 'C', 'P']::pg_catalog."char"[]) THEN 'single'
            ELSE 'plain' END AS way
  FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) a.atttypid
 WHERE a.attrelid OPERATOR(pg_catalog.=) pg_catalog.to_regclass($1)::pg_catalog.oid
   AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped`;

const describe = (target, names) => {
  const known = new Map();
  for (const column of natives.query(COLUMNS, [target])) known.set(column.name, column);
  if (known.size === 0) throw new PgError(`relation ${target} does not exist`, { sqlstate: "42P01" });
  const columns = [];
  for (const name of names) {
    const column = known.get(name);
    if (column === undefined) {
      throw new PgError(`column "${name}" of relation ${target} does not exist`, { sqlstate: "42703", column: name });
    }
    columns.push(column);
  }
  return columns;
};

const isRow = (row) => row !== null && typeof row === "object" && !Array.isArray(row);

// The names of the columns. Without a list the first row's keys are the list, and every row has them and no other.
const namesOf = (rows, listed) => {
  if (listed !== undefined && (!Array.isArray(listed) || listed.length === 0)) {
    throw new TypeError("columns must be an array of names");
  }
  for (let i = 0; i < rows.length; i += 1) {
    if (!isRow(rows[i])) throw new TypeError(`row ${i} must be an object`);
  }
  const names = [];
  const source = listed ?? Object.keys(rows[0]);
  for (let i = 0; i < source.length; i += 1) {
    if (typeof source[i] !== "string") throw new TypeError("columns must be an array of names");
    if (names.includes(source[i])) throw new TypeError(`column "${source[i]}" is listed twice`);
    names.push(source[i]);
  }
  if (names.length === 0) throw new TypeError("row 0 has no columns");
  for (let i = 0; i < rows.length; i += 1) {
    for (const name of names) {
      if (!Object.hasOwn(rows[i], name)) throw new TypeError(`row ${i} has no column "${name}"`);
    }
    if (listed !== undefined) continue;
    const keys = Object.keys(rows[i]);
    if (keys.length === names.length) continue;
    const extra = keys.find((key) => !names.includes(key));
    throw new TypeError(`row ${i} has a column "${extra}", which row 0 has not`);
  }
  return names;
};

const jsonText = (value, column, row) => {
  if (value === null || value === undefined) return null;
  const text = stringify(value);
  if (text === undefined) {
    throw new PgError(`column "${column}" of row ${row} must be a value that JSON can hold, not a ${typeof value}`, {
      sqlstate: "42804",
    });
  }
  return text;
};

// One array for each column.
const byColumn = (into, columns) => {
  const arrays = columns.map(({ type, way }, i) => `pg_catalog.unnest($${i + 1}::${way === "json" ? "pg_catalog.text" : type}[])`);
  const values = columns.map(({ type, way }, i) => (way === "json" ? `u.c${i}::${type}` : `u.c${i}`));
  const aliases = columns.map((_, i) => `c${i}`);
  const sql = `${into} SELECT ${values.join(", ")} FROM ROWS FROM (${arrays.join(", ")}) AS u (${aliases.join(", ")})`;
  return (rows, first, end) => {
    const params = [];
    for (let c = 0; c < columns.length; c += 1) {
      const { name, way } = columns[c];
      const values = [];
      for (let i = first; i < end; i += 1) {
        values[i - first] = way === "json" ? jsonText(rows[i][name], name, i) : rows[i][name];
      }
      params[c] = values;
    }
    return { sql, params };
  };
};

// One parameter for each value.
const byValue = (into, columns) => (rows, first, end) => {
  const params = [];
  const lines = [];
  for (let i = first; i < end; i += 1) {
    const places = [];
    for (const { name } of columns) {
      params.push(rows[i][name]);
      places.push(`$${params.length}`);
    }
    lines.push(`(${places.join(", ")})`);
  }
  return { sql: `${into} VALUES ${lines.join(", ")}`, params };
};

const ELEMENT = /^parameter \$([0-9]+)(?:\[([0-9]+)\])?/;

// A value that does not fit is named by its row and column, not by a parameter that the author never wrote.
const locate = (error, columns, first, way) => {
  const found = error instanceof PgError ? ELEMENT.exec(error.message) : null;
  if (found === null) return;
  const number = Number(found[1]) - 1;
  if (way === byColumn && found[2] === undefined) return;
  const column = way === byColumn ? number : number % columns.length;
  const row = first + (way === byColumn ? Number(found[2]) : Math.floor(number / columns.length));
  const end = way === byColumn ? found[0].length : `parameter $${found[1]}`.length;
  error.message = `column "${columns[column].name}" of row ${row}${error.message.slice(end)}`;
};

internals.insert = (table, rows, options) => {
  const { columns: listed, chunk = CHUNK } = internals.readOptions(options, ["columns", "chunk"], "insert");
  const target = internals.quoteParts(internals.nameParts(table, "a table"));
  if (!Array.isArray(rows)) throw new TypeError("insert takes an array of rows");
  if (!Number.isSafeInteger(chunk) || chunk < 1) {
    throw new RangeError("chunk must be a whole number of rows, 1 or more");
  }
  if (rows.length === 0) return 0;
  const columns = describe(target, namesOf(rows, listed));
  const into = `INSERT INTO ${target} (${columns.map(({ name }) => quoteName(name)).join(", ")})`;
  const way = columns.some((column) => column.way === "single") ? byValue : byColumn;
  const size = way === byValue ? Math.min(chunk, Math.max(1, Math.floor(MOST_PARAMETERS / columns.length))) : chunk;
  const make = way(into, columns);
  return internals.together(() => {
    let count = 0;
    for (let first = 0; first < rows.length; first += size) {
      const { sql, params } = make(rows, first, Math.min(first + size, rows.length));
      try {
        count += natives.exec(sql, params)[0];
      } catch (error) {
        locate(error, columns, first, way);
        throw error;
      }
    }
    return count;
  });
};
