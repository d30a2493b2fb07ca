// PgError: an error from a statement, with every field that PostgreSQL gave.

class PgError extends Error {
  constructor(message, fields) {
    super(message);
    if (fields !== undefined && fields !== null) {
      for (const name of PgError.#FIELDS) {
        const value = fields[name];
        if (value !== undefined && value !== null) this[name] = value;
      }
      if (this.sqlstate !== undefined) this.code = this.sqlstate;
    }
  }

  static #FIELDS = [
    "sqlstate",
    "detail",
    "hint",
    "schema",
    "table",
    "column",
    "dataType",
    "constraint",
    "where",
    "position",
  ];
}

Object.defineProperty(PgError.prototype, "name", {
  value: "PgError",
  writable: true,
  enumerable: false,
  configurable: true,
});
Object.defineProperty(globalThis, "PgError", {
  value: PgError,
  writable: true,
  enumerable: false,
  configurable: true,
});

internals.PgError = PgError;

internals.makePgError = (
  sqlstate,
  message,
  detail,
  hint,
  schema,
  table,
  column,
  dataType,
  constraint,
  where,
  position,
) => new PgError(message, { sqlstate, detail, hint, schema, table, column, dataType, constraint, where, position });
