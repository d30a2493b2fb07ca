//! Which expressions can only be numbers, so that a computed key made of them names no method.

use std::collections::{BTreeMap, BTreeSet};
use swc_core::common::SyntaxContext;
use swc_core::ecma::ast::{
    AssignExpr, AssignOp, AssignTarget, BinExpr, BinaryOp, BindingIdent, Callee, Expr, Id, Lit, Pat,
    SimpleAssignTarget, UnaryOp, VarDeclarator,
};
use swc_core::ecma::visit::{Visit, VisitWith, noop_visit_type};

use super::bare::bare;

/// The variables of a tree that hold nothing but numbers (or `undefined`, before their first assignment).
pub(super) struct NumericVariables {
    names: BTreeSet<Id>,
    free: SyntaxContext,
}

impl NumericVariables {
    /// `tree` must be resolved; `free` is the context of its undeclared names.
    pub(super) fn of<N>(tree: &N, free: SyntaxContext) -> Self
    where
        N: VisitWith<Assignments>,
    {
        let mut assignments = Assignments { free, values: BTreeMap::new(), other: BTreeSet::new() };
        tree.visit_with(&mut assignments);
        let Assignments { values, other, .. } = assignments;
        let mut names: BTreeSet<Id> = values
            .iter()
            .filter(|(id, value)| value.is_some() && !other.contains(id))
            .map(|(id, _)| id.clone())
            .collect();
        // A variable made from another is a number as long as that one is.
        loop {
            let before = names.len();
            let remaining = names.clone();
            names.retain(|id| {
                values
                    .get(id)
                    .and_then(Option::as_ref)
                    .is_some_and(|uses| uses.iter().all(|used| remaining.contains(used)))
            });
            if names.len() == before {
                return Self { names, free };
            }
        }
    }

    /// True when `expression` is a number (or a bigint, or `undefined`) whatever happens.
    pub(super) fn is_numeric(&self, expression: &Expr) -> bool {
        numeric_uses(expression, self.free).is_some_and(|uses| uses.iter().all(|id| self.names.contains(id)))
    }
}

/// What is assigned to each variable: the variables its numbers are made of, or `None` when it may be no number.
pub(crate) struct Assignments {
    free: SyntaxContext,
    values: BTreeMap<Id, Option<Vec<Id>>>,
    /// Bound or assigned in a way that is not followed: parameters, patterns, loops over values.
    other: BTreeSet<Id>,
}

impl Assignments {
    fn assign(&mut self, id: Id, uses: Option<Vec<Id>>) {
        match (self.values.entry(id).or_insert_with(|| Some(Vec::new())), uses) {
            (Some(known), Some(uses)) => known.extend(uses),
            (entry, _) => *entry = None,
        }
    }
}

impl Visit for Assignments {
    noop_visit_type!();

    fn visit_var_declarator(&mut self, declarator: &VarDeclarator) {
        match (&declarator.name, &declarator.init) {
            (Pat::Ident(binding), Some(init)) => {
                self.assign(binding.to_id(), numeric_uses(init, self.free));
                init.visit_with(self);
            }
            (Pat::Ident(binding), None) => self.assign(binding.to_id(), Some(Vec::new())),
            _ => declarator.visit_children_with(self),
        }
    }

    fn visit_for_head(&mut self, head: &swc_core::ecma::ast::ForHead) {
        if let swc_core::ecma::ast::ForHead::VarDecl(variables) = head {
            for declarator in &variables.decls {
                declarator.name.visit_with(self);
            }
        } else {
            head.visit_children_with(self);
        }
    }

    /// Every other binding: parameters, patterns, `catch`.
    fn visit_binding_ident(&mut self, binding: &BindingIdent) {
        self.other.insert(binding.to_id());
    }

    fn visit_assign_pat_prop(&mut self, property: &swc_core::ecma::ast::AssignPatProp) {
        self.other.insert(property.key.to_id());
        property.visit_children_with(self);
    }

    fn visit_pat(&mut self, pattern: &Pat) {
        if let Pat::Expr(target) = pattern
            && let Some(ident) = target.as_ident()
        {
            self.other.insert(ident.to_id());
        }
        pattern.visit_children_with(self);
    }

    fn visit_assign_expr(&mut self, assignment: &AssignExpr) {
        if let AssignTarget::Simple(SimpleAssignTarget::Ident(target)) = &assignment.left {
            let uses = match assignment.op {
                AssignOp::Assign | AssignOp::AddAssign => numeric_uses(&assignment.right, self.free),
                AssignOp::AndAssign | AssignOp::OrAssign | AssignOp::NullishAssign => None,
                _ => Some(Vec::new()),
            };
            self.assign(target.to_id(), uses);
            assignment.right.visit_with(self);
        } else {
            assignment.visit_children_with(self);
        }
    }
}

/// The variables that must be numbers for `expression` to be one; `None` when it may be something else.
fn numeric_uses(expression: &Expr, free: SyntaxContext) -> Option<Vec<Id>> {
    match bare(expression) {
        Expr::Lit(Lit::Num(_) | Lit::BigInt(_)) | Expr::Update(_) => Some(Vec::new()),
        Expr::Ident(ident) => Some(vec![ident.to_id()]),
        Expr::Unary(unary) => {
            matches!(unary.op, UnaryOp::Minus | UnaryOp::Plus | UnaryOp::Tilde).then(Vec::new)
        }
        Expr::Bin(binary) => numeric_operation(binary, free),
        Expr::Cond(condition) => {
            let mut uses = numeric_uses(&condition.cons, free)?;
            uses.extend(numeric_uses(&condition.alt, free)?);
            Some(uses)
        }
        // `Math.floor(x)`
        Expr::Call(call) => {
            let Callee::Expr(callee) = &call.callee else { return None };
            let member = callee.as_member()?;
            let object = member.obj.as_ident()?;
            (object.sym == "Math" && object.ctxt == free && member.prop.is_ident()).then(Vec::new)
        }
        _ => None,
    }
}

fn numeric_operation(binary: &BinExpr, free: SyntaxContext) -> Option<Vec<Id>> {
    match binary.op {
        BinaryOp::Sub
        | BinaryOp::Mul
        | BinaryOp::Div
        | BinaryOp::Mod
        | BinaryOp::Exp
        | BinaryOp::BitAnd
        | BinaryOp::BitOr
        | BinaryOp::BitXor
        | BinaryOp::LShift
        | BinaryOp::RShift
        | BinaryOp::ZeroFillRShift => Some(Vec::new()),
        BinaryOp::Add => {
            let mut uses = numeric_uses(&binary.left, free)?;
            uses.extend(numeric_uses(&binary.right, free)?);
            Some(uses)
        }
        _ => None,
    }
}
