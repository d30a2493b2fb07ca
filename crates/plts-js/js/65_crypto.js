// crypto: random values and digests. performance: a clock that only goes forward.

const { natives, newBytes, viewOf, tagOf, byteLengthOf, needArguments, DOMException } = internals;
const call = Function.prototype.call;
const setElements = call.bind(Object.getPrototypeOf(Uint8Array.prototype).set);

const MOST_RANDOM_BYTES = 65536;
// By their tags.
const INTEGERS = (internals.INTEGER_VIEWS = {
  __proto__: null,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
});
const DIGESTS = { __proto__: null, "SHA-1": 20, "SHA-256": 32, "SHA-384": 48, "SHA-512": 64 };

const illegal = () => {
  throw new TypeError("Illegal constructor");
};

class SubtleCrypto {
  #own = true;

  constructor(key) {
    if (key !== illegal) illegal();
  }

  async digest(algorithm, data) {
    if (!(#own in this)) throw new TypeError("digest is a method of crypto.subtle");
    needArguments("digest", arguments.length, 2);
    const given = typeof algorithm === "object" && algorithm !== null ? algorithm.name : algorithm;
    const name = `${given}`.toUpperCase();
    const view = viewOf(data);
    if (view === undefined) throw new TypeError("digest takes an ArrayBuffer or a view of one");
    const length = DIGESTS[name];
    if (length === undefined) {
      throw new DOMException(`there is no digest "${given}" here`, "NotSupportedError");
    }
    const target = newBytes(length);
    natives.digest(name, view, target);
    return target.buffer;
  }
}

class Crypto {
  #subtle;

  constructor(key) {
    if (key !== illegal) illegal();
    this.#subtle = new SubtleCrypto(illegal);
  }

  get subtle() {
    return this.#subtle;
  }

  getRandomValues(array) {
    needArguments("getRandomValues", arguments.length, 1);
    if (!(#subtle in this)) throw new TypeError("getRandomValues is a method of crypto");
    if (!ArrayBuffer.isView(array)) throw new TypeError("getRandomValues takes a typed array");
    const type = INTEGERS[tagOf(array)];
    if (type === undefined) {
      throw new DOMException("getRandomValues takes an array of integers", "TypeMismatchError");
    }
    const length = byteLengthOf(array);
    if (length > MOST_RANDOM_BYTES) {
      throw new DOMException(
        `getRandomValues gives at most ${MOST_RANDOM_BYTES} bytes at once, ${length} were asked for`,
        "QuotaExceededError",
      );
    }
    const bytes = newBytes(length);
    natives.random(bytes);
    setElements(array, new type(bytes.buffer));
    return array;
  }

  randomUUID() {
    if (!(#subtle in this)) throw new TypeError("randomUUID is a method of crypto");
    const bytes = newBytes(16);
    natives.random(bytes);
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = bytes.toHex();
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }
}

class Performance {
  #own = true;

  constructor(key) {
    if (key !== illegal) illegal();
  }

  get timeOrigin() {
    if (!(#own in this)) throw new TypeError("timeOrigin belongs to performance");
    return natives.clock(true);
  }

  now() {
    if (!(#own in this)) throw new TypeError("now is a method of performance");
    return natives.clock(false);
  }

  toJSON() {
    return { timeOrigin: this.timeOrigin };
  }
}

for (const type of [Crypto, SubtleCrypto, Performance]) {
  internals.expose(type);
  internals.platform.add(type.prototype);
}
internals.define("crypto", new Crypto(illegal));
internals.define("performance", new Performance(illegal));
internals.harden.push(crypto.subtle);
