//! Which columns of a trigger's rows a function body touches, so that no others need be converted.
//!
//! The answer names columns for a body in which `ctx`, `ctx.trigger` and the rows of it are only ever looked into: by
//! plain property names, by destructuring into constants, in a comparison with null, or as what the body returns. A row
//! that is passed on, kept in a variable that may change, looped over, or called upon (its methods see all of it) can be
//! seen by anybody: then all columns are touched.

use std::collections::BTreeMap;

use plts_core::trigger::{ColumnTouch, TouchedColumns};
use swc_core::common::SyntaxContext;
use swc_core::ecma::ast::{
    ArrowExpr, AssignExpr, AssignOp, AssignTarget, BinExpr, BinaryOp, CallExpr, Callee, CondExpr,
    Constructor, Expr, Function, GetterProp, Id, Ident, IfStmt, Lit, MemberExpr, MemberProp, ObjectPatProp,
    OptCall, OptChainBase, Pat, PropName, ReturnStmt, SetterProp, SimpleAssignTarget, TaggedTpl, UnaryExpr,
    UnaryOp, VarDecl, VarDeclKind,
};
use swc_core::ecma::visit::{Visit, VisitWith, noop_visit_type};

use super::bare::bare;

/// What an expression stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Context,
    Trigger,
    /// `ctx.trigger.new`
    Row,
    /// `ctx.trigger.old`
    Former,
}

impl Place {
    /// What its property of that name is, if that is a place as well.
    fn property(self, name: &str) -> Option<Self> {
        match (self, name) {
            (Self::Context, "trigger") => Some(Self::Trigger),
            (Self::Trigger, "new") => Some(Self::Row),
            (Self::Trigger, "old") => Some(Self::Former),
            _ => None,
        }
    }

    fn is_row(self) -> bool {
        matches!(self, Self::Row | Self::Former)
    }
}

/// The columns that `function` touches, a body as it was parsed, with its names resolved; `free` is the context of undeclared
/// names.
pub(crate) fn touched_columns(function: &Function, free: SyntaxContext) -> TouchedColumns {
    let (Some(Pat::Ident(context)), Some(body)) =
        (function.params.first().map(|parameter| &parameter.pat), &function.body)
    else {
        return TouchedColumns::Any;
    };
    let mut finder = Finder {
        free,
        places: BTreeMap::from([(context.id.to_id(), Place::Context)]),
        names: BTreeMap::new(),
        depth: 0,
        escapes: false,
    };
    body.visit_with(&mut Constants(&mut finder));
    body.visit_with(&mut finder);
    if finder.escapes { TouchedColumns::Any } else { TouchedColumns::Only(finder.names) }
}

struct Finder {
    free: SyntaxContext,
    /// The variables that stand for something: the parameter, and constants made of it.
    places: BTreeMap<Id, Place>,
    names: BTreeMap<String, ColumnTouch>,
    /// In how many functions of the body's own.
    depth: usize,
    escapes: bool,
}

impl Finder {
    fn place(&self, expression: &Expr) -> Option<Place> {
        match bare(expression) {
            Expr::Ident(name) => self.places.get(&name.to_id()).copied(),
            Expr::Member(member) => self.member_place(member),
            Expr::OptChain(chain) => match &*chain.base {
                OptChainBase::Member(member) => self.member_place(member),
                OptChainBase::Call(_) => None,
            },
            _ => None,
        }
    }

    fn member_place(&self, member: &MemberExpr) -> Option<Place> {
        self.place(&member.obj)?.property(&name_of(&member.prop)?)
    }

    fn touch(&mut self, name: String, how: ColumnTouch) {
        // It is every object's, and changes what all other names find.
        self.escapes |= name == "__proto__";
        let known = self.names.entry(name).or_insert(how);
        *known = (*known).max(how);
    }

    /// Takes note of the names that a pattern binds to parts of a place; false when it binds what cannot be followed.
    fn bind(&mut self, pattern: &Pat, place: Place) -> bool {
        match pattern {
            Pat::Ident(name) => {
                self.places.insert(name.id.to_id(), place);
                true
            }
            Pat::Object(object) => object.props.iter().all(|property| match property {
                ObjectPatProp::KeyValue(pair) => {
                    plain_name(&pair.key).is_some_and(|name| self.bind_property(name, &pair.value, place))
                }
                ObjectPatProp::Assign(short) => {
                    let name = short.key.id.sym.to_string();
                    short.value.is_none() && self.bind_property(name, &Pat::Ident(short.key.clone()), place)
                }
                ObjectPatProp::Rest(_) => false,
            }),
            _ => false,
        }
    }

