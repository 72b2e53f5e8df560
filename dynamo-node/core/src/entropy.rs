//! Randomness that was handed in: the core draws none of its own, it only unfolds a seed.

/// A stream of bits out of one seed.
#[derive(Debug, Clone)]
pub struct Entropy {
    seed: [u8; 32],
    drawn: u64,
}

impl Entropy {
    /// Unfolds 256 bits that the runtime drew.
    pub fn new(seed: [u8; 32]) -> Self {
        Self { seed, drawn: 0 }
    }

    /// The next 64 bits.
    pub fn draw_u64(&mut self) -> u64 {
        let block = self.draw_block();
        let (first, _) = block.split_first_chunk::<8>().expect("a block has 32 bytes");
        u64::from_be_bytes(*first)
    }

    /// The next 256 bits.
    pub fn draw_block(&mut self) -> [u8; 32] {
        self.drawn = self.drawn.wrapping_add(1);
        *blake3::keyed_hash(&self.seed, &self.drawn.to_be_bytes()).as_bytes()
    }

    /// A number below `bound`; zero if there is none below it.
    pub fn draw_below(&mut self, bound: usize) -> usize {
        let bound = bound as u64;
        // The bias of a remainder is one in 2^64 over the bound: nothing that a choice of peer would notice.
        self.draw_u64().checked_rem(bound).map_or(0, |drawn| usize::try_from(drawn).unwrap_or(0))
    }
}
