//! A function body, compiled to an expression: a strict function of `ctx` and the SQL parameters.

use crate::analysis::catch::can_catch;
use crate::analysis::imports::imports;
use crate::analysis::microtasks::may_enqueue;
use crate::analysis::touched::touched_columns;
use crate::diagnostic::Diagnostic;
use crate::emit::emit;
use crate::form::BodyForm;
use crate::guard::guarded;
use crate::module::Analysis;
use crate::options::{Language, Options};
use crate::parse::{BodyText, function_of};
use crate::times::compare_by_number;
use crate::{transform, unsupported};
use plts_core::trigger::TouchedColumns;
use std::collections::{BTreeMap, BTreeSet};
use swc_core::common::{DUMMY_SP, SyntaxContext};
use swc_core::ecma::ast::{
    ArrowExpr, AwaitExpr, BindingIdent, Class, Decl, Expr, FnExpr, ForOfStmt, Function, Id, Ident, ParenExpr,
    Pat, Program, Script, Stmt, UsingDecl, VarDecl, VarDeclKind, VarDeclarator, YieldExpr,
};
use swc_core::ecma::visit::{Visit, VisitWith, noop_visit_type};

/// The parameter through which a body reaches the database.
const CONTEXT: &str = "ctx";

/// A compiled function body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompiledBody {
    /// An expression whose value is a function of `ctx` and the arguments in order:
    /// `(function(ctx, a, $2) { "use strict"; … })`.
    pub js: String,
    /// JSON, version 3; its only source is the filename of the options.
    pub source_map: String,
    /// It awaits.
    pub is_async: bool,
    /// It yields.
    pub is_generator: bool,
    /// It mentions `ctx`, or could by `eval`.
    pub uses_ctx: bool,
    /// True when the code could observe a failing statement.
    pub can_catch: bool,
    /// False when the code certainly leaves no microtask behind.
    pub may_enqueue: bool,
    /// What it touches of the rows, if it is a trigger's.
    pub touched_columns: TouchedColumns,
}

/// What a body is given for a SQL parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// A `Date` of the database, `null`, or an infinity.
    Time,
    /// Anything else.
    Other,
}

/// A SQL parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlParameter {
    /// `None` for one without.
    pub name: Option<String>,
    pub kind: ParameterKind,
}

/// Compiles a text as the body of a strict function.
///
/// `$1` to `$n` always name the arguments. A name that is a JavaScript identifier names its argument as well; `$i`
/// is then a second variable, which assignments to the first do not change.
///
/// Errors: at least one diagnostic of severity error, in the order of the text; a parameter named `ctx` is one.
pub fn compile_body(
    source: &str,
    params: &[SqlParameter],
    options: &Options,
) -> Result<CompiledBody, Vec<Diagnostic>> {
    if params.iter().filter_map(|parameter| parameter.name.as_ref()).any(|name| name == CONTEXT) {
        return Err(vec![Diagnostic::error(format!("parameter name \"{CONTEXT}\" is reserved"), 1, 1)]);
    }
    guarded(|| compile(source, params, options))
}

/// A body's analysis: its dynamic imports and whether it can catch. It exports nothing.
pub(crate) fn analyze_body(source: &str, options: &Options) -> Result<Analysis, Vec<Diagnostic>> {
    let text = BodyText::new(source, &[CONTEXT], options)?;
    let script = text.parse()?;
    unsupported::check(&text.text, &script)?;
    let mut program = Program::Script(script);
    let names = transform::resolve(&mut program, Language::TypeScript);
    let can_catch = can_catch(&program, names.free());
    let (imports, _) = imports(&text.text, &program);
    Ok(Analysis { form: BodyForm::Body, imports, exports: Vec::new(), star_exports: Vec::new(), can_catch })
}

