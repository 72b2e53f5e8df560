//! The two long-lived streams of a connection, and the tasks that read and write them.
//!
//! The dialer opens both and says with the first byte which is which; the quick one carries what is short, the bulk
//! one, at lower priority, what is long. Frames that wait are written together: a stream or a task for each message
//! costs four times as much.

use std::array;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use quinn::{ConnectionError, ReadError, ReadExactError, RecvStream, SendStream, WriteError};
use shared::wire::frame::{FrameDecoder, NotAFrame, PAYLOAD_BYTES_MAX};

use crate::closing::Close;
use crate::link::{Link, Outgoing};
use crate::settings::QUICK_PAYLOAD_BYTES_MAX;

/// The first byte on each stream, and the byte that says "come in".
const QUICK: u8 = b'Q';
const BULK: u8 = b'B';
const WELCOME: u8 = b'W';

/// quinn sends from streams of higher priority first; 0 is where every stream starts.
const BULK_PRIORITY: i32 = -1;

/// What is written at once, bytes, unless one frame alone is longer.
const BATCH_BYTES: usize = 64 * 1024;

/// From here on a payload is written as it is instead of being copied behind its header, bytes.
const COPY_BYTES_MAX: usize = 8 * 1024;

/// Packets taken from a stream at once.
const CHUNKS: usize = 64;

/// Both streams, both directions.
pub(crate) struct Streams {
    quick: (SendStream, RecvStream),
    bulk: (SendStream, RecvStream),
}

/// Opening or accepting the streams failed.
#[derive(Debug)]
pub(crate) enum NoStreams {
    /// The connection was lost meanwhile.
    Lost(ConnectionError),
    /// The other end does not keep to the protocol; in words.
    Strange(&'static str),
}

impl Streams {
    /// Opens both, announces them, and waits to be let in.
    pub(crate) async fn open(connection: &quinn::Connection) -> Result<Self, NoStreams> {
        let mut quick = connection.open_bi().await?;
        let mut bulk = connection.open_bi().await?;
        quick.0.write_all(&[QUICK]).await?;
        bulk.0.write_all(&[BULK]).await?;
        let mut welcome = [0];
        quick.1.read_exact(&mut welcome).await?;
        if welcome != [WELCOME] {
            return Err(NoStreams::Strange("it did not let us in as the protocol wants it"));
        }
        Ok(Self { quick, bulk }.prioritised())
    }

    /// Accepts both, in whichever order they come.
    pub(crate) async fn accept(connection: &quinn::Connection) -> Result<Self, NoStreams> {
        let (mut quick, mut bulk) = (None, None);
        while quick.is_none() || bulk.is_none() {
            let mut stream = connection.accept_bi().await?;
            let mut announced = [0];
            stream.1.read_exact(&mut announced).await?;
            let place = match announced {
                [QUICK] => &mut quick,
                [BULK] => &mut bulk,
                _ => return Err(NoStreams::Strange("a stream of an unknown kind was opened")),
            };
            if place.replace(stream).is_some() {
                return Err(NoStreams::Strange("the same kind of stream was opened twice"));
            }
        }
        match (quick, bulk) {
            (Some(quick), Some(bulk)) => Ok(Self { quick, bulk }.prioritised()),
            _ => Err(NoStreams::Strange("a stream is missing")),
        }
    }

    /// Lets the dialer in.
    pub(crate) async fn welcome(&mut self) -> Result<(), NoStreams> {
        Ok(self.quick.0.write_all(&[WELCOME]).await?)
    }

    fn prioritised(self) -> Self {
        // Fails only on a stream that is closed, which the first write will notice.
        let _ = self.bulk.0.set_priority(BULK_PRIORITY);
        self
    }
}

impl From<ConnectionError> for NoStreams {
    fn from(error: ConnectionError) -> Self {
        Self::Lost(error)
    }
}

impl From<WriteError> for NoStreams {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::ConnectionLost(error) => Self::Lost(error),
            _ => Self::Strange("it does not read the streams of the protocol"),
        }
    }
}

