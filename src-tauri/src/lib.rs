//! The desktop shell: puts the workbench behind a window. The only code that knows Tauri.
//!
//! # Invariants
//!
//! * Commands parse, delegate and convert; every decision is the workbench's.
//! * Nothing blocks the main thread: commands are async and run on tokio.

mod commands;
mod events;
mod feed;

use std::{process::ExitCode, sync::Arc};

use tauri::{Manager as _, RunEvent};
use tauri_specta::{ErrorHandlingMode, collect_commands, collect_events};
use workbench::{Folders, Workbench};

/// Runs the application until its window is closed.
pub fn run() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let ipc = ipc();
    let typed = ipc.invoke_handler();
    let raw = feed::handler();
    let app = tauri::Builder::default()
        .plugin(tauri_plugin_dialog::init())
        .invoke_handler(move |invoke| match invoke.message.command() {
            feed::PULL_FEED | feed::READ_PAYLOAD => raw(invoke),
            _ => typed(invoke),
        })
        .setup(move |app| {
            ipc.mount_events(app);
            let paths = app.path();
            let folders = Folders { config: paths.app_config_dir()?, data: paths.app_data_dir()? };
            let workbench = tauri::async_runtime::block_on(Workbench::open(folders))?;
            events::forward(app.handle().clone(), &workbench);
            app.manage(workbench);
            Ok(())
        })
        .build(tauri::generate_context!());
    match app {
        Ok(app) => {
            app.run(|app, event| {
                if matches!(event, RunEvent::Exit) {
                    let workbench = app.state::<Arc<Workbench>>();
                    tauri::async_runtime::block_on(workbench.close());
                }
            });
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!("Topicscope cannot start: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Everything the window can call and hear, typed.
fn ipc() -> tauri_specta::Builder<tauri::Wry> {
    use commands::{app, broker, broker_retained, broker_rules, connections, dialogs, messages};
    tauri_specta::Builder::new()
        .error_handling(ErrorHandlingMode::Throw)
        .dangerously_cast_bigints_to_number()
        .disable_serde_phases()
        .commands(collect_commands![
            app::app_start,
            app::save_settings,
            app::choose_history,
            connections::save_connection,
            connections::delete_connection,
            connections::parse_address,
            connections::connect,
            connections::disconnect,
            connections::retry_now,
            connections::subscribe,
            connections::unsubscribe,
            messages::publish,
            messages::message_detail,
            broker::start_broker,
            broker::stop_broker,
            broker::save_broker_settings,
            broker::set_broker_reach,
            broker::renew_broker_certificate,
            broker::broker_activity,
            broker::broker_log,
            broker::broker_client,
            broker::broker_packets,
            broker::broker_packet,
            broker::broker_attempt,
            broker::kick_client,
            broker::delete_broker_session,
            broker::broker_subscriptions,
            broker::publish_as_broker,
            broker::start_local,
            broker::set_demo,
            broker_rules::set_broker_anonymous,
            broker_rules::save_broker_user,
            broker_rules::delete_broker_user,
            broker_rules::save_broker_rules,
            broker_rules::save_faults,
            broker_rules::fault_presets,
            broker_retained::broker_retained,
            broker_retained::clear_retained,
            broker_retained::cancel_clear_retained,
            broker_retained::export_retained,
            broker_retained::import_retained,
            dialogs::choose_file,
            dialogs::export_broker_authority,
        ])
        .events(collect_events![
            events::SessionChanged,
            events::ConnectionsChanged,
            events::BrokerChanged,
            events::HistoryChanged,
            events::SecretsChanged,
        ])
}

#[cfg(test)]
mod tests {
    use specta_typescript::Typescript;

    /// `UPDATE_BINDINGS=1` (what `cargo xtask bindings` sets) writes the file instead.
    #[test]
    fn bindings_are_current() {
        let committed = concat!(env!("CARGO_MANIFEST_DIR"), "/../ui/src/ipc/bindings.ts");
        let fresh = tempfile::NamedTempFile::new().unwrap();

        super::ipc().export(Typescript::default(), fresh.path()).unwrap();

        let fresh = std::fs::read_to_string(fresh.path()).unwrap();
        if std::env::var_os("UPDATE_BINDINGS").is_some() {
            std::fs::write(committed, &fresh).unwrap();
        }
        let committed = std::fs::read_to_string(committed).unwrap();
        assert!(committed == fresh, "ui/src/ipc/bindings.ts is old: run `cargo xtask bindings`");
    }
}
