//! Comparisons and differences of SQL arguments that are times.
//!
//! `a > b` and `a - b` ask each `Date` for its number by way of `Symbol.toPrimitive` and `valueOf`, which V8 looks up anew each
//! time: 30 ns. For an argument that comes as a `Date`, an infinity or `null` it is written so that the `Date` is asked for
//! its time, which V8's compilers make a read of a field.
//!
//! What the body sees is the same. An argument is left alone where anybody could have given it a method of its own: where it
//! is assigned to, passed on, kept, returned from an inner function, called upon otherwise than by a method of every `Date` that
//! does not set it, and everywhere in a body that mentions `ctx` or `arguments`, which have it too.

use std::collections::BTreeSet;

use swc_core::common::{DUMMY_SP, SyntaxContext};
use swc_core::ecma::ast::{
    ArrowExpr, BinExpr, BinaryOp, CallExpr, Callee, Constructor, Expr, Function, GetterProp, Id, Ident,
    IdentName, IfStmt, MemberExpr, MemberProp, OptCall, OptChainBase, OptChainExpr, Program, ReturnStmt,
    SetterProp, TaggedTpl, Tpl, UnaryExpr, UnaryOp,
};
use swc_core::ecma::visit::{Visit, VisitMut, VisitMutWith, VisitWith, noop_visit_mut_type, noop_visit_type};

use crate::analysis::bare::bare;
use crate::parse::function_of;

/// Writes them so in a tree without types. `times` are the parameters that are times, `free` is the context of undeclared names.
pub(crate) fn compare_by_number(program: &mut Program, times: BTreeSet<Id>, free: SyntaxContext) {
    if times.is_empty() {
        return;
    }
    let Some(function) = program.as_script().and_then(function_of) else { return };
    let mut uses = Uses { times, free, depth: 0 };
    function.function.body.visit_with(&mut uses);
    if !uses.times.is_empty() {
        program.visit_mut_with(&mut Rewriter { times: uses.times });
    }
}

/// What becomes of a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It is looked at and forgotten.
    Read,
    /// The caller of the body gets it.
    Returned,
    /// Anything.
    Unknown,
}

/// Finds the times that nobody can have given a method of their own: takes the others out.
struct Uses {
    times: BTreeSet<Id>,
    free: SyntaxContext,
    /// In how many functions of the body's own.
    depth: usize,
}

impl Uses {
    fn is_time(&self, expression: &Expr) -> bool {
        bare(expression).as_ident().is_some_and(|name| self.times.contains(&name.to_id()))
    }

    /// `date.getTime`, and the like: a method that every `Date` has, that gives the `Date` itself to nobody and leaves its time as it
    /// is, so that it does not matter when it is asked for.
    fn is_plain_method(&self, member: &MemberExpr) -> bool {
        self.is_time(&member.obj)
            && member.prop.as_ident().is_some_and(|name| {
                let name = name.sym.as_str();
                ["get", "to"].iter().any(|kind| {
                    name.strip_prefix(kind)
                        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
                }) || name == "valueOf"
            })
    }

    fn take(&mut self, expression: &Expr, fate: Fate) {
        let expression = bare(expression);
        match expression {
            Expr::Ident(_) if fate != Fate::Unknown && self.is_time(expression) => {}
            Expr::Cond(choice) => {
                self.take(&choice.test, Fate::Read);
                self.take(&choice.cons, fate);
                self.take(&choice.alt, fate);
            }
            Expr::Bin(BinExpr { op, left, right, .. }) => match op {
                BinaryOp::LogicalAnd | BinaryOp::LogicalOr | BinaryOp::NullishCoalescing => {
                    self.take(left, fate);
                    self.take(right, fate);
                }
                // Their right side may have a say in what happens.
                BinaryOp::InstanceOf | BinaryOp::In => expression.visit_children_with(self),
                _ => {
                    self.take(left, Fate::Read);
                    self.take(right, Fate::Read);
                }
            },
            Expr::Unary(UnaryExpr { op, arg, .. }) if *op != UnaryOp::Delete => self.take(arg, Fate::Read),
            Expr::Call(CallExpr { callee: Callee::Expr(callee), args, .. }) => match &**callee {
                Expr::Member(method) if self.is_plain_method(method) => args.visit_with(self),
                _ => expression.visit_children_with(self),
            },
            _ => expression.visit_children_with(self),
        }
    }

    fn inside(&mut self, function: &impl VisitWith<Self>) {
        self.depth += 1;
        function.visit_children_with(self);
        self.depth -= 1;
    }
}

impl Visit for Uses {
    noop_visit_type!();

    fn visit_expr(&mut self, expression: &Expr) {
        self.take(expression, Fate::Unknown);
    }

    fn visit_if_stmt(&mut self, statement: &IfStmt) {
        self.take(&statement.test, Fate::Read);
        statement.cons.visit_with(self);
        statement.alt.visit_with(self);
    }

    fn visit_tpl(&mut self, template: &Tpl) {
        for part in &template.exprs {
            self.take(part, Fate::Read);
        }
    }

    /// The tag gets them as they are.
    fn visit_tagged_tpl(&mut self, template: &TaggedTpl) {
        template.tag.visit_with(self);
        template.tpl.exprs.visit_with(self);
    }

    fn visit_return_stmt(&mut self, statement: &ReturnStmt) {
        let fate = if self.depth == 0 { Fate::Returned } else { Fate::Unknown };
        if let Some(value) = &statement.arg {
            self.take(value, fate);
        }
    }

    fn visit_function(&mut self, function: &Function) {
        self.inside(function);
    }

    fn visit_getter_prop(&mut self, getter: &GetterProp) {
        self.inside(getter);
    }

