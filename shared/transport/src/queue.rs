//! A queue bounded by count and by bytes, whose reader takes all there is at once.
//!
//! Putting in never waits unless asked to; closing leaves what is in it to the reader. One message that alone exceeds
//! the bytes is taken when the queue is empty, so that nothing waits for ever.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// What a queue needs to know about what it holds.
pub(crate) trait Weigh {
    /// How many bytes it keeps alive.
    fn bytes(&self) -> usize;
}

/// Something was not taken; it is handed back.
#[derive(Debug)]
pub(crate) enum NotTaken<T> {
    Full(T),
    Closed(T),
}

#[derive(Debug)]
pub(crate) struct Queue<T> {
    state: Mutex<State<T>>,
    filled: Notify,
    emptied: Notify,
    messages_max: usize,
    bytes_max: usize,
}

#[derive(Debug)]
struct State<T> {
    messages: VecDeque<T>,
    // Invariant: the sum of the bytes of `messages`.
    bytes: usize,
    closed: bool,
    // Somebody waits on `emptied`.
    awaited: bool,
}

impl<T: Weigh> Queue<T> {
    pub(crate) fn new(messages_max: usize, bytes_max: usize) -> Self {
        let state = State { messages: VecDeque::new(), bytes: 0, closed: false, awaited: false };
        Self {
            state: Mutex::new(state),
            filled: Notify::new(),
            emptied: Notify::new(),
            messages_max,
            bytes_max,
        }
    }

    /// Puts in if there is room.
    pub(crate) fn try_push(&self, message: T) -> Result<(), NotTaken<T>> {
        self.put(message, false)
    }

    /// Puts in, room or not: for what is bounded elsewhere.
    pub(crate) fn push_anyway(&self, message: T) -> Result<(), NotTaken<T>> {
        self.put(message, true)
    }

    /// Puts in, waiting for room; hands the message back if the queue is or gets closed.
    pub(crate) async fn push(&self, message: T) -> Result<(), T> {
        let mut message = match self.try_push(message) {
            Ok(()) => return Ok(()),
            Err(NotTaken::Closed(message)) => return Err(message),
            Err(NotTaken::Full(message)) => message,
        };
        loop {
            // Armed before looking again, so that room made in between is not missed.
            let mut emptied = std::pin::pin!(self.emptied.notified());
            emptied.as_mut().enable();
            self.lock().awaited = true;
            message = match self.try_push(message) {
                Ok(()) => return Ok(()),
                Err(NotTaken::Closed(message)) => return Err(message),
                Err(NotTaken::Full(message)) => message,
            };
            emptied.await;
        }
    }

    /// Waits until one more message would be taken, or the queue is closed.
    pub(crate) async fn room(&self) {
        if !self.is_full(&self.lock(), 0) {
            return;
        }
        loop {
            let mut emptied = std::pin::pin!(self.emptied.notified());
            emptied.as_mut().enable();
            {
                let mut state = self.lock();
                if state.closed || !self.is_full(&state, 0) {
                    return;
                }
                state.awaited = true;
            }
            emptied.await;
        }
    }

    /// Moves messages into `out`, until it took this many bytes or all there were; waits for the first one.
    /// `false` once the queue is closed and empty.
    pub(crate) async fn take(&self, out: &mut Vec<T>, bytes_max: usize) -> bool {
        loop {
            {
                let mut state = self.lock();
                if !state.messages.is_empty() {
                    state.move_some(out, bytes_max);
                    self.made_room(&mut state);
                    return true;
                }
                if state.closed {
                    return false;
                }
            }
            self.filled.notified().await;
        }
    }

    /// The next message; `None` once the queue is closed and empty.
    pub(crate) async fn pop(&self) -> Option<T> {
        loop {
            {
                let mut state = self.lock();
                if let Some(message) = state.messages.pop_front() {
                    state.bytes -= message.bytes();
                    if !state.messages.is_empty() {
                        // The next of several readers, should there be several.
                        self.filled.notify_one();
                    }
                    self.made_room(&mut state);
                    return Some(message);
                }
                if state.closed {
                    self.filled.notify_one();
                    return None;
                }
            }
            self.filled.notified().await;
        }
    }

