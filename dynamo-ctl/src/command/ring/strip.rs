//! The token space unrolled, row by row: where partitions are on the move.

use shared::wire::cluster::{PartitionView, Phase};

/// Cells in a row.
const ROW: usize = 64;

/// Rows at most; beyond that a cell stands for several partitions.
const ROWS_MAX: usize = 8;

/// A row for each part of the ring, and what its marks mean. Nothing where nothing moves.
pub(super) fn strip(partitions: &[PartitionView]) -> Vec<String> {
    if partitions.iter().all(|partition| mark(partition) == SETTLED) {
        return Vec::new();
    }
    let each = partitions.len().div_ceil(ROW * ROWS_MAX).max(1);
    let cells: Vec<char> = partitions
        .chunks(each)
        // What is least far stands for all of its cell; what is settled for none of the others.
        .map(|cell| cell.iter().map(mark).min_by_key(|mark| *mark == SETTLED).unwrap_or(SETTLED))
        .collect();
    let width = partitions.len().to_string().len();
    let rows = cells
        .chunks(ROW)
        .enumerate()
        .map(|(row, cells)| format!("{:>width$} {}", row * ROW * each, cells.iter().collect::<String>()));
    let cell = if each == 1 { String::new() } else { format!("; a cell is {each} partitions") };
    let legend = format!("w waits, j joint, h handed over, {SETTLED} does not move{cell}");
    rows.chain(std::iter::once(legend)).collect()
}

const SETTLED: char = '·';

fn mark(partition: &PartitionView) -> char {
    match (partition.phase, &partition.next) {
        (Phase::Old, Some(_)) => 'w',
        (Phase::Old, None) => SETTLED,
        (Phase::Joint, _) => 'j',
        (Phase::Handover, _) => 'h',
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::sample;

    #[test]
    fn a_ring_at_rest_has_no_strip() {
        let mut ring = sample::ring();
        assert_eq!(strip(&ring.partitions)[0], "0 ·j······");
        ring.partitions[1] = ring.partitions[2].clone();
        assert_eq!(strip(&ring.partitions), Vec::<String>::new());
    }

    #[test]
    fn a_large_ring_is_drawn_on_few_rows() {
        let one = sample::ring().partitions;
        let mut partitions = vec![one[2].clone(); 65_536];
        partitions[65_535] = one[1].clone();
        let rows = strip(&partitions);
        assert_eq!(rows.len(), ROWS_MAX + 1);
        assert!(rows[ROWS_MAX - 1].ends_with("·j"), "{rows:?}");
        assert!(rows[ROWS_MAX].ends_with("a cell is 128 partitions"));
    }
}
