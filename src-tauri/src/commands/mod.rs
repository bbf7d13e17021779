//! What the window can ask for, one file a feature.

pub(crate) mod app;
pub(crate) mod broker;
pub(crate) mod broker_retained;
pub(crate) mod broker_rules;
pub(crate) mod connections;
pub(crate) mod dialogs;
pub(crate) mod messages;

use std::sync::Arc;

/// The workbench as commands receive it.
pub(crate) type Bench<'a> = tauri::State<'a, Arc<workbench::Workbench>>;