    /// The same for one property of the place.
    fn bind_property(&mut self, name: String, pattern: &Pat, place: Place) -> bool {
        if let Some(part) = place.property(&name) {
            return self.bind(pattern, part);
        }
        if place.is_row() {
            self.touch(name, ColumnTouch::Read);
        }
        pattern.is_ident()
    }

    /// Something whose returns are its own.
    fn inside(&mut self, function: &impl VisitWith<Self>) {
        self.depth += 1;
        function.visit_children_with(self);
        self.depth -= 1;
    }

    /// A method that is called on a place sees it.
    fn called(&mut self, callee: &Expr) {
        let object = match bare(callee) {
            Expr::Member(member) => &member.obj,
            Expr::OptChain(chain) => match &*chain.base {
                OptChainBase::Member(member) => &member.obj,
                OptChainBase::Call(_) => return,
            },
            _ => return,
        };
        self.escapes |= self.place(object).is_some();
    }

    fn is_nothing(&self, expression: &Expr) -> bool {
        match expression {
            Expr::Lit(Lit::Null(_)) => true,
            Expr::Ident(name) => name.ctxt == self.free && &*name.sym == "undefined",
            _ => false,
        }
    }

    /// An expression whose value is only asked whether it is there.
    fn tested(&mut self, expression: &Expr) {
        if self.place(expression).is_none() {
            expression.visit_with(self);
        }
    }

    /// What the body answers: a row of the trigger's, or nothing. Any other object may have all columns.
    fn answered(&mut self, expression: &Expr) {
        match bare(expression) {
            Expr::Cond(choice) => {
                self.tested(&choice.test);
                self.answered(&choice.cons);
                self.answered(&choice.alt);
            }
            other => {
                let is_known = self.place(other).is_some_and(Place::is_row) || self.is_nothing(other);
                self.escapes |= !is_known;
            }
        }
    }
}

/// The name of a property, if it is written down.
fn name_of(property: &MemberProp) -> Option<String> {
    match property {
        MemberProp::Ident(name) => Some(name.sym.to_string()),
        MemberProp::Computed(key) => match &*key.expr {
            Expr::Lit(Lit::Str(text)) => text.value.as_str().map(str::to_owned),
            _ => None,
        },
        MemberProp::PrivateName(_) => None,
    }
}

fn plain_name(key: &PropName) -> Option<String> {
    match key {
        PropName::Ident(name) => Some(name.sym.to_string()),
        PropName::Str(text) => text.value.as_str().map(str::to_owned),
        _ => None,
    }
}

/// Finds the constants that stand for a place, before their uses are looked at: a function may use one that is declared after it.
struct Constants<'a>(&'a mut Finder);

impl Visit for Constants<'_> {
    noop_visit_type!();

    fn visit_var_decl(&mut self, declaration: &VarDecl) {
        for each in &declaration.decls {
            let place = each.init.as_ref().and_then(|value| self.0.place(value));
            if let (VarDeclKind::Const, Some(place)) = (declaration.kind, place) {
                self.0.escapes |= !self.0.bind(&each.name, place);
            }
        }
        declaration.visit_children_with(self);
    }
}

impl Visit for Finder {
    noop_visit_type!();

    fn visit_ident(&mut self, name: &Ident) {
        let sees_arguments = name.ctxt == self.free && matches!(&*name.sym, "eval" | "arguments");
        self.escapes |= sees_arguments || self.places.contains_key(&name.to_id());
    }

    fn visit_expr(&mut self, expression: &Expr) {
        if self.place(expression).is_some() {
            self.escapes = true;
        } else {
            expression.visit_children_with(self);
        }
    }

    fn visit_member_expr(&mut self, member: &MemberExpr) {
        let Some(place) = self.place(&member.obj) else { return member.visit_children_with(self) };
        match name_of(&member.prop) {
            // Reached by itself, it is something that is assigned to.
            Some(name) if place.property(&name).is_none() => {
                if place.is_row() {
                    self.touch(name, ColumnTouch::Read);
                }
            }
            _ => self.escapes = true,
        }
    }

    fn visit_assign_expr(&mut self, assignment: &AssignExpr) {
        if let AssignTarget::Simple(SimpleAssignTarget::Member(member)) = &assignment.left
            && let Some(place) = self.place(&member.obj)
        {
            match (place, name_of(&member.prop)) {
                (Place::Row, Some(name)) => {
                    let how = match assignment.op {
                        AssignOp::Assign => ColumnTouch::Assigned,
                        _ => ColumnTouch::Read,
                    };
                    self.touch(name, how);
                }
                (Place::Former, Some(name)) => self.touch(name, ColumnTouch::Read),
                // A method put there would see it when it is called.
                _ => self.escapes = true,
            }
            return assignment.right.visit_with(self);
        }
        assignment.visit_children_with(self);
    }

