//! Makes the startup snapshot: a context in which the prelude (js/NN_name.js, in the order of their numbers) has run.
//!
//! Guarantees: it is made by the V8 that loads it. Each file of the prelude is the body of a strict function of one
//! parameter, `internals`, the object they share; it is what the context keeps as its first piece of data. The native
//! functions in `internals.natives` are placeholders: V8 writes down only their places in the list, and the engine
//! gives the functions for them. So it is with the sources: the snapshot refers to them, and the library has them among
//! its constants, which all backends share.

#[path = "src/natives/list.rs"]
mod list;
#[path = "src/raw/static_text.rs"]
mod static_text;

use std::ffi::c_void;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use std::{env, fs};

use deno_core::v8;
use static_text::StaticText;

macro_rules! placeholders {
    ($($function:ident: $name:literal,)*) => {
        // Each says something else, so that they are not folded into one: V8 tells them apart by their addresses.
        $(extern "C" fn $function(_: *const v8::FunctionCallbackInfo) {
            eprintln!("the prelude called the native function {} while the snapshot was made", $name);
            std::process::exit(1);
        })*
        const PLACEHOLDERS: &[(&str, v8::FunctionCallback)] = &[$(($name, $function)),*];
    };
}
list::native_functions!(placeholders);

/// Files whose functions are compiled into the snapshot, called or not: what most calls need. Of the others it has the functions that
/// have run, which is what a new context needs of them; the rest is compiled where it is first called.
const COMPILED: &[&str] = &["00", "10", "20", "26", "27", "30", "38", "40", "42_trigger", "45", "48", "90"];

/// A file of the prelude.
struct PreludeFile {
    name: String,
    /// Where its source is, as the library will have it.
    path: PathBuf,
    /// The source, never freed.
    source: &'static StaticText,
}

fn main() {
    if let Err(reason) = run() {
        eprintln!("the startup snapshot was not made: {reason}");
        std::process::exit(1);
    }
}

fn run() -> Result<(), String> {
    println!("cargo::rerun-if-changed=js");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/natives/list.rs");
    println!("cargo::rerun-if-changed=src/raw/static_text.rs");
    let output = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    let files = prelude_files(Path::new("js"), &output)?;
    let target = output.join("snapshot.bin");

    v8::V8::set_flags_from_string("--single-threaded");
    v8::V8::initialize_platform(v8::new_single_threaded_default_platform(false).make_shared());
    v8::V8::initialize();

    let mut addresses: Vec<usize> = PLACEHOLDERS.iter().map(|(_, function)| *function as usize).collect();
    let functions = PLACEHOLDERS.iter().map(|(_, function)| v8::ExternalReference { function: *function });
    let sources = files.iter().map(|file| v8::ExternalReference {
        pointer: std::ptr::from_ref(file.source.as_v8()).cast_mut().cast::<c_void>(),
    });
    let references: Vec<_> = functions.chain(sources).collect();
    addresses.sort_unstable();
    addresses.dedup();
    if addresses.len() != PLACEHOLDERS.len() {
        return Err("two placeholders have one address".to_owned());
    }
    let mut isolate = v8::Isolate::snapshot_creator(Some(references.into()), None);
    let (context, internals) = {
        v8::scope!(let scope, &mut isolate);
        let context = v8::Context::new(scope, v8::ContextOptions::default());
        let internals = {
            let scope = &mut v8::ContextScope::new(scope, context);
            let internals = v8::Object::new(scope);
            if add_natives(scope, internals).is_none() {
                eprintln!("the startup snapshot was not made: V8 made no native functions");
                std::process::exit(1);
            }
            for file in &files {
                if let Err(reason) = run_prelude_file(scope, file, internals) {
                    // Not by returning: an isolate that is to be a snapshot cannot be dropped.
                    eprintln!("the startup snapshot was not made: {reason}");
                    std::process::exit(1);
                }
            }
            v8::Global::new(scope, internals)
        };
        scope.set_default_context(context);
        (v8::Global::new(scope, context), internals)
    };
    {
        v8::scope!(let scope, &mut isolate);
        let context = v8::Local::new(scope, context);
        let internals = v8::Local::new(scope, internals);
        let index = scope.add_context_data(context, internals);
        assert_eq!(index, 0, "the engine looks for the prelude's object at index 0");
    }
    let blob = isolate.create_blob(v8::FunctionCodeHandling::Keep).ok_or("V8 gave no snapshot")?;
    let mut hasher = DefaultHasher::new();
    hasher.write(&blob);
    write(&output.join("sources.rs"), constants(&files, hasher.finish()))?;
    write(&target, &*blob)
}

