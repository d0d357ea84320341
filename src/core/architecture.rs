//! Keeps the walls standing: reads the sources of this crate and fails on an import that goes up or sideways.
//! Every path counts, wherever it stands: `use`, inline, `super::`, `self::`, and what is re-exported.

mod weight;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};

/// The rooms and their floors. Siblings on one floor do not import each other; only `engine` knows them all.
const FLOORS: [(&str, u32); 14] = [
    ("base", 0),
    ("model", 1),
    ("wire", 2),
    ("catalog", 2),
    ("route", 2),
    ("health", 2),
    ("estimate", 2),
    ("schema", 2),
    ("guard", 2),
    ("cache", 2),
    ("limits", 2),
    ("metrics", 2),
    ("workflow", 2),
    ("engine", 3),
];

fn floor(room: &str) -> Option<u32> {
    FLOORS.iter().find(|(name, _)| *name == room).map(|(_, floor)| *floor)
}

/// An arrow from one room to another.
#[derive(Debug, PartialEq, Eq)]
struct Arrow {
    from: String,
    to: String,
    path: String,
}

/// Collects the rooms that a file of a room names.
struct Arrows<'a> {
    /// The module path of the file inside the crate, for `super::` and `self::`.
    module: Vec<String>,
    reexports: &'a BTreeMap<String, Vec<String>>,
    found: Vec<Arrow>,
}

impl Arrows<'_> {
    /// Resolves a path to the room it leads to.
    fn follow(&mut self, segments: &[String]) {
        let mut at: Vec<String> = match segments.first().map(String::as_str) {
            Some("crate") => Vec::new(),
            Some("self") => self.module.clone(),
            Some("super") => {
                let mut module = self.module.clone();
                module.pop();
                module
            }
            _ => return,
        };
        for segment in segments.iter().skip(1) {
            match segment.as_str() {
                "super" => {
                    at.pop();
                }
                "self" => {}
                _ => at.push(segment.clone()),
            }
        }
        // A name at the crate's root may be a re-export of something deeper.
        if let Some(real) = at.first().and_then(|first| self.reexports.get(first)) {
            at = real.iter().cloned().chain(at.iter().skip(1).cloned()).collect();
        }
        let (Some(from), Some(to)) = (self.module.first(), at.first()) else { return };
        if from != to && floor(to).is_some() {
            self.found.push(Arrow { from: from.clone(), to: to.clone(), path: segments.join("::") });
        }
    }

    fn follow_tree(&mut self, before: &[String], tree: &syn::UseTree) {
        let mut path = before.to_vec();
        match tree {
            syn::UseTree::Path(part) => {
                path.push(part.ident.to_string());
                self.follow_tree(&path, &part.tree);
            }
            syn::UseTree::Name(part) => {
                path.push(part.ident.to_string());
                self.follow(&path);
            }
            syn::UseTree::Rename(part) => {
                path.push(part.ident.to_string());
                self.follow(&path);
            }
            syn::UseTree::Glob(_) => self.follow(&path),
            syn::UseTree::Group(group) => {
                for item in &group.items {
                    self.follow_tree(&path, item);
                }
            }
        }
    }
}

impl<'ast> Visit<'ast> for Arrows<'_> {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.follow_tree(&[], &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.follow(&segments);
        visit::visit_path(self, path);
    }

    /// Inside a macro there is no syntax tree: its words are read one by one.
    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let words = call.tokens.to_string().replace(' ', "");
        for start in ["crate::", "super::", "self::"] {
            for (at, _) in words.match_indices(start) {
                let path: String = words
                    .get(at..)
                    .unwrap_or_default()
                    .chars()
                    .take_while(|letter| letter.is_alphanumeric() || matches!(letter, '_' | ':'))
                    .collect();
                let segments: Vec<String> =
                    path.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect();
                self.follow(&segments);
            }
        }
        visit::visit_macro(self, call);
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if module.content.is_some() {
            self.module.push(module.ident.to_string());
            visit::visit_item_mod(self, module);
            self.module.pop();
        }
    }
}

/// The arrows of one source text that stands at `module`.
fn arrows(source: &str, module: &[&str], reexports: &BTreeMap<String, Vec<String>>) -> Vec<Arrow> {
    let file = syn::parse_file(source).expect("the source parses");
    let module = module.iter().map(|part| (*part).to_owned()).collect();
    let mut visitor = Arrows { module, reexports, found: Vec::new() };
    visitor.visit_file(&file);
    visitor.found
}

