// URL and URLSearchParams, which change each other when one came from the other.

const { natives, toUSVString, needArguments } = internals;

let bind;
let refill;

class URLSearchParams {
  #list = [];
  // Tells the URL.
  #change = null;

  constructor(init = "") {
    this.#list = listOf(init);
  }

  get size() {
    return this.#list.length;
  }

  append(name, value) {
    needArguments("append", arguments.length, 2);
    const pair = [toUSVString(name), toUSVString(value)];
    this.#list.push(pair);
    this.#update();
  }

  delete(name, value = undefined) {
    needArguments("delete", arguments.length, 1);
    const key = toUSVString(name);
    const only = value === undefined ? undefined : toUSVString(value);
    this.#list = this.#list.filter((pair) => pair[0] !== key || (only !== undefined && pair[1] !== only));
    this.#update();
  }

  get(name) {
    needArguments("get", arguments.length, 1);
    const key = toUSVString(name);
    return this.#list.find((pair) => pair[0] === key)?.[1] ?? null;
  }

  getAll(name) {
    needArguments("getAll", arguments.length, 1);
    const key = toUSVString(name);
    return this.#list.filter((pair) => pair[0] === key).map((pair) => pair[1]);
  }

  has(name, value = undefined) {
    needArguments("has", arguments.length, 1);
    const key = toUSVString(name);
    const only = value === undefined ? undefined : toUSVString(value);
    return this.#list.some((pair) => pair[0] === key && (only === undefined || pair[1] === only));
  }

  set(name, value) {
    needArguments("set", arguments.length, 2);
    const key = toUSVString(name);
    const text = toUSVString(value);
    const first = this.#list.find((pair) => pair[0] === key);
    if (first === undefined) {
      this.#list.push([key, text]);
    } else {
      first[1] = text;
      this.#list = this.#list.filter((pair) => pair === first || pair[0] !== key);
    }
    this.#update();
  }

  sort() {
    // By code units, and stable.
    this.#list.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
    this.#update();
  }

  forEach(callback, receiver = undefined) {
    needArguments("forEach", arguments.length, 1);
    if (typeof callback !== "function") throw new TypeError("forEach takes a function");
    for (let i = 0; i < this.#list.length; i += 1) {
      const [name, value] = this.#list[i];
      Reflect.apply(callback, receiver, [value, name, this]);
    }
  }

