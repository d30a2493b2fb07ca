//! Whether code could observe that a statement failed. Where it cannot, statements need no subtransaction.
//!
//! The answer is "yes" for:
//! - `try` with `catch` or `finally`, `using` and `await using`, `with`, `import()`;
//! - the names `catch`, `finally`, `allSettled`, `any`, `race`, `return`, `throw`, `constructor`,
//!   `getOwnPropertyDescriptor`, `getOwnPropertyDescriptors`, `Reflect`, `Function`, `eval`, `DisposableStack` and
//!   `AsyncDisposableStack` as a property that is read, by a dot, by a string in brackets, or by a pattern;
//! - `then` as a property, unless it is called at once with one plain argument or none;
//! - a property or method that is *defined* under the name `then`, `return` or `throw`, or under a computed name
//!   that is no literal and no `Symbol.…`;
//! - a computed member that is called, or read with a key that is no literal and not certainly a number;
//! - the free names `eval`, `Function`, `Reflect`, `DisposableStack`, `AsyncDisposableStack`.
//!
//! A computed member that is only assigned to, changed by arithmetic, or deleted, yields no function and counts as
//! nothing. It is an optimisation, not a wall: a statement that fails unguarded dooms the call anyway.

use super::bare::bare;
use super::numeric::{Assignments, NumericVariables};
use swc_core::common::SyntaxContext;
use swc_core::ecma::ast::{
    AssignExpr, AssignOp, AssignTarget, CallExpr, Callee, ComputedPropName, Decl, Expr, ExprOrSpread, Ident,
    Lit, MemberExpr, MemberProp, NewExpr, ObjectPatProp, OptCall, PropName, SimpleAssignTarget, SuperProp,
    TaggedTpl, TryStmt, UnaryExpr, UpdateExpr, UsingDecl, WithStmt,
};
use swc_core::ecma::visit::{Visit, VisitWith, noop_visit_type};

/// Properties whose mere reading gives a way to observe a failure.
const OBSERVERS: &[&str] = &[
    "catch",
    "finally",
    "allSettled",
    "any",
    "race",
    "return",
    "throw",
    "constructor",
    "getOwnPropertyDescriptor",
    "getOwnPropertyDescriptors",
    "Reflect",
    "Function",
    "eval",
    "DisposableStack",
    "AsyncDisposableStack",
];
/// Names that, undeclared, mean the global one.
const FREE_OBSERVERS: &[&str] = &["eval", "Function", "Reflect", "DisposableStack", "AsyncDisposableStack"];
/// Properties that the language itself calls when something fails or settles.
const HOOKS: &[&str] = &["then", "return", "throw"];

/// True when the code of `tree`, resolved and with its types, could observe a failing statement or promise. `free`
/// is the context of its undeclared names. The modules it imports do not count.
pub(crate) fn can_catch<N>(tree: &N, free: SyntaxContext) -> bool
where
    N: VisitWith<Assignments> + for<'a> VisitWith<Observer<'a>>,
{
    let numeric = NumericVariables::of(tree, free);
    let mut observer = Observer { numeric: &numeric, free, found: false };
    tree.visit_with(&mut observer);
    observer.found
}

pub(crate) struct Observer<'a> {
    numeric: &'a NumericVariables,
    free: SyntaxContext,
    found: bool,
}

/// What becomes of the value of a member expression.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    /// It may become any value.
    Read,
    Called,
    /// It is overwritten, or made a number or a boolean.
    Consumed,
}

/// The text of a key that is written out; the outer `None` is a key only known at run time.
enum Key {
    Text(String),
    Number,
    Symbol,
    Unknown,
}

