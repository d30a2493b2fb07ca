//! Expressions without what runs nothing: parentheses, and TypeScript's types around a value.

use swc_core::ecma::ast::Expr;

/// What is evaluated of `expression`, be it in parentheses, asserted, or given type arguments.
pub(crate) fn bare(mut expression: &Expr) -> &Expr {
    loop {
        expression = match expression {
            Expr::Paren(outer) => &outer.expr,
            Expr::TsAs(outer) => &outer.expr,
            Expr::TsConstAssertion(outer) => &outer.expr,
            Expr::TsInstantiation(outer) => &outer.expr,
            Expr::TsNonNull(outer) => &outer.expr,
            Expr::TsSatisfies(outer) => &outer.expr,
            Expr::TsTypeAssertion(outer) => &outer.expr,
            inner => return inner,
        };
    }
}