impl From<ReadExactError> for NoStreams {
    fn from(error: ReadExactError) -> Self {
        match error {
            ReadExactError::ReadError(ReadError::ConnectionLost(error)) => Self::Lost(error),
            _ => Self::Strange("it ended a stream of the protocol"),
        }
    }
}

/// Starts the readers and writers.
pub(crate) fn spawn(link: &Arc<Link>, streams: Streams) {
    let Streams { quick, bulk } = streams;
    tokio::spawn(write(Arc::clone(link), Lane::Quick, quick.0));
    tokio::spawn(write(Arc::clone(link), Lane::Bulk, bulk.0));
    tokio::spawn(read(Arc::clone(link), quick.1, QUICK_PAYLOAD_BYTES_MAX));
    tokio::spawn(read(Arc::clone(link), bulk.1, PAYLOAD_BYTES_MAX));
}

#[derive(Clone, Copy)]
enum Lane {
    Quick,
    Bulk,
}

/// Writes whatever waits in one queue, together, until the connection is over.
async fn write(link: Arc<Link>, lane: Lane, mut stream: SendStream) {
    let queue = match lane {
        Lane::Quick => &link.quick,
        Lane::Bulk => &link.bulk,
    };
    let mut frames = Vec::new();
    let mut batch = Batch::default();
    while queue.take(&mut frames, BATCH_BYTES).await {
        if frames.iter().any(|outgoing| batch.add(outgoing).is_err()) {
            link.close(Close::Done, "a message was too long to be written");
            return;
        }
        let written = stream.write_all_chunks(batch.chunks()).await;
        batch.clear();
        frames.clear();
        match written {
            Ok(()) => {}
            // The keeper says why.
            Err(WriteError::ConnectionLost(_)) => return,
            Err(_) => {
                link.close(Close::Done, "a stream of the protocol was stopped");
                return;
            }
        }
    }
}

/// Frames on their way into one write.
#[derive(Default)]
struct Batch {
    copied: BytesMut,
    chunks: Vec<Bytes>,
}

impl Batch {
    fn add(&mut self, outgoing: &Outgoing) -> Result<(), NotAFrame> {
        let frame = &outgoing.frame;
        if frame.payload.len() <= COPY_BYTES_MAX {
            return frame.encode(&mut self.copied);
        }
        frame.encode_header(&mut self.copied)?;
        self.chunks.push(self.copied.split().freeze());
        self.chunks.push(frame.payload.clone());
        Ok(())
    }

    fn chunks(&mut self) -> &mut [Bytes] {
        if !self.copied.is_empty() {
            self.chunks.push(self.copied.split().freeze());
        }
        &mut self.chunks
    }

    fn clear(&mut self) {
        self.chunks.clear();
        self.copied.reserve(BATCH_BYTES);
    }
}

/// Reads frames until the stream or the connection is over.
async fn read(link: Arc<Link>, mut stream: RecvStream, payload_bytes_max: usize) {
    let mut decoder = FrameDecoder::new(payload_bytes_max);
    let mut chunks: [Bytes; CHUNKS] = array::from_fn(|_| Bytes::new());
    loop {
        match stream.read_chunks(&mut chunks).await {
            Ok(Some(arrived)) => {
                for chunk in chunks.iter_mut().take(arrived) {
                    decoder.push(&std::mem::take(chunk));
                }
            }
            Ok(None) | Err(ReadError::Reset(_)) => {
                link.close(Close::Done, "a stream of the protocol was ended");
                return;
            }
            // The connection is lost; its keeper says why.
            Err(_) => return,
        }
        loop {
            match decoder.next_frame() {
                Ok(Some(frame)) => {
                    if !link.receive(frame).await {
                        return;
                    }
                }
                Ok(None) => break,
                Err(malformed) => {
                    link.malformed(malformed);
                    return;
                }
            }
        }
    }
}
