//! What is changed in V8's own sources (`v8/patches`) does what V8 did before.

mod harness;

use harness::*;
use plts_core::TypeShape;
use plts_js::RoleId;

/// V8 adds these to a context by itself, from the snapshot or not.
const FEATURES: &str = "(function (ctx) {
  const found = {
    try: Promise.try(() => 1) instanceof Promise, isError: Error.isError(new TypeError()), escape: RegExp.escape('a.b'),
    concat: [...Iterator.concat([1], [2])].join(), upsert: new Map().getOrInsert('a', 3), weak: typeof WeakMap.prototype.getOrInsert,
    sum: Math.sumPrecise([1e20, 0.1, -1e20]), half: Math.f16round(1.337), view: new DataView(new Float16Array([1.5]).buffer).getFloat16(0, true),
    base64: new Uint8Array([1, 2, 255]).toBase64(), hex: Uint8Array.fromHex('ff').length, variants: new Intl.Locale('de-1996').variants,
    disposable: typeof new DisposableStack().use, suppressed: new SuppressedError(1, 2) instanceof Error, named: 'ab'.match(/(?<x>b)|(?<x>a)/).groups.x,
    modifiers: /(?i:A)b/.test('ab'), microtask: typeof queueMicrotask, dispose: typeof Symbol.dispose,
  };
  const open = [Promise, Error.isError, RegExp, Iterator, Iterator.prototype, Map.prototype, WeakMap.prototype, Math, DataView.prototype,
    Float16Array, Uint8Array, Uint8Array.prototype, Intl.Locale.prototype, DisposableStack, DisposableStack.prototype, SuppressedError,
    Symbol, queueMicrotask].filter((value) => !Object.isFrozen(value));
  const late = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit');
  return JSON.stringify([found, open.map(String), Object.isExtensible(Error), late, typeof Atomics, typeof SharedArrayBuffer]);
})";

#[test]
fn every_context_has_the_features_of_the_snapshot_and_they_are_frozen() {
    on_engine(|engine| {
        let f = expression(FEATURES, &[], TypeShape::Text);
        let expected = text(
            "[{\"try\":true,\"isError\":true,\"escape\":\"\\\\x61\\\\.b\",\"concat\":\"1,2\",\"upsert\":3,\"weak\":\"function\",\
              \"sum\":0.1,\"half\":1.3369140625,\"view\":1.5,\"base64\":\"AQL/\",\"hex\":1,\"variants\":\"1996\",\
              \"disposable\":\"function\",\"suppressed\":true,\"named\":\"a\",\"modifiers\":true,\"microtask\":\"function\",\
              \"dispose\":\"symbol\"},[],false,\
              {\"value\":20,\"writable\":true,\"enumerable\":true,\"configurable\":false},\"undefined\",\"undefined\"]",
        );
        for role in 300..303 {
            let mut host = FakeHost::new();
            let found =
                engine.call(RoleId(role), &f, &mut host, [].as_slice(), |value| value.clone().into_owned());
            assert_eq!(found.unwrap(), expected);
        }
    });
}

/// More shapes than a place in the code keeps in mind, so that V8's caches for all of them answer; collections clear these.
const MEGAMORPHIC: &str = "(function (ctx, rounds) {
  const shapes = Array.from({ length: 200 }, (_, index) => () => ({ ['pad' + index]: 0, value: index, ['more' + index]: 1 }));
  const read = (object) => object.value;
  const write = (object, value) => { object.value = value; };
  const define = (object, index) => ({ ...object, ['own' + index]: index, value: object.value });
  class Named { constructor(object) { Object.assign(this, object); } }
  let sum = 0, garbage;
  for (let round = 0; round < rounds; round++) {
    for (let index = 0; index < shapes.length; index++) {
      const object = shapes[index]();
      write(object, read(object) + round);
      sum += read(object) + read(define(object, index)) + read(new Named(object));
    }
    garbage = Array.from({ length: 200000 }, (_, index) => ({ index }));
  }
  return sum + garbage.length - 200000;
})";

#[test]
fn caches_of_many_shapes_are_right_across_collections() {
    on_engine(|engine| {
        let f = expression(MEGAMORPHIC, &[("rounds", TypeShape::Int4)], TypeShape::Float8);
        let rounds = 40;
        let expected: i32 =
            (0..rounds).map(|round| (0..200).map(|index| 3 * (index + round)).sum::<i32>()).sum();
        let found = call(engine, &mut FakeHost::new(), &f, &[plts_core::Value::Int(rounds)]).unwrap();
        assert_eq!(found, plts_core::Value::Float(f64::from(expected)));
    });
}