    fn visit_var_decl(&mut self, declaration: &VarDecl) {
        for each in &declaration.decls {
            let place = each.init.as_ref().and_then(|value| self.place(value));
            // Noted by `Constants`.
            if declaration.kind != VarDeclKind::Const || place.is_none() {
                each.visit_with(self);
            }
        }
    }

    fn visit_call_expr(&mut self, call: &CallExpr) {
        if let Callee::Expr(callee) = &call.callee {
            self.called(callee);
        }
        call.visit_children_with(self);
    }

    fn visit_opt_call(&mut self, call: &OptCall) {
        self.called(&call.callee);
        call.visit_children_with(self);
    }

    fn visit_tagged_tpl(&mut self, template: &TaggedTpl) {
        self.called(&template.tag);
        template.visit_children_with(self);
    }

    fn visit_bin_expr(&mut self, operation: &BinExpr) {
        let (left, right) = (&operation.left, &operation.right);
        match operation.op {
            BinaryOp::EqEq | BinaryOp::NotEq | BinaryOp::EqEqEq | BinaryOp::NotEqEq
                if self.is_nothing(left) || self.is_nothing(right) =>
            {
                self.tested(left);
                self.tested(right);
            }
            // A row on the left gives what is on the right.
            BinaryOp::LogicalAnd => {
                self.tested(left);
                right.visit_with(self);
            }
            _ => operation.visit_children_with(self),
        }
    }

    fn visit_unary_expr(&mut self, operation: &UnaryExpr) {
        if operation.op == UnaryOp::Bang {
            self.tested(&operation.arg);
        } else {
            operation.visit_children_with(self);
        }
    }

    fn visit_if_stmt(&mut self, statement: &IfStmt) {
        self.tested(&statement.test);
        statement.cons.visit_with(self);
        statement.alt.visit_with(self);
    }

    fn visit_cond_expr(&mut self, choice: &CondExpr) {
        self.tested(&choice.test);
        choice.cons.visit_with(self);
        choice.alt.visit_with(self);
    }

    fn visit_return_stmt(&mut self, statement: &ReturnStmt) {
        match &statement.arg {
            Some(value) if self.depth == 0 => self.answered(value),
            value => value.visit_with(self),
        }
    }

    fn visit_function(&mut self, function: &Function) {
        self.inside(function);
    }

    fn visit_arrow_expr(&mut self, arrow: &ArrowExpr) {
        self.inside(arrow);
    }

    fn visit_getter_prop(&mut self, getter: &GetterProp) {
        self.inside(getter);
    }

    fn visit_setter_prop(&mut self, setter: &SetterProp) {
        self.inside(setter);
    }

