//! Which crate may depend on which: the arrows of `docs/architecture.md`, read from `cargo metadata`.

use serde_json::Value;

use crate::{
    failure::{Failure, Outcome},
    project::Project,
    steps::Done,
    tool,
};

/// Fails when a crate of the workspace depends on what it must not know.
pub(crate) fn check(project: &Project) -> Outcome<Done> {
    let said =
        tool::capture(&mut tool::cargo(project, ["metadata", "--format-version=1", "--no-deps"]))?;
    let metadata: Value = serde_json::from_str(&said)
        .map_err(|error| Failure::new(format!("reading cargo metadata: {error}")))?;
    let wrong = violations(&metadata);
    if wrong.is_empty() {
        return Ok(Done::Well);
    }
    Err(Failure::new(format!("the layering is broken:\n     {}", wrong.join("\n     ")))
        .advice("move the code to where it belongs; the arrows are in src-tauri/xtask/src/check/layering.rs"))
}

/// From the bottom up: each crate, and those of ours that it may use outside its tests.
const ARROWS: &[(&str, &[&str])] = &[
    ("wire", &[]),
    ("pki", &[]),
    ("transport", &["pki", "wire"]),
    ("session", &["transport", "pki", "wire"]),
    ("broker", &["transport", "pki", "wire"]),
    ("history", &["wire"]),
    ("payload", &["wire"]),
    ("secrets", &[]),
    (
        "workbench",
        &["session", "broker", "history", "payload", "secrets", "transport", "pki", "wire"],
    ),
    ("cli", &["workbench"]),
    ("topicscope", &["workbench"]),
    // What only tests use.
    ("testkit", &["pki", "wire"]),
    ("conformance", &["broker"]),
    (
        "acceptance",
        &[
            "conformance",
            "session",
            "broker",
            "history",
            "payload",
            "transport",
            "pki",
            "wire",
            "workbench",
            "testkit",
        ],
    ),
    ("xtask", &[]),
];

/// The only package that may know Tauri.
const SHELL: &str = "topicscope";
/// What any crate may use in its tests.
const FOR_TESTS: &str = "testkit";

fn violations(metadata: &Value) -> Vec<String> {
    let packages = list(metadata, "packages");
    let ours: Vec<&str> = packages.iter().map(|package| text(package, "name")).collect();
    let mut wrong = Vec::new();
    for package in packages {
        let name = text(package, "name");
        let Some((_, allowed)) = ARROWS.iter().find(|(listed, _)| *listed == name) else {
            wrong.push(format!("{name} has no place in the list of arrows yet"));
            continue;
        };
        for dependency in list(package, "dependencies") {
            let other = text(dependency, "name");
            let in_tests = text(dependency, "kind") == "dev";
            let is_tauri = other == "tauri" || other.starts_with("tauri-");
            if is_tauri && name != SHELL {
                wrong.push(format!("{name} depends on {other}: only {SHELL} may know Tauri"));
            } else if ours.contains(&other)
                && !allowed.contains(&other)
                && !(in_tests && other == FOR_TESTS)
            {
                wrong.push(format!("{name} depends on {other}"));
            }
        }
    }
    wrong
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn workspace(name: &str, dependencies: &Value) -> Value {
        let others = ["wire", "session", "broker", "testkit"]
            .into_iter()
            .filter(|other| *other != name)
            .map(|other| json!({ "name": other, "dependencies": [] }));
        let mut packages: Vec<Value> = others.collect();
        packages.push(json!({ "name": name, "dependencies": dependencies }));
        json!({ "packages": packages })
    }

    #[test]
    fn arrow_downwards_is_allowed() {
        let metadata =
            workspace("session", &json!([{ "name": "wire", "kind": null }, { "name": "tokio" }]));

        assert_eq!(violations(&metadata), Vec::<String>::new());
    }

    #[test]
    fn arrow_between_neighbours_is_reported() {
        let metadata = workspace("broker", &json!([{ "name": "session", "kind": null }]));

        assert_eq!(violations(&metadata), ["broker depends on session"]);
    }

    #[test]
    fn only_the_shell_may_know_tauri_even_in_tests() {
        let dependency = json!([{ "name": "tauri-specta", "kind": "dev" }]);

        assert_eq!(violations(&workspace("wire", &dependency)).len(), 1);
        assert_eq!(violations(&workspace("topicscope", &dependency)), Vec::<String>::new());
    }

    #[test]
    fn testkit_is_for_tests_only() {
        let used = |kind: &str| {
            violations(&workspace("session", &json!([{ "name": "testkit", "kind": kind }])))
        };

        assert_eq!(used("dev"), Vec::<String>::new());
        assert_eq!(used("build"), ["session depends on testkit"]);
    }

    #[test]
    fn crate_without_a_place_is_reported() {
        let metadata = workspace("novelty", &json!([]));

        assert_eq!(violations(&metadata), ["novelty has no place in the list of arrows yet"]);
    }
}
