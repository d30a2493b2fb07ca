// ctx: what a handler is called with.

const at =
  (level) =>
  (...values) => {
    if (internals.natives.logIsWanted(level)) internals.natives.log(level, internals.format(values));
  };

// An error is thrown, not logged: both are WARNING.
const log = Object.freeze({ debug: at(0), info: at(2), notice: at(3), warn: at(4), error: at(4) });

class Context {
  #user;

  constructor(info, db, args) {
    this.db = db;
    this.args = args;
    this.fn = info.fn;
    this.env = info.env;
    this.log = log;
  }

  // A procedure may end the transaction, and another one begins.
  get now() {
    return internals.natives.now();
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

// A handler that declares SQL parameters gets them by name, when they are those of the function: its one jsonb parameter
// may also hold them all.
const isDeclared = (names, handler) => {
  const declared = handler === undefined ? null : internals.declaredNames(handler);
  return declared !== null && declared.length === names.length && declared.every((each, index) => each === names[index]);
};

const byName = (names, values) => {
  const args = {};
  for (let i = 0; i < names.length; i += 1) {
    if (names[i] === "__proto__") {
      Object.defineProperty(args, "__proto__", { value: values[i], writable: true, enumerable: true, configurable: true });
    } else {
      args[names[i]] = values[i];
    }
  }
  return args;
};

// What stays the same from call to call of one function; `names` holds null for a parameter without a name. `single`: there
// is one parameter, and what it holds is ctx.args.
internals.makeFunctionInfo = (oid, schema, name, env, names, single, handler) => {
  const declared = isDeclared(names, handler);
  return Object.freeze({
    fn: Object.freeze({ oid, schema, name }),
    env,
    names: single && !declared ? null : Object.freeze(names.map((each) => (!declared && UNFIT.test(each) ? null : each))),
    declared,
    single,
  });
};

internals.makeContext = (info, readOnly, args) => {
  const { names } = info;
  if (info.declared) {
    const named = byName(names, info.single ? [args] : args);
    return new Context(info, readOnly ? internals.databases.read : internals.databases.write, named);
  }
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