fn compile(
    source: &str,
    params: &[SqlParameter],
    options: &Options,
) -> Result<CompiledBody, Vec<Diagnostic>> {
    let parameters = parameter_names(params);
    let all: Vec<&str> = std::iter::once(CONTEXT).chain(parameters.iter().map(String::as_str)).collect();
    let text = BodyText::new(source, &all, options)?;
    let script = text.parse()?;
    unsupported::check(&text.text, &script)?;
    let effects = Effects::of(&script);

    let mut program = Program::Script(script);
    let names = transform::resolve(&mut program, Language::TypeScript);
    let can_catch = can_catch(&program, names.free());
    let mentions = Mentions::of(&program, names.free(), &parameters);
    let may_enqueue = effects.awaits || mentions.context || may_enqueue(&program, names.free());
    let touched_columns = match program.as_script().and_then(function_of) {
        // Who waits for a promise, or for the rest, may see a row when the trigger has ended.
        Some(function) if mentions.context && !effects.awaits && !effects.yields => {
            touched_columns(&function.function, names.free())
        }
        _ => TouchedColumns::Any,
    };
    transform::strip(&mut program, names, Language::TypeScript);
    if !mentions.context {
        compare_by_number(&mut program, mentions.times(params), names.free());
    }
    shape(&mut program, &effects, &mentions.aliases);
    transform::finish(&mut program, Language::TypeScript);

    let internal = || vec![Diagnostic::error("internal compiler error", 1, 1)];
    let function = take_function(program).ok_or_else(internal)?;
    let expression = Expr::Paren(ParenExpr { span: DUMMY_SP, expr: Box::new(Expr::Fn(function)) });
    let emitted = emit(&text.text, &options.filename, &expression)
        .map_err(|error| vec![Diagnostic::error(format!("cannot print the compiled body: {error}"), 1, 1)])?;
    Ok(CompiledBody {
        js: emitted.js,
        source_map: emitted.source_map,
        is_async: effects.awaits,
        is_generator: effects.yields,
        uses_ctx: mentions.context,
        can_catch,
        may_enqueue,
        touched_columns,
    })
}

/// What each argument is called: its SQL name where JavaScript allows it, `$i` otherwise.
fn parameter_names(params: &[SqlParameter]) -> Vec<String> {
    let positional: BTreeSet<String> = (1..=params.len()).map(|position| format!("${position}")).collect();
    let mut taken = BTreeSet::new();
    params
        .iter()
        .enumerate()
        .map(|(index, parameter)| match &parameter.name {
            Some(name)
                if Ident::verify_symbol(name).is_ok()
                    && !positional.contains(name)
                    && taken.insert(name.clone()) =>
            {
                name.clone()
            }
            _ => format!("${}", index + 1),
        })
        .collect()
}

/// What a body does at its own level, not inside functions of its own.
#[derive(Default)]
struct Effects {
    awaits: bool,
    yields: bool,
}

impl Effects {
    fn of(script: &Script) -> Self {
        let mut effects = Self::default();
        if let Some(body) = function_of(script).and_then(|function| function.function.body.as_ref()) {
            body.visit_with(&mut effects);
        }
        effects
    }
}

impl Visit for Effects {
    noop_visit_type!();

    fn visit_await_expr(&mut self, expression: &AwaitExpr) {
        self.awaits = true;
        expression.visit_children_with(self);
    }

    fn visit_yield_expr(&mut self, expression: &YieldExpr) {
        self.yields = true;
        expression.visit_children_with(self);
    }

    fn visit_for_of_stmt(&mut self, statement: &ForOfStmt) {
        self.awaits |= statement.is_await;
        statement.visit_children_with(self);
    }

    fn visit_using_decl(&mut self, declaration: &UsingDecl) {
        self.awaits |= declaration.is_await;
        declaration.visit_children_with(self);
    }

    fn visit_function(&mut self, _: &Function) {}

    fn visit_arrow_expr(&mut self, _: &ArrowExpr) {}

    /// Methods are functions; what runs here is `extends` and computed names.
    fn visit_class(&mut self, class: &Class) {
        class.super_class.visit_with(self);
        let mut keys = ClassKeys(self);
        class.body.visit_with(&mut keys);
    }

    /// Getters and setters are functions too.
    fn visit_getter_prop(&mut self, getter: &swc_core::ecma::ast::GetterProp) {
        getter.key.visit_with(self);
    }

    fn visit_setter_prop(&mut self, setter: &swc_core::ecma::ast::SetterProp) {
        setter.key.visit_with(self);
    }
}

struct ClassKeys<'a>(&'a mut Effects);

impl Visit for ClassKeys<'_> {
    fn visit_prop_name(&mut self, key: &swc_core::ecma::ast::PropName) {
        key.visit_with(self.0);
    }

    fn visit_function(&mut self, _: &Function) {}

    fn visit_expr(&mut self, _: &Expr) {}

    fn visit_block_stmt(&mut self, _: &swc_core::ecma::ast::BlockStmt) {}
}