  entries() {
    return iterate(this, #list in this, ([name, value]) => [name, value]);
  }

  keys() {
    return iterate(this, #list in this, ([name]) => name);
  }

  values() {
    return iterate(this, #list in this, ([, value]) => value);
  }

  toString() {
    return natives.formSerialize(this.#list.flat());
  }

  #update() {
    const change = this.#change;
    if (change !== null) change(natives.formSerialize(this.#list.flat()));
  }

  static {
    bind = (params, change) => {
      params.#change = change;
    };
    refill = (params, text) => {
      params.#list = pairsOf(text);
    };
    internals.pairAt = (params, index) => params.#list[index];
  }
}
Object.defineProperty(URLSearchParams.prototype, Symbol.iterator, {
  value: URLSearchParams.prototype.entries,
  writable: true,
  enumerable: false,
  configurable: true,
});

const { pairAt } = internals;

// Pairs that are added while it runs are seen.
class ParamsIterator extends Iterator {
  #params;
  #pick;
  #at = 0;

  constructor(params, pick) {
    super();
    this.#params = params;
    this.#pick = pick;
  }

  next() {
    const pair = this.#at < 0 ? undefined : pairAt(this.#params, this.#at);
    if (pair === undefined) {
      this.#at = -1;
      return { value: undefined, done: true };
    }
    this.#at += 1;
    const pick = this.#pick;
    return { value: pick(pair), done: false };
  }
}
Object.defineProperty(ParamsIterator.prototype, "constructor", { value: Iterator, configurable: true });
Object.defineProperty(ParamsIterator.prototype, Symbol.toStringTag, {
  value: "URLSearchParams Iterator",
  configurable: true,
});
internals.harden.push(ParamsIterator, ParamsIterator.prototype);

const iterate = (params, isOne, pick) => {
  if (!isOne) throw new TypeError("not a URLSearchParams");
  return new ParamsIterator(params, pick);
};

const pairsOf = (text) => {
  const flat = natives.formParse(text);
  const list = [];
  for (let i = 0; i < flat.length; i += 2) list.push([flat[i], flat[i + 1]]);
  return list;
};

const listOf = (init) => {
  if ((typeof init !== "object" && typeof init !== "function") || init === null) {
    const text = toUSVString(init);
    return pairsOf(text[0] === "?" ? text.slice(1) : text);
  }
  const list = [];
  const method = init[Symbol.iterator];
  if (method !== undefined && method !== null) {
    if (typeof method !== "function") throw new TypeError("the pairs of a URLSearchParams must be iterable");
    for (const each of { [Symbol.iterator]: () => Reflect.apply(method, init, []) }) {
      if ((typeof each !== "object" && typeof each !== "function") || each === null) {
        throw new TypeError("each pair of a URLSearchParams must be a name and a value");
      }
      const pair = [...each];
      if (pair.length !== 2) throw new TypeError("each pair of a URLSearchParams must be a name and a value");
      list.push([toUSVString(pair[0]), toUSVString(pair[1])]);
    }
    return list;
  }
  // As a record: later values win over earlier ones of a name that became the same.
  const places = new Map();
  for (const key of Reflect.ownKeys(init)) {
    const descriptor = Reflect.getOwnPropertyDescriptor(init, key);
    if (descriptor === undefined || !descriptor.enumerable) continue;
    const name = toUSVString(key);
    const value = toUSVString(init[key]);
    const place = places.get(name);
    if (place === undefined) {
      places.set(name, list.length);
      list.push([name, value]);
    } else {
      list[place][1] = value;
    }
  }
  return list;
};

const HREF = 0;
const ORIGIN = 1;
const PROTOCOL = 2;
const USERNAME = 3;
const PASSWORD = 4;
const HOST = 5;
const HOSTNAME = 6;
const PORT = 7;
const PATHNAME = 8;
const SEARCH = 9;
const HASH = 10;

const invalid = (input, base) => {
  const error = new TypeError("Invalid URL");
  Object.defineProperty(error, "code", { value: "ERR_INVALID_URL", writable: true, configurable: true });
  Object.defineProperty(error, "input", { value: input, writable: true, configurable: true });
  if (base !== undefined) Object.defineProperty(error, "base", { value: base, writable: true, configurable: true });
  return error;
};

const parse = (url, base) => natives.urlParse(toUSVString(url), base === undefined ? undefined : toUSVString(base));

class URL {
  #parts;
  #params = null;

  constructor(url, base = undefined) {
    needArguments("URL", arguments.length, 1);
    const text = toUSVString(url);
    const against = base === undefined ? undefined : toUSVString(base);
    const parts = natives.urlParse(text, against);
    if (parts === undefined) throw invalid(text, against);
    this.#parts = parts;
  }

  static canParse(url, base = undefined) {
    needArguments("URL.canParse", arguments.length, 1);
    return parse(url, base) !== undefined;
  }

  static parse(url, base = undefined) {
    needArguments("URL.parse", arguments.length, 1);
    const text = toUSVString(url);
    const against = base === undefined ? undefined : toUSVString(base);
    return natives.urlParse(text, against) === undefined ? null : new URL(text, against);
  }

  #set(part, value) {
    // First, since it can run what changes this URL.
    const text = toUSVString(value);
    const parts = natives.urlSet(this.#parts[HREF], part, text);
    if (parts !== undefined) this.#parts = parts;
  }

  #refill() {
    if (this.#params !== null) refill(this.#params, this.#parts[SEARCH].slice(1));
  }

  get href() {
    return this.#parts[HREF];
  }
  set href(value) {
    const text = toUSVString(value);
    const parts = natives.urlParse(text, undefined);
    if (parts === undefined) throw invalid(text);
    this.#parts = parts;
    this.#refill();
  }
  get origin() {
    return this.#parts[ORIGIN];
  }
  get protocol() {
    return this.#parts[PROTOCOL];
  }
  set protocol(value) {
    this.#set("protocol", value);
  }
  get username() {
    return this.#parts[USERNAME];
  }
  set username(value) {
    this.#set("username", value);
  }
  get password() {
    return this.#parts[PASSWORD];
  }
  set password(value) {
    this.#set("password", value);
  }
  get host() {
    return this.#parts[HOST];
  }
  set host(value) {
    this.#set("host", value);
  }
  get hostname() {
    return this.#parts[HOSTNAME];
  }
  set hostname(value) {
    this.#set("hostname", value);
  }
  get port() {
    return this.#parts[PORT];
  }
  set port(value) {
    this.#set("port", value);
  }
  get pathname() {
    return this.#parts[PATHNAME];
  }
  set pathname(value) {
    this.#set("pathname", value);
  }
  get search() {
    return this.#parts[SEARCH];
  }
  set search(value) {
    this.#set("search", value);
    this.#refill();
  }
  get searchParams() {
    if (this.#params === null) {
      this.#params = new URLSearchParams(this.#parts[SEARCH]);
      bind(this.#params, (text) => this.#set("search", text));
    }
    return this.#params;
  }
  get hash() {
    return this.#parts[HASH];
  }
  set hash(value) {
    this.#set("hash", value);
  }
  toString() {
    return this.#parts[HREF];
  }
  toJSON() {
    return this.#parts[HREF];
  }
}

for (const type of [URL, URLSearchParams]) {
  internals.expose(type);
  internals.platform.add(type.prototype);
}
