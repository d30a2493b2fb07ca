//! Whether code could leave a microtask behind. Where it cannot, a call ends without a checkpoint of the queue.
//!
//! The answer is "no" for code that is plainly synchronous: no `async`, `await`, `yield`, `import()`, class, `this`,
//! `with` or tagged template; no free name but those of [`PLAIN_GLOBALS`]; no property read under a name of
//! [`ROADS`] or under a key that is no literal and not certainly a number. All other code gets a checkpoint. Wrong
//! here means late, not lost: a microtask waits in its context's queue for the next checkpoint.

use swc_core::common::SyntaxContext;
use swc_core::ecma::ast::{
    ArrowExpr, AwaitExpr, Class, ComputedPropName, Expr, Function, Ident, Import, Lit, MemberProp,
    MetaPropExpr, ObjectPatProp, PropName, Super, TaggedTpl, ThisExpr, UsingDecl, WithStmt, YieldExpr,
};
use swc_core::ecma::visit::{Visit, VisitWith, noop_visit_type};

use super::numeric::{Assignments, NumericVariables};

/// Globals none of whose functions enqueues anything, but for those of [`ROADS`].
const PLAIN_GLOBALS: &[&str] = &[
    "undefined",
    "NaN",
    "Infinity",
    "Math",
    "JSON",
    "Number",
    "String",
    "Boolean",
    "BigInt",
    "Date",
    "Error",
    "RangeError",
    "TypeError",
    "RegExp",
    "parseInt",
    "parseFloat",
    "isNaN",
    "isFinite",
];
/// Properties that lead from plain values to functions that may enqueue.
const ROADS: &[&str] = &["constructor", "prototype", "__proto__", "then", "fromAsync"];

/// True unless the code of `tree`, resolved and with its types, certainly enqueues no microtask. `tree` is a function body as it was
/// parsed. `free` is the context
/// of its undeclared names.
pub(crate) fn may_enqueue<N>(tree: &N, free: SyntaxContext) -> bool
where
    N: VisitWith<Assignments> + for<'a> VisitWith<Finder<'a>>,
{
    let numeric = NumericVariables::of(tree, free);
    let mut finder = Finder { numeric: &numeric, free, expects_body: true, found: false };
    tree.visit_with(&mut finder);
    finder.found
}

pub(crate) struct Finder<'a> {
    numeric: &'a NumericVariables,
    free: SyntaxContext,
    expects_body: bool,
    found: bool,
}

impl Finder<'_> {
    fn named(&mut self, name: &str) {
        self.found |= ROADS.contains(&name);
    }

    fn computed(&mut self, key: &ComputedPropName) {
        match &*key.expr {
            Expr::Lit(Lit::Str(text)) => self.named(&text.value.to_string_lossy()),
            Expr::Lit(Lit::Num(_)) => {}
            other => self.found |= !self.numeric.is_numeric(other),
        }
        key.visit_children_with(self);
    }
}

/// Whether the name is `$1`, `$2`, …, which become variables later.
fn is_argument(name: &str) -> bool {
    name.strip_prefix('$').is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()))
}

impl Visit for Finder<'_> {
    noop_visit_type!();

    fn visit_ident(&mut self, ident: &Ident) {
        self.found |=
            ident.ctxt == self.free && !PLAIN_GLOBALS.contains(&&*ident.sym) && !is_argument(&ident.sym);
    }

    fn visit_member_prop(&mut self, property: &MemberProp) {
        match property {
            MemberProp::Ident(name) => self.named(&name.sym),
            MemberProp::Computed(key) => self.computed(key),
            MemberProp::PrivateName(_) => self.found = true,
        }
    }

    fn visit_prop_name(&mut self, name: &PropName) {
        match name {
            PropName::Ident(name) => self.named(&name.sym),
            PropName::Str(text) => self.named(&text.value.to_string_lossy()),
            PropName::Num(_) | PropName::BigInt(_) => {}
            PropName::Computed(key) => self.computed(key),
        }
    }

    fn visit_object_pat_prop(&mut self, property: &ObjectPatProp) {
        if let ObjectPatProp::Assign(assigned) = property {
            self.named(&assigned.key.sym);
        }
        property.visit_children_with(self);
    }

    fn visit_function(&mut self, function: &Function) {
        // A body is parsed as an async generator, whatever it is.
        let is_body = std::mem::take(&mut self.expects_body);
        self.found |= !is_body && (function.is_async || function.is_generator);
        function.visit_children_with(self);
    }

    fn visit_arrow_expr(&mut self, arrow: &ArrowExpr) {
        self.found |= arrow.is_async;
        arrow.visit_children_with(self);
    }

    fn visit_await_expr(&mut self, _: &AwaitExpr) {
        self.found = true;
    }

    fn visit_yield_expr(&mut self, _: &YieldExpr) {
        self.found = true;
    }

    fn visit_import(&mut self, _: &Import) {
        self.found = true;
    }

    fn visit_class(&mut self, _: &Class) {
        self.found = true;
    }

    fn visit_this_expr(&mut self, _: &ThisExpr) {
        self.found = true;
    }

    fn visit_super(&mut self, _: &Super) {
        self.found = true;
    }

    fn visit_meta_prop_expr(&mut self, _: &MetaPropExpr) {
        self.found = true;
    }

    fn visit_with_stmt(&mut self, _: &WithStmt) {
        self.found = true;
    }

    fn visit_using_decl(&mut self, _: &UsingDecl) {
        self.found = true;
    }

    fn visit_tagged_tpl(&mut self, _: &TaggedTpl) {
        self.found = true;
    }
}

#[cfg(test)]
mod tests {
    use crate::{Options, ParameterKind, SqlParameter, compile_body};

    fn may_enqueue(body: &str) -> bool {
        let params =
            ["a", "b"].map(|name| SqlParameter { name: Some(name.to_owned()), kind: ParameterKind::Other });
        let options = Options::new("f.ts");
        compile_body(body, &params, &options).unwrap().may_enqueue
    }

    #[test]
    fn plain_code_enqueues_nothing() {
        for body in [
            "return a + b",
            "return $1 * $2",
            "let t = 0; for (let i = 0; i < a; i++) t = (t + i) | 0; return t",
            "return Math.max(a, b) as number",
            "const f = (x: number) => x * 2; return f(a)",
            "return a.map((x: any) => x.id).join(',')",
            "a.qty = a.qty + 1; return a",
            "return new Date(a.getTime() + 1000)",
            "try { return JSON.parse(a) } catch { return null }",
            "const { x, y: [z] } = a; return x + z",
            "return a[0]",
        ] {
            assert!(!may_enqueue(body), "{body}");
        }
    }

    #[test]
    fn whatever_might_enqueue_does() {
        for body in [
            "await a",
            "Promise.resolve(1); return a",
            "queueMicrotask(() => {}); return a",
            "(async () => {})(); return a",
            "return ctx.db.sync.query('select 1')",
            "return [].constructor",
            "return a['constructor']",
            "return a[b]",
            "const { constructor } = a; return constructor",
            "const { constructor: c } = a; return c",
            "const { [b]: c } = a; return c",
            "return globalThis.x",
            "class A {}; return a",
            "import('./x'); return a",
            "return String.raw`x`",
            "const o = { then() {} }; return a",
            "return console.log(a)",
            "return new WeakRef(a).deref()",
            "return Array.fromAsync(a)",
        ] {
            assert!(may_enqueue(body), "{body}");
        }
    }
}
