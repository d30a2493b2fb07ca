//! The rules of `can_catch`, one by one: what could observe a failing statement, and what could not.

use plts_compile::{Options, analyze, compile_body};

fn can_catch(source: &str) -> bool {
    let options = Options::default();
    let compiled =
        compile_body(source, &[], &options).unwrap_or_else(|errors| panic!("{source}: {}", errors[0]));
    let analysed = analyze(source, &options).unwrap_or_else(|errors| panic!("{source}: {}", errors[0]));
    assert_eq!(compiled.can_catch, analysed.can_catch, "{source}");
    compiled.can_catch
}

#[test]
fn what_can_observe_a_failure() {
    for source in [
        "try { f() } catch { }",
        "try { f() } catch (e) { throw e }",
        "try { f() } finally { }",
        "const g = () => { try { f() } finally { } }",
        "p.catch(f)",
        "p?.catch(f)",
        "p.finally(f)",
        "p['catch'](f)",
        "p[`catch`](f)",
        "const f = p['catch']",
        "const { catch: f } = p",
        "const { 'finally': f } = p",
        "const { race } = Promise",
        "function f({ allSettled }) { }",
        "({ any: x } = Promise)",
        "const { ['catch']: f } = p",
        "const { [k]: f } = p",
        "p.then(f, g)",
        "p.then(...fs)",
        "p?.then(f, g)",
        "(p as any).then(f, g)",
        "(p.then)(f, g)",
        "const t = p.then",
        "f(p.then)",
        "p.then.call(p, f, g)",
        "p.then`a${b}`",
        "const { then } = p",
        "Promise.allSettled(ps)",
        "Promise.any(ps)",
        "Promise.race(ps)",
        "P.race(ps)",
        "class P extends Promise { m() { return super.then(a, b) } }",
        "class P extends Promise { m() { return super.catch(a) } }",
        "class P extends Promise { then(a, b) { } }",
        "const x = { then(a, b) { } }",
        "const x = { return() { } }",
        "const x = { 'throw': f }",
        "const x = { ['return']: f }",
        "const x = { [k]: f }",
        "class C { [k]() { } }",
        "x.return = f",
        "x['then'] = f",
        "p[k](f)",
        "p[0](f)",
        "p[k]?.(f)",
        "p?.[k](f)",
        "p[k]`a`",
        "new p[k](f)",
        "const f = p[k]",
        "return rows[key]",
        "for (const k in o) f(o[k])",
        "for (const k of ks) f(o[k])",
        "x[k] ??= f",
        "let i = 0; i = k; f(x[i])",
        "let i = 0; [i] = ks; f(x[i])",
        "let i = 0; ({ i } = o); f(x[i])",
        "let i = 0; ({ a: i } = o); f(x[i])",
        "let i = 0; for (i of ks) f(x[i])",
        "let i = 0; i += s; f(x[i])",
        "let i = 0; i ||= s; f(x[i])",
        "function f(i = 0) { return x[i] }",
        "let i = 0, j = k, n = i + j; f(x[n])",
        "const Math = m; f(x[Math.floor(1)])",
        "super_[k]",
        "class C extends D { m() { return super[k] } }",
        "const m = await import('./x')",
        "using x = f()",
        "await using x = f()",
        "g.return()",
        "g.throw(e)",
        "eval('1')",
        "new Function('1')",
        "globalThis.Function('1')",
        "f.constructor('1')",
        "Reflect.get(p, 'catch')",
        "globalThis['Reflect']",
        "Object.getOwnPropertyDescriptor(p, 'catch')",
        "Object.getOwnPropertyDescriptors(p)",
        "new AsyncDisposableStack()",
        "namespace N { try { f() } catch { } }",
    ] {
        if source.starts_with("namespace") {
            let module = format!("{source}\nexport {{}}");
            assert!(analyze(&module, &Options::default()).unwrap().can_catch, "{source}");
        } else {
            assert!(can_catch(source), "{source}");
        }
    }
}

#[test]
fn what_cannot() {
    for source in [
        "",
        "return a + b",
        "const rows = await ctx.db.query('select 1'); return rows[0].id",
        "return ctx.db.sync.query`select ${a}`",
        "await Promise.all([f(), g()])",
        "p.then(f)",
        "p.then()",
        "p?.then(f)",
        "return p.then((x) => x + 1).then(g)",
        "throw new Error('no')",
        "const x = { catch_: 1, any: 2, race: 3 }",
        "for (const row of rows) { total += row.n }",
        "for await (const row of rows) { f(row) }",
        "for (let i = 0; i < rows.length; i++) f(rows[i])",
        "for (let i = 0, n = rows.length; i < n; i += 2) f(rows[i], rows[i + 1], rows[i - 1])",
        "let i; i = 0; i++; f(x[i])",
        "const last = rows[rows.length - 1]",
        "const i = 0, j = i + 1, k = j * s; f(x[k])",
        "f(x[Math.floor(n / 2)])",
        "f(x[+s], x[~s], x[a ? 0 : 1], x[-1])",
        "x[k] = 1",
        "x[k] += 1",
        "x[k]++",
        "delete x[k]",
        "return typeof x[k] === 'number'",
        "return x['name']",
        "return x['a-b'].c",
        "const { a, 'b': c, ...rest } = x",
        "const x = { [Symbol.iterator]: f, 'a b': 1, 2: 3 }",
        "const x = y[Symbol.iterator]",
        "class C { catch = 1; m() { return this.#p } #p = 2 }",
        "interface I { catch(): void; then: X }; return 1",
        "type T = P['catch']; let x: ReturnType<P['then']> | undefined; return x",
        "return f as unknown as { then: 1 }",
        "enum E { A, B } return E.A",
        "declare const eval_: typeof eval; return 1",
        "const Reflect = 1; return Reflect",
        "async function* g() { yield await f() } return g()",
        "const s = 'try { } catch { }' // .catch(",
        "l: for (;;) { break l }",
    ] {
        assert!(!can_catch(source), "{source}");
    }
}

#[test]
fn javascript_follows_the_same_rules() {
    let options = Options::new("x.js");
    assert!(analyze("export default (p) => p.catch(1)", &options).unwrap().can_catch);
    assert!(!analyze("export default (p) => p.then(1)", &options).unwrap().can_catch);
}