    /// Nothing is taken any more; what is in it can still be read.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.filled.notify_one();
        self.emptied.notify_waiters();
    }

    /// Closes, and forgets what is in it.
    pub(crate) fn clear(&self) {
        let messages = {
            let mut state = self.lock();
            state.closed = true;
            state.bytes = 0;
            std::mem::take(&mut state.messages)
        };
        self.filled.notify_one();
        self.emptied.notify_waiters();
        // Outside of the lock: a message may speak up when it is dropped.
        drop(messages);
    }

    fn put(&self, message: T, anyway: bool) -> Result<(), NotTaken<T>> {
        let first = {
            let mut state = self.lock();
            if state.closed {
                return Err(NotTaken::Closed(message));
            }
            if !anyway && self.is_full(&state, message.bytes()) {
                return Err(NotTaken::Full(message));
            }
            state.bytes += message.bytes();
            state.messages.push_back(message);
            state.messages.len() == 1
        };
        if first {
            self.filled.notify_one();
        }
        Ok(())
    }

    fn is_full(&self, state: &State<T>, more_bytes: usize) -> bool {
        !state.messages.is_empty()
            && (state.messages.len() >= self.messages_max
                || state.bytes.saturating_add(more_bytes) > self.bytes_max)
    }

    fn made_room(&self, state: &mut State<T>) {
        if std::mem::take(&mut state.awaited) {
            self.emptied.notify_waiters();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // Nothing in here panics halfway through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Weigh> State<T> {
    fn move_some(&mut self, out: &mut Vec<T>, bytes_max: usize) {
        let mut taken = 0;
        while taken < bytes_max {
            let Some(message) = self.messages.pop_front() else { break };
            taken += message.bytes();
            out.push(message);
        }
        self.bytes -= taken;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    impl Weigh for usize {
        fn bytes(&self) -> usize {
            *self
        }
    }

    #[tokio::test]
    async fn it_is_full_by_count_and_by_bytes_and_never_for_the_first() {
        let queue = Queue::new(2, 10);
        queue.try_push(1).unwrap();
        queue.try_push(2).unwrap();
        assert!(matches!(queue.try_push(3), Err(NotTaken::Full(3))));
        assert_eq!(queue.pop().await, Some(1));
        assert!(matches!(queue.try_push(9), Err(NotTaken::Full(9))));
        assert_eq!(queue.pop().await, Some(2));
        queue.try_push(11).unwrap();
        assert!(matches!(queue.try_push(1), Err(NotTaken::Full(1))));
    }

    #[tokio::test]
    async fn a_batch_is_taken_in_order_up_to_its_bytes() {
        let queue = Queue::new(100, 1000);
        for bytes in 1..=5 {
            queue.try_push(bytes).unwrap();
        }
        let mut out = Vec::new();
        assert!(queue.take(&mut out, 3).await);
        assert_eq!(out, [1, 2]);
        assert!(queue.take(&mut out, 100).await);
        assert_eq!(out, [1, 2, 3, 4, 5]);
    }

    #[tokio::test]
    async fn whoever_waits_for_room_gets_it_and_closing_wakes_everybody() {
        let queue = Arc::new(Queue::new(1, 10));
        queue.try_push(1).unwrap();
        let waiting = tokio::spawn({
            let queue = Arc::clone(&queue);
            async move { queue.push(2).await }
        });
        assert_eq!(queue.pop().await, Some(1));
        assert_eq!(waiting.await.unwrap(), Ok(()));
        let waiting = tokio::spawn({
            let queue = Arc::clone(&queue);
            async move { queue.push(3).await }
        });
        queue.close();
        assert_eq!(waiting.await.unwrap(), Err(3));
        assert_eq!(queue.pop().await, Some(2));
        assert_eq!(queue.pop().await, None);
        let mut out = Vec::new();
        assert!(!queue.take(&mut out, 1).await);
    }
}
