// ctx.window: the window of a window function.

const SEEKS = { __proto__: null, current: 0, head: 1, tail: 2 };

const seekOf = (from) => {
  const seek = typeof from === "string" ? SEEKS[from] : undefined;
  if (seek === undefined) throw new TypeError('a row is counted from "current", "head" or "tail"');
  return seek;
};

const integer = (value, what) => {
  if (typeof value !== "number" || value % 1 !== 0) throw new TypeError(`${what} must be an integer`);
  return value;
};

class Window {
  get position() {
    return internals.natives.windowPosition();
  }

  get rowCount() {
    return internals.natives.windowRowCount();
  }

  get state() {
    return internals.natives.windowState();
  }

  set state(value) {
    internals.natives.setWindowState(value);
  }

  argInPartition(index, offset, from = "current", mark = false) {
    return internals.natives.windowArgument(
      false,
      integer(index, "the number of an argument"),
      integer(offset, "an offset"),
      seekOf(from),
      mark === true,
    );
  }

  argInFrame(index, offset, from = "current", mark = false) {
    return internals.natives.windowArgument(
      true,
      integer(index, "the number of an argument"),
      integer(offset, "an offset"),
      seekOf(from),
      mark === true,
    );
  }

  arePeers(first, second) {
    return internals.natives.windowArePeers(integer(first, "a position"), integer(second, "a position"));
  }

  setMark(position) {
    internals.natives.windowSetMark(integer(position, "a position"));
  }
}

internals.window = Object.freeze(new Window());
internals.harden.push(Window, internals.window);
