//! Set: small numbers as bits, so that the causal pasts of a run's writes are united word by word.

/// A set of small numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Set(Vec<u64>);

impl Set {
    /// Takes a member in.
    pub(crate) fn insert(&mut self, member: usize) {
        if self.0.len() <= member / 64 {
            self.0.resize(member / 64 + 1, 0);
        }
        if let Some(word) = self.0.get_mut(member / 64) {
            *word |= 1 << (member % 64);
        }
    }

    /// Whether it has this member.
    pub(crate) fn contains(&self, member: usize) -> bool {
        self.0.get(member / 64).is_some_and(|word| word & (1 << (member % 64)) != 0)
    }

    /// Takes in all members of another.
    pub(crate) fn unite(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        self.0.iter_mut().zip(&other.0).for_each(|(word, more)| *word |= more);
    }

    /// The smallest member that the other set lacks.
    pub(crate) fn first_not_in(&self, other: &Self) -> Option<usize> {
        let words = self.0.iter().zip(other.0.iter().copied().chain(std::iter::repeat(0)));
        let missing =
            words.map(|(word, theirs)| word & !theirs).enumerate().find(|(_, missing)| *missing != 0);
        missing.map(|(position, missing)| position * 64 + missing.trailing_zeros() as usize)
    }

    /// Whether it has no member.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.iter().all(|&word| word == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_found_across_words() {
        let (mut owed, mut covered) = (Set::default(), Set::default());
        owed.insert(3);
        owed.insert(130);
        covered.insert(3);
        assert_eq!(owed.first_not_in(&covered), Some(130));
        covered.insert(130);
        assert_eq!(owed.first_not_in(&covered), None);
        assert!(covered.contains(130) && !covered.contains(131));
    }
}
