//! Digest: one number that stands for everything that happened in a run, to see that a seed run twice is the same run.
//!
//! Not a cryptographic hash: nobody chooses what goes in.

/// A running hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digest(u64);

impl Default for Digest {
    fn default() -> Self {
        Self(0x6a09_e667_f3bc_c909)
    }
}

impl Digest {
    /// Takes in one number.
    pub fn absorb(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(23) ^ number).wrapping_mul(0x9fb2_1c65_1e98_df25);
        self.0 ^= self.0 >> 29;
    }

    /// Takes in bytes, and how many there are.
    pub fn absorb_bytes(&mut self, bytes: &[u8]) {
        self.absorb(bytes.len() as u64);
        let (chunks, rest) = bytes.as_chunks::<8>();
        chunks.iter().for_each(|chunk| self.absorb(u64::from_le_bytes(*chunk)));
        rest.iter().for_each(|&byte| self.absorb(u64::from(byte)));
    }

    /// The number.
    pub fn value(self) -> u64 {
        self.0
    }
}