/// What stands at the crate's root under another name: `pub use engine::io as input` makes `input` lead to engine.
fn reexports(root: &str) -> BTreeMap<String, Vec<String>> {
    fn collect(path: &[String], tree: &syn::UseTree, found: &mut BTreeMap<String, Vec<String>>) {
        match tree {
            syn::UseTree::Path(part) => {
                let mut path = path.to_vec();
                if part.ident != "crate" && part.ident != "self" {
                    path.push(part.ident.to_string());
                }
                collect(&path, &part.tree, found);
            }
            syn::UseTree::Name(part) => {
                let real = path.iter().cloned().chain([part.ident.to_string()]).collect();
                found.insert(part.ident.to_string(), real);
            }
            syn::UseTree::Rename(part) => {
                let real = path.iter().cloned().chain([part.ident.to_string()]).collect();
                found.insert(part.rename.to_string(), real);
            }
            syn::UseTree::Group(group) => {
                for item in &group.items {
                    collect(path, item, found);
                }
            }
            syn::UseTree::Glob(_) => {
                panic!("the crate's root re-exports everything of a room, so arrows cannot be followed");
            }
        }
    }
    let mut found = BTreeMap::new();
    for item in syn::parse_file(root).expect("the root parses").items {
        if let syn::Item::Use(item) = item {
            collect(&[], &item.tree, &mut found);
        }
    }
    found
}

/// The arrows that go up or sideways.
fn wrong(arrows: Vec<Arrow>) -> Vec<Arrow> {
    arrows.into_iter().filter(|arrow| floor(&arrow.to) >= floor(&arrow.from)).collect()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("the entry is readable").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The module that a file holds: `wire/ollama/chat.rs` is `["wire", "ollama", "chat"]`.
fn module_of(file: &Path) -> Vec<String> {
    let mut module: Vec<String> =
        file.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if module.last().is_some_and(|last| last == "mod") {
        module.pop();
    }
    module
}

#[test]
fn no_arrow_goes_up_or_sideways() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let reexports = reexports(&fs::read_to_string(root.join("lib.rs")).expect("the root is readable"));
    let mut files = Vec::new();
    sources(root, &mut files);
    assert!(files.len() > 30, "only {} sources were found", files.len());
    let mut errors = Vec::new();
    for file in files {
        let inside = file.strip_prefix(root).expect("the file lies inside");
        let module = module_of(inside);
        let names: Vec<&str> = module.iter().map(String::as_str).collect();
        let Some(room) = names.first().filter(|room| floor(room).is_some()) else { continue };
        let source = fs::read_to_string(&file).expect("the source is readable");
        for arrow in wrong(arrows(&source, &names, &reexports)) {
            errors.push(format!("{} in {room} names {}", inside.display(), arrow.path));
        }
    }
    assert!(errors.is_empty(), "arrows that go up or sideways:\n{}", errors.join("\n"));
}

#[test]
fn every_room_has_a_floor() {
    let root = syn::parse_file(include_str!("lib.rs")).expect("the root parses");
    for item in root.items {
        let syn::Item::Mod(module) = item else { continue };
        let name = module.ident.to_string();
        let is_test = name == "architecture" || name == "typescript";
        assert!(is_test || floor(&name).is_some(), "the room {name} has no floor");
    }
}

#[test]
fn planted_bad_arrows_of_each_form_are_found() {
    let none = BTreeMap::new();
    for (form, source, module) in [
        ("use", "use crate::engine::Engine;", &["wire", "sse"][..]),
        ("grouped use", "use crate::{base::time, route::decide};", &["wire", "sse"]),
        ("renamed use", "use crate::catalog as shelf;", &["wire"]),
        ("glob", "use crate::engine::*;", &["model", "error"]),
        ("inline path", "fn f() { crate::route::decide(); }", &["wire", "sse"]),
        ("type position", "struct S { field: Option<crate::engine::Engine> }", &["model", "error"]),
        ("super", "use super::super::engine::Engine;", &["wire", "sse"]),
        ("super inline", "fn f() { super::super::health::Health::default(); }", &["wire", "sse"]),
        (
            "super from an inner module",
            "mod inner { use super::super::super::catalog::Entry; }",
            &["wire", "sse"],
        ),
        ("re-export", "pub use crate::engine::Engine;", &["model"]),
        ("macro", "fn f() { println!(\"{:?}\", crate::route::difficulty(\"\", false)); }", &["wire"]),
        ("sideways", "use crate::wire::sse::Decoder;", &["catalog"]),
    ] {
        assert_eq!(wrong(arrows(source, module, &none)).len(), 1, "{form}");
    }
}

#[test]
fn a_bad_arrow_hidden_behind_a_re_export_of_the_root_is_found() {
    let hidden = reexports("pub use engine::io as events; pub use crate::route::{decide};");
    let through = wrong(arrows("fn f(input: crate::events::Input) {}", &["wire", "sse"], &hidden));
    assert_eq!(through.len(), 1);
    let named = wrong(arrows("use crate::decide;", &["wire"], &hidden));
    assert_eq!(named.len(), 1);
}

#[test]
fn arrows_that_go_down_are_fine() {
    let none = BTreeMap::new();
    for (source, module) in [
        ("use crate::base::time::Now; use crate::model::Error;", &["wire", "sse"][..]),
        ("use super::exchange::Exchange; use crate::wire::ollama;", &["engine", "discovery"]),
        ("use super::*; use self::inner::Thing;", &["wire", "sse"]),
    ] {
        assert_eq!(wrong(arrows(source, module, &none)), Vec::new());
    }
}
