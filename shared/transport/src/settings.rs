//! Every limit and interval of a link, with its default and the reason for it.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use quinn::{IdleTimeout, TransportConfig, VarInt};
use rustls::pki_types::UnixTime;
use rustls::time_provider::TimeProvider;

/// Longest payload that travels on the quick stream, bytes; a longer one goes by the bulk stream, and never before it.
pub const QUICK_PAYLOAD_BYTES_MAX: usize = 64 * 1024;

/// Wall time, seconds since 1970: the machine's, or another one for those who simulate.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> u64 + Send + Sync>);

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self::new(|| SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
    }

    /// A clock of one's own, seconds since 1970.
    pub fn new(now: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// What it shows, seconds since 1970.
    pub fn now(&self) -> u64 {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}

impl TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(Duration::from_secs(self.now())))
    }
}

/// Limits and intervals of an endpoint and its connections.
#[derive(Debug, Clone)]
pub struct Settings {
    /// A connection from which nothing was heard for so long is lost.
    pub idle_timeout: Duration,
    /// How often a silent connection proves that it lives; several times within `idle_timeout`.
    pub keep_alive: Duration,
    /// From the first packet to an admitted connection.
    pub handshake_timeout: Duration,
    /// From so many handshakes under way, a caller must prove its address first.
    pub handshakes_unproven_max: usize,
    /// More handshakes than this at once are refused.
    pub handshakes_max: usize,
    /// More accepted connections than this are refused.
    pub connections_max: usize,
    /// More accepted connections than this with one and the same certificate are refused.
    pub connections_per_certificate_max: usize,
    /// Asks of one connection that wait for their answer to be written. Beyond it nothing more is read. Long ones
    /// count as many: a whole one for each begun 16 KiB.
    pub asks_in_flight_max: usize,
    /// Messages in one queue of a connection (there is one for each stream, and one for what came in).
    pub queue_messages_max: usize,
    /// Bytes in one queue of a connection.
    pub queue_bytes_max: usize,
    /// A connection is closed at this age, so that nobody stays on an old certificate for ever.
    pub age_max: Duration,
    /// How often the other end's certificate is looked at again.
    pub expiry_check: Duration,
    /// The first pause after a failed dial; doubled with each failure.
    pub back_off_min: Duration,
    /// The longest pause after a failed dial.
    pub back_off_max: Duration,
    /// Wall time, for the validity of certificates.
    pub clock: Clock,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            idle_timeout: Duration::from_secs(10),
            keep_alive: Duration::from_secs(2),
            handshake_timeout: Duration::from_secs(5),
            handshakes_unproven_max: 64,
            handshakes_max: 1024,
            connections_max: 8192,
            connections_per_certificate_max: 1024,
            asks_in_flight_max: 4096,
            queue_messages_max: 64 * 1024,
            queue_bytes_max: 64 * 1024 * 1024,
            age_max: Duration::from_hours(12),
            expiry_check: Duration::from_mins(1),
            back_off_min: Duration::from_millis(50),
            back_off_max: Duration::from_secs(5),
            clock: Clock::system(),
        }
    }
}

/// Unread bytes one stream may have under way. Less than `SEND_WINDOW_BYTES`, so that a full bulk stream leaves room
/// for the quick one.
const STREAM_WINDOW_BYTES: u32 = 8 * 1024 * 1024;

/// Unread bytes one connection may have under way.
const CONNECTION_WINDOW_BYTES: u32 = 32 * 1024 * 1024;

/// Unacknowledged bytes one connection keeps for sending again.
const SEND_WINDOW_BYTES: u64 = 32 * 1024 * 1024;

/// Streams that the other end may open: two long-lived ones are used.
const STREAMS_MAX: u32 = 8;

impl Settings {
    pub(crate) fn transport(&self) -> TransportConfig {
        let mut transport = TransportConfig::default();
        let idle_ms = u32::try_from(self.idle_timeout.as_millis()).unwrap_or(u32::MAX);
        transport
            .max_idle_timeout(Some(IdleTimeout::from(VarInt::from_u32(idle_ms))))
            .keep_alive_interval(Some(self.keep_alive))
            .stream_receive_window(VarInt::from_u32(STREAM_WINDOW_BYTES))
            .receive_window(VarInt::from_u32(CONNECTION_WINDOW_BYTES))
            .send_window(SEND_WINDOW_BYTES)
            .max_concurrent_bidi_streams(VarInt::from_u32(STREAMS_MAX))
            .max_concurrent_uni_streams(VarInt::from_u32(0))
            .datagram_receive_buffer_size(None);
        transport
    }
}
