//! Opening: everything that has to be right before the first operation, in the order in which it can go wrong.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32};
use std::sync::mpsc::{channel, sync_channel};
use std::sync::{Arc, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;

use dynamo_core::durable::Kept;
use dynamo_core::durable::{Durable, Recovery};
use dynamo_core::version::Actor;
use fjall::{PersistMode, Slice};
use shared::id::{Boot, ClusterId, NodeId};
use shared::wire;
use shared::wire::telemetry::RANGES;

use super::completion::Complete;
use super::config::StoreConfig;
use super::directory::Directory;
use super::engine::{Engine, Rows};
use super::error::OpenError;
use super::lane::Lane;
use super::layout::{self, Space};
use super::overlay::Overlay;
use super::poison::Poison;
use super::reclaim::Reclaim;
use super::sizes::{RANGES_A_ROW, RangeSize, Sizes};
use super::tally::Tally;
use super::tree::{Leaves, RUNS};
use super::tripwire::Tripwire;
use super::upkeep::Upkeep;
use super::writer::Writer;
use super::{Inner, Opened, Store};

/// What the index keeps, read whole.
struct Index {
    boot: Option<Boot>,
    kept: Option<Kept>,
    sizes: Box<[RangeSize; RANGES]>,
    conflicts: u64,
    actors: Vec<Actor>,
    next_actor: u32,
}

impl Default for Index {
    fn default() -> Self {
        let sizes = Box::new([RangeSize::default(); RANGES]);
        Self { boot: None, kept: None, sizes, conflicts: 0, actors: Vec::new(), next_actor: 0 }
    }
}

/// Opens or creates a store; see [`Store::open`].
pub(super) fn open(
    dir: &Path,
    cluster: ClusterId,
    node: NodeId,
    config: StoreConfig,
    complete: Complete,
) -> Result<Opened, OpenError> {
    let directory = Directory::take(dir, cluster, node)?;
    let database = directory.database();
    let noted = directory.boot()?;
    if noted.is_none() {
        remove_unfinished(&database)?;
    }
    directory.make_database()?;
    let tripwire = Tripwire::set(&database).map_err(OpenError::at(&database))?;
    let engine = Engine::open(&database, &config).map_err(|unopened| directory.unopened(unopened))?;
    // What the journal brought back may hold removals whose space is to come back: see `Reclaim`.
    let has_replayed = engine.memtable_bytes() > 0;
    let is_tripped = tripwire.is_tripped().map_err(OpenError::at(&database))?;

    let (leaves, mut tally) = (Leaves::empty(), Tally::default());
    let index = read_index(&engine, &leaves).map_err(|reason| directory.unreadable(reason))?;
    count_hints(&engine, &tally).map_err(|reason| directory.unreadable(reason))?;
    let recovery = recovery(noted, index.boot, is_tripped);
    let boot = index.boot.max(noted).unwrap_or_default().next();
    count_start(&engine, boot).map_err(|error| directory.unopened(error.into()))?;
    directory.note_boot(boot)?;

    let durable = Durable { boot, recovery, kept: index.kept, actors: index.actors };
    *tally.conflicts.get_mut() = index.conflicts;
    let lanes = config.lanes.clamp(1, RUNS);
    let inner = Arc::new(Inner {
        engine,
        dir: dir.to_owned(),
        config,
        boot,
        overlays: (0..lanes).map(|_| RwLock::new(Overlay::default())).collect(),
        leaves,
        sizes: Sizes::new(&index.sizes),
        tally,
        wants_seal: AtomicBool::new(has_replayed),
        next_actor: AtomicU32::new(index.next_actor),
        poison: Poison::default(),
        complete,
        _directory: directory,
    });
    inner.look_at_disk();
    let store = start(&inner, index.sizes).map_err(OpenError::at(dir))?;
    Ok(Opened { store, durable })
}

/// A database that was being created when the very first start was cut short: fjall would not open it, and nothing can
/// have been stored in it.
fn remove_unfinished(database: &Path) -> Result<(), OpenError> {
    let is_unfinished = || io::Result::Ok(database.try_exists()? && !database.join("version").try_exists()?);
    let remove = || if is_unfinished()? { std::fs::remove_dir_all(database) } else { Ok(()) };
    remove().map_err(OpenError::at(database))
}

/// How the store was found. A start is counted in the database first and noted in a file then, so that a database that
/// knows less than the file has lost its end, or was exchanged for an older one.
fn recovery(noted: Option<Boot>, counted: Option<Boot>, is_tripped: bool) -> Recovery {
    match (noted, counted) {
        (None, None) => Recovery::Fresh,
        _ if is_tripped || counted < noted => Recovery::LostData,
        _ => Recovery::Intact,
    }
}

fn count_start(engine: &Engine, boot: Boot) -> fjall::Result<()> {
    let row = ((Space::Index, Slice::from(layout::BOOT)), Some(Slice::from(&boot.0.to_be_bytes())));
    engine.commit(Rows::from([row]), PersistMode::SyncData)
}

fn read_index(engine: &Engine, leaves: &Leaves) -> Result<Index, String> {
    let mut index = Index::default();
    for guard in engine.space(Space::Index).iter() {
        let (key, value) = guard.into_inner().map_err(|error| error.to_string())?;
        let read = index.take(&key, &value, leaves);
        read.ok_or_else(|| format!("the index has a damaged row, `{}`", key.escape_ascii()))?;
    }
    Ok(index)
}

impl Index {
    /// Takes in one row; `None`: it is none that was ever written.
    fn take(&mut self, key: &[u8], value: &[u8], leaves: &Leaves) -> Option<()> {
        if key == layout::BOOT {
            self.boot = Some(Boot(layout::decode_u64(value)?));
        } else if key == layout::KEPT {
            let bytes = layout::decode_hashed(value).ok()?;
            self.kept = Some(wire::decode("what the node kept of itself", bytes).ok()?);
        } else if let Some(leaf) = key.strip_prefix(layout::LEAF) {
            let leaf = u32::from_be_bytes(leaf.try_into().ok()?);
            leaves.add(leaf, u128::from_be_bytes(value.try_into().ok()?));
        } else if let Some(range) = key.strip_prefix(layout::RANGE) {
            let (row, sizes) = layout::decode_ranges(range, value)?;
            self.sizes.chunks_mut(RANGES_A_ROW).nth(usize::from(row))?.copy_from_slice(&sizes);
        } else if let Some(sequence) = key.strip_prefix(layout::ACTOR) {
            self.actors.push(layout::decode_actor(value)?);
            self.next_actor = u32::from_be_bytes(sequence.try_into().ok()?).checked_add(1)?;
        } else if key.starts_with(layout::CONFLICT) {
            self.conflicts += 1;
        } else {
            return None;
        }
        Some(())
    }
}

fn count_hints(engine: &Engine, tally: &Tally) -> Result<(), String> {
    for guard in engine.space(Space::Hints).iter() {
        let (key, value) = guard.into_inner().map_err(|error| error.to_string())?;
        let (owner, _) = layout::split_owner(&key).map_err(|damaged| damaged.0)?;
        tally.hint(owner, None, Some(value.len() as u64));
    }
    Ok(())
}

/// Starts the store's threads.
fn start(inner: &Arc<Inner>, sizes: Box<[RangeSize; RANGES]>) -> io::Result<Store> {
    let mut store = Store { inner: Arc::clone(inner), lanes: Vec::new(), threads: Vec::new() };
    let (to_writer, jobs) = channel();
    let (to_upkeep, wakes) = sync_channel(1);
    for number in 0..inner.overlays.len() {
        let (to_lane, tasks) = channel();
        let lane = Lane { inner: Arc::clone(inner), number, tasks, writer: to_writer.clone() };
        store.lanes.push(to_lane);
        store.threads.push(spawn(inner, format!("store-lane-{number}"), move || lane.work())?);
    }
    let writer = Writer {
        inner: Arc::clone(inner),
        jobs,
        upkeep: to_upkeep,
        sizes,
        sync_interval: Duration::from_millis(inner.config.sync_interval_ms),
        unsynced_since: None,
        bytes_since_upkeep: 0,
    };
    store.threads.push(spawn(inner, "store-writer".to_owned(), move || writer.work())?);
    let (to_reclaim, closing) = sync_channel(1);
    let upkeep = Upkeep { inner: Arc::clone(inner), wakes, _reclaim: to_reclaim };
    store.threads.push(spawn(inner, "store-upkeep".to_owned(), move || upkeep.work())?);
    let reclaim = Reclaim { inner: Arc::clone(inner), closing };
    store.threads.push(spawn(inner, "store-reclaim".to_owned(), move || reclaim.work())?);
    Ok(store)
}

/// A thread whose panic is not silent: without it, whoever waits for it would wait for ever.
fn spawn(
    inner: &Arc<Inner>,
    name: String,
    work: impl FnOnce() + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    let bell = Bell { inner: Arc::clone(inner), name: name.clone() };
    std::thread::Builder::new().name(name).spawn(move || {
        let _bell = bell;
        work();
    })
}

/// Rings when its thread panics.
struct Bell {
    inner: Arc<Inner>,
    name: String,
}

impl Drop for Bell {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.inner.poison(format!("the thread {} has panicked", self.name));
        }
    }
}