    fn visit_setter_prop(&mut self, setter: &SetterProp) {
        self.inside(setter);
    }

    fn visit_arrow_expr(&mut self, function: &ArrowExpr) {
        self.inside(function);
    }

    fn visit_constructor(&mut self, constructor: &Constructor) {
        self.inside(constructor);
    }

    /// A name where nothing above has found it harmless.
    fn visit_ident(&mut self, name: &Ident) {
        if name.ctxt == self.free && (name.sym == *"arguments" || name.sym == *"eval") {
            self.times.clear();
        }
        self.times.remove(&name.to_id());
    }
}

struct Rewriter {
    times: BTreeSet<Id>,
}

impl Rewriter {
    fn rewrite(&self, operand: &mut Expr) {
        match operand {
            Expr::Paren(inner) => self.rewrite(&mut inner.expr),
            Expr::Ident(name) if self.times.contains(&name.to_id()) => *operand = number_of(name.clone()),
            _ => {}
        }
    }
}

impl VisitMut for Rewriter {
    noop_visit_mut_type!();

    fn visit_mut_bin_expr(&mut self, expression: &mut BinExpr) {
        expression.visit_mut_children_with(self);
        if matches!(
            expression.op,
            BinaryOp::Lt | BinaryOp::LtEq | BinaryOp::Gt | BinaryOp::GtEq | BinaryOp::Sub
        ) {
            self.rewrite(&mut expression.left);
            self.rewrite(&mut expression.right);
        }
    }

    fn visit_mut_unary_expr(&mut self, expression: &mut UnaryExpr) {
        expression.visit_mut_children_with(self);
        if matches!(expression.op, UnaryOp::Plus | UnaryOp::Minus) {
            self.rewrite(&mut expression.arg);
        }
    }
}

/// `a?.getTime?.() ?? a`: neither `null` nor an infinity has that method.
fn number_of(name: Ident) -> Expr {
    let chain = |base| Expr::OptChain(OptChainExpr { span: DUMMY_SP, optional: true, base: Box::new(base) });
    let method = chain(OptChainBase::Member(MemberExpr {
        span: DUMMY_SP,
        obj: Box::new(Expr::Ident(name.clone())),
        prop: MemberProp::Ident(IdentName::new("getTime".into(), DUMMY_SP)),
    }));
    let time = chain(OptChainBase::Call(OptCall { callee: Box::new(method), ..OptCall::default() }));
    Expr::Bin(BinExpr {
        span: DUMMY_SP,
        op: BinaryOp::NullishCoalescing,
        left: Box::new(time),
        right: Box::new(Expr::Ident(name)),
    })
}

#[cfg(test)]
mod tests {
    use crate::{Options, ParameterKind, SqlParameter, compile_body};

    const NUMBER: &str = "a?.getTime?.() ?? a";

    /// The body of a function of two times and a number.
    fn compiled(body: &str) -> String {
        let params = [("a", ParameterKind::Time), ("b", ParameterKind::Time), ("n", ParameterKind::Other)]
            .map(|(name, kind)| SqlParameter { name: Some(name.to_owned()), kind });
        compile_body(body, &params, &Options::new("f.ts")).unwrap().js
    }

    #[test]
    fn comparisons_and_differences_are_of_numbers() {
        let js = compiled("return a > b ? a : b");
        assert!(js.contains("(a?.getTime?.() ?? a) > (b?.getTime?.() ?? b) ? a : b"), "{js}");
        for body in [
            "return a < 5",
            "return 5 >= a",
            "return a - n",
            "return +a",
            "return -a",
            "if (a) return a <= b; return null",
            "return a === null || a.getTime() > 5 ? b : a < b",
            "return `${a} ${a < b}`",
            "const f = () => a < b; return f()",
            "return (a as Date) < b",
            "class C { m() { return a > b } } return new C().m()",
            "return typeof a === 'object' && a > b ? a ?? b : b",
            "while (a < b) n++; return n",
        ] {
            let js = compiled(body);
            assert!(js.contains(NUMBER), "{body}: {js}");
        }
    }

    #[test]
    fn an_argument_that_gets_about_is_left_alone() {
        for body in [
            "return n > 5",
            "a = new Date(); return a > b",
            "a.setMonth(3); return a < b",
            "return a < (a.setTime(0), 5)",
            "({ a } = n); return a > b",
            "for (a of []) ; return a > b",
            "a.getTime = () => 1; return a > b",
            "a.valueOf = () => 1; return a > b",
            "a['valueOf'] = () => 1; return a > b",
            "a.__defineGetter__('getTime', n); return a > b",
            "a[n](); return a > b",
            "n(a); return a > b",
            "const c = a; return a > b",
            "const { x } = a; return a > b",
            "const f = () => a; return a > b",
            "const f = function () { return a }; return a > b",
            "const o = { get x() { return a } }; return a > b",
            "const o = { a }; return a > b",
            "class C { static x = a } return a > b",
            "class C { get x() { return a } } return a > b",
            "Object.assign(arguments[1], n); return a > b",
            "Object.assign($1, n); return a > b",
            "Object.assign(ctx.args[0], n); return a > b",
            "a instanceof n; return a > b",
            "n`${a}`; return a > b",
            "throw a > b ? a : b",
            "yield a; return a > b",
            "return [a], a > b",
        ] {
            let js = compiled(body);
            assert!(!js.contains(NUMBER), "{body}: {js}");
        }
    }

    #[test]
    fn a_name_of_the_body_s_own_is_another() {
        let js = compiled("{ const a = { valueOf: () => 1 }; n = a > 0 } return n");
        assert!(!js.contains("getTime"), "{js}");
    }
}
