//! From TypeScript to JavaScript on the syntax tree: names resolved, types stripped, conflicts renamed, parentheses
//! put where the new tree needs them.

use crate::options::Language;
use swc_core::common::{Mark, SyntaxContext};
use swc_core::ecma::ast::Program;
use swc_core::ecma::transforms::base::fixer::fixer;
use swc_core::ecma::transforms::base::hygiene::hygiene;
use swc_core::ecma::transforms::base::resolver;
use swc_core::ecma::transforms::typescript::{Config, TsImportExportAssignConfig, typescript};

/// How the names of one tree are marked.
#[derive(Clone, Copy)]
pub(crate) struct Names {
    unresolved: Mark,
    top_level: Mark,
}

impl Names {
    /// The context of names that the tree does not declare.
    pub(crate) fn free(self) -> SyntaxContext {
        SyntaxContext::empty().apply_mark(self.unresolved)
    }
}

/// Marks each name of the tree with the scope that declares it.
pub(crate) fn resolve(program: &mut Program, language: Language) -> Names {
    let names = Names { unresolved: Mark::new(), top_level: Mark::new() };
    program.mutate(resolver(names.unresolved, names.top_level, language != Language::JavaScript));
    names
}

/// Takes the types out of a resolved tree. Imports that only types use go with them. JavaScript stays as it is.
pub(crate) fn strip(program: &mut Program, names: Names, language: Language) {
    if language == Language::JavaScript {
        return;
    }
    let config = Config {
        native_class_properties: true,
        import_export_assign_config: TsImportExportAssignConfig::EsNext,
        ..Config::default()
    };
    program.mutate(typescript(config, names.unresolved, names.top_level));
}

/// Makes a stripped tree printable.
pub(crate) fn finish(program: &mut Program, language: Language) {
    if language == Language::JavaScript {
        return;
    }
    program.mutate(hygiene());
    program.mutate(fixer(None));
}