    fn visit_constructor(&mut self, constructor: &Constructor) {
        self.inside(constructor);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use plts_core::trigger::{ColumnTouch, TouchedColumns};

    use crate::{Options, compile_body};

    fn touched(body: &str) -> TouchedColumns {
        compile_body(body, &[], &Options::new("f.ts")).unwrap().touched_columns
    }

    fn only(read: &[&str], assigned: &[&str]) -> TouchedColumns {
        let names =
            |names: &[&str], how| names.iter().map(|name| ((*name).to_owned(), how)).collect::<Vec<_>>();
        TouchedColumns::Only(BTreeMap::from_iter(
            names(assigned, ColumnTouch::Assigned).into_iter().chain(names(read, ColumnTouch::Read)),
        ))
    }

    #[test]
    fn columns_that_are_named_are_the_only_ones() {
        for (body, read, assigned) in [
            ("ctx.trigger.new.note = 'seen'", &[][..], &["note"][..]),
            ("ctx.trigger.new.a = ctx.trigger.new.b", &["b"], &["a"]),
            ("ctx.trigger.new.a = ctx.trigger.new.a + 1", &["a"], &[]),
            ("ctx.trigger.new.a += 1; ctx.trigger.new.b++; delete ctx.trigger.new.c", &["a", "b", "c"], &[]),
            ("ctx.trigger.new['a b'] = 1", &[], &["a b"]),
            ("ctx.trigger.new.doc.n = 1", &["doc"], &[]),
            ("ctx.trigger.new.list.push(1)", &["list"], &[]),
            (
                "(ctx.trigger.new as any).a = 1; ctx.trigger!.new!.b = 2; ctx?.trigger?.new?.c",
                &["c"],
                &["a", "b"],
            ),
            ("const row = ctx.trigger.new; row.a = 1; return row", &[], &["a"]),
            (
                "const { trigger } = ctx; const { new: row, old } = trigger; if (old && old.a) row.b = 1",
                &["a"],
                &["b"],
            ),
            ("const { trigger: { new: { a, b: c } } } = ctx; if (a === c) return null", &["a", "b"], &[]),
            ("if (ctx.trigger.old === null) return ctx.trigger.new; return ctx.trigger.old", &[], &[]),
            ("if (!ctx.trigger.old) return; return ctx.trigger.old.a ? ctx.trigger.new : null", &["a"], &[]),
            ("const touch = () => { ctx.trigger.new.a = ctx.now }; touch()", &[], &["a"]),
            ("set(); const row = ctx.trigger.new; function set() { row.a = 1 }", &[], &["a"]),
            ("ctx.db.sync.exec('insert into log values ($1)', [ctx.trigger.new.id])", &["id"], &[]),
            ("ctx.log.info(`${ctx.trigger.event} ${ctx.trigger.new.id}`)", &["id"], &[]),
            ("console.log(ctx.trigger.args[0], ctx.trigger.table)", &[], &[]),
            ("ctx.trigger.new.f.call(null)", &["f"], &[]),
            ("[ctx.trigger.new.a] = [1]; ({ x: ctx.trigger.new.b } = { x: 1 })", &["a", "b"], &[]),
        ] {
            assert_eq!(touched(body), only(read, assigned), "{body}");
        }
    }

    #[test]
    fn a_row_that_gets_about_shows_everything() {
        for body in [
            "return { ...ctx.trigger.new, a: 1 }",
            "return { a: 1 }",
            "return ctx.trigger",
            "return JSON.parse('{}')",
            "JSON.stringify(ctx.trigger.new)",
            "console.log(ctx)",
            "audit(ctx.trigger); function audit(trigger: any) {}",
            "let row = ctx.trigger.new; row.a = 1",
            "var { new: row } = ctx.trigger; row.a = 1",
            "const { new: { a, ...others } } = ctx.trigger",
            "const { ['new']: row } = ctx.trigger; row.a = 1",
            "const { new: { a: [b = ctx.trigger.new] } } = ctx.trigger",
            "const { new: row = {} } = ctx.trigger",
            "const [row] = [ctx.trigger.new]",
            "const row = ctx.trigger.new || {}; row.a = 1",
            "const row = ctx.trigger.old ?? ctx.trigger.new",
            "for (const key in ctx.trigger.new) console.log(key)",
            "ctx.trigger.new[ctx.trigger.args[0]] = 1",
            "ctx.trigger[ctx.trigger.args[0]].a = 1",
            "const key = 'trigger'; ctx[key].new.a = 1",
            "ctx.trigger.new = { a: 1 }",
            "ctx.trigger = null",
            "ctx.trigger.new.__proto__ = { a: 1 }",
            "ctx.trigger.new.hasOwnProperty('a')",
            "ctx.trigger.new?.valueOf()",
            "ctx.valueOf()",
            "(ctx.trigger.new.toString as any)()",
            "(ctx.trigger.new.valueOf satisfies any)()",
            "(<any>ctx.trigger.new.valueOf)()",
            "(ctx.trigger.new.valueOf<any>)()",
            "ctx.trigger.new.toString`x`",
            "ctx.all = function () { return this }; ctx.all()",
            "const self = () => ctx; self().trigger.new.a = 1",
            "const self = () => ctx.trigger.new; self().a = 1",
            "const o = { get row() { return ctx.trigger.new } }; o.row.a = 1",
            "class C { constructor() { return ctx.trigger.new } }; (new C() as any).a = 1",
            "class C { row = ctx.trigger.new }",
            "arguments[0].trigger.new.a = 1; ctx.trigger.new.b",
            "try { eval('ctx') } catch {}",
            "await ctx.db.query('select 1'); ctx.trigger.new.a = 1",
            "Object.assign(ctx.trigger.new, { a: 1 })",
            "({ x: ctx.trigger.new } = { x: 1 })",
            "return ctx.trigger.old && ctx.trigger.new",
            "throw ctx.trigger.new",
            "const f = (row = ctx.trigger.new) => row; f()",
        ] {
            assert_eq!(touched(body), TouchedColumns::Any, "{body}");
        }
    }
}