/// Which of the names that the function gives the body the body mentions.
struct Mentions {
    context: bool,
    /// `ctx`, and the SQL parameters in order.
    bound: Vec<Ident>,
    /// `$i` and the parameter it stands for, where the body mentions `$i` and the parameter has another name.
    aliases: Vec<(Ident, Ident)>,
}

impl Mentions {
    fn of(program: &Program, free: SyntaxContext, parameters: &[String]) -> Self {
        let Some(function) = program.as_script().and_then(function_of) else {
            return Self { context: false, bound: Vec::new(), aliases: Vec::new() };
        };
        let bound: Vec<Ident> = function
            .function
            .params
            .iter()
            .filter_map(|parameter| parameter.pat.as_ident().map(|binding| binding.id.clone()))
            .collect();
        let mut used = UsedNames::default();
        function.function.body.visit_with(&mut used);
        let evaluates = used.0.contains_key(&("eval".into(), free));
        let is_used = |id: &Id| evaluates || used.0.contains_key(id);
        let aliases = parameters
            .iter()
            .zip(bound.iter().skip(1))
            .enumerate()
            .filter_map(|(index, (name, parameter))| {
                let position = format!("${}", index + 1);
                let id: Id = (position.as_str().into(), free);
                (*name != position && is_used(&id))
                    .then(|| (Ident::new(id.0, DUMMY_SP, id.1), parameter.clone()))
            })
            .collect();
        Self { context: bound.first().is_some_and(|context| is_used(&context.to_id())), aliases, bound }
    }

    /// The parameters that are times and have no second name.
    fn times(&self, params: &[SqlParameter]) -> BTreeSet<Id> {
        self.bound
            .iter()
            .skip(1)
            .zip(params)
            .filter(|(name, parameter)| {
                parameter.kind == ParameterKind::Time
                    && !self.aliases.iter().any(|(_, aliased)| aliased.to_id() == name.to_id())
            })
            .map(|(name, _)| name.to_id())
            .collect()
    }
}

#[derive(Default)]
struct UsedNames(BTreeMap<Id, ()>);

impl Visit for UsedNames {
    noop_visit_type!();

    fn visit_ident(&mut self, ident: &Ident) {
        self.0.insert(ident.to_id(), ());
    }
}

/// Gives the function the kind that the body needs, and declares the aliases before its first statement.
fn shape(program: &mut Program, effects: &Effects, aliases: &[(Ident, Ident)]) {
    let Program::Script(script) = program else { return };
    let Some(Stmt::Expr(statement)) = script.body.first_mut() else { return };
    let Some(function) = inner_function(&mut statement.expr) else { return };
    function.is_async = effects.awaits;
    function.is_generator = effects.yields;
    if aliases.is_empty() {
        return;
    }
    let declaration = VarDecl {
        kind: VarDeclKind::Let,
        decls: aliases
            .iter()
            .map(|(alias, parameter)| VarDeclarator {
                span: DUMMY_SP,
                name: Pat::Ident(BindingIdent::from(alias.clone())),
                init: Some(Box::new(Expr::Ident(parameter.clone()))),
                definite: false,
            })
            .collect(),
        ..VarDecl::default()
    };
    if let Some(body) = &mut function.body {
        // After the directive.
        body.stmts.insert(body.stmts.len().min(1), Stmt::Decl(Decl::Var(Box::new(declaration))));
    }
}

fn inner_function(expression: &mut Expr) -> Option<&mut Function> {
    match expression {
        Expr::Paren(inner) => inner_function(&mut inner.expr),
        Expr::Fn(FnExpr { function, .. }) => Some(function),
        _ => None,
    }
}

fn take_function(program: Program) -> Option<FnExpr> {
    let script = program.script()?;
    let mut statements = script.body.into_iter();
    let (Some(Stmt::Expr(statement)), None) = (statements.next(), statements.next()) else { return None };
    let mut expression = *statement.expr;
    while let Expr::Paren(inner) = expression {
        expression = *inner.expr;
    }
    match expression {
        Expr::Fn(function) => Some(function),
        _ => None,
    }
}
