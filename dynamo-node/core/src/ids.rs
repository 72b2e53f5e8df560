//! Names for what is under way: tickets of the store, operations between nodes.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::store::Ticket;

/// One operation of one coordinator, named so that an answer to an earlier life of that node is not counted (rule P2).
///
/// `life` is 64 random bits drawn at each start. The boot number would not do: a wiped disk starts counting again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OpId {
    /// Which start of which node.
    pub life: u64,
    /// Which of its operations.
    pub sequence: u64,
}

impl fmt::Debug for OpId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "op{:04x}.{}", self.life >> 48, self.sequence)
    }
}

/// A call of a client, an onlooker or an administrator that waits for its reply; the runtime's name for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

/// Hands out names.
#[derive(Debug, Clone)]
pub struct Ids {
    life: u64,
    operations: u64,
    tickets: u64,
}

impl Ids {
    /// Names for a start with these 64 random bits.
    pub fn new(life: u64) -> Self {
        Self { life, operations: 0, tickets: 0 }
    }

    /// The bits of this start.
    pub fn life(&self) -> u64 {
        self.life
    }

    /// A new operation.
    pub fn operation(&mut self) -> OpId {
        self.operations += 1;
        OpId { life: self.life, sequence: self.operations }
    }

    /// A new ticket.
    pub fn ticket(&mut self) -> Ticket {
        self.tickets += 1;
        Ticket(self.tickets)
    }
}