impl Observer<'_> {
    fn key(&self, expression: &Expr) -> Key {
        match bare(expression) {
            Expr::Lit(Lit::Str(text)) => Key::Text(text.value.to_string_lossy().into_owned()),
            Expr::Lit(Lit::Num(_) | Lit::BigInt(_)) => Key::Number,
            Expr::Tpl(template) if template.exprs.is_empty() => Key::Text(
                template
                    .quasis
                    .iter()
                    .filter_map(|quasi| quasi.cooked.as_ref())
                    .map(|text| text.to_string_lossy().into_owned())
                    .collect(),
            ),
            Expr::Member(member)
                if member.prop.is_ident()
                    && member
                        .obj
                        .as_ident()
                        .is_some_and(|object| object.sym == "Symbol" && object.ctxt == self.free) =>
            {
                Key::Symbol
            }
            _ if self.numeric.is_numeric(expression) => Key::Number,
            _ => Key::Unknown,
        }
    }

    fn named(&mut self, name: &str, usage: Use) {
        if usage != Use::Consumed && (OBSERVERS.contains(&name) || name == "then") {
            self.found = true;
        }
    }

    fn computed(&mut self, key: &ComputedPropName, usage: Use) {
        match (self.key(&key.expr), usage) {
            (_, Use::Called) => self.found = true,
            (Key::Text(name), _) => self.named(&name, usage),
            (Key::Unknown, Use::Read) => self.found = true,
            (Key::Number | Key::Symbol | Key::Unknown, _) => {}
        }
        key.visit_children_with(self);
    }

    fn member(&mut self, member: &MemberExpr, usage: Use) {
        member.obj.visit_with(self);
        match &member.prop {
            MemberProp::Ident(name) => self.named(&name.sym, usage),
            MemberProp::Computed(key) => self.computed(key, usage),
            MemberProp::PrivateName(_) => {}
        }
    }

    /// The callee of a call, looked at through parentheses and types.
    fn callee(&mut self, callee: &Expr, arguments: &[ExprOrSpread]) {
        match bare(callee) {
            Expr::Member(member) if is_then(&member.prop) && is_plain_then(arguments) => {
                member.obj.visit_with(self);
            }
            Expr::Member(member) => self.member(member, Use::Called),
            Expr::SuperProp(member) => match &member.prop {
                SuperProp::Ident(name) if name.sym == "then" && is_plain_then(arguments) => {}
                SuperProp::Ident(name) => self.named(&name.sym, Use::Called),
                SuperProp::Computed(key) => self.computed(key, Use::Called),
            },
            Expr::OptChain(chain) => match &*chain.base {
                swc_core::ecma::ast::OptChainBase::Member(member)
                    if is_then(&member.prop) && is_plain_then(arguments) =>
                {
                    member.obj.visit_with(self);
                }
                swc_core::ecma::ast::OptChainBase::Member(member) => self.member(member, Use::Called),
                swc_core::ecma::ast::OptChainBase::Call(call) => call.visit_with(self),
            },
            other => other.visit_with(self),
        }
    }

    /// The operand of an operator that leaves no function: `x[k] += 1`, `x[k]++`, `delete x[k]`.
    fn consumed(&mut self, operand: &Expr) {
        match bare(operand) {
            Expr::Member(member) => self.member(member, Use::Consumed),
            other => other.visit_with(self),
        }
    }

    fn defined(&mut self, key: &PropName) {
        match key {
            PropName::Ident(name) => self.found |= HOOKS.contains(&&*name.sym),
            PropName::Str(text) => self.found |= HOOKS.contains(&&*text.value.to_string_lossy()),
            PropName::Num(_) | PropName::BigInt(_) => {}
            PropName::Computed(key) => {
                match self.key(&key.expr) {
                    Key::Text(name) => self.found |= HOOKS.contains(&name.as_str()),
                    Key::Number | Key::Symbol => {}
                    Key::Unknown => self.found = true,
                }
                key.visit_children_with(self);
            }
        }
    }
}

fn is_then(property: &MemberProp) -> bool {
    property.as_ident().is_some_and(|name| name.sym == "then")
}

fn is_plain_then(arguments: &[ExprOrSpread]) -> bool {
    arguments.len() <= 1 && arguments.iter().all(|argument| argument.spread.is_none())
}

