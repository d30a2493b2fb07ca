//! The global objects that functions see beside the language's own: what the standards say about them, at the edges.

mod harness;

use harness::*;
use plts_core::{TypeShape, Value};

/// What stands before each program: `same` compares by JSON, `throws` gives an error's name.
const TOOLS: &str = "
    const same = (a, b) => { const [x, y] = [JSON.stringify(a), JSON.stringify(b)];
      if (x !== y) throw new Error(`${x} is not ${y}`); };
    const throws = (work, name) => { try { work(); } catch (error) { same(error.name, name); return; }
      throw new Error(`${work} threw nothing`); };";

/// Runs a program that throws when something is not as it should be.
fn run(program: &str) {
    let program = format!("{TOOLS} {program}");
    on_engine(move |engine| {
        let mut host = FakeHost::new();
        if let Err(error) = value_of_async(engine, &mut host, &program, TypeShape::Void) {
            panic!("{error:?}\n{program}");
        }
    });
}

#[test]
fn url_parses_and_resolves() {
    run(r#"
      const url = new URL('HTTPS://User:p%40ss@EXAMPLE.com:443/a/./b/../c?x=1#h');
      same([url.href, url.origin, url.protocol, url.username, url.password, url.host, url.hostname, url.port, url.pathname,
            url.search, url.hash],
           ['https://User:p%40ss@example.com/a/c?x=1#h', 'https://example.com', 'https:', 'User', 'p%40ss', 'example.com',
            'example.com', '', '/a/c', '?x=1', '#h']);
      same(new URL('../x?y', 'http://h/a/b/c').href, 'http://h/a/x?y');
      same(new URL('//other', 'https://h/a').href, 'https://other/');
      same(new URL('', 'http://h/a?b#c').href, 'http://h/a?b');
      same(new URL('http://münchen.de/ä').href, 'http://xn--mnchen-3ya.de/%C3%A4');
      same(new URL('http://0x7f.1/').hostname, '127.0.0.1');
      same(new URL('http://[::0:1]:80/').host, '[::1]');
      same(new URL('mailto:a@b').origin, 'null');
      same(new URL('file:///C:/a/../../x').href, 'file:///C:/x');
      same(new URL('  \thttp://h\n/ ').href, 'http://h/');
      same(new URL('http://h/\uD800').pathname, '/%EF%BF%BD');
      same(`${url}`, url.href); same(JSON.stringify({ url }), `{"url":"${url.href}"}`);
      same(Object.prototype.toString.call(url), '[object URL]');
      for (const bad of ['', 'x', '/x', 'http://', 'http://a b/', 'http://h:99999/', 'http://[1/', 'http://%zz/'])
        { throws(() => new URL(bad), 'TypeError'); same(URL.canParse(bad), false); same(URL.parse(bad), null); }
      throws(() => new URL('x', 'y'), 'TypeError'); throws(() => new URL(), 'TypeError'); throws(() => URL('http://h'), 'TypeError');
      same(URL.canParse('x', 'http://h'), true); same(URL.parse('x', 'http://h').href, 'http://h/x');
      try { new URL('nope', 'neither'); } catch (e) { same([e.code, e.input, e.base], ['ERR_INVALID_URL', 'nope', 'neither']); }
    "#);
}

#[test]
fn url_setters_ignore_what_does_not_fit() {
    run(r#"
      const url = new URL('http://h:8080/p?q#f');
      url.protocol = 'https'; same(url.href, 'https://h:8080/p?q#f');
      url.protocol = 'mailto'; same(url.protocol, 'https:');
      url.port = '443'; same([url.port, url.host], ['', 'h']);
      url.port = '81x'; same(url.port, '81');
      url.port = 'x'; same(url.port, '81');
      url.port = ''; same(url.port, '');
      url.hostname = 'a b'; same(url.hostname, 'h');
      url.host = 'example.org:8000'; same([url.hostname, url.port], ['example.org', '8000']);
      url.username = 'ü'; url.password = ':'; same(url.href, 'https://%C3%BC:%3A@example.org:8000/p?q#f');
      url.pathname = 'x y/../z'; same(url.pathname, '/z');
      url.search = 'a=b c'; same(url.search, '?a=b%20c');
      url.search = '?'; same([url.search, url.href], ['', 'https://%C3%BC:%3A@example.org:8000/z?#f']);
      url.search = ''; same(url.href, 'https://%C3%BC:%3A@example.org:8000/z#f');
      url.hash = '#'; same(url.hash, '');
      throws(() => { url.href = 'no'; }, 'TypeError'); same(url.hostname, 'example.org');
      throws(() => { url.origin = 'x'; }, 'TypeError');
      const mail = new URL('mailto:a@b'); mail.host = 'c'; mail.pathname = 'd'; same(mail.href, 'mailto:a@b');
    "#);
}

#[test]
fn url_and_its_search_params_follow_each_other() {
    run(r#"
      const url = new URL('http://h/?a=1&b=2&a=3#f'); const params = url.searchParams;
      same(params, url.searchParams); if (params !== url.searchParams) throw new Error('another object');
      same([...params], [['a', '1'], ['b', '2'], ['a', '3']]);
      params.append('c', 'x y'); same(url.href, 'http://h/?a=1&b=2&a=3&c=x+y#f');
      params.set('a', '&'); same(url.search, '?a=%26&b=2&c=x+y');
      params.delete('b'); params.delete('c', 'no'); same(url.search, '?a=%26&c=x+y');
      url.search = '?z=1&y=%zz'; same([...params], [['z', '1'], ['y', '%zz']]);
      params.sort(); same(url.search, '?y=%25zz&z=1');
      url.href = 'http://i/?k'; same([...params], [['k', '']]);
      params.delete('k'); same(url.href, 'http://i/');
      url.hash = 'x'; params.append('', ''); same(url.href, 'http://i/?=#x');
    "#);
}

#[test]
fn search_params_take_every_form() {
    run(r#"
      same([...new URLSearchParams('?a=b+c&d&=e&&f=%E2%82%AC%ff')], [['a', 'b c'], ['d', ''], ['', 'e'], ['f', '€\uFFFD']]);
      same(new URLSearchParams([['a', '1'], new Set(['b', 2])]).toString(), 'a=1&b=2');
      same(new URLSearchParams({ a: 1, b: null, ' ': '~*-._\u{1F600}' }).toString(), 'a=1&b=null&+=%7E*-._%F0%9F%98%80');
      same(new URLSearchParams(new Map([['x', 'y']])).get('x'), 'y');
      const copy = new URLSearchParams('a=1'); const second = new URLSearchParams(copy); copy.append('b', '2'); same(second.size, 1);
      throws(() => new URLSearchParams([['a']]), 'TypeError'); throws(() => new URLSearchParams([1]), 'TypeError');
      const p = new URLSearchParams('a=1&b=2&a=3');
      same([p.get('a'), p.get('z'), p.getAll('a'), p.has('b'), p.has('b', '3'), p.size], ['1', null, ['1', '3'], true, false, 3]);
      same([[...p.keys()], [...p.values()]], [['a', 'b', 'a'], ['1', '2', '3']]);
      const seen = []; for (const [name] of p) { seen.push(name); if (seen.length === 1) p.append('late', 'x'); }
      same(seen, ['a', 'b', 'a', 'late']);
      const calls = []; p.forEach(function (value, name, all) { calls.push([this.k, name, value, all === p]); }, { k: 1 });
      same(calls[0], [1, 'a', '1', true]);
      same(URLSearchParams.prototype[Symbol.iterator] === URLSearchParams.prototype.entries, true);
      same(Object.prototype.toString.call(p.keys()), '[object URLSearchParams Iterator]');
      same(p.keys().map((k) => k + '!').toArray()[0], 'a!');
      const s = new URLSearchParams('\uFF5E=1&\u{1F600}=2&a=3&a=1'); s.sort(); same([...s.values()], ['3', '1', '2', '1']);
      throws(() => URLSearchParams.prototype.get.call({}, 'a'), 'TypeError'); throws(() => p.get(), 'TypeError');
      throws(() => URLSearchParams.prototype.keys.call({}), 'TypeError');
    "#);
}

#[test]
fn text_encodes_to_utf8() {
    run(r#"
      const e = new TextEncoder();
      same([...e.encode('aé€\u{1F600}')], [97, 195, 169, 226, 130, 172, 240, 159, 152, 128]);
      same([...e.encode('\uD800x\uDC00')], [239, 191, 189, 120, 239, 191, 189]);
      same([e.encode().length, e.encode(undefined).length, e.encode(null).length, e.encoding], [0, 0, 4, 'utf-8']);
      const target = new Uint8Array(5).fill(7);
      same([e.encodeInto('a€\u{1F600}', target), [...target]], [{ read: 2, written: 4 }, [97, 226, 130, 172, 7]]);
      same(e.encodeInto('\u{1F600}', new Uint8Array(3)), { read: 0, written: 0 });
      same(e.encodeInto('\u{1F600}x', new Uint8Array(9)), { read: 3, written: 5 });
      const part = new Uint8Array(new ArrayBuffer(6), 2, 2); e.encodeInto('xyz', part); same([...new Uint8Array(part.buffer)], [0, 0, 120, 121, 0, 0]);
      throws(() => e.encodeInto('x', [1]), 'TypeError'); throws(() => e.encodeInto('x', new Uint8ClampedArray(1)), 'TypeError');
      throws(() => e.encodeInto('x', new DataView(new ArrayBuffer(1))), 'TypeError');
      same(e.encode('x'.repeat(100000)).length, 100000);
    "#);
}

#[test]
fn text_decodes() {
    run(r#"
      const d = (bytes, label, options) => new TextDecoder(label, options).decode(new Uint8Array(bytes));
      same(d([0x61, 0xC3, 0xA9, 0xF0, 0x9F, 0x98, 0x80]), 'aé\u{1F600}');
      // One U+FFFD for each maximal part of a sequence.
      same(d([0xF0, 0x9F, 0x98, 0x61, 0xFF, 0xE2, 0x82]), '\uFFFDa\uFFFD\uFFFD');
      same(d([0xED, 0xA0, 0x80]), '\uFFFD\uFFFD\uFFFD');
      throws(() => d([0xFF], 'utf-8', { fatal: true }), 'TypeError'); same(d([0x61], 'utf8', { fatal: true }), 'a');
      throws(() => d([0xC3], 'utf-8', { fatal: true }), 'TypeError');
      same([d([0xEF, 0xBB, 0xBF, 0x61]), d([0xEF, 0xBB, 0xBF, 0x61], 'utf-8', { ignoreBOM: true })], ['a', '\uFEFFa']);
      same(d([0xEF, 0xBB, 0xBF, 0xEF, 0xBB, 0xBF]), '\uFEFF');
      same([d([0x3D, 0xD8, 0x00, 0xDE], 'utf-16'), d([0xD8, 0x3D, 0xDE, 0x00], 'utf-16be')], ['\u{1F600}', '\u{1F600}']);
      same([d([0xFF, 0xFE, 0x61, 0], 'utf-16le'), d([0xFE, 0xFF, 0, 0x61], 'utf-16be')], ['a', 'a']);
      same([d([0x00, 0xD8], 'utf-16le'), d([0x61], 'utf-16le')], ['\uFFFD', '\uFFFD']);
      throws(() => d([0x61], 'utf-16le', { fatal: true }), 'TypeError');
      same([d([0x80, 0xE9, 0x81], 'latin1'), d([0x80], 'iso-8859-1'), new TextDecoder('ascii').encoding], ['€é\x81', '€', 'windows-1252']);
      same(d([0x83, 0x65], 'shift_jis'), 'テ'); same(d([0xCF], ' KOI8-R\n'), 'о');
      same([new TextDecoder().encoding, new TextDecoder('UTF-16').encoding], ['utf-8', 'utf-16le']);
      throws(() => new TextDecoder('utf-7'), 'RangeError'); throws(() => new TextDecoder('iso-2022-kr'), 'RangeError');
      const bytes = new Uint8Array([0, 0x61, 0x62, 0]);
      same(new TextDecoder().decode(new DataView(bytes.buffer, 1, 2)), 'ab'); same(new TextDecoder().decode(bytes.buffer), '\0ab\0');
      same([new TextDecoder().decode(), new TextDecoder().decode(new Uint16Array([0x6261]))], ['', 'ab']);
      throws(() => new TextDecoder().decode('x'), 'TypeError'); throws(() => new TextDecoder().decode([1]), 'TypeError');
      const gone = new ArrayBuffer(2); gone.transfer(); same(new TextDecoder().decode(gone), '');
    "#);
}

#[test]
fn text_decodes_in_pieces() {
    run(r#"
      const text = '\uFEFFaé€\u{1F600}z';
      const utf16 = (big) => { const view = new DataView(new ArrayBuffer(text.length * 2));
        for (let i = 0; i < text.length; i++) view.setUint16(i * 2, text.charCodeAt(i), !big); return new Uint8Array(view.buffer); };
      for (const [label, bytes] of [['utf-8', new TextEncoder().encode(text)], ['utf-16le', utf16(false)], ['utf-16be', utf16(true)]]) {
        for (let size = 1; size <= bytes.length; size++) {
          const d = new TextDecoder(label, { fatal: true }); let out = '';
          for (let at = 0; at < bytes.length; at += size) out += d.decode(bytes.subarray(at, at + size), { stream: true });
          same([label, size, out + d.decode()], [label, size, text.slice(1)]);
          same(d.decode(bytes), text.slice(1));
        }
      }
      const d = new TextDecoder(); same([d.decode(new Uint8Array([0xE2]), { stream: true }), d.decode()], ['', '\uFFFD']);
      same([d.decode(new Uint8Array([0xE2]), { stream: true }), d.decode(new Uint8Array([0x61]))], ['', '\uFFFDa']);
      throws(() => new TextDecoder('gb18030').decode(new Uint8Array(1), { stream: true }), 'TypeError');
      same(new TextDecoder('latin1').decode(new Uint8Array([0xEF]), { stream: true }), 'ï');
    "#);
}

#[test]
fn base64_forgives_what_the_standard_forgives() {
    run(r#"
      same([btoa(''), btoa('a'), btoa('ab'), btoa('abc'), btoa('\xFF\x00'), btoa(null)], ['', 'YQ==', 'YWI=', 'YWJj', '/wA=', 'bnVsbA==']);
      throws(() => btoa('€'), 'InvalidCharacterError'); throws(() => btoa(), 'TypeError');
      same([atob(''), atob('YQ=='), atob('YQ'), atob(' Y\tW\nI\f=\r'), atob('/+A='), atob('YR==')], ['', 'a', 'a', 'ab', '\xFF\xE0', 'a']);
      for (const bad of ['Y', 'YQ=', '=', '====', 'YQ==A', 'Y-_Q', 'YWJj=', 'Y=Q=', '\u00A0', '*']) throws(() => atob(bad), 'InvalidCharacterError');
    "#);
    run(r#"
      let all = ''; for (let i = 0; i < 256; i++) all += String.fromCharCode(i); all = all.repeat(100);
      same(atob(btoa(all)) === all, true);
      try { atob('*'); } catch (e) { same([e instanceof DOMException, e instanceof Error, e.code, DOMException.INVALID_CHARACTER_ERR], [true, true, 5, 5]); }
    "#);
}

#[test]
fn structured_clone_copies_what_can_be_copied() {
    run(r#"
      const map = new Map([['k', new Set([1, { deep: 1n }])]]); const shared = { n: 1 };
      const value = { map, date: new Date(5), invalid: new Date(NaN), re: /a(?<x>b)/giu, list: [1, , shared], shared, nil: null, u: undefined,
        big: 10n ** 30n, zero: -0, nan: NaN, boxed: [new Number(1), new String('s'), new Boolean(false), Object(1n)], '__proto__x': 1 };
      value.self = value; Object.defineProperty(value, 'hidden', { value: 1 }); value[Symbol('s')] = 1;
      Object.defineProperty(value, '__proto__', { value: 'own', enumerable: true });
      const copy = structuredClone(value);
      same(copy !== value && copy.self === copy && copy.shared === copy.list[2] && copy.shared !== shared, true);
      same([copy.map.get('k').has(1), [...copy.map.get('k')][1].deep === 1n, +copy.date, Number.isNaN(+copy.invalid)], [true, true, 5, true]);
      same([copy.re.source, copy.re.flags, copy.re.lastIndex, 1 in copy.list, copy.list.length], ['a(?<x>b)', 'giu', 0, false, 3]);
      same([copy.nil, 'u' in copy, copy.big === value.big, Object.is(copy.zero, -0), Number.isNaN(copy.nan)], [null, true, true, true, true]);
      same([typeof copy.boxed[0], copy.boxed[0] instanceof Number, `${copy.boxed[1]}`, copy.boxed[2].valueOf(), typeof copy.boxed[3]], ['object', true, 's', false, 'object']);
      same(['hidden' in copy, Object.getOwnPropertySymbols(copy).length, Object.hasOwn(copy, '__proto__') && Object.getPrototypeOf(copy) === Object.prototype], [false, 0, true]);
      class Point { constructor() { this.x = 1; } get y() { return 2; } }
      same([structuredClone(new Point()), Object.getPrototypeOf(structuredClone(new Point())) === Object.prototype], [{ x: 1 }, true]);
      const list = [1]; list.extra = 2; same([structuredClone(list).extra, structuredClone(new Array(3)).length], [2, 3]);
      const m = new Map(); m.set(m, m); const mc = structuredClone(m); same(mc.get(mc) === mc && mc !== m, true);
      same(structuredClone({ get a() { return 1; }, constructor: 5, toString: 6 }), { a: 1, constructor: 5, toString: 6 });
      class Sub extends Map {} same(structuredClone(new Sub([[1, 2]])) instanceof Sub, false);
      throws(() => structuredClone(), 'TypeError'); same(structuredClone(undefined), undefined);
      throws(() => structuredClone({ get a() { throw new RangeError('mine'); } }), 'RangeError');
      let deep = {}; for (let i = 0; i < 1e6; i++) deep = { deep }; throws(() => structuredClone(deep), 'RangeError');
    "#);
}

#[test]
fn structured_clone_copies_errors_and_bytes() {
    run(r#"
      const e = structuredClone(new TypeError('m', { cause: { c: 1 } }));
      same([e instanceof TypeError, e.name, e.message, e.cause, Object.keys(e)], [true, 'TypeError', 'm', { c: 1 }, []]);
      class Mine extends Error { name = 'Mine'; extra = 1; }
      const m = structuredClone(new Mine('x')); same([m.name, m.message, m.extra, m instanceof Error, typeof m.stack], ['Error', 'x', undefined, true, 'string']);
      same(Object.hasOwn(structuredClone(new Error()), 'message'), false);
      const bytes = new Uint8Array([1, 2, 3, 4]); const { a, b } = structuredClone({ a: bytes.subarray(1, 3), b: new DataView(bytes.buffer, 2) });
      same([[...a], a.byteOffset, a.buffer === b.buffer, a.buffer !== bytes.buffer, b.getUint8(0), b.byteLength], [[2, 3], 1, true, true, 3, 2]);
      for (const T of [Int8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array])
        same([...structuredClone(T.of(1, 2))], [1, 2]);
      same(structuredClone(BigInt64Array.of(-1n))[0] === -1n, true);
      const fake = new Uint8Array([9]); Object.defineProperty(fake, 'length', { value: 100 }); Object.defineProperty(fake, 'buffer', { value: null });
      same(structuredClone(fake)[0], 9);
    "#);
}

#[test]
fn structured_clone_refuses_the_rest_and_transfers() {
    run(r#"
      for (const bad of [() => 1, Symbol('s'), Object(Symbol('s')), new WeakMap(), new WeakRef({}), Promise.resolve(), new Proxy({}, {}), new Proxy([], {}),
        (function* () {})(), [][Symbol.iterator](), new Map().keys(), new Intl.NumberFormat(), new URL('http://h'), new URLSearchParams(), new AbortController().signal,
        new TextDecoder(), crypto, performance, class {}, { deep: [() => 1] }, new Map([[1, Symbol()]])])
        throws(() => structuredClone(bad), 'DataCloneError');
      try { structuredClone(() => 1); } catch (e) { same([e.code, e instanceof DOMException], [25, true]); }
      const buffer = new Uint8Array([1, 2]).buffer; const view = new Uint8Array(buffer, 1);
      const moved = structuredClone({ view, buffer }, { transfer: [buffer] });
      same([moved.view[0], moved.view.buffer === moved.buffer, buffer.detached, buffer.byteLength, view.length], [2, true, true, 0, 0]);
      throws(() => structuredClone(buffer), 'DataCloneError'); throws(() => structuredClone(view), 'DataCloneError');
      throws(() => structuredClone(1, { transfer: [buffer] }), 'DataCloneError');
      const kept = new ArrayBuffer(1); throws(() => structuredClone(() => 1, { transfer: [kept] }), 'DataCloneError'); same(kept.detached, false);
      throws(() => structuredClone(1, { transfer: [kept, kept] }), 'DataCloneError'); throws(() => structuredClone(1, { transfer: [{}] }), 'DataCloneError');
      throws(() => structuredClone(1, { transfer: [1] }), 'TypeError'); throws(() => structuredClone(1, { transfer: 1 }), 'TypeError'); throws(() => structuredClone(1, 1), 'TypeError');
      same(kept.detached, false); structuredClone(1, { transfer: new Set([kept]) }); same(kept.detached, true);
      // A getter that detaches what is to be transferred.
      const trick = new ArrayBuffer(1); throws(() => structuredClone({ get a() { trick.transfer(); return 1; } }, { transfer: [trick] }), 'DataCloneError');
    "#);
}

#[test]
fn crypto_gives_random_values_and_digests() {
    run(r#"
      const hex = async (name, data) => new Uint8Array(await crypto.subtle.digest(name, data)).toHex();
      const abc = new TextEncoder().encode('abc');
      same(await hex('SHA-1', abc), 'a9993e364706816aba3e25717850c26c9cd0d89d');
      same(await hex({ name: 'sha-256' }, abc), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
      same(await hex('SHA-256', new ArrayBuffer(0)), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
      same((await hex('Sha-384', abc)).slice(0, 32), 'cb00753f45a35e8bb5a03d699ac65007');
      same((await hex('SHA-512', new DataView(abc.buffer))).slice(0, 32), 'ddaf35a193617abacc417349ae204131');
      same([await hex('SHA-1', abc.subarray(1, 2)), crypto.subtle.digest('SHA-1', abc) instanceof Promise], ['e9d71f5ee7c92d6dc9e92ffdad17b8bd49418f98', true]);
      const fails = async (promise, name) => { try { await promise; } catch (e) { same(e.name, name); return; } throw new Error('fulfilled'); };
      await fails(crypto.subtle.digest('MD5', abc), 'NotSupportedError'); await fails(crypto.subtle.digest('SHA-1', 'abc'), 'TypeError');
      await fails(crypto.subtle.digest.call({}, 'SHA-1', abc), 'TypeError'); await fails(crypto.subtle.digest('SHA-1'), 'TypeError');
      const a = new Uint8Array(64); same([crypto.getRandomValues(a) === a, a.some((n) => n !== 0)], [true, true]);
      const part = new Uint8Array(64); crypto.getRandomValues(part.subarray(16, 32)); same([part.subarray(0, 16).some(Boolean), part.subarray(32).some(Boolean)], [false, false]);
      same(crypto.getRandomValues(new BigUint64Array(8)).some((n) => n > 2n ** 40n), true); crypto.getRandomValues(new Int8Array(0));
      crypto.getRandomValues(new Uint8Array(65536)); throws(() => crypto.getRandomValues(new Uint16Array(32769)), 'QuotaExceededError');
      throws(() => crypto.getRandomValues(new Float64Array(1)), 'TypeMismatchError'); throws(() => crypto.getRandomValues(new DataView(new ArrayBuffer(1))), 'TypeMismatchError');
      throws(() => crypto.getRandomValues([1]), 'TypeError'); throws(() => crypto.getRandomValues.call({}, a), 'TypeError'); throws(() => new crypto.constructor(), 'TypeError');
      const ids = new Set(Array.from({ length: 200 }, () => crypto.randomUUID()));
      same([ids.size, [...ids].every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id))], [200, true]);
    "#);
}

#[test]
fn the_clock_goes_forward() {
    run(r#"
      const a = performance.now(); let b = a; while (b === a) b = performance.now();
      same([b > a, a >= 0, Math.abs(performance.timeOrigin + performance.now() - Date.now()) < 60000, performance.toJSON()],
           [true, true, true, { timeOrigin: performance.timeOrigin }]);
      throws(() => performance.now.call({}), 'TypeError');
    "#);
}

#[test]
fn events_and_signals() {
    run(r#"
      const target = new EventTarget(); const seen = [];
      const each = (e) => seen.push([e.type, e.target === target, e.currentTarget === target, e.eventPhase]);
      target.addEventListener('x', each); target.addEventListener('x', each); target.addEventListener('x', { handleEvent(e) { seen.push('object'); e.preventDefault(); } }, { once: true });
      same([target.dispatchEvent(new Event('x', { cancelable: true })), seen], [false, [['x', true, true, 2], 'object']]);
      same([target.dispatchEvent(new Event('x')), seen.length], [true, 3]); target.removeEventListener('x', each); target.dispatchEvent(new Event('x')); same(seen.length, 3);
      target.addEventListener('y', (e) => { e.stopImmediatePropagation(); seen.push('first'); }); target.addEventListener('y', () => seen.push('never'));
      target.dispatchEvent(new Event('y')); same(seen.at(-1), 'first');
      throws(() => target.dispatchEvent({}), 'TypeError'); throws(() => new Event(), 'TypeError');
      const c = new AbortController(); const { signal } = c; const order = [];
      const any = AbortSignal.any([signal, new AbortController().signal]); const nested = AbortSignal.any([any]);
      signal.addEventListener('abort', () => order.push([any.aborted, nested.aborted])); signal.onabort = () => order.push('on'); nested.onabort = () => order.push('nested');
      target.addEventListener('z', () => order.push('z'), { signal });
      same([signal.aborted, signal.reason], [false, undefined]); signal.throwIfAborted();
      c.abort(); c.abort('again'); target.dispatchEvent(new Event('z'));
      same([order, signal.reason.name, signal.reason.code, any.reason === signal.reason], [['on', [true, true], 'nested'], 'AbortError', 20, true]);
      throws(() => signal.throwIfAborted(), 'AbortError'); same([AbortSignal.abort(5).reason, AbortSignal.any([AbortSignal.abort(6)]).reason], [5, 6]);
      throws(() => new AbortSignal(), 'TypeError'); throws(() => AbortSignal.timeout(1), 'TypeError'); throws(() => AbortSignal.any([{}]), 'TypeError');
      class Mine extends EventTarget { go() { return this.dispatchEvent(new Event('go')); } } same(new Mine().go(), true);
    "#);
    // A listener's error is not lost: the others run, and the call fails.
    on_engine(|engine| {
        let mut host = FakeHost::new();
        let body = "const t = new EventTarget(); t.addEventListener('x', () => { throw new Error('in a listener'); });
                    t.addEventListener('x', () => console.log('second')); t.dispatchEvent(new Event('x'));";
        let report = failure(value_of(engine, &mut host, body, TypeShape::Void));
        assert_eq!(report.message, "in a listener");
        assert_eq!(host.logged[0].1, "second");
    });
}

#[test]
fn intl_has_all_locales() {
    run(r#"
      same(['de', 'sv', 'ja', 'ar', 'th'].map((l) => Intl.Collator.supportedLocalesOf(l).length), [1, 1, 1, 1, 1]);
      same([['z', 'ä', 'a'].sort(new Intl.Collator('de').compare), ['z', 'ä', 'a'].sort(new Intl.Collator('sv').compare)], [['a', 'ä', 'z'], ['a', 'z', 'ä']]);
      same(['10', '9', '2'].sort(new Intl.Collator('en', { numeric: true }).compare), ['2', '9', '10']);
      same([new Intl.NumberFormat('en-IN').format(1234567.5), new Intl.NumberFormat('fr').format(1e6).replace(/\s/gu, '_'), new Intl.NumberFormat('ar-EG').format(12)], ['12,34,567.5', '1_000_000', '١٢']);
      same(new Intl.NumberFormat('de', { style: 'currency', currency: 'EUR' }).format(1).replace(/\s/u, ' '), '1,00 €');
      same([...new Intl.Segmenter('th', { granularity: 'word' }).segment('สวัสดีชาวโลก')].length > 1, true);
      same([...new Intl.Segmenter('en', { granularity: 'grapheme' }).segment('👨‍👩‍👧e\u0301')].length, 2);
      same([new Intl.PluralRules('ar').select(3), new Intl.DisplayNames('es', { type: 'region' }).of('DE'), new Intl.ListFormat('de').format(['a', 'b', 'c'])], ['few', 'Alemania', 'a, b und c']);
      same(new Intl.RelativeTimeFormat('pl').format(-2, 'day'), '2 dni temu');
      same(new Date(0).toLocaleString('de-DE', { timeZone: 'Asia/Kolkata' }), '1.1.1970, 05:30:00');
      same(new Date(0).toLocaleDateString('ja-JP-u-ca-japanese', { timeZone: 'UTC', dateStyle: 'long' }), '昭和45年1月1日');
      same([Intl.supportedValuesOf('timeZone').length > 400, 'ß'.toLocaleUpperCase('de'), 'I'.toLocaleLowerCase('tr'), 'é'.normalize('NFD').length], [true, 'SS', 'ı', 2]);
    "#);
}

#[test]
fn math_random_differs_everywhere() {
    let one = |role: u32| {
        on_engine(move |engine| {
            let mut host = FakeHost::new();
            let program = expression(
                "(function (ctx) { return `${Math.random()} ${Math.random()}`; })",
                &[],
                TypeShape::Text,
            );
            engine
                .call(plts_js::RoleId(role), &program, &mut host, &[], |value| value.clone().into_owned())
                .expect("the function runs")
        })
    };
    let values = [one(901), one(902), one(901), one(903)];
    for (index, value) in values.iter().enumerate() {
        assert!(matches!(value, Value::Text(_)));
        assert!(!values[..index].contains(value), "{values:?}");
    }
}

#[test]
fn what_is_not_there_is_undefined() {
    run(r#"
      for (const name of ['fetch', 'WebSocket', 'Worker', 'process', 'require', 'Buffer', '__dirname', 'module', 'exports', 'global', 'window', 'self',
        'document', 'navigator', 'Headers', 'Request', 'Response', 'Blob', 'File', 'FormData', 'ReadableStream', 'WebAssembly', 'SharedArrayBuffer', 'Atomics', 'XMLHttpRequest'])
        same([name, name in globalThis], [name, false]);
      same([typeof fetch, typeof process, typeof require], ['undefined', 'undefined', 'undefined']);
      clearTimeout(undefined); clearInterval(5);
    "#);
}

/// Runs a program in a time zone.
fn in_zone(name: &str, fixed_offset: Option<i32>, known: bool, program: &str) {
    let zone = plts_js::SessionTimeZone { name: name.to_owned(), fixed_offset };
    let program = format!("{TOOLS} {program}");
    on_engine(move |engine| {
        assert_eq!(engine.follow_time_zone(&zone), known, "{zone:?}");
        let mut host = FakeHost::new();
        let outcome = value_of_async(engine, &mut host, &program, TypeShape::Void);
        // The other tests want none in particular.
        engine.follow_time_zone(&plts_js::SessionTimeZone { name: "UTC".to_owned(), fixed_offset: Some(0) });
        if let Err(error) = outcome {
            panic!("{zone:?}: {error:?}");
        }
    });
}

#[test]
fn dates_have_the_zone_that_is_followed() {
    in_zone(
        "Europe/Berlin",
        None,
        true,
        "same([new Date(2024, 0, 1).toISOString(), new Date(2024, 6, 1).toISOString()], ['2023-12-31T23:00:00.000Z', '2024-06-30T22:00:00.000Z']);
         same(String(new Date(0)), 'Thu Jan 01 1970 01:00:00 GMT+0100 (Central European Standard Time)');
         same([Intl.DateTimeFormat().resolvedOptions().timeZone, new Date(0).toLocaleString('en-GB'), new Date(0).getTimezoneOffset()],
              ['Europe/Berlin', '01/01/1970, 01:00:00', -60]);
         same(new Date('2024-03-31T02:30').toISOString(), '2024-03-31T01:30:00.000Z');",
    );
    in_zone(
        "America/New_York",
        None,
        true,
        "same([new Date(2024, 0, 1).getUTCHours(), new Date(0).toLocaleTimeString('en-US').replace(/\\s/u, ' '), Date.parse('2024-07-01T00:00')], [5, '7:00:00 PM', 1719806400000]);",
    );
    in_zone(
        "UTC",
        Some(0),
        true,
        "same([Intl.DateTimeFormat().resolvedOptions().timeZone, new Date(0).getHours()], ['UTC', 0]);",
    );
    in_zone(
        "posix/Asia/Tokyo",
        None,
        true,
        "same([Intl.DateTimeFormat().resolvedOptions().timeZone, new Date(0).getHours()], ['Asia/Tokyo', 9]);",
    );
}

#[test]
fn zones_that_only_the_database_names_are_taken_by_their_offset() {
    in_zone(
        "<+05:30>-05:30",
        Some(19800),
        true,
        "same([new Date(0).getTimezoneOffset(), new Date(0).toLocaleTimeString('en-GB'), Intl.DateTimeFormat().resolvedOptions().timeZone], [-330, '05:30:00', '+05:30']);
         same(String(new Date(0)), 'Thu Jan 01 1970 05:30:00 GMT+0530 (GMT+05:30)');",
    );
    in_zone("FOO-3", Some(10800), true, "same(new Date(0).getHours(), 3);");
    // Here plus is west; for ICU it would be east.
    in_zone("GMT+5", Some(-18000), true, "same(new Date(0).getTimezoneOffset(), 300);");
    in_zone("Etc/GMT+5", Some(-18000), true, "same(new Date(0).getTimezoneOffset(), 300);");
    in_zone(
        "XYZ4ABC,M3.2.0,M11.1.0",
        None,
        false,
        "same([Intl.DateTimeFormat().resolvedOptions().timeZone, new Date(0).getHours()], ['UTC', 0]);",
    );
    for odd in ["", "Etc/Unknown", "Europe/Berlin\0", "europe/berlin", "Zürich"] {
        in_zone(odd, None, false, "same(new Date(0).getHours(), 0);");
    }
}

#[test]
fn a_date_becomes_a_primitive_as_the_standard_says() {
    run(
        "const a = new Date(1), b = new Date(2);
         same([a > b, a < b, a >= b, a <= b, b - a, +a, a * 2], [false, true, false, true, 1, 1, 2]);
         same([a + '', `${a}`, a + 1], [a.toString(), a.toString(), a.toString() + '1']);
         same([a[Symbol.toPrimitive]('default'), a[Symbol.toPrimitive]('string'), a[Symbol.toPrimitive]('number')],
              [a.toString(), a.toString(), 1]);
         same([new Date(NaN) > a, Number.isNaN(+new Date(NaN))], [false, true]);
         class Later extends Date { valueOf() { return 7; } toString() { return 'later'; } }
         same([+new Later(1), `${new Later(1)}`, new Later(1) > a], [7, 'later', true]);
         const by = (valueOf, toString) => ({ valueOf, toString, [Symbol.toPrimitive]: Date.prototype[Symbol.toPrimitive] });
         same([+by(() => 3), +by(() => ({}), () => '4'), +by(5, () => '6'), `${by(() => 7, () => [])}`, `${by(() => 8, 9)}`],
              [3, 4, 6, '7', '8']);
         const described = Object.getOwnPropertyDescriptor(Date.prototype, Symbol.toPrimitive);
         same([described.value.name, described.value.length, described.enumerable, 'prototype' in described.value],
              ['[Symbol.toPrimitive]', 1, false, false]);
         const fails = (body) => { try { body(); return 'nothing'; } catch (error) { return error instanceof TypeError; } };
         same([fails(() => +by(() => ({}), () => ({}))), fails(() => a[Symbol.toPrimitive]('colour')), fails(() => a[Symbol.toPrimitive]()),
               fails(() => described.value.call(1, 'number')), fails(() => described.value.call(undefined, 'number')),
               fails(() => +Object.create(Date.prototype))], [true, true, true, true, true, true]);",
    );
}
