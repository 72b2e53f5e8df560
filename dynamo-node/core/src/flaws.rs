//! Flaws: rules that the simulator breaks on purpose, to see that its checks notice. Nothing but the simulator sets them.

/// Each breaks one rule. A node of the product has none: they cannot be configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a rule of its own")]
pub struct Flaws {
    /// A proposer puts its own wish through, whatever it finds accepted (rule P12).
    pub ignores_accepted: bool,
    /// An acceptor takes a ballot below the one that it has promised (rule P12).
    pub ignores_ballots: bool,
    /// A write that moves counts a new owner towards the old list too (rule P14).
    pub counts_joiners: bool,
    /// A new owner calls itself complete without having compared itself with anyone (rule P14).
    pub fills_nothing: bool,
    /// A new owner takes its evidence before enough old owners refuse the old phase, and replicas take requests of any phase
    /// (rule P14).
    pub skips_fence: bool,
    /// An old copy goes as soon as the partition is settled, without being compared (rule P14).
    pub drops_early: bool,
    /// Hints for a node that is no owner any more are forgotten (rule P8).
    pub forgets_hints_of_leavers: bool,
}
