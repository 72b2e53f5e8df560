//! First positions: whoever stands first on a list usually coordinates its requests, so each member should be first on
//! one in N of the partitions that it holds. Reordering a list moves no data.
//!
//! That can always be met but for rounding: give each of a partition's holders one N-th of its first position. It is met
//! by chains, as the quotas are: a member that is first too often gives way to another holder, who gives way elsewhere.

use std::collections::VecDeque;

use super::layout::Layout;
use super::members::NOBODY;
use super::table::Table;

/// Who is to be first on the list of every partition; [`NOBODY`] where there is no list. Few others than before.
pub(super) fn balanced(layout: &Layout<'_>) -> Table<usize> {
    let mut heads = Heads::new(layout);
    for member in 0..layout.members().len() {
        while heads.count(member) > heads.most(member) && heads.spread(member, Way::Giving) {}
        while heads.count(member) < heads.least(member) && heads.spread(member, Way::Taking) {}
    }
    heads.leaders
}

/// Which way a chain is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// From a member that is first too often.
    Giving,
    /// From a member that is first too seldom.
    Taking,
}

/// How a search came to a member.
#[derive(Debug, Clone, Copy, Default)]
struct Link {
    from: usize,
    partition: usize,
    /// Which search that was.
    search: usize,
}

/// Who is first where.
#[derive(Debug)]
struct Heads<'a> {
    layout: &'a Layout<'a>,
    /// By partition.
    leaders: Table<usize>,
    counts: Table<usize>,
    links: Table<Link>,
    searches: usize,
}

impl<'a> Heads<'a> {
    fn new(layout: &'a Layout<'a>) -> Self {
        let members = layout.members().len();
        let first = |partition| layout.list(partition).first().copied().unwrap_or(NOBODY);
        let leaders: Table<usize> = (0..layout.partitions()).map(first).collect();
        let mut counts = Table::filled(0, members);
        for head in leaders.iter().filter(|&head| head != NOBODY) {
            counts.set(head, counts.at(head) + 1);
        }
        Self { layout, leaders, counts, links: Table::filled(Link::default(), members), searches: 0 }
    }

    fn count(&self, member: usize) -> usize {
        self.counts.at(member)
    }

    fn least(&self, member: usize) -> usize {
        self.layout.load(member) / self.layout.n().max(1)
    }

    fn most(&self, member: usize) -> usize {
        self.layout.load(member).div_ceil(self.layout.n().max(1))
    }

    /// One first position less, or more, for a member, by a shortest chain to one that can make up for it. Whether there
    /// was any.
    fn spread(&mut self, start: usize, way: Way) -> bool {
        self.searches += 1;
        self.links.set(start, Link { from: NOBODY, partition: 0, search: self.searches });
        let mut line = VecDeque::from([start]);
        while let Some(from) = line.pop_front() {
            for &place in self.layout.held(from) {
                let partition = self.layout.partition(place);
                let head = self.leaders.at(partition);
                // Who gives looks at all who hold what it leads; who takes, at those who lead what it holds.
                let others = match way {
                    Way::Giving if head == from => self.layout.list(partition),
                    Way::Taking if head != from => std::slice::from_ref(&head),
                    _ => continue,
                };
                for &other in others {
                    if self.links.at(other).search == self.searches {
                        continue;
                    }
                    self.links.set(other, Link { from, partition, search: self.searches });
                    if self.makes_up(other, way) {
                        self.carry_out(other, way);
                        return true;
                    }
                    line.push_back(other);
                }
            }
        }
        false
    }

    fn makes_up(&self, member: usize, way: Way) -> bool {
        match way {
            Way::Giving => self.count(member) < self.most(member),
            Way::Taking => self.count(member) > self.least(member),
        }
    }

    fn carry_out(&mut self, last: usize, way: Way) {
        let mut member = last;
        loop {
            let link = self.links.at(member);
            if link.from == NOBODY {
                return;
            }
            self.lead(link.partition, if way == Way::Giving { member } else { link.from });
            member = link.from;
        }
    }

    /// Makes a holder of a partition its first.
    fn lead(&mut self, partition: usize, member: usize) {
        let old = self.leaders.at(partition);
        self.leaders.set(partition, member);
        self.counts.set(old, self.counts.at(old).saturating_sub(1));
        self.counts.set(member, self.counts.at(member) + 1);
    }
}
