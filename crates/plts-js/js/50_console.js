// console and ctx.log: any values in, one line of text out.

const show = (value) => {
  switch (typeof value) {
    case "string":
      return value;
    case "bigint":
      return `${value}n`;
    case "symbol":
      return value.toString();
    case "function":
      return `[function ${value.name || "anonymous"}]`;
    case "object": {
      if (value === null) return "null";
      if (value instanceof Error) return typeof value.stack === "string" ? value.stack : `${value}`;
      const json = JSON.stringify(value);
      return json === undefined ? Object.prototype.toString.call(value) : json;
    }
    default:
      return `${value}`;
  }
};

// A value that cannot be shown (a cycle, a getter that throws) must not make logging fail.
internals.format = (values) =>
  values
    .map((value) => {
      try {
        return show(value);
      } catch {
        return Object.prototype.toString.call(value);
      }
    })
    .join(" ");

const at =
  (level) =>
  (...values) =>
    internals.natives.log(level, internals.format(values));

const console = {
  debug: at(0),
  trace: at(0),
  log: at(2),
  info: at(2),
  dir: at(2),
  warn: at(4),
  error: at(4),
  assert(condition, ...values) {
    if (!condition) internals.natives.log(4, `assertion failed: ${internals.format(values)}`);
  },
};

Object.defineProperty(globalThis, "console", {
  value: console,
  writable: true,
  enumerable: false,
  configurable: true,
});
