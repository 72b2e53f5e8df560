//! Whether there is colour.

use clap::ValueEnum;

/// Whether to use colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal that has it.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// `NO_COLOR`, `CLICOLOR_FORCE` and `TERM=dumb` are known everywhere; the flag goes before them.
pub(super) fn is_coloured(colour: Colour, is_terminal: bool, is_set: impl Fn(&str) -> Option<()>) -> bool {
    match colour {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto if is_set("NO_COLOR").is_some() => false,
        Colour::Auto if is_set("CLICOLOR_FORCE").is_some() => true,
        Colour::Auto => is_terminal && std::env::var_os("TERM").is_none_or(|term| term != "dumb"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_follows_flag_environment_and_terminal_in_this_order() {
        let unset = |_: &str| None;
        let no_color = |name: &str| (name == "NO_COLOR").then_some(());
        let force = |name: &str| (name == "CLICOLOR_FORCE").then_some(());
        assert!(is_coloured(Colour::Always, false, no_color));
        assert!(!is_coloured(Colour::Never, true, force));
        assert!(!is_coloured(Colour::Auto, true, no_color));
        assert!(is_coloured(Colour::Auto, false, force));
        assert!(!is_coloured(Colour::Auto, false, unset));
    }
}
