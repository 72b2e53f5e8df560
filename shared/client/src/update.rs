//! Read, merge, write: conflict resolution by the application (Dynamo §4.4, the shopping cart of §6).

use shared::id::Name;
use shared::key::{Key, Value};
use shared::wire::client::{Sibling, Written};

use crate::client::Client;
use crate::error::ClientError;
use crate::options::{PutOptions, UpdateOptions};

impl Client {
    /// Reads a key, has its siblings merged, and writes what came of it in place of all of them.
    ///
    /// `merge` is given every sibling (none: the key is absent; a sibling without a value: somebody deleted it) and
    /// returns the value that replaces them, or `None` to leave them as they are. When somebody else wrote meanwhile,
    /// so that the key has siblings again, it is all done again, up to [`UpdateOptions::rounds_max`] times; `merge` may
    /// therefore be called several times, and meets its own earlier result as one of the siblings.
    ///
    /// Returns what the last write did, `None` if `merge` left the key as it was. If there are still siblings after
    /// the last round, [`Written::siblings`] tells; the value is then one of them, and nothing is lost.
    pub async fn update(
        &self,
        bucket: &Name,
        key: &Key,
        options: &UpdateOptions,
        mut merge: impl FnMut(Vec<Sibling>) -> Option<Value>,
    ) -> Result<Option<Written>, ClientError> {
        let mut last = None;
        for _ in 0..options.rounds_max.max(1) {
            let got = self.get(bucket, key, &options.get).await?;
            let Some(value) = merge(got.siblings) else { return Ok(last) };
            let put = PutOptions { context: Some(got.context), ..options.put.clone() };
            let written = self.put(bucket, key, value, &put).await?;
            let settled = written.siblings <= 1;
            last = Some(written);
            if settled {
                break;
            }
        }
        Ok(last)
    }
}
