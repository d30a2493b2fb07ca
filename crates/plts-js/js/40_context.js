// ctx: what a handler is called with.

const log = Object.freeze({
  debug: (...values) => internals.natives.log(0, internals.format(values)),
  info: (...values) => internals.natives.log(2, internals.format(values)),
  notice: (...values) => internals.natives.log(3, internals.format(values)),
  warn: (...values) => internals.natives.log(4, internals.format(values)),
  error: (...values) => internals.natives.log(4, internals.format(values)),
});

class Context {
  #now;
  #user;

  constructor(info, db, args) {
    this.db = db;
    this.args = args;
    this.fn = info.fn;
    this.env = info.env;
    this.log = log;
  }

  get now() {
    if (this.#now === undefined) this.#now = internals.natives.now();
    return this.#now;
  }

  get window() {
    return internals.natives.isWindow() ? internals.window : undefined;
  }

  get user() {
    if (this.#user === undefined) {
      const users = internals.natives.users();
      this.#user = Object.freeze({ current: users[0], session: users[1] });
    }
    return this.#user;
  }
}

// Names that an array cannot take as properties: they would change its elements or its length.
const UNFIT = /^(?:length|0|[1-9][0-9]*)$/;

// What stays the same from call to call of one function; `names` holds null for a parameter without a name.
internals.makeFunctionInfo = (oid, schema, name, env, names) =>
  Object.freeze({
    fn: Object.freeze({ oid, schema, name }),
    env,
    names: names === null ? null : Object.freeze(names.map((each) => (UNFIT.test(each) ? null : each))),
  });

internals.makeContext = (info, readOnly, args) => {
  const { names } = info;
  if (names !== null) {
    for (let i = 0; i < names.length; i += 1) {
      if (names[i] !== null) {
        Object.defineProperty(args, names[i], {
          value: args[i],
          writable: true,
          enumerable: true,
          configurable: true,
        });
      }
    }
  }
  return new Context(info, readOnly ? internals.databases.read : internals.databases.write, args);
};

internals.Context = Context;
internals.harden.push(Context, log);
