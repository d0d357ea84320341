//! Keeps the module light: reads the sources of the core and the shell and fails on what the compiler copies for every type.

use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};

use super::sources;

/// What is kilobytes of the module for every type it is used with, the one file that may use it, and what stands for it
/// elsewhere. `docs/decisions/2026-11-22-size.md` has what each was measured to cost.
const HEAVY: [(&str, &str, &str); 12] = [
    ("sort", "base/order.rs", "base::order::sort"),
    ("sort_unstable", "base/order.rs", "base::order::sort"),
    ("sort_by", "base/order.rs", "base::order::sort_by"),
    ("sort_unstable_by", "base/order.rs", "base::order::sort_by"),
    ("sort_by_key", "base/order.rs", "base::order::sort_by_key"),
    ("sort_by_cached_key", "base/order.rs", "base::order::sort_by_key"),
    ("sort_unstable_by_key", "base/order.rs", "base::order::sort_by_key"),
    ("BTreeMap", "cache/ledger.rs", "litemap::LiteMap"),
    ("BTreeSet", "", "litemap::LiteMap, or base::order::sort and dedup"),
    ("HashMap", "", "litemap::LiteMap"),
    ("HashSet", "", "litemap::LiteMap, or base::order::sort and dedup"),
    ("to_lowercase", "", "to_ascii_lowercase"),
];

/// Collects what of [`HEAVY`] a file uses outside its tests, and which of its modules, in files of their own, are tests.
#[derive(Default)]
struct Weights {
    found: Vec<&'static (&'static str, &'static str, &'static str)>,
    tests: Vec<String>,
}

impl Weights {
    fn weigh(&mut self, name: &syn::Ident) {
        self.found.extend(HEAVY.iter().filter(|(heavy, ..)| name == heavy));
    }
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    let is_cfg_test = |attribute: &syn::Attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"))
    };
    attributes.iter().any(is_cfg_test)
}

impl<'ast> Visit<'ast> for Weights {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !is_test(&module.attrs) {
            visit::visit_item_mod(self, module);
        } else if module.content.is_none() {
            self.tests.push(module.ident.to_string());
        }
    }

    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        if !is_test(&function.attrs) {
            visit::visit_item_fn(self, function);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if !is_test(&item.attrs) {
            visit::visit_item_use(self, item);
        }
    }

    fn visit_use_name(&mut self, part: &'ast syn::UseName) {
        self.weigh(&part.ident);
    }

    fn visit_use_rename(&mut self, part: &'ast syn::UseRename) {
        self.weigh(&part.ident);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        // `order::sort` is what stands for the others.
        if path.segments.iter().all(|segment| segment.ident != "order") {
            path.segments.iter().for_each(|segment| self.weigh(&segment.ident));
        }
        visit::visit_path(self, path);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.weigh(&call.method);
        visit::visit_expr_method_call(self, call);
    }
}

fn weights(source: &str) -> Weights {
    let mut visitor = Weights::default();
    visitor.visit_file(&syn::parse_file(source).expect("the source parses"));
    visitor
}

#[test]
fn what_every_type_would_copy_stands_in_one_file() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in [root, &root.join("../browser"), &root.join("../api")] {
        sources(folder, &mut files);
    }
    let read = |file: &PathBuf| weights(&fs::read_to_string(file).expect("the source is readable"));
    let all: Vec<(PathBuf, Weights)> = files.iter().map(|file| (file.clone(), read(file))).collect();
    let tests: Vec<PathBuf> = all
        .iter()
        .flat_map(|(file, weights)| {
            // `sketch.rs` and `wire/mod.rs` have their modules in `sketch/` and `wire/`.
            let is_folder = file.ends_with("mod.rs") || file.ends_with("lib.rs");
            let folder = if is_folder { file.with_file_name("") } else { file.with_extension("") };
            weights.tests.iter().map(move |test| folder.join(test))
        })
        .collect();
    assert!(tests.len() > 20, "only {} modules of tests were found", tests.len());
    let mut errors = Vec::new();
    for (file, weights) in &all {
        if tests.iter().any(|test| file.starts_with(test) || file.with_extension("") == *test) {
            continue;
        }
        let inside = file.strip_prefix(root).unwrap_or(file).display().to_string();
        for (name, home, instead) in weights.found.iter().copied().filter(|(_, home, _)| *home != inside) {
            let except = if home.is_empty() { String::new() } else { format!(" (only {home} may)") };
            errors.push(format!("{inside} uses {name}{except}: take {instead}"));
        }
    }
    assert!(errors.is_empty(), "what makes the module heavy:\n{}", errors.join("\n"));
}

#[test]
fn planted_weights_of_each_form_are_found_and_those_of_tests_are_not() {
    let names = |source: &str| weights(source).found.iter().map(|(name, ..)| *name).collect::<Vec<_>>();
    for (form, source, found) in [
        ("method", "fn f(mut all: Vec<u8>) { all.sort_unstable(); }", "sort_unstable"),
        ("path of a method", "fn f(all: &mut [u8]) { <[u8]>::sort(all); }", "sort"),
        ("use", "use std::collections::BTreeMap;", "BTreeMap"),
        ("renamed use", "use std::collections::{BTreeSet as Set};", "BTreeSet"),
        ("type", "struct S { by: std::collections::HashMap<u8, u8> }", "HashMap"),
    ] {
        assert_eq!(names(source), [found], "{form}");
    }
    for (form, source) in [
        ("own sort", "fn f(all: &mut [u8]) { order::sort(all); }"),
        ("tests", "#[cfg(test)] mod tests { use std::collections::BTreeMap; }"),
        ("imports of tests", "#[cfg(test)] use std::collections::BTreeMap;"),
    ] {
        assert!(names(source).is_empty(), "{form}");
    }
    assert_eq!(weights("#[cfg(test)] mod tests;").tests, ["tests"]);
}
