// console and ctx.log: any values in, a message out. What nobody would get is not even made into text.

const { natives } = internals;
const [DEBUG, INFO, WARNING] = [0, 2, 4];

const at =
  (level) =>
  (...values) => {
    if (natives.logIsWanted(level)) natives.log(level, internals.format(values));
  };

const console = {
  debug: at(DEBUG),
  log: at(INFO),
  info: at(INFO),
  table: at(INFO),
  warn: at(WARNING),
  error: at(WARNING),
  dir(value) {
    if (natives.logIsWanted(INFO)) natives.log(INFO, internals.format([value]));
  },
  trace(...values) {
    if (!natives.logIsWanted(DEBUG)) return;
    const message = values.length === 0 ? "trace" : `trace: ${internals.format(values)}`;
    natives.log(DEBUG, `${message}\n${natives.stack()}`);
  },
  assert(condition, ...values) {
    if (condition || !natives.logIsWanted(WARNING)) return;
    natives.log(WARNING, values.length === 0 ? "assertion failed" : `assertion failed: ${internals.format(values)}`);
  },
};

// What a console keeps between messages would outlive the call.
for (const name of [
  "clear",
  "count",
  "countReset",
  "dirxml",
  "group",
  "groupCollapsed",
  "groupEnd",
  "profile",
  "profileEnd",
  "time",
  "timeEnd",
  "timeLog",
  "timeStamp",
]) {
  console[name] = () => {
    throw new TypeError(`console.${name} does not exist in the database`);
  };
}

Object.defineProperty(globalThis, "console", {
  value: console,
  writable: true,
  enumerable: false,
  configurable: true,
});
