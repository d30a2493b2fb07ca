// What would take more than a session may have, or end the process, is refused before V8 sees it.

// The parts of a split string go into an array whose elements must be fewer than 2^27; V8 answers more with a fatal error
// that no handler sees.

const MOST_PARTS = 2 ** 27 - 2 ** 16;

const refuse = () => {
  throw new RangeError("the string is too long to be split: it may have 134 million characters at most");
};

const call = Function.prototype.call;

const splitString = call.bind(String.prototype.split);
const splitByRegExp = call.bind(RegExp.prototype[Symbol.split]);

const replace = (holder, key, method) => {
  const descriptor = Reflect.getOwnPropertyDescriptor(holder, key);
  Object.defineProperty(method, "name", { value: descriptor.value.name });
  Object.defineProperty(holder, key, { ...descriptor, value: method });
};

replace(
  String.prototype,
  "split",
  {
    split(separator, limit) {
      if (this === undefined || this === null) throw new TypeError("String.prototype.split called on null or undefined");
      if (typeof this === "string" && this.length < MOST_PARTS) return splitString(this, separator, limit);
      const text = `${this}`;
      if (text.length >= MOST_PARTS) refuse();
      return splitString(text, separator, limit);
    },
  }.split,
);

replace(
  RegExp.prototype,
  Symbol.split,
  {
    split(string, limit) {
      const text = typeof string === "string" ? string : `${string}`;
      if (text.length >= MOST_PARTS) refuse();
      return splitByRegExp(this, text, limit);
    },
  }.split,
);

// The memory of a buffer that can grow is taken from the system without asking the allocator, and so would not count.
const FixedBuffer = ArrayBuffer;

// The prototype is V8's own, so that buffers which V8 makes are instances of it.
function BoundedBuffer(length, options) {
  if (new.target === undefined) throw new TypeError("Constructor ArrayBuffer requires 'new'");
  if (typeof options === "object" && options !== null && options.maxByteLength !== undefined) {
    throw new RangeError("an ArrayBuffer that can be resized is not available in the database");
  }
  return Reflect.construct(FixedBuffer, [length], new.target);
}

Object.defineProperty(BoundedBuffer, "name", { value: "ArrayBuffer" });
Object.defineProperty(BoundedBuffer, "length", { value: 1 });
for (const key of Reflect.ownKeys(FixedBuffer)) {
  if (key === "name" || key === "length") continue;
  Object.defineProperty(BoundedBuffer, key, Reflect.getOwnPropertyDescriptor(FixedBuffer, key));
}
Object.defineProperty(FixedBuffer.prototype, "constructor", { value: BoundedBuffer, writable: true, configurable: true });
Object.defineProperty(globalThis, "ArrayBuffer", { value: BoundedBuffer, writable: true, configurable: true });
