//! What to do about each cause, for each platform, down to the line to run. Lines name this page's own origin,
//! never `*`: that would let every page in.

use crate::model::diagnosis::{Platform, Remedy};

fn remedy(platform: Platform, text: impl Into<String>, command: Option<String>) -> Remedy {
    Remedy { platform, text: text.into(), command }
}

/// Ollama does not run.
pub(super) fn ollama_start() -> Vec<Remedy> {
    vec![
        remedy(Platform::MacOs, "Open the Ollama app, or run this in Terminal.", Some("ollama serve".into())),
        remedy(
            Platform::Windows,
            "Start Ollama from the Start menu, or run this in PowerShell.",
            Some("ollama serve".into()),
        ),
        remedy(
            Platform::Linux,
            "Start the service; without a service, run `ollama serve`.",
            Some("sudo systemctl start ollama".into()),
        ),
        remedy(
            Platform::Any,
            "If Ollama is not installed yet, get it from https://ollama.com/download.",
            None,
        ),
    ]
}

/// Ollama runs and refuses this page.
pub(super) fn ollama_origin(origin: &str) -> Vec<Remedy> {
    vec![
        remedy(
            Platform::MacOs,
            "Run this in Terminal, then quit Ollama from the menu bar and open it again.",
            Some(format!("launchctl setenv OLLAMA_ORIGINS \"{origin}\"")),
        ),
        remedy(
            Platform::Windows,
            "Run this in PowerShell, then quit Ollama from the tray and start it again.",
            Some(format!("setx OLLAMA_ORIGINS \"{origin}\"")),
        ),
        remedy(
            Platform::Linux,
            "Run this; it adds the setting to Ollama's service and starts it again.",
            Some(format!(
                "sudo mkdir -p /etc/systemd/system/ollama.service.d && \
                 printf '[Service]\\nEnvironment=\"OLLAMA_ORIGINS={origin}\"\\n' | \
                 sudo tee /etc/systemd/system/ollama.service.d/origins.conf && \
                 sudo systemctl daemon-reload && sudo systemctl restart ollama"
            )),
        ),
        remedy(
            Platform::Any,
            "If OLLAMA_ORIGINS already holds other pages, add this one after a comma instead of replacing them.",
            None,
        ),
    ]
}

/// Ollama runs and has no model.
pub(super) fn model_missing() -> Vec<Remedy> {
    vec![remedy(
        Platform::Any,
        "Download a model. This one takes about 2 GB.",
        Some("ollama pull llama3.2".into()),
    )]
}

/// An OpenAI-compatible server does not run.
pub(super) fn openai_start(endpoint: &str) -> Vec<Remedy> {
    vec![remedy(Platform::Any, format!("Start the server and check that it listens at {endpoint}."), None)]
}

/// An OpenAI-compatible server refuses this page.
pub(super) fn openai_origin(origin: &str) -> Vec<Remedy> {
    vec![remedy(
        Platform::Any,
        format!("Allow the origin {origin} in the server's CORS settings and start it again."),
        None,
    )]
}

/// Something else answers.
pub(super) fn another_program() -> Vec<Remedy> {
    vec![remedy(
        Platform::Any,
        "Check the endpoint's port, and stop the other program if it uses that port.",
        None,
    )]
}

/// The browser asks the user before a page may reach this machine.
pub(super) fn browser_permission() -> Vec<Remedy> {
    vec![
        remedy(
            Platform::Any,
            "In Chrome and Edge, open the site's settings beside the address and allow access to apps on this device.",
            None,
        ),
        remedy(
            Platform::Any,
            "Safari lets no https page reach this machine: open the page from http://localhost, or use another browser.",
            None,
        ),
    ]
}
