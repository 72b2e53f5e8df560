//! A column of values by index, read and written without a panic: placement counts members, zones, partitions and places
//! from zero, and looks things up by these numbers millions of times.

/// Values by index. Invariant: nobody asks beyond the length it was made with.
#[derive(Debug, Clone)]
pub(super) struct Table<T>(Vec<T>);

impl<T: Copy + Default> Table<T> {
    /// So many times the same.
    pub(super) fn filled(value: T, len: usize) -> Self {
        Self(vec![value; len])
    }

    /// The value there.
    pub(super) fn at(&self, index: usize) -> T {
        debug_assert!(index < self.0.len(), "{index} is beyond {}", self.0.len());
        self.0.get(index).copied().unwrap_or_default()
    }

    /// Another value there.
    pub(super) fn set(&mut self, index: usize, value: T) {
        debug_assert!(index < self.0.len(), "{index} is beyond {}", self.0.len());
        if let Some(old) = self.0.get_mut(index) {
            *old = value;
        }
    }

    /// So many values from there.
    pub(super) fn run(&self, from: usize, len: usize) -> &[T] {
        self.0.get(from..from + len).unwrap_or_default()
    }

    /// All values, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = T> + '_ {
        self.0.iter().copied()
    }
}

impl<T> FromIterator<T> for Table<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}

/// Scatters: an even, fixed function of two numbers. Placement draws no randomness, and must not be regular either.
pub(super) fn scatter(first: usize, second: usize) -> u64 {
    let mut bits = (first as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (second as u64).rotate_left(32);
    for _ in 0..2 {
        bits = (bits ^ (bits >> 29)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    }
    bits ^ (bits >> 32)
}
