// Event, EventTarget, AbortSignal and AbortController. Nothing happens by itself here: events are those that the
// program dispatches, and a signal is aborted by its controller.

const { needArguments, toDictionary, DOMException } = internals;

class Event {
  static NONE = 0;
  static CAPTURING_PHASE = 1;
  static AT_TARGET = 2;
  static BUBBLING_PHASE = 3;

  #type;
  #bubbles;
  #cancelable;
  #composed;
  #timeStamp = internals.natives.clock(false);
  #target = null;
  #dispatching = false;
  #stopped = false;
  #stoppedNow = false;
  #canceled = false;
  #passive = false;

  constructor(type, options) {
    needArguments("Event", arguments.length, 1);
    const { bubbles, cancelable, composed } = toDictionary(options, "the options of an Event");
    this.#type = `${type}`;
    this.#bubbles = !!bubbles;
    this.#cancelable = !!cancelable;
    this.#composed = !!composed;
  }

  get type() {
    return this.#type;
  }
  get target() {
    return this.#target;
  }
  get srcElement() {
    return this.#target;
  }
  get currentTarget() {
    return this.#dispatching ? this.#target : null;
  }
  get eventPhase() {
    return this.#dispatching ? Event.AT_TARGET : Event.NONE;
  }
  get bubbles() {
    return this.#bubbles;
  }
  get cancelable() {
    return this.#cancelable;
  }
  get composed() {
    return this.#composed;
  }
  get defaultPrevented() {
    return this.#canceled;
  }
  get returnValue() {
    return !this.#canceled;
  }
  get cancelBubble() {
    return this.#stopped;
  }
  set cancelBubble(value) {
    if (value) this.#stopped = true;
  }
  get isTrusted() {
    return false;
  }
  get timeStamp() {
    return this.#timeStamp;
  }
  composedPath() {
    return this.#dispatching ? [this.#target] : [];
  }
  stopPropagation() {
    this.#stopped = true;
  }
  stopImmediatePropagation() {
    this.#stopped = true;
    this.#stoppedNow = true;
  }
  preventDefault() {
    if (this.#cancelable && !this.#passive) this.#canceled = true;
  }

  // Calls the listeners; false when one prevented the default.
  static #dispatch(event, target, listeners) {
    if (event.#dispatching) {
      throw new DOMException("the event is being dispatched already", "InvalidStateError");
    }
    event.#target = target;
    event.#dispatching = true;
    // Those that are added meanwhile are not called, those that are removed neither.
    for (const listener of [...listeners]) {
      if (event.#stoppedNow) break;
      if (listener.removed || listener.type !== event.#type) continue;
      if (listener.once) {
        listener.removed = true;
        const index = listeners.indexOf(listener);
        if (index >= 0) listeners.splice(index, 1);
      }
      event.#passive = listener.passive;
      try {
        const { callback } = listener;
        if (typeof callback === "function") Reflect.apply(callback, target, [event]);
        else callback.handleEvent(event);
      } catch (error) {
        // The others are called all the same. The call of the function fails in the end, as for a promise that nobody
        // waits for.
        Promise.reject(error);
      }
      event.#passive = false;
    }
    event.#dispatching = false;
    event.#stopped = false;
    event.#stoppedNow = false;
    return !event.#canceled;
  }

  static {
    internals.isEvent = (value) => typeof value === "object" && value !== null && #type in value;
    internals.dispatch = Event.#dispatch;
  }
}
for (const name of ["NONE", "CAPTURING_PHASE", "AT_TARGET", "BUBBLING_PHASE"]) {
  const constant = { value: Event[name], enumerable: true, writable: false, configurable: false };
  Object.defineProperty(Event, name, constant);
  Object.defineProperty(Event.prototype, name, constant);
}

const { isEvent, dispatch } = internals;

class EventTarget {
  #listeners = [];

  addEventListener(type, callback, options) {
    needArguments("addEventListener", arguments.length, 2);
    const name = `${type}`;
    const given = typeof options === "boolean" ? { capture: options } : toDictionary(options, "the options");
    const { signal } = given;
    if (signal !== undefined && !(signal instanceof AbortSignal)) {
      throw new TypeError("the signal of a listener must be an AbortSignal");
    }
    if (callback === null || callback === undefined) return;
    if (typeof callback !== "function" && typeof callback !== "object") {
      throw new TypeError("a listener must be a function or an object");
    }
    const listeners = this.#listeners;
    const capture = !!given.capture;
    if (signal?.aborted) return;
    if (listeners.some((each) => each.type === name && each.callback === callback && each.capture === capture)) return;
    const listener = { type: name, callback, capture, once: !!given.once, passive: !!given.passive, removed: false };
    listeners.push(listener);
    if (signal !== undefined) whenAborted(signal, () => remove(listeners, name, callback, capture));
  }

  removeEventListener(type, callback, options) {
    needArguments("removeEventListener", arguments.length, 2);
    const capture = typeof options === "boolean" ? options : !!toDictionary(options, "the options").capture;
    remove(this.#listeners, `${type}`, callback, capture);
  }

  dispatchEvent(event) {
    const listeners = this.#listeners;
    if (!isEvent(event)) throw new TypeError("dispatchEvent takes an Event");
    return dispatch(event, this, listeners);
  }
}

const remove = (listeners, type, callback, capture) => {
  const index = listeners.findIndex(
    (each) => each.type === type && each.callback === callback && each.capture === capture,
  );
  if (index < 0) return;
  listeners[index].removed = true;
  listeners.splice(index, 1);
};

const MAKE = Symbol("make");
let whenAborted;
let abort;

class AbortSignal extends EventTarget {
  #aborted = false;
  #reason;
  #steps = [];
  #dependents = [];
  // The signals that this one hangs on: never one that hangs on others itself.
  #sources;
  #onabort = null;

  constructor(key) {
    if (key !== MAKE) throw new TypeError("Illegal constructor");
    super();
    this.addEventListener("abort", (event) => {
      if (typeof this.#onabort === "function") Reflect.apply(this.#onabort, this, [event]);
    });
  }

  get aborted() {
    return this.#aborted;
  }
  get reason() {
    return this.#reason;
  }
  get onabort() {
    return this.#onabort;
  }
  set onabort(value) {
    this.#onabort = typeof value === "function" || (typeof value === "object" && value !== null) ? value : null;
  }
  throwIfAborted() {
    if (this.#aborted) throw this.#reason;
  }

  static abort(reason) {
    const signal = new AbortSignal(MAKE);
    signal.#aborted = true;
    signal.#reason = reason === undefined ? new DOMException("the operation was aborted", "AbortError") : reason;
    return signal;
  }

  static any(signals) {
    needArguments("AbortSignal.any", arguments.length, 1);
    const given = [...signals];
    for (const each of given) {
      if (!(typeof each === "object" && each !== null && #aborted in each)) {
        throw new TypeError("AbortSignal.any takes AbortSignals");
      }
    }
    const result = new AbortSignal(MAKE);
    result.#sources = [];
    for (const each of given) {
      if (each.#aborted) {
        result.#aborted = true;
        result.#reason = each.#reason;
        return result;
      }
    }
    for (const each of given) {
      for (const source of each.#sources ?? [each]) {
        if (result.#sources.includes(source)) continue;
        result.#sources.push(source);
        source.#dependents.push(result);
      }
    }
    return result;
  }

  static timeout() {
    throw new TypeError(
      "AbortSignal.timeout is not available in the database: a function runs to its end inside the caller's transaction, nothing runs after it",
    );
  }

  static {
    whenAborted = (signal, step) => {
      if (!signal.#aborted) signal.#steps.push(step);
    };
    abort = (signal, reason) => {
      if (signal.#aborted) return;
      const cause = reason === undefined ? new DOMException("the operation was aborted", "AbortError") : reason;
      // All are aborted before the first one is told.
      const all = [signal, ...signal.#dependents.filter((each) => !each.#aborted)];
      for (const each of all) {
        each.#aborted = true;
        each.#reason = cause;
      }
      for (const each of all) {
        const steps = each.#steps;
        each.#steps = [];
        for (const step of steps) step();
        each.dispatchEvent(new Event("abort"));
      }
    };
  }
}

class AbortController {
  #signal = new AbortSignal(MAKE);

  get signal() {
    return this.#signal;
  }
  abort(reason) {
    abort(this.#signal, reason);
  }
}

for (const type of [Event, EventTarget, AbortSignal, AbortController]) {
  internals.expose(type);
  internals.platform.add(type.prototype);
}
