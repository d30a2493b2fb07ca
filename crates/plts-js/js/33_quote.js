// Quoting, for texts that parameters cannot serve: as quote_literal, quote_ident and quote_nullable do it.

const { natives } = internals;

const literal = (value) => {
  let text;
  switch (typeof value) {
    case "string":
      text = natives.requireText(value, "a literal");
      break;
    case "number":
    case "bigint":
    case "boolean":
      text = `${value}`;
      break;
    default:
      if (value === null || value === undefined) return null;
      throw new TypeError(
        `a literal is made of a string, number, bigint or boolean, not of ${
          typeof value === "object" ? "an object" : `a ${typeof value}`
        }`,
      );
  }
  const quoted = `'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
  return text.includes("\\") ? `E${quoted}` : quoted;
};

internals.quote = Object.freeze({
  literal,
  ident: (name) => natives.quoteIdentifier(name),
  nullable: (value) => literal(value) ?? "NULL",
});

// The parts of a name that may have a schema: "item", "app.item", or ["app", "an.item"]. They are taken as they are
// written, capital letters and all.
internals.nameParts = (name, what) => {
  const parts = typeof name === "string" ? name.split(".") : name;
  let fit = Array.isArray(parts) && (parts.length === 1 || parts.length === 2);
  for (let i = 0; fit && i < parts.length; i += 1) fit = typeof parts[i] === "string" && parts[i] !== "";
  if (!fit) throw new TypeError(`the name of ${what} is "name", "schema.name" or ["schema", "name"]`);
  return parts;
};

// Always in quotes.
internals.quoteName = (name) => `"${natives.requireText(name, "a name").replaceAll('"', '""')}"`;
internals.quoteParts = (parts) =>
  parts.length === 1
    ? internals.quoteName(parts[0])
    : `${internals.quoteName(parts[0])}.${internals.quoteName(parts[1])}`;
