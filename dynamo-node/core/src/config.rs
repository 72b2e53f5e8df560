//! Every knob of the core: its unit in its name, its default, and why.

use serde::{Deserialize, Serialize};

use crate::flaws::Flaws;

/// How a node behaves in time. Nothing here changes what is promised, only how soon and at what cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// How often a node that was not heard is asked whether it is there, in milliseconds.
    ///
    /// Default 250: four times a second costs nothing and leaves room for three lost before suspicion.
    pub ping_interval_ms: u64,
    /// After how long a silence a node is suspected, and no longer counted on, in milliseconds.
    ///
    /// Default 1,000: four missed pings. Writes meanwhile reach their quorum by the others.
    pub suspect_after_ms: u64,
    /// After how long a silence a node is called down, in milliseconds.
    ///
    /// Default 5,000: long enough for a pause of the machine, short enough for an operator who is watching.
    pub down_after_ms: u64,
    /// How often one peer, drawn at random, is told what is known, in milliseconds.
    ///
    /// Default 1,000: Dynamo §4.8.1, a round a second.
    pub gossip_interval_ms: u64,
    /// After how long a put that lacks acknowledgements goes to fallbacks too, in milliseconds.
    ///
    /// Default 300: beyond any healthy tail, well within a client's patience.
    pub reroute_after_ms: u64,
    /// After how long a replica that has not answered a put is taken to have missed it, in milliseconds; then a hint is kept.
    ///
    /// Default 2,000: twice the time to suspicion, so that a slow replica is not hinted for nothing.
    pub hint_after_ms: u64,
    /// For how long answers to a get are awaited after it was answered, to repair stale replicas, in milliseconds.
    ///
    /// Default 1,000: a replica slower than that has other troubles.
    pub repair_linger_ms: u64,
    /// After how long without an answer a forwarded request is tried at the next owner, in milliseconds.
    ///
    /// Default 400: between a healthy tail and a client's patience, so that two owners can be tried.
    pub forward_after_ms: u64,
    /// After how long a handoff or a comparison that does not move is begun again, in milliseconds.
    ///
    /// Default 2,000.
    pub retry_after_ms: u64,
    /// How many hints are delivered at once to one owner.
    ///
    /// Default 64: fills a group commit at the other end without crowding out its clients.
    pub handoff_window: usize,
    /// How many partitions are compared at once.
    ///
    /// Default 16: a start with 1,024 partitions is compared in some tens of round trips.
    pub compare_window: usize,
    /// How many rows one page of a comparison looks at.
    ///
    /// Default 256: a page of hashes is about 16 KiB.
    pub compare_page_rows: usize,
    /// How many requests may be under way at once; more are refused at once.
    ///
    /// Default 16,384: at 1 KiB a value, some tens of MiB.
    pub operations_max: usize,
    /// Longest time that a request is worked on, whatever its client says, in milliseconds.
    ///
    /// Default 60,000.
    pub request_timeout_max_ms: u64,
    /// How far a client's clock may be from the coordinator's before its time is not taken, in milliseconds.
    ///
    /// Default 5,000: a retry's window; more would let one client's clock decide last-writer-wins.
    pub skew_max_ms: u64,
    /// How many other nodes are probed at once.
    ///
    /// Default 32: small clusters probe everybody at every interval; large ones go round, and who is not probed is known
    /// by the answers to requests.
    pub probes_max: usize,
    /// How many partitions a node takes in at once.
    ///
    /// Default 4: a round trip of one is filled by the others, and no more lies in memory than that.
    pub fills_at_once: usize,
    /// How many rows one step of the deletion of an old copy takes.
    ///
    /// Default 512: a batch that delays no client's.
    pub sweep_rows: usize,
    /// Rules that are broken on purpose, in the simulator alone.
    #[serde(skip)]
    pub flaws: Flaws,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            ping_interval_ms: 250,
            suspect_after_ms: 1_000,
            down_after_ms: 5_000,
            gossip_interval_ms: 1_000,
            reroute_after_ms: 300,
            hint_after_ms: 2_000,
            repair_linger_ms: 1_000,
            forward_after_ms: 400,
            retry_after_ms: 2_000,
            handoff_window: 64,
            compare_window: 16,
            compare_page_rows: 256,
            operations_max: 16_384,
            request_timeout_max_ms: 60_000,
            skew_max_ms: 5_000,
            probes_max: 32,
            fills_at_once: 4,
            sweep_rows: 512,
            flaws: Flaws::default(),
        }
    }
}
