//! Length-prefixed, bounded frames: the only place that knows how bytes lie on a stream.
//!
//! ```text
//! | length u32 | kind u8 | correlation u64 | payload ... |      all big-endian; length counts what follows it
//! ```
//!
//! A length is checked before anything is reserved for it, and no more is ever reserved than has arrived.

use bytes::{Buf, BufMut, Bytes, BytesMut};

use crate::key::{KEY_BYTES_MAX, VALUE_BYTES_MAX};

/// Bytes of a frame before its payload, the length included.
pub const HEADER_BYTES: usize = 4 + KIND_AND_CORRELATION_BYTES;

const KIND_AND_CORRELATION_BYTES: usize = 1 + 8;

/// Longest payload: a record of several of the longest values, its key and its clocks.
pub const PAYLOAD_BYTES_MAX: usize = 4 * VALUE_BYTES_MAX + 64 * KEY_BYTES_MAX;

/// What a frame is to the conversation it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Wants an [`Kind::Answer`] (or a [`Kind::Refusal`]) with the same correlation.
    Ask,
    /// Answers the [`Kind::Ask`] of the same correlation.
    Answer,
    /// Wants no answer.
    Tell,
    /// Says in words (UTF-8) why the ask of that correlation was not even read.
    Refusal,
}

impl Kind {
    fn to_byte(self) -> u8 {
        match self {
            Self::Ask => 1,
            Self::Answer => 2,
            Self::Tell => 3,
            Self::Refusal => 4,
        }
    }

    fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Ask),
            2 => Some(Self::Answer),
            3 => Some(Self::Tell),
            4 => Some(Self::Refusal),
            _ => None,
        }
    }
}

/// One message on a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// What it is to the conversation.
    pub kind: Kind,
    /// Ties an answer to its ask; chosen by whoever asks, zero in a [`Kind::Tell`].
    pub correlation: u64,
    /// An encoded message.
    pub payload: Bytes,
}

/// Bytes that are no frame. The stream cannot be read on: where the next frame starts is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAFrame {
    /// The length exceeds the limit.
    #[error("a frame of {bytes} bytes; the limit here is {max}")]
    TooLong {
        /// What the frame claims.
        bytes: usize,
        /// What is allowed.
        max: usize,
    },
    /// The length leaves no room for kind and correlation.
    #[error("a frame of {0} bytes, too short for its own header")]
    TooShort(usize),
    /// The kind is none.
    #[error("unknown kind of frame: {0}")]
    UnknownKind(u8),
}

impl Frame {
    /// Appends the frame. A payload over [`PAYLOAD_BYTES_MAX`] is the caller's mistake and is reported.
    pub fn encode(&self, out: &mut BytesMut) -> Result<(), NotAFrame> {
        self.encode_header(out)?;
        out.put_slice(&self.payload);
        Ok(())
    }

    /// Appends all but the payload, for whoever writes that without copying it. Refuses what [`Self::encode`] refuses.
    pub fn encode_header(&self, out: &mut BytesMut) -> Result<(), NotAFrame> {
        if self.payload.len() > PAYLOAD_BYTES_MAX {
            return Err(NotAFrame::TooLong { bytes: self.payload.len(), max: PAYLOAD_BYTES_MAX });
        }
        let length = KIND_AND_CORRELATION_BYTES + self.payload.len();
        out.put_u32(u32::try_from(length).unwrap_or(u32::MAX));
        out.put_u8(self.kind.to_byte());
        out.put_u64(self.correlation);
        Ok(())
    }
}

/// Cuts a stream of bytes into frames.
#[derive(Debug)]
pub struct FrameDecoder {
    arrived: BytesMut,
    payload_bytes_max: usize,
}

impl FrameDecoder {
    /// A decoder that refuses payloads longer than this (never more than [`PAYLOAD_BYTES_MAX`]).
    pub fn new(payload_bytes_max: usize) -> Self {
        Self { arrived: BytesMut::new(), payload_bytes_max: payload_bytes_max.min(PAYLOAD_BYTES_MAX) }
    }

    /// Takes what has arrived.
    pub fn push(&mut self, bytes: &[u8]) {
        self.arrived.extend_from_slice(bytes);
    }

    /// The next whole frame; `None` until more has arrived.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, NotAFrame> {
        let Some(length) = self.arrived.first_chunk::<4>().map(|bytes| u32::from_be_bytes(*bytes)) else {
            return Ok(None);
        };
        let length = length as usize;
        let max = KIND_AND_CORRELATION_BYTES + self.payload_bytes_max;
        if length > max {
            return Err(NotAFrame::TooLong { bytes: length, max });
        }
        if length < KIND_AND_CORRELATION_BYTES {
            return Err(NotAFrame::TooShort(length));
        }
        if self.arrived.len() < 4 + length {
            return Ok(None);
        }
        let mut frame = self.arrived.split_to(4 + length).freeze();
        frame.advance(4);
        let kind = frame.get_u8();
        let kind = Kind::from_byte(kind).ok_or(NotAFrame::UnknownKind(kind))?;
        let correlation = frame.get_u64();
        Ok(Some(Frame { kind, correlation, payload: frame }))
    }

    /// Whether the stream ended in the middle of a frame, if it ended now.
    pub fn is_inside_a_frame(&self) -> bool {
        !self.arrived.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frame(payload: &[u8]) -> Frame {
        Frame { kind: Kind::Ask, correlation: 7, payload: Bytes::copy_from_slice(payload) }
    }

    fn encoded(frame: &Frame) -> Vec<u8> {
        let mut out = BytesMut::new();
        frame.encode(&mut out).unwrap();
        out.to_vec()
    }

    #[test]
    fn frames_are_found_however_their_bytes_arrive() {
        let sent = [frame(b"one"), frame(b""), frame(&[9; 300])];
        let bytes: Vec<u8> = sent.iter().flat_map(encoded).collect();
        for step in [1, 2, 5, 13, 1000] {
            let mut decoder = FrameDecoder::new(1024);
            let mut got = Vec::new();
            for part in bytes.chunks(step) {
                decoder.push(part);
                while let Some(frame) = decoder.next_frame().unwrap() {
                    got.push(frame);
                }
            }
            assert_eq!(got, sent, "in steps of {step}");
            assert!(!decoder.is_inside_a_frame());
        }
    }

    #[test]
    fn a_length_over_the_limit_is_refused_before_the_bytes_come() {
        let mut decoder = FrameDecoder::new(16);
        decoder.push(&u32::MAX.to_be_bytes());
        assert!(matches!(decoder.next_frame(), Err(NotAFrame::TooLong { .. })));
    }

    #[test]
    fn a_length_below_the_header_and_an_unknown_kind_are_refused() {
        let mut decoder = FrameDecoder::new(16);
        decoder.push(&[0, 0, 0, 8]);
        assert_eq!(decoder.next_frame(), Err(NotAFrame::TooShort(8)));
        let mut bytes = encoded(&frame(b"x"));
        bytes[4] = 99;
        let mut decoder = FrameDecoder::new(16);
        decoder.push(&bytes);
        assert_eq!(decoder.next_frame(), Err(NotAFrame::UnknownKind(99)));
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_decoder_panic_or_loop(bytes: Vec<u8>) {
            let mut decoder = FrameDecoder::new(64);
            decoder.push(&bytes);
            let mut frames = 0;
            while let Ok(Some(_)) = decoder.next_frame() {
                frames += 1;
            }
            prop_assert!(frames <= bytes.len() / HEADER_BYTES);
        }
    }
}
