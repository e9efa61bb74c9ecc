//! Progress bars on long work; none when piped.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Shell;

/// A bar over a known amount of work, or a counter where the amount is unknown (0).
pub(super) fn bar(shell: &Shell, total: u64, label: &str) -> ProgressBar {
    if !shell.out.is_terminal() {
        return ProgressBar::hidden();
    }
    let bar =
        ProgressBar::with_draw_target((total > 0).then_some(total), ProgressDrawTarget::stderr_with_hz(8));
    let template =
        if total > 0 { "{msg} {wide_bar} {percent}% {eta}" } else { "{msg} {human_pos} {spinner}" };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("━╸─"));
    }
    bar.set_message(label.to_owned());
    bar
}