impl Visit for Observer<'_> {
    noop_visit_type!();

    fn visit_try_stmt(&mut self, _: &TryStmt) {
        self.found = true;
    }

    fn visit_using_decl(&mut self, _: &UsingDecl) {
        self.found = true;
    }

    fn visit_with_stmt(&mut self, _: &WithStmt) {
        self.found = true;
    }

    /// What is only declared is not there when the code runs.
    fn visit_decl(&mut self, declaration: &Decl) {
        let is_ambient = match declaration {
            Decl::Class(class) => class.declare,
            Decl::Fn(function) => function.declare,
            Decl::Var(variables) => variables.declare,
            Decl::TsEnum(enumeration) => enumeration.declare,
            Decl::TsModule(module) => module.declare,
            Decl::TsInterface(_) | Decl::TsTypeAlias(_) => true,
            Decl::Using(_) => false,
        };
        if !is_ambient {
            declaration.visit_children_with(self);
        }
    }

    fn visit_ident(&mut self, ident: &Ident) {
        self.found |= ident.ctxt == self.free && FREE_OBSERVERS.contains(&&*ident.sym);
    }

    fn visit_member_expr(&mut self, member: &MemberExpr) {
        self.member(member, Use::Read);
    }

    fn visit_super_prop(&mut self, property: &SuperProp) {
        match property {
            SuperProp::Ident(name) => self.named(&name.sym, Use::Read),
            SuperProp::Computed(key) => self.computed(key, Use::Read),
        }
    }

    fn visit_call_expr(&mut self, call: &CallExpr) {
        match &call.callee {
            Callee::Import(_) => self.found = true,
            Callee::Super(_) => {}
            Callee::Expr(callee) => self.callee(callee, &call.args),
        }
        call.args.visit_with(self);
    }

    fn visit_opt_call(&mut self, call: &OptCall) {
        self.callee(&call.callee, &call.args);
        call.args.visit_with(self);
    }

    fn visit_new_expr(&mut self, new: &NewExpr) {
        // `new x.then()` calls no promise's `then`, but nobody writes it either.
        self.callee(&new.callee, new.args.as_deref().unwrap_or_default());
        new.args.visit_with(self);
    }

    fn visit_tagged_tpl(&mut self, tagged: &TaggedTpl) {
        self.callee(&tagged.tag, &[]);
        // A tag gets the values as arguments: `then` as a tag with one value gets two.
        if let Expr::Member(member) = &*tagged.tag
            && is_then(&member.prop)
        {
            self.found = true;
        }
        tagged.tpl.visit_with(self);
    }

    fn visit_assign_expr(&mut self, assignment: &AssignExpr) {
        let keeps_value =
            matches!(assignment.op, AssignOp::AndAssign | AssignOp::OrAssign | AssignOp::NullishAssign);
        match &assignment.left {
            AssignTarget::Simple(SimpleAssignTarget::Member(member)) if !keeps_value => {
                // Storing under a name that the language calls is defining it.
                match &member.prop {
                    MemberProp::Ident(name) => self.found |= HOOKS.contains(&&*name.sym),
                    MemberProp::Computed(key) => {
                        if let Key::Text(name) = self.key(&key.expr) {
                            self.found |= HOOKS.contains(&name.as_str());
                        }
                    }
                    MemberProp::PrivateName(_) => {}
                }
                self.member(member, Use::Consumed);
            }
            target => target.visit_with(self),
        }
        assignment.right.visit_with(self);
    }

    fn visit_update_expr(&mut self, update: &UpdateExpr) {
        self.consumed(&update.arg);
    }

    fn visit_unary_expr(&mut self, unary: &UnaryExpr) {
        // Every unary operator yields a number, a string, a boolean or undefined.
        self.consumed(&unary.arg);
    }

    fn visit_prop_name(&mut self, key: &PropName) {
        self.defined(key);
    }

    fn visit_object_pat_prop(&mut self, property: &ObjectPatProp) {
        match property {
            ObjectPatProp::KeyValue(pair) => {
                match &pair.key {
                    PropName::Ident(name) => self.named(&name.sym, Use::Read),
                    PropName::Str(text) => self.named(&text.value.to_string_lossy(), Use::Read),
                    PropName::Num(_) | PropName::BigInt(_) => {}
                    PropName::Computed(key) => self.computed(key, Use::Read),
                }
                pair.value.visit_with(self);
            }
            ObjectPatProp::Assign(shorthand) => {
                self.named(&shorthand.key.sym, Use::Read);
                shorthand.value.visit_with(self);
            }
            ObjectPatProp::Rest(rest) => rest.visit_with(self),
        }
    }
}