fn write(target: &Path, contents: impl AsRef<[u8]>) -> Result<(), String> {
    fs::write(target, contents).map_err(|error| format!("{}: {error}", target.display()))
}

/// Rust for the sources, in the order in which the snapshot refers to them, and for what tells snapshots apart.
fn constants(files: &[PreludeFile], mark: u64) -> String {
    let constants: String =
        files.iter().map(|file| format!("StaticText::new(include_bytes!({:?})),\n", file.path)).collect();
    format!(
        "pub(crate) static SOURCES: [StaticText; {}] = [\n{constants}];\n\
         /// Another one for each snapshot.\n\
         pub(crate) const SNAPSHOT_MARK: u64 = {mark:#x};\n",
        files.len()
    )
}

/// Makes `internals.natives`.
fn add_natives(scope: &mut v8::PinScope<'_, '_>, internals: v8::Local<'_, v8::Object>) -> Option<()> {
    let natives = v8::Object::new(scope);
    for (name, function) in PLACEHOLDERS {
        let name = v8::String::new(scope, name)?;
        let template = v8::FunctionTemplate::builder_raw(*function)
            .constructor_behavior(v8::ConstructorBehavior::Throw)
            .build(scope);
        template.set_class_name(name);
        let function = template.get_function(scope)?;
        natives.set(scope, name.into(), function.into())?;
    }
    let key = v8::String::new(scope, "natives")?;
    internals.set(scope, key.into(), natives.into()).map(|_| ())
}

/// Each file in the form in which it is compiled, which is written to `output` as well.
fn prelude_files(folder: &Path, output: &Path) -> Result<Vec<PreludeFile>, String> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| error.to_string())? {
        let path = entry.map_err(|error| error.to_string())?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if name.ends_with(".js") {
            let source = fs::read_to_string(&path).map_err(|error| format!("{name}: {error}"))?;
            let strict = format!("\"use strict\"; {}", ascii(&source));
            let path = output.join(&name);
            write(&path, &strict)?;
            let source = StaticText::new(strict.leak().as_bytes());
            files.push(PreludeFile { name, path, source: Box::leak(Box::new(source)) });
        }
    }
    files.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(files)
}

/// The source with escapes for what is not ASCII, which mean the same in texts and templates; elsewhere are comments.
fn ascii(source: &str) -> String {
    let mut ascii = String::with_capacity(source.len());
    for character in source.chars() {
        if character.is_ascii() {
            ascii.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                ascii.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    ascii
}

fn run_prelude_file(
    scope: &mut v8::PinScope<'_, '_>,
    file: &PreludeFile,
    internals: v8::Local<'_, v8::Object>,
) -> Result<(), String> {
    let name = &file.name;
    v8::tc_scope!(let scope, scope);
    let outcome = (|| {
        let text = v8::String::new_from_onebyte_const(scope, file.source.as_v8())?;
        let resource = v8::String::new(scope, &format!("plts:{name}"))?;
        let origin =
            v8::ScriptOrigin::new(scope, resource.into(), 0, 0, false, -1, None, false, false, false, None);
        let mut source = v8::script_compiler::Source::new(text, Some(&origin));
        let parameter = v8::String::new(scope, "internals")?;
        let function = v8::script_compiler::compile_function(
            scope,
            &mut source,
            &[parameter],
            &[],
            if COMPILED.iter().any(|prefix| name.starts_with(prefix)) {
                v8::script_compiler::CompileOptions::EagerCompile
            } else {
                v8::script_compiler::CompileOptions::NoCompileOptions
            },
            v8::script_compiler::NoCacheReason::NoReason,
        )?;
        let receiver = v8::undefined(scope).into();
        function.call(scope, receiver, &[internals.into()])
    })();
    if outcome.is_some() {
        return Ok(());
    }
    let exception = scope.exception().map(|value| value.to_rust_string_lossy(scope)).unwrap_or_default();
    let line = scope.message().and_then(|message| message.get_line_number(scope)).unwrap_or_default();
    Err(format!("js/{name}:{line}: {exception}"))
}
